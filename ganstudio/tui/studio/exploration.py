"""The state of the screen Studio: the current point, past points, pictures to choose from. Frozen: methods return a
new one.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ganstudio.errors import StudioError, UsageError
from ganstudio.inference.explore import FRAMES, Point, arc, grid_around
from ganstudio.inference.exports import Export, find_export, list_exports
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.inference.codes import Code
    from ganstudio.tui.run.samples import Pixels

MOST_PAST = 500  # points that undo can go back to
SLOW_MS = 50.0  # of one picture on a CPU, above which a GPU is worth its start


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
class Exploration:
    """The state of Studio. `point` is None where no model is open; `text` is shown in place of a picture then.

    `ms` is the time of the last drawing, `answers` how many there were, `error` why the last one failed. `note` is a
    warning on the open model. `code` is the place of the code that keys step.
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
    code: int = 0

    @property
    def codes(self) -> tuple[Code, ...]:
        """The codes within the open model's z."""
        return self.export.manifest.codes if self.export else ()

    @property
    def current(self) -> Point | None:
        """The point that is shown large: the marked one where there is a choice."""
        return self.choice.points[self.choice.place] if self.choice else self.point

    @property
    def shown_points(self) -> tuple[Point, ...]:
        """Every point whose picture is shown, the current one first."""
        first = () if self.current is None else (self.current,)
        return first + (self.choice.points if self.choice else ()) + tuple(slot for slot in self.slots if slot)

    @property
    def trail(self) -> tuple[Point, ...]:
        """The past points and the present one."""
        return self.past if self.point is None else (*self.past, self.point)

    def with_point(self, point: Point) -> Exploration:
        """Returns the state at another point; itself where the point is the same."""
        if self.point is None or point == self.point:
            return self
        return replace(self, point=point, past=(*self.past, self.point)[-MOST_PAST:], choice=None)

    def without_last(self) -> Exploration:
        return replace(self, point=self.past[-1], past=self.past[:-1]) if self.past else self

    def with_slot(self, point: Point | None, slot: int) -> Exploration:
        """Returns the state with a point in slot 0, which is A, or 1."""
        first, second = self.slots
        return replace(self, slots=(point, second) if slot == 0 else (first, point))

    def with_walk(self) -> Exploration:
        """Returns the state with the frames between both slots to choose from."""
        first, second = self.slots
        if first is None or second is None:
            return self
        return replace(self, choice=Choice("between", arc(first, second), FRAMES, 0))

    def with_grid(self, side: int) -> Exploration:
        """Returns the state with a grid of `side` x `side` around the point to choose from."""
        if self.point is None:
            return self
        return replace(self, choice=Choice("grid", grid_around(self.point, self.pair, side), side, side * side // 2))


class PictureCache:
    """Keeps the pictures that were drawn last: at least `least`, and more as long as they take no more than `room`
    bytes.
    """

    def __init__(self, least: int = 64, room: int = 32_000_000) -> None:
        self._least, self._room, self._bytes = least, room, 0
        self._pictures: OrderedDict[Point, Pixels | None] = OrderedDict()

    def __contains__(self, point: Point) -> bool:
        return point in self._pictures

    def get(self, point: Point | None) -> Pixels | None:
        """Returns the picture of a point; None where it was not drawn, or drawing failed."""
        return None if point is None else self._pictures.get(point)

    def put(self, point: Point, picture: Pixels | None) -> None:
        """Adds a picture; None where drawing it failed, which is then not tried again."""
        self._pictures[point] = picture
        self._bytes += 0 if picture is None else picture.nbytes
        while self._bytes > self._room and len(self._pictures) > self._least:
            _, removed = self._pictures.popitem(last=False)
            self._bytes -= 0 if removed is None else removed.nbytes


def drawable(export: Export) -> bool:
    """Returns whether an export draws pictures from seeds."""
    shape = export.manifest.image_shape
    return export.manifest.z_dim is not None and len(shape) in (3, 4) and shape[0] in (1, 3, 4)


def takes_pictures(export: Export) -> bool:
    """Returns whether an export is given pictures, and makes others of them."""
    return any(spec.name == "source" for spec in export.manifest.inputs)


def exports_to_open(workspace: Workspace) -> tuple[list[Export], list[str]]:
    """Returns the exports that Studio can open, newest first, and a line for each file that is no export."""
    exports, notes = list_exports(workspace)
    return [export for export in exports if drawable(export) or takes_pictures(export)], notes


def find_export_to_open(
    workspace: Workspace, name: str | None, opened: Export | None
) -> tuple[Export | None, list[str]]:
    """Returns the export of that name; without a name the open one, else the newest; None, and why, where there is
    none.

    Raises UsageError where the name is of none that Studio can open.
    """
    known, notes = exports_to_open(workspace)
    wanted = name or (opened.name if opened else None)
    export = next((export for export in known if export.name == wanted), None)
    if export or name is None:
        return export or opened or (known[0] if known else None), notes
    export = find_export(workspace, name)  # says what is wrong with a file that is there
    if export is None:
        if opened and opened.name == name:
            return opened, notes
        raise UsageError(f"{name} is no export of this workspace any more.")
    raise UsageError(f"{name} is a {export.manifest.task} model that Studio cannot draw with.")


def provider_for(export: Export) -> str:
    """Returns `cpu`, which starts at once and leaves the GPU to trainings; `auto` for an export measured as slow."""
    measured = (export.manifest.latency_ms or {}).get("onnxruntime", {}).get("1", 0.0)
    return "auto" if measured > SLOW_MS else "cpu"


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


def command(export: Export, point: Point) -> list[str]:
    """Returns the command that draws a point that can be drawn from its seed and codes."""
    chosen = [] if point.label is None else ["--class", export.manifest.classes[point.label]]
    cut = [] if point.psi == 1 else ["--psi", f"{point.psi:g}"]
    codes = [word for code, value in point.codes for word in ("--code", f"{code.name}={value:g}")]
    return ["sample", "--model", export.reference, "--seed", str(point.seed), *chosen, *codes, *cut]
