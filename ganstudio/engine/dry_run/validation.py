"""Whether the run of a draft could be trained, before it is made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ganstudio.data.derived.planned_sets import planned_at
from ganstudio.data.store import DataSet
from ganstudio.engine import preflight
from ganstudio.engine.contract import Architecture
from ganstudio.engine.devices import Compute, absence, choose, imagined
from ganstudio.engine.distributed import World
from ganstudio.engine.dry_run.fake_iterations import FakeSession, PriceUnknown, fake_session
from ganstudio.engine.endings import Ends
from ganstudio.engine.evaluation.training_scores.score import scorer
from ganstudio.engine.run_folder import checkpoint
from ganstudio.engine.run_folder.inheritance import check_fits, inherit
from ganstudio.engine.session import Session
from ganstudio.engine.training import check_session, parts
from ganstudio.errors import RecipeError, UsageError
from ganstudio.recipe.schema import Recipe
from ganstudio.runs.record import ARCHITECTURE, RunRecord, load_record

State = dict[str, Any]  # of a checkpoint


def validate_all(files: Sequence[Path], start: Path | None, elsewhere: bool) -> None:
    """Calls `validate` for every file. Raises RecipeError with the problems of all, each once."""
    problems: dict[str, None] = {}
    hint = None
    for file in _different(files):
        try:
            validate(file, start, elsewhere)
        except RecipeError as error:
            problems |= dict.fromkeys(error.problems)
            hint = hint or error.hint
    if problems:
        raise RecipeError(problems, hint)


def _different(files: Sequence[Path]) -> list[Path]:
    """The drafts without those that differ from an earlier one in nothing but seed, rates and length."""
    kept: dict[str, Path] = {}
    for file in files:
        record = load_record(file)
        recipe = {key: value for key, value in record.recipe.items() if not key.endswith("_optimizer")}
        recipe["training"] = {**recipe["training"], "kimg": None}
        kept.setdefault(json.dumps([recipe, record.data, record.device, record.processes]), file)
    return list(kept.values())


def validate(file: Path, start: Path | None, elsewhere: bool) -> None:
    """Raises UsageError for all that the run of a draft's record could not be trained for, before it is made.

    Networks are called on tensors without values, or on real ones where theirs do what only these can. With `elsewhere`
    the devices may be those of other machines.
    """
    record = load_record(file)
    state = checkpoint.load_start(start) if start else None
    compute, missing = compute_of(record)
    if missing and not elsewhere:
        raise missing
    try:
        with fake_session(*parts_of(record, file), compute) as (session, _):
            check_fake(session, record, file, state)
        require_scores(record, session)
    except PriceUnknown:
        if not missing:
            require_scores(record, real_session(record, file, compute, state)[0])


def compute_of(record: RunRecord) -> tuple[Compute, UsageError | None]:
    """What a run would compute with, and why not all of that is here."""
    precision = Recipe.model_validate(record.recipe).training.precision
    ranks = range(record.processes)
    if missing := next((why for rank in ranks if (why := absence(record.device, rank))), None):
        return imagined(record.device, precision), missing
    # the last is the first process's, which this one goes on as
    return [choose(record.device, precision, rank) for rank in reversed(ranks)][-1], None


def parts_of(record: RunRecord, file: Path) -> tuple[Recipe, Architecture, DataSet]:
    """What a draft names, the data in the size that the run would see it in."""
    recipe, architecture, data = parts(record, file.parent)
    return recipe, architecture, planned_at(data, recipe.data.size)


def real_session(record: RunRecord, file: Path, compute: Compute, state: State | None) -> tuple[Session, list[str]]:
    """A session of real tensors that was checked and has taken over its start, and notes for the user."""
    session = Session(*parts_of(record, file), record.seed, compute, World())
    told = check_session(session, record, file.parent, record.processes)
    return session, told + (inherit(session, state, record.start, record.parent) if state else [])


def check_fake(session: FakeSession, record: RunRecord, file: Path, state: State | None) -> None:
    """Raises UsageError where a session without values cannot be trained, or not begin with that state."""
    preflight.check_recipe(session, record.processes)
    if state:
        check_fits(session, state, record.parent)
    try:
        preflight.check_networks(session, file.parent / ARCHITECTURE if record.architecture_sha256 else None)
    except UsageError as error:  # maybe only tensors without values bring it about
        raise error.__cause__ or error from None


def require_scores(record: RunRecord, session: Session) -> str | None:
    """What is to be told of the run's score. Raises UsageError where it cannot be made, or never ends the run."""
    score, why = scorer(session)
    Ends.of(record, None, score.names if score else (), why)
    return why
