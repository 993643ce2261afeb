"""What a training has and what it leaves in its run folder: samples, scores, checkpoints, each told as an event."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganstudio.engine.endings import Ends
from ganstudio.engine.evaluation.training_scores.training_scorer import Score, TrainingScorer
from ganstudio.engine.probes.probe import Probe
from ganstudio.engine.probes.translation_probe import TranslationProbe
from ganstudio.engine.run_folder import checkpoint, previews
from ganstudio.engine.run_folder.journal import Journal
from ganstudio.engine.schedules import crossed
from ganstudio.engine.session import Session
from ganstudio.engine.telemetry import Telemetry
from ganstudio.recipe.schema import Recipe
from ganstudio.runs.direction import rank
from ganstudio.units import format_seconds

SHARE = 0.05  # of a training's time that scores may take
FIRST_S = 10.0  # that they may take besides: the first minutes show a course
MARKS = frozenset({"probe", "samples", "score", "checkpoint"})


@dataclass
class LiveTraining:
    """One training under way: the session, what scores it, and the run folder it tells of itself."""

    run: Path
    session: Session
    score: TrainingScorer | None
    probe: Probe | TranslationProbe | None
    journal: Journal | None  # the leading process's
    telemetry: Telemetry
    ends: Ends
    score_missing: str | None = None  # why there is none
    began_s: float = 0.0  # on the run's clock, when this process began to train
    scored_s: float = 0.0  # what scores have taken since
    scored_at: int | None = None  # the images counted at the last score; all processes know

    @property
    def nimg(self) -> int:
        return self.session.progress.nimg

    def restart(self) -> None:
        """Begins the next interval of its telemetry."""
        self.telemetry.restart(self.nimg, self.session.batches.seconds)

    def ending_s(self) -> float:
        """Seconds that the score at the end is going to take; 0 while nobody knows, or there is none."""
        if not self.score or not self.journal or self.ends.minutes is None:
            return 0.0
        if self.score.known_s is None and self.ends.late(self.journal.seconds):
            self.score.expected_s()
        return self.score.known_s or 0.0

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


def keep_and_show(training: LiveTraining, marks: frozenset[str], ending: bool = False) -> None:
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


def look(training: LiveTraining) -> None:
    # in every process: its critic, in train mode, may wait for the others
    if training.probe and (found := training.probe()):
        training.tell("probed", **found)


def show(training: LiveTraining) -> None:
    if training.session.world.leads:
        path = previews.write_samples(training.session, training.run)
        columns = previews.column_names(training.session)
        training.tell("samples", path=str(path.relative_to(training.run)), **({"shows": columns} if columns else {}))


def evaluate(training: LiveTraining, whatever_it_takes: bool = True) -> bool:
    """Scores the averaged samples, unless that would take too long now; True where they are the best so far."""
    progress, world = training.session.progress, training.session.world
    if training.score and world.leads:
        takes_s = None if whatever_it_takes else unaffordable(training, training.score)
        if takes_s is None:
            measure(training, training.score)
        else:
            why = f"it would take {format_seconds(takes_s)}, and scores get {SHARE:.0%} of the time"
            training.tell("skipped", score=training.score.names[0], why=why)
    progress.best, training.scored_at = world.agree((progress.best, training.scored_at))
    return progress.best is not None and progress.best["nimg"] == training.nimg


def measure(training: LiveTraining, score: TrainingScorer) -> None:
    """Tells the scores as of now; where the first is the best so far it is remembered as that."""
    progress, found = training.session.progress, score()
    for one in found:
        training.tell("evaluated", **vars(one))
    training.scored_at = training.nimg
    # measures that are made together each carry the seconds of all of them
    training.scored_s += sum(seconds for _, seconds in {(one.extractor, one.seconds) for one in found})
    if is_best(found[0], progress.best):
        alike = {"alike": True} if found[0].alike else {}
        progress.best = {"score": found[0].value, "nimg": training.nimg, "better": found[0].better, **alike}


def is_best(score: Score, best: dict[str, Any] | None) -> bool:
    """Whether a score is better than the best so far. One of samples all alike yields to any, NaN is never best."""
    if math.isnan(score.value) or best is None:
        return not math.isnan(score.value)
    earlier = rank(best["score"], score.better)
    return (score.alike, rank(score.value, score.better)) < (best.get("alike", False), earlier)


def unaffordable(training: LiveTraining, score: TrainingScorer) -> float | None:
    """Seconds that one more score would take, where scores then had more than their share of the time; else None.

    From the recipe's first interval on, a network that was named is worth the wait, and one that is quick is no wait.
    """
    evaluation = training.session.recipe.evaluation
    wanted = evaluation.features != "auto" or score.quick
    if training.journal is None or (wanted and training.nimg >= evaluation.every_kimg * 1000):
        return None
    takes_s, spent_s = score.expected_s(), training.journal.seconds - training.began_s
    return takes_s if training.scored_s + takes_s > FIRST_S + SHARE * spent_s else None


def keep(training: LiveTraining) -> None:
    session = training.session
    if training.journal:
        session.progress.seconds = training.journal.seconds
    state = session.state_dict()
    if session.world.leads:
        path = checkpoint.save(training.run, state)
        training.tell("checkpointed", path=str(path.relative_to(training.run)), changes=session.progress.changes)
