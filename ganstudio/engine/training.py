"""train(): the loop, readable in one sitting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from ganstudio.data.store import DataSet
from ganstudio.engine import architectures, preflight, schedules
from ganstudio.engine.contract import Architecture
from ganstudio.engine.devices import Compute, choose
from ganstudio.engine.distributed import World
from ganstudio.engine.endings import Ends, Reason
from ganstudio.engine.evaluation.training_scores.score import missing, scorer
from ganstudio.engine.probes.probe import Probe, look_at_data
from ganstudio.engine.probes.translation_probe import TranslationProbe
from ganstudio.engine.run_folder import checkpoint, inheritance, previews
from ganstudio.engine.run_folder.journal import Journal, pass_on
from ganstudio.engine.run_folder.outputs import MARKS, LiveTraining, keep, keep_and_show, look, passed, show
from ganstudio.engine.run_folder.requests import obey
from ganstudio.engine.session import Session
from ganstudio.engine.step import iterate
from ganstudio.engine.telemetry import Telemetry, memory_bytes, swapped_bytes, tick_fields
from ganstudio.errors import DataError
from ganstudio.recipe.schema import Recipe
from ganstudio.runs.record import ARCHITECTURE, START, RunRecord, load_record
from ganstudio.runs.record import NAME as RECORD
from ganstudio.runs.requests import Request
from ganstudio.runs.state import current


def train(run: Path, resume: bool, minutes: float | None, world: World) -> Reason:
    """Trains until the budget is spent or somebody asks to stop, and says which.

    Raises NotFiniteError at the first loss, penalty or gradient that is no number.
    """
    training = begin(run, resume, minutes, world)
    session = training.session
    # a worker killed between its last checkpoint and its last word has nothing left to train
    reason: Reason | None = "budget" if spent(training) else None
    while reason is None:
        before = training.nimg
        asked: list[Request] = []
        for report in iterate(session):
            training.telemetry.record(session.progress.updates[report.side], report)
        training.telemetry.steps += 1
        if spent(training):
            reason = "budget"
        marks = passed(session.recipe, before, training.nimg)
        if marks or training.telemetry.due or reason:
            # before anything is kept: the tick finds a value that is no number
            ends, asked = tick(training)
            reason = ends or reason
        keep_and_show(training, MARKS if reason else marks, ending=reason is not None)
        reason = reason or scored(training, marks) or obey(training, marks, asked)
    if journal := training.journal:
        kimg = session.recipe.training.kimg
        words = training.ends.words(reason, training.nimg, journal.seconds, kimg)
        journal.finished(training.nimg, reason, words)
    return reason


def spent(training: LiveTraining) -> bool:
    """Whether the recipe's length is reached."""
    return training.nimg >= training.session.recipe.training.kimg * 1000


def tick(training: LiveTraining) -> tuple[Reason | None, list[Request]]:
    """Tells what happened since the last tick and hears what is asked; all processes decide alike."""
    telemetry, session = training.telemetry, training.session
    means = telemetry.collect()
    heard: tuple[Reason | None, list[Request], int] | None = None
    if journal := training.journal:
        rates: dict[str, float] = {side: opt.param_groups[0]["lr"] for side, opt in session.optimizers.items()}
        fields = tick_fields(means, rates, session.augment_p)
        speed = telemetry.speed(training.nimg)
        held = {"memory_bytes": memory_bytes(session.compute.device), "swapped_bytes": swapped_bytes()}
        share = telemetry.data_share(session.batches.seconds)
        now = schedules.numbers_now(session.recipe, training.nimg)
        training.tell("tick", **fields, numbers=now, img_per_s=speed, data_share=share, **held)
        stop, asked = journal.asked()
        heard = ("stop" if stop else training.ends.reached(journal, training.ending_s()), asked, telemetry.pace())
    reason, asked, telemetry.until = session.world.agree(heard)
    training.restart()
    return reason, asked


def scored(training: LiveTraining, marks: frozenset[str]) -> Reason | None:
    """Whether the score that just came ends the run; it is then kept whole. One that was skipped says nothing."""
    journal, nimg = training.journal, training.nimg
    if "score" not in marks or training.scored_at != nimg:
        return None
    met = training.session.world.agree(training.ends.reached(journal, training.ending_s()) if journal else None)
    reason = met or training.ends.stale(nimg, training.session.progress.best)
    if reason:
        keep_and_show(training, MARKS - marks, ending=True)
    return reason


