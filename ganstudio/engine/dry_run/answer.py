"""What a run that is not made would be, and need: by a few real iterations, or by one of fake tensors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ganstudio.data.derived.planned_sets import PlannedSet
from ganstudio.engine import preflight
from ganstudio.engine.devices import Compute
from ganstudio.engine.dry_run.fake_iterations import FakeSession, PriceUnknown, price, price_keys
from ganstudio.engine.dry_run.trial_iterations import measure_iterations
from ganstudio.engine.dry_run.validation import (
    State,
    check_fake,
    compute_of,
    parts_of,
    real_session,
    require_scores,
)
from ganstudio.engine.run_folder import checkpoint
from ganstudio.engine.run_folder.inheritance import seen_before
from ganstudio.engine.session import Session
from ganstudio.errors import UsageError
from ganstudio.runs.record import RunRecord, load_record


def dry_run(file: Path, start: Path | None) -> dict[str, Any]:
    """The answer on the run that a draft's record describes. Raises UsageError for all that could not be trained.

    What one needs is found by real iterations, or by fake tensors where the device is not here or one is too much for
    it. Data of another size than it is stored in is not made for that.
    """
    record = load_record(file)
    state = checkpoint.load_start(start) if start else None
    compute, missing = compute_of(record)
    try:
        priced = _priced(record, file, state, compute, missing)
    except PriceUnknown as unknown:
        if missing:
            raise UsageError(f"{missing.message} Without it {unknown}", missing.hint) from None
        priced = None
    if priced:
        return priced
    session, told = real_session(record, file, compute, state)
    if record.processes > 1:
        told.append(f"the steps were tried in one process, with the whole batch; {record.processes} will share it")
    return _answer(record, session, compute, told) | measure_iterations(session)


def _priced(
    record: RunRecord, file: Path, state: State | None, compute: Compute, missing: UsageError | None
) -> dict[str, Any] | None:
    """The answer by fake tensors; None where an iteration can be made here."""

    def check(session: FakeSession) -> None:
        check_fake(session, record, file, state)
        if state and record.start == "everything":
            session.progress.nimg = state["progress"]["nimg"]

    found, session = price(*parts_of(record, file), compute, record.processes, check)
    why = missing.message.partition(": ")[2].rstrip(".") if missing else found.too_much(compute.device)
    if why is None:
        return None
    told = preflight.notes(session, record.processes) + (seen_before(session, state) if state else [])
    if record.processes > 1:
        told.append(f"memory is that of one of {record.processes} processes, which share the batch")
    return _answer(record, session, compute, told) | price_keys(found, session.recipe, why)


def _answer(record: RunRecord, session: Session, compute: Compute, told: list[str]) -> dict[str, Any]:
    why = require_scores(record, session)
    training, data = session.recipe.training, session.data
    planned = [data.note] if isinstance(data, PlannedSet) else []
    return {
        "ok": True,
        "device": str(compute.device),
        "precision": compute.precision,
        "parameters": session.parameter_counts(),
        "batch": training.batch,
        "micro_batch": training.micro_batch,
        "notes": told + planned + ([why] if why else []),
    }
