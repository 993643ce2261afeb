"""What Studio shows: where one is, where one was, and what there is to choose from. Frozen: a change makes another."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ganstudio.errors import StudioError, UsageError
from ganstudio.inference.explore import FRAMES, Point, arc, grid_around
from ganstudio.inference.exports import Export, find_export, list_exports
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.tui.run.samples import Pixels

KEPT = 500  # points that can be gone back to
SLOW_MS = 50.0  # of one picture on a CPU, above which a GPU is worth its start


@dataclass(frozen=True)
class Choice:
    """Points beside each other, one of them marked: the frames between A and B, or a grid around a point."""

    kind: Literal["between", "grid"]
    points: tuple[Point, ...]
    columns: int
    place: int

    def stepped(self, x: int, y: int) -> Choice:
        """The mark `x` to the right and `y` up, within what there is."""
        row, column = divmod(self.place, self.columns)
        rows = len(self.points) // self.columns
        row, column = min(max(0, row - y), rows - 1), min(max(0, column + x), self.columns - 1)
        return replace(self, place=row * self.columns + column)


@dataclass(frozen=True)
class Exploring:
    """`point` is None where no model is open; `text` is what is said in place of a picture then.

    `ms` is what the last answer took, `answers` how many there were, `error` why it was none. `note` is said of what is
    open.
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

    @property
    def current(self) -> Point | None:
        """What is looked at: the marked one where there is a choice."""
        return self.choice.points[self.choice.place] if self.choice else self.point

    @property
    def wanted(self) -> tuple[Point, ...]:
        """Every point whose picture is shown, the one that is looked at first."""
        first = () if self.current is None else (self.current,)
        return first + (self.choice.points if self.choice else ()) + tuple(slot for slot in self.slots if slot)

    @property
    def trail(self) -> tuple[Point, ...]:
        """Where one was, and last where one is."""
        return self.past if self.point is None else (*self.past, self.point)

    def gone_to(self, point: Point) -> Exploring:
        """At another point; nothing where that is the same."""
        if self.point is None or point == self.point:
            return self
        return replace(self, point=point, past=(*self.past, self.point)[-KEPT:], choice=None)

    def undone(self) -> Exploring:
        return replace(self, point=self.past[-1], past=self.past[:-1]) if self.past else self

    def at(self, point: Point | None, slot: int) -> Exploring:
        """With a point in slot 0, which is A, or 1."""
        first, second = self.slots
        return replace(self, slots=(point, second) if slot == 0 else (first, point))

    def walking(self) -> Exploring:
        """With the frames between both slots to choose from."""
        first, second = self.slots
        if first is None or second is None:
            return self
        return replace(self, choice=Choice("between", arc(first, second), FRAMES, 0))

    def gridded(self, side: int) -> Exploring:
        """With a grid of `side` x `side` around the point to choose from."""
        if self.point is None:
            return self
        return replace(self, choice=Choice("grid", grid_around(self.point, self.pair, side), side, side * side // 2))


class Album:
    """The pictures of points that were drawn last: `least` of them, and more as long as they are small."""

    def __init__(self, least: int = 64, room: int = 32_000_000) -> None:
        self._least, self._room, self._bytes = least, room, 0
        self._pictures: OrderedDict[Point, Pixels | None] = OrderedDict()

    def __contains__(self, point: Point) -> bool:
        return point in self._pictures

    def get(self, point: Point | None) -> Pixels | None:
        """None where it was not drawn, or cannot be."""
        return None if point is None else self._pictures.get(point)

    def put(self, point: Point, picture: Pixels | None) -> None:
        """`picture` is None where drawing it failed: it is not tried again."""
        self._pictures[point] = picture
        self._bytes += 0 if picture is None else picture.nbytes
        while self._bytes > self._room and len(self._pictures) > self._least:
            _, gone = self._pictures.popitem(last=False)
            self._bytes -= 0 if gone is None else gone.nbytes


def drawable(export: Export) -> bool:
    """Whether pictures can be drawn from its seeds."""
    shape = export.manifest.image_shape
    return export.manifest.z_dim is not None and len(shape) in (3, 4) and shape[0] in (1, 3)


def models(workspace: Workspace) -> tuple[list[Export], list[str]]:
    """The exports that Studio can open, newest first, and a line for each file that is no export."""
    exports, notes = list_exports(workspace)
    return list(filter(drawable, exports)), notes


def choose(workspace: Workspace, name: str | None, opened: Export | None) -> tuple[Export | None, list[str]]:
    """The export of that name; without one, what is open, else the newest; None, and why, where there is none.

    Raises UsageError where the name is of none that can be drawn from.
    """
    known, notes = models(workspace)
    wanted = name or (opened.name if opened else None)
    found = next((export for export in known if export.name == wanted), None)
    if found or name is None:
        return found or opened or (known[0] if known else None), notes
    export = find_export(workspace, name)  # says what is wrong with a file that is there
    if export is None:
        if opened and opened.name == name:
            return opened, notes
        raise UsageError(f"{name} is no export of this workspace any more.")
    raise UsageError(f"{name} is a {export.manifest.task} model whose pictures Studio cannot draw from seeds.")


def provider_for(export: Export) -> str:
    """The CPU, which begins at once and leaves the GPU to trainings; `auto` for an export that was measured as slow."""
    measured = (export.manifest.latency_ms or {}).get("onnxruntime", {}).get("1", 0.0)
    return "auto" if measured > SLOW_MS else "cpu"


def seed_of(text: str) -> int:
    """The seed that a person typed. Raises UsageError."""
    from ganstudio.inference.latents import parse_seeds

    try:
        seeds = parse_seeds(text)
    except StudioError:
        seeds = ()
    if len(seeds) != 1:
        raise UsageError(f"{text} is no seed: a whole number from 0 to 4294967295.")
    return seeds[0]


def command(export: Export, point: Point) -> list[str]:
    """The command that draws a point which its seed tells."""
    chosen = [] if point.label is None else ["--class", export.manifest.classes[point.label]]
    cut = [] if point.psi == 1 else ["--psi", f"{point.psi:g}"]
    return ["sample", "--model", export.reference, "--seed", str(point.seed), *chosen, *cut]
