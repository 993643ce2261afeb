"""The state of the screen Studio: the current point, past points, pictures to choose from, sliders, and keyframes.

Frozen: methods return a new one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ganstudio.errors import StudioError, UsageError
from ganstudio.inference.explore import FRAMES, Along, Point, arc, grid_around, step_along
from ganstudio.inference.exports import Export
from ganstudio.inference.latent.recording import NOTHING, Recording

if TYPE_CHECKING:
    from ganstudio.inference.codes import Code

MOST_PAST = 500  # points that undo can go back to
MOST_KEYFRAMES = 24  # that are shown: with a grid and the slots fewer than the cache holds at least


@dataclass(frozen=True)
class Choice:
    """Points to choose from, one of them marked: the frames between A and B, or a grid around a point."""

    kind: Literal["between", "grid"]
    points: tuple[Point, ...]
    columns: int
    place: int

    def stepped(self, x: int, y: int) -> Choice:
        """Returns the choice with the mark moved `x` to the right and `y` up, within the grid."""
        row, column = divmod(self.place, self.columns)
        rows = len(self.points) // self.columns
        row, column = min(max(0, row - y), rows - 1), min(max(0, column + x), self.columns - 1)
        return replace(self, place=row * self.columns + column)


@dataclass(frozen=True)
class NamedDirection:
    """A direction as sliders show it. `reach` are the strengths that its proof found to stay within the data."""

    name: str
    reach: tuple[float, float] | None = None

    def leaves(self, strength: float) -> bool:
        """Returns whether a strength is beyond the reach."""
        return self.reach is not None and not self.reach[0] <= strength <= self.reach[1]


@dataclass(frozen=True)
class Abilities:
    """What the open model has besides what its manifest says.

    `layers` of ws are 0 where it has no styles; `layer_px` the size of each layer's maps, where that is known.
    """

    directions: tuple[NamedDirection, ...] = ()
    layers: int = 0
    layer_px: tuple[int, ...] = ()
    noise: bool = False


NO_ABILITIES = Abilities()


@dataclass(frozen=True)
class Exploration:
    """The state of Studio. `point` is None where no model is open; `text` is shown in place of a picture then.

    `ms` is the time of the last drawing, `answers` how many there were, `error` why the last one failed. `note` is a
    warning on the open model. `row` is the slider that keys step, `fading` the class that there is a slider towards.
    Arrow keys go along `names` where there are any, else along the pair of random directions. `film` is recorded, and
    `playing` says whether its frames are shown, `speed` how fast.
    """

    export: Export | None = None
    provider: str = ""
    point: Point | None = None
    past: tuple[Point, ...] = ()
    pair: int = 1
    slots: tuple[Point | None, Point | None] = (None, None)
    choice: Choice | None = None
    answers: int = 0
    ms: float | None = None
    error: str = ""
    note: str = ""
    text: str = ""
    abilities: Abilities = NO_ABILITIES
    row: int = 0
    names: tuple[str, ...] = ()
    fading: int | None = None
    film: Recording = NOTHING
    playing: bool = False
    speed: float = 1.0

    @property
    def codes(self) -> tuple[Code, ...]:
        """The codes within the open model's z; of ws there are none."""
        return self.export.manifest.codes if self.export and not (self.point and self.point.layers) else ()

    @property
    def along(self) -> Along:
        """What the arrow keys go along."""
        return self.names or self.pair

    @property
    def current(self) -> Point | None:
        """The point that is shown large: the marked one where there is a choice."""
        return self.choice.points[self.choice.place] if self.choice else self.point

    @property
    def shown_points(self) -> tuple[Point, ...]:
        """Every point whose picture is shown, the current one first."""
        first = () if self.current is None else (self.current,)
        slots = tuple(slot for slot in self.slots if slot)
        return first + (self.choice.points if self.choice else ()) + slots + self.film.points[-MOST_KEYFRAMES:]

    @property
    def trail(self) -> tuple[Point, ...]:
        """The past points and the present one."""
        return self.past if self.point is None else (*self.past, self.point)

    def with_point(self, point: Point) -> Exploration:
        """Returns the state at another point; itself where the point is the same."""
        if self.point is None or point == self.point:
            return self
        return replace(self, point=point, past=(*self.past, self.point)[-MOST_PAST:], choice=None)

    def moved(self, axis: int, steps: int) -> Exploration:
        """Returns the state some steps further along what the arrow keys go along."""
        return self if self.point is None else self.with_point(step_along(self.point, self.along, axis, steps))

    def without_last(self) -> Exploration:
        return replace(self, point=self.past[-1], past=self.past[:-1]) if self.past else self

    def with_slot(self, point: Point | None, slot: int) -> Exploration:
        """Returns the state with a point in slot 0, which is A, or 1."""
        first, second = self.slots
        return replace(self, slots=(point, second) if slot == 0 else (first, point))

    def with_walk(self, settle: Callable[[Point], Point] = lambda point: point) -> Exploration:
        """Returns the state with the frames between both slots to choose from; see `arc` for `settle`."""
        first, second = self.slots
        if first is None or second is None:
            return self
        return replace(self, choice=Choice("between", arc(first, second, FRAMES, settle), FRAMES, 0))

    def with_grid(self, side: int) -> Exploration:
        """Returns the state with a grid of `side` x `side` around the point to choose from."""
        if self.point is None:
            return self
        return replace(self, choice=Choice("grid", grid_around(self.point, self.along, side), side, side * side // 2))

    def with_next_pair(self, step: int) -> Exploration:
        """Returns the state with the next two directions, or those before, on the arrow keys."""
        if not self.names:
            return replace(self, pair=max(1, self.pair + step))
        known = [one.name for one in self.abilities.directions]
        begin = known.index(self.names[0]) if self.names[0] in known else 0
        return replace(self, names=_two_from(known, (begin + 2 * step) % len(known)))

    def with_arrows_switched(self) -> Exploration:
        """Returns the state with the arrow keys along directions with names, or along random ones again."""
        known = [one.name for one in self.abilities.directions]
        return replace(self, names=() if self.names else _two_from(known, 0))

    def with_name_on(self, axis: int, name: str) -> Exploration:
        """Returns the state with a direction on the arrows left and right (axis 0) or down and up."""
        names = list(self.names or _two_from([one.name for one in self.abilities.directions], 0))
        if len(names) < 2:
            return replace(self, names=tuple(names))
        if names[1 - axis] == name:
            names[1 - axis] = names[axis]
        names[axis] = name
        return replace(self, names=tuple(names))


def _two_from(names: list[str], begin: int) -> tuple[str, ...]:
    """Returns two names that follow each other, counted round; one where there is no other."""
    return tuple(names[(begin + step) % len(names)] for step in range(min(2, len(names))))


def seed_of(text: str) -> int:
    """Parses the seed that a person typed. Raises UsageError where it is none."""
    from ganstudio.inference.latents import parse_seeds

    try:
        seeds = parse_seeds(text)
    except StudioError:
        seeds = ()
    if len(seeds) != 1:
        raise UsageError(f"{text or 'Nothing'} is no seed: a whole number from 0 to 4294967295.")
    return seeds[0]


def command(export: Export, point: Point) -> list[str] | None:
    """Returns the command that draws a point from its seed; None where only a file of its latent does."""
    if not point.of_seed or point.mixed or point.noise_seed is not None or (point.codes and point.strengths):
        return None
    chosen = [] if point.label is None else ["--class", export.manifest.classes[point.label]]
    cut = [] if point.psi == 1 else ["--psi", f"{point.psi:g}"]
    cutoff = [] if point.psi == 1 or point.cutoff is None else ["--cutoff", str(point.cutoff)]
    centres = [] if point.psi == 1 or point.centres == 1 else ["--centres", str(point.centres)]
    codes = [word for code, value in point.codes for word in ("--code", f"{code.name}={value:g}")]
    moves = [word for name, strength in point.strengths for word in ("--direction", f"{name}={strength:+g}")]
    verb = "edit" if moves else "sample"
    return [
        verb,
        "--model",
        export.reference,
        "--seed",
        str(point.seed),
        *chosen,
        *codes,
        *moves,
        *cut,
        *cutoff,
        *centres,
    ]
