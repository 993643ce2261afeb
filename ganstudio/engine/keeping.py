"""What a training has and what it leaves in its run folder: samples, scores, checkpoints, each told as an event."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganstudio.engine import checkpoint, previews
from ganstudio.engine.endings import Ends
from ganstudio.engine.evaluation.score import Score, Scorer
from ganstudio.engine.journal import Journal
from ganstudio.engine.probes import Probe
from ganstudio.engine.schedules import crossed
from ganstudio.engine.session import Session
from ganstudio.engine.telemetry import Telemetry
from ganstudio.recipe.schema import Recipe

SHARE = 0.05  # of a training's time that scores may take in a network that auto chose
MARKS = frozenset({"probe", "samples", "score", "checkpoint"})


@dataclass
class Training:
    """One training under way: the session, what scores it, and the run folder it tells of itself."""

    run: Path
    session: Session
    score: Scorer | None
    probe: Probe | None  # None where the task has none
    journal: Journal | None  # the leading process's
    telemetry: Telemetry
    ends: Ends
    scored_s: float = 0.0  # what scores have taken since this process began
    last_score: Score | None = None

    @property
    def nimg(self) -> int:
        return self.session.progress.nimg

    def restart(self) -> None:
        """Begins the next interval of its telemetry."""
        self.telemetry.restart(self.nimg, self.session.batches.seconds)

    def tell(self, event: str, **fields: Any) -> None:
        if self.journal:
            self.journal.write(event, self.nimg, **fields)


def passed(recipe: Recipe, before: int, now: int) -> frozenset[str]:
    """The marks that the count of images has passed."""
    every = {
        "probe": recipe.evaluation.probe_kimg,
        "samples": recipe.training.sample_kimg,
        "score": recipe.evaluation.every_kimg,
        "checkpoint": recipe.training.checkpoint_kimg,
    }
    return frozenset(name for name, kimg in every.items() if crossed(kimg, before, now))


def keep_and_show(training: Training, marks: frozenset[str], ending: bool = False) -> None:
    """A probe, samples, a score, and a checkpoint where one is due or the score is the best so far.

    `ending` waits for the score, however long it takes.
    """
    if "probe" in marks:
        look(training)
    if "samples" in marks:
        show(training)
    best = "score" in marks and evaluate(training, whatever_it_takes=ending)
    if best or "checkpoint" in marks:
        keep(training)
    if marks:
        training.restart()


def look(training: Training) -> None:
    if training.probe:  # in every process: its critic, in train mode, may wait for the others
        training.tell("probed", **training.probe())


def show(training: Training) -> None:
    if training.session.world.leads:
        path = previews.write_samples(training.session, training.run)
        training.tell("samples", path=str(path.relative_to(training.run)))


def evaluate(training: Training, whatever_it_takes: bool = True) -> bool:
    """Scores the averaged samples, unless that would take too long now; True where they are the best so far."""
    progress = training.session.progress
    if training.score and training.session.world.leads and (whatever_it_takes or affordable(training)):
        found = training.score()
        training.tell("evaluated", **vars(found))
        training.last_score = found
        training.scored_s += found.seconds
        if not math.isnan(found.value) and (progress.best is None or found.value < progress.best["score"]):
            progress.best = {"score": found.value, "nimg": training.nimg}
    progress.best = training.session.world.agree(progress.best)
    return progress.best is not None and progress.best["nimg"] == training.nimg


def affordable(training: Training) -> bool:
    """Whether scores keep within their share of the time if one more takes as long as the last.

    A network that was named is worth the wait, and lenet is quick: their scores come at every mark, whatever the clock.
    """
    last = training.last_score
    if last is None or last.extractor == "lenet" or training.session.recipe.evaluation.features != "auto":
        return True
    return training.journal is None or training.scored_s + last.seconds <= SHARE * training.journal.seconds


def keep(training: Training) -> None:
    session = training.session
    if training.journal:
        session.progress.seconds = training.journal.seconds
    state = session.state_dict()
    if session.world.leads:
        path = checkpoint.save(training.run, state)
        training.tell("checkpointed", path=str(path.relative_to(training.run)), changes=session.progress.changes)