def begin(run: Path, resume: bool, minutes: float | None, world: World) -> LiveTraining:
    """A training ready for its first or next iteration. Raises UsageError for whatever cannot be trained."""
    record = load_record(run / RECORD)
    compute = choose(record.device, Recipe.model_validate(record.recipe).training.precision, world.local_rank)
    world.join(compute.device)
    session, notes = assemble(record, run, compute, world)
    score, why = scorer(session, _settled(run, session) if resume else None)
    notes += [text for text in (why, score.caution) if text] if score else []
    without = None if score else missing(session, why, record.id)
    ends = Ends.of(record, minutes, score.names if score else (), why)
    journal = Journal(run) if world.leads else None
    probe = Probe(session) if session.task.sampler else TranslationProbe(session)
    training = LiveTraining(run, session, score, probe, journal, Telemetry(world, compute.device), ends, without)
    if journal:
        checkpoint.sweep(run)
    if resume:
        restore(training, record, notes)
    else:
        start(training, record, notes)
    if journal:
        training.began_s = journal.seconds
        journal.listen()
    else:
        pass_on(run)
    training.restart()
    return training


def _settled(run: Path, session: Session) -> dict[str, Any]:
    """What a run's scores were made with so far; an earlier version, which did not tell that, took the whole n."""
    state, _ = current(run)
    return state.scoring or ({"n": session.recipe.evaluation.n} if state.scores else {})


def assemble(record: RunRecord, run: Path, compute: Compute, world: World) -> tuple[Session, list[str]]:
    """The session that a run's record describes, its networks called once, and notes for the user."""
    session = Session(*parts(record, run), record.seed, compute, world)
    session.share()
    return session, check_session(session, record, run, world.size)


def check_session(session: Session, record: RunRecord, run: Path, processes: int) -> list[str]:
    """Calls the networks once; notes for the user. Raises UsageError where so many processes cannot train them."""
    preflight.check_recipe(session, processes)
    preflight.check_networks(session, run / ARCHITECTURE if record.architecture_sha256 else None)
    return preflight.notes(session, processes)


def parts(record: RunRecord, run: Path) -> tuple[Recipe, Architecture, DataSet]:
    """What a run's record names. Raises DataError where the data is another than it was."""
    data = recorded_data(record.data)
    return Recipe.model_validate(record.recipe), architectures.of_run(run, record), data


def recorded_data(recorded: Mapping[str, Any]) -> DataSet:
    """The packed data set that a record tells of, and the styles beside it. Raises DataError where one has changed."""
    data = DataSet.load(Path(recorded["path"]))
    if data.manifest.fingerprint != recorded["fingerprint"]:
        raise DataError(
            f"{data.path}: is not the data that this run began with (its fingerprint differs).",
            hint="ganstudio data list",
        )
    styles = recorded.get("styles")
    return replace(data, styles=recorded_data(styles)) if styles else data


def start(training: LiveTraining, record: RunRecord, notes: list[str]) -> None:
    """Everything that a run has before its first iteration: a grid of real images, one of noise, a checkpoint.

    Raises UsageError, before anything is told, where it begins with networks of another run that do not fit.
    """
    world = training.session.world
    if record.start:
        state = checkpoint.load_start(training.run / START)
        notes = notes + inheritance.inherit(training.session, state, record.start, record.parent)
    _announce(training, record, notes)
    if world.leads:
        previews.write_real(training.session, training.run)
    look(training)
    show(training)
    keep(training)
    world.agree(None)  # all have read it
    if world.leads:
        (training.run / START).unlink(missing_ok=True)


def restore(training: LiveTraining, record: RunRecord, notes: list[str]) -> None:
    """Goes on from the newest checkpoint that can be read; one that can't is named in the notes, never passed over."""
    state, path, damaged = checkpoint.load_newest(training.run)
    training.session.load_state_dict(state)
    training.session.share()
    notes = notes + inheritance.seen_before(training.session, state)
    progress = training.session.progress
    if training.journal:
        training.journal.resume_clock(progress.seconds)
    _announce(training, record, notes + [f"{problem} Going on from {path.name}." for problem in damaged])
    file = str(path.relative_to(training.run))
    training.tell("resumed", checkpoint=file, best=progress.best, changes=progress.changes)


def _announce(training: LiveTraining, record: RunRecord, notes: list[str]) -> None:
    session = training.session
    training.tell(
        "started",
        device=str(session.compute.device),
        precision=session.compute.precision,
        processes=session.world.size,
        kimg_total=session.recipe.training.kimg,
        batch=session.recipe.training.batch,
        parameters=session.parameter_counts(),
        parent=record.parent,
        data=look_at_data(session),
        minutes=training.ends.minutes,
        scoring=training.score and training.score.settings,
        score_missing=training.score_missing,
        notes=notes,
        versions={"torch": torch.__version__},
    )
