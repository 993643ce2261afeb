"""train(): the loop, readable in one sitting."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch

from ganstudio.data.store import DataSet
from ganstudio.engine import architectures, checkpoint, preflight, previews
from ganstudio.engine.devices import Compute, choose
from ganstudio.engine.distributed import World
from ganstudio.engine.evaluation.score import Scorer, scorer
from ganstudio.engine.journal import Journal, pass_on
from ganstudio.engine.schedules import crossed
from ganstudio.engine.session import Session
from ganstudio.engine.step import iterate
from ganstudio.engine.telemetry import Telemetry, memory_bytes, tick_fields
from ganstudio.errors import DataError
from ganstudio.recipe.schema import Recipe
from ganstudio.runs.record import ARCHITECTURE, RunRecord, load_record
from ganstudio.runs.record import NAME as RECORD

Reason = Literal["budget", "stop"]
MARKS = frozenset({"samples", "score", "checkpoint"})


@dataclass
class Training:
    """One training under way: the session, what scores it, and the run folder it tells of itself."""

    run: Path
    session: Session
    score: Scorer | None
    journal: Journal | None  # the leading process's
    telemetry: Telemetry
    minutes: float | None

    @property
    def nimg(self) -> int:
        return self.session.progress.nimg

    def tell(self, event: str, **fields: Any) -> None:
        if self.journal:
            self.journal.write(event, self.nimg, **fields)


def train(run: Path, resume: bool, minutes: float | None, world: World) -> Reason:
    """Trains until the budget is spent or somebody asks to stop, and says which.

    Raises NotFiniteError at the first loss, penalty or gradient that is no number.
    """
    training = begin(run, resume, minutes, world)
    session, recipe = training.session, training.session.recipe
    reason: Reason | None = None
    while reason is None:
        before = training.nimg
        for side, values in iterate(session):
            training.telemetry.record(session.progress.updates[side], values)
        training.telemetry.steps += 1
        if training.nimg >= recipe.training.kimg * 1000:
            reason = "budget"
        marks = passed(recipe, before, training.nimg)
        if marks or training.telemetry.due or reason:
            # before anything is kept: the tick finds a value that is no number
            reason = tick(training) or reason
        keep_and_show(training, MARKS if reason else marks)
    if training.journal:
        training.journal.finished(training.nimg, reason)
    return reason


def tick(training: Training) -> Reason | None:
    """Tells what happened since the last tick and hears what is asked; all processes decide alike."""
    telemetry, session = training.telemetry, training.session
    means = telemetry.collect()
    asked: dict[str, Any] | None = None
    if journal := training.journal:
        rates = {side: opt.param_groups[0]["lr"] for side, opt in session.optimizers.items()}
        fields = tick_fields(means, rates, session.augment_p)
        speed = telemetry.speed(training.nimg)
        memory = memory_bytes(session.compute.device)
        training.tell("tick", **fields, img_per_s=speed, memory_bytes=memory)
        asked = {
            **journal.asked(),
            "over": training.minutes is not None and journal.seconds >= training.minutes * 60,
            "until": telemetry.pace(),
        }
    asked = session.world.agree(asked)
    telemetry.until = asked["until"]
    telemetry.restart(training.nimg)
    if asked["snapshot"]:
        show(training)
        keep(training)
    return "stop" if asked["stop"] else "budget" if asked["over"] else None


def passed(recipe: Recipe, before: int, now: int) -> frozenset[str]:
    """The marks that the count of images has passed."""
    every = {
        "samples": recipe.training.sample_kimg,
        "score": recipe.evaluation.every_kimg,
        "checkpoint": recipe.training.checkpoint_kimg,
    }
    return frozenset(name for name, kimg in every.items() if crossed(kimg, before, now))


def keep_and_show(training: Training, marks: frozenset[str]) -> None:
    """Samples, a score, and a checkpoint where one is due or the score is the best so far."""
    if "samples" in marks:
        show(training)
    best = "score" in marks and evaluate(training)
    if best or "checkpoint" in marks:
        keep(training)
    if marks:
        training.telemetry.restart(training.nimg)


def show(training: Training) -> None:
    if training.session.world.leads:
        path = previews.write_samples(training.session, training.run)
        training.tell("samples", path=str(path.relative_to(training.run)))


def evaluate(training: Training) -> bool:
    """Scores the averaged samples; True where they are the best so far."""
    progress = training.session.progress
    if training.score and training.session.world.leads:
        found = training.score()
        training.tell("evaluated", **vars(found))
        if progress.best is None or found.value < progress.best["score"]:
            progress.best = {"score": found.value, "nimg": training.nimg}
    progress.best = training.session.world.agree(progress.best)
    return progress.best is not None and progress.best["nimg"] == training.nimg


def keep(training: Training) -> None:
    session = training.session
    if training.journal:
        session.progress.seconds = training.journal.seconds
    state = session.state_dict()
    if session.world.leads:
        path = checkpoint.save(training.run, state)
        training.tell("checkpointed", path=str(path.relative_to(training.run)))


def begin(run: Path, resume: bool, minutes: float | None, world: World) -> Training:
    """A training ready for its first or next iteration. Raises UsageError for whatever cannot be trained."""
    record = load_record(run / RECORD)
    compute = choose(record.device, Recipe.model_validate(record.recipe).training.precision, world.local_rank)
    world.join(compute.device)
    session, notes = assemble(record, run, compute, world)
    score, why_not = scorer(session)
    notes += [why_not] if why_not else []
    journal = Journal(run) if world.leads else None
    training = Training(run, session, score, journal, Telemetry(world, compute.device), minutes or record.minutes)
    if journal:
        checkpoint.sweep(run)
    if resume:
        restore(training, notes)
    else:
        start(training, notes)
    if journal:
        journal.listen()
    else:
        pass_on(run)
    training.telemetry.restart(training.nimg)
    return training


def assemble(record: RunRecord, run: Path, compute: Compute, world: World) -> tuple[Session, list[str]]:
    """The session that a run's record describes, its networks called once, and notes for the user."""
    recipe = Recipe.model_validate(record.recipe)
    architecture = architectures.of_run(run, record)
    data = DataSet.load(Path(record.data["path"]))
    if data.manifest.fingerprint != record.data["fingerprint"]:
        raise DataError(
            f"{data.path}: is not the data that this run began with (its fingerprint differs).",
            hint="ganstudio data list",
        )
    session = Session(recipe, architecture, data, record.seed, compute, world)
    preflight.check_networks(session, run / ARCHITECTURE if record.architecture_sha256 else None)
    return session, preflight.notes(session)


def start(training: Training, notes: list[str]) -> None:
    """Everything that a run has before its first iteration: a grid of real images, one of noise, a checkpoint at 0."""
    _announce(training, notes)
    if training.session.world.leads:
        previews.write_real(training.session, training.run)
    show(training)
    keep(training)


def restore(training: Training, notes: list[str]) -> None:
    """Goes on from the newest checkpoint that can be read; one that can't is named in the notes, never passed over."""
    state, path, damaged = checkpoint.load_newest(training.run)
    training.session.load_state_dict(state)
    if training.journal:
        training.journal.resume_clock(training.session.progress.seconds)
    _announce(training, notes + [f"{problem} Going on from {path.name}." for problem in damaged])
    training.tell("resumed", checkpoint=str(path.relative_to(training.run)), best=training.session.progress.best)


def _announce(training: Training, notes: list[str]) -> None:
    session = training.session
    training.tell(
        "started",
        device=str(session.compute.device),
        precision=session.compute.precision,
        processes=session.world.size,
        kimg_total=session.recipe.training.kimg,
        batch=session.recipe.training.batch,
        parameters=session.parameter_counts(),
        notes=notes,
        versions={"torch": torch.__version__},
    )
