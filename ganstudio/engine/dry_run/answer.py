"""What a run that is not made would be, and need: by a few real iterations, or by one of fake tensors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ganstudio.engine.devices import Compute, absence, choose, imagined
from ganstudio.engine.distributed import World
from ganstudio.engine.dry_run.fake_iterations import FakeSession, PriceUnknown, price, price_keys
from ganstudio.engine.dry_run.trial_iterations import measure_iterations
from ganstudio.engine.endings import Ends
from ganstudio.engine.evaluation.training_scores.score import scorer
from ganstudio.engine.preflight import check_networks, check_recipe, notes
from ganstudio.engine.run_folder import checkpoint
from ganstudio.engine.run_folder.inheritance import check_fits, inherit, seen_before
from ganstudio.engine.session import Session
from ganstudio.engine.training import assemble, parts
from ganstudio.errors import UsageError
from ganstudio.recipe.schema import Recipe
from ganstudio.runs.record import ARCHITECTURE, RunRecord, load_record


def dry_run(file: Path, start: Path | None, iterations: bool) -> dict[str, Any]:
    """The answer on the run that a draft's record describes. Raises UsageError for all that could not be trained.

    With `iterations` it has what one needs: by real ones, or by fake tensors where the device is not here or one is too
    much for it.
    """
    record = load_record(file)
    precision = Recipe.model_validate(record.recipe).training.precision
    missing = [why for rank in range(record.processes) if (why := absence(record.device, rank))]
    if missing and not iterations:
        raise missing[0]
    if missing:
        compute = imagined(record.device, precision)
    else:
        # the last is the first process's, which this one goes on as
        compute = [choose(record.device, precision, rank) for rank in reversed(range(record.processes))][-1]
    if iterations:
        try:
            priced = _priced(record, file, start, compute, missing[0] if missing else None)
        except PriceUnknown as unknown:
            if missing:
                raise UsageError(f"{missing[0].message} Without it {unknown}", missing[0].hint) from None
            priced = None
        if priced:
            return priced
    session, told = assemble(record, file.parent, compute, World(), record.processes)
    if start:
        told += inherit(session, checkpoint.load_start(start), record.start, record.parent)
    if iterations and record.processes > 1:
        told.append(f"the steps were tried in one process, with the whole batch; {record.processes} will share it")
    answer = _answer(record, session, compute, told)
    return answer | (measure_iterations(session) if iterations else {})


def _priced(
    record: RunRecord, file: Path, start: Path | None, compute: Compute, missing: UsageError | None
) -> dict[str, Any] | None:
    """The answer by fake tensors; None where an iteration can be made here."""

    def check(session: FakeSession) -> None:
        check_recipe(session, record.processes)
        try:
            check_networks(session, file.parent / ARCHITECTURE if record.architecture_sha256 else None)
        except UsageError as error:  # maybe only tensors without values bring it about
            raise error.__cause__ or error from None

    found, session = price(*parts(record, file.parent), compute, record.processes, check)
    why = missing.message.partition(": ")[2].rstrip(".") if missing else found.too_much(compute.device)
    if why is None:
        return None
    told = notes(session, record.processes)
    if start:
        state = checkpoint.load_start(start)
        check_fits(session, state, record.parent)
        told += seen_before(session, state)
    if record.processes > 1:
        told.append(f"memory is that of one of {record.processes} processes, which share the batch")
    return _answer(record, session, compute, told) | price_keys(found, session.recipe, why)


def _answer(record: RunRecord, session: Session, compute: Compute, told: list[str]) -> dict[str, Any]:
    score, why = scorer(session)
    Ends.of(record, None, score.names if score else (), why)
    training = session.recipe.training
    return {
        "ok": True,
        "device": str(compute.device),
        "precision": compute.precision,
        "parameters": session.parameter_counts(),
        "batch": training.batch,
        "micro_batch": training.micro_batch,
        "notes": told + ([why] if why else []),
    }
