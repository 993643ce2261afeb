"""What the rules look at: a run's recipe as it is now, and its numbers from the beginning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from ganstudio.recipe.plain_numbers import is_schedule
from ganstudio.runs.direction import Better, best_of, gains
from ganstudio.runs.state import RunState

SIDES = {"d": "critic", "g": "generator"}
OPTIMIZERS = {"d": "discriminator_optimizer", "g": "generator_optimizer"}
# Zhao et al. 2020, arXiv:2006.10738. On 64 digits it kept the critic guessing at images that it had never seen, where
# augmentation that adapts came too late.
AUGMENT = ('augmentation={policy=["translation","cutout"]}',)
LATE = 0.4  # of the run: what is meant by lately
STILL_BETTER = 0.03  # of the score: how much the last third must gain to count as that
FEWEST = 3  # spans that a judgement rests on


@dataclass(frozen=True)
class Signal:
    """One number over a stretch of a run: the means of its spans, oldest first, and where they were seen, in kimg."""

    name: str
    values: tuple[float, ...]
    kimg: tuple[float, float]

    @property
    def mean(self) -> float:
        return fmean(self.values)


@dataclass(frozen=True)
class Case:
    """`recipe` is the plain table of run.json with what changed on the way, `data` the name of its data set.

    `ends_early` says that something else than its length was asked to end the run.
    """

    recipe: dict[str, Any]
    data: str
    state: RunState
    ends_early: bool = False

    @property
    def kimg(self) -> float:
        return self.state.nimg / 1000

    @property
    def generator_updates(self) -> float:
        training = self.knobs("training")
        each = training.get("batch", 64) * training.get("critic_steps", 1)
        return float(self.state.nimg / max(each, 1) * training.get("generator_steps", 1))

    def whole(self, name: str) -> Signal | None:
        """A number from the beginning; None where there are too few values."""
        return self._signal(name, self.state.history.line(name))

    def late(self, name: str) -> Signal | None:
        """A number in the last part of the run so far; None where that is too little to judge by."""
        points = self.state.history.line(name)
        return self._signal(name, [point for point in points if point[0] > (1 - LATE) * self.state.nimg])

    def early(self, name: str) -> Signal | None:
        """A number in the first part of the run, as long as `late`."""
        points = self.state.history.line(name)
        return self._signal(name, [point for point in points if point[0] <= LATE * self.state.nimg])

    def since(self, name: str, holds: Callable[[float], bool]) -> tuple[float, float]:
        """Where `holds` became true of a number for good, and where its last value is, both in kimg."""
        points = self.state.history.line(name)
        ends = [0, *(nimg for nimg, _ in points)]
        first = len(points)
        while first > 0 and holds(points[first - 1][1]):
            first -= 1
        return ends[min(first, len(points) - 1)] / 1000, ends[-1] / 1000

    def _signal(self, name: str, points: list[tuple[int, float]]) -> Signal | None:
        if len(points) < FEWEST:
            return None
        return Signal(name, tuple(value for _, value in points), (points[0][0] / 1000, points[-1][0] / 1000))

    @property
    def more_images(self) -> str:
        """Advice on few images, as far as the recipe does not follow it yet."""
        mirror = "data.mirror=true doubles them where left and right do not matter"
        return "more images" if self.knobs("data").get("mirror") else f"more images; {mirror}"

    @property
    def score(self) -> Signal | None:
        """The first score that the run reports, from the beginning."""
        name = next(iter(self.state.scores), None)
        return self.whole(f"scores.{name}") if name else None

    @property
    def better(self) -> Better:
        """Which way that score is better."""
        return self.state.best_is

    def halves(self, signal: Signal) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """A signal's values in the first and in the second half of the run so far: early marks are denser."""
        places = [nimg for nimg, _ in self.state.history.line(signal.name)]
        first = sum(nimg <= self.state.nimg / 2 for nimg in places)
        return signal.values[:first], signal.values[first:]

    @property
    def improving(self) -> bool:
        """Whether the score still gets better; not where there are too few of them to say."""
        score = self.score
        if score is None:
            return False
        earlier = best_of(score.values[: -(len(score.values) // 3)], self.better)
        return gains(score.values[-1], earlier, STILL_BETTER, self.better)

    def knobs(self, section: str) -> dict[str, Any]:
        """A section of the recipe; a record of another version may lack it."""
        table = self.recipe.get(section)
        return table if isinstance(table, dict) else {}

    @property
    def objective(self) -> str:
        return str(self.knobs("objective").get("kind"))

    def rate(self, side: str) -> float:
        """The learning rate of a side; of one that changes, what it was last."""
        rate = self.knobs(OPTIMIZERS[side]).get("lr", 0)
        if isinstance(rate, dict):
            told = self.state.history.line(f"lr.{side}")
            rate = told[-1][1] if told else rate.get("start", 0)
        return float(rate) if isinstance(rate, int | float) else 0.0

    @property
    def regularizers(self) -> dict[str, dict[str, Any]]:
        """By kind; a knob that changes has its last value."""
        listed = self.recipe.get("regularizers") or ()
        return {one["kind"]: self._now(one) for one in listed if isinstance(one, dict) and "kind" in one}

    def _now(self, table: dict[str, Any]) -> dict[str, Any]:
        numbers, kind = self.state.numbers, table["kind"]
        return {
            name: numbers.get(f"regularizers.{kind}.{name}", first_value(value)) if is_schedule(value) else value
            for name, value in table.items()
        }


def first_value(schedule: Mapping[str, Any]) -> float:
    """What a number that changes is at first."""
    return float(schedule["points"][0][1] if "points" in schedule else schedule["start"])


def short_number(value: float) -> str:
    """A number as a person writes it in a setting."""
    return f"{float(f'{value:.1g}'):g}"
