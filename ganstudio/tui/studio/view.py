"""What Studio shows of an Exploring: the picture, where it comes from, the slots, and the way there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from ganstudio.tui.studio.exploration import Album, Exploring
from ganstudio.tui.widgets.mosaic import GAP, Mosaic, Sheet

if TYPE_CHECKING:
    from ganstudio.inference.explore import Point
    from ganstudio.tui.run.samples import Pixels

THUMBS = (16, 12, 10, 8)  # pixels
LEGIBLE = 12
SIDES = (5, 3)  # tiles of a grid in a row: the most that are so large
LATEST = 100  # pictures of the way that are laid out, at most


class Easel(Horizontal):
    def compose(self) -> ComposeResult:
        yield Mosaic(id="stage", classes="pane")
        with Vertical(id="studio-side"):
            yield Static(id="point")
            with Horizontal(id="slots"):
                yield Mosaic(id="slot0", classes="pane")
                yield Mosaic(id="slot1", classes="pane")
            yield Mosaic(id="reel", classes="pane")

    def on_resize(self) -> None:
        self.call_after_refresh(self._entitle)

    def show(self, seen: Exploring, album: Album, empty: str) -> None:
        """`empty` is said where no model is open. Nothing changes before the point that is looked at is drawn."""
        stage = self.query_one("#stage", Mosaic)
        if seen.export is None:
            stage.say(empty)
        elif seen.current is None or seen.current not in album:
            return
        else:
            self._stage(stage, seen, album)
        self._seen = seen
        self._entitle()
        self._reel(seen, album)
        for number, slot in enumerate(seen.slots):
            self._slot(number, slot, album, seen)
        told = about(seen)
        if told != self._told:
            self._told = told
            self.query_one("#point", Static).update(told, layout=False)

    def _stage(self, stage: Mosaic, seen: Exploring, album: Album) -> None:
        """The picture, or the grid."""
        if seen.choice and seen.choice.kind == "grid":
            tiles = [_thumb(album.get(point)) for point in seen.choice.points]
            _lay(stage, Sheet(tuple(tiles), seen.choice.place, seen.choice.columns), (seen.export, seen.choice))
            return
        picture = album.get(seen.current)
        if picture is not None:
            frames = tuple(picture) if picture.ndim == 4 else (picture,)
            stage.lay(Sheet(frames), (seen.export, seen.current))
        else:
            stage.say(seen.error)

    def _reel(self, seen: Exploring, album: Album) -> None:
        """The way from A to B, or the last pictures."""
        reel = self.query_one("#reel", Mosaic)
        if seen.choice and seen.choice.kind == "between":
            points: Sequence[Point] = seen.choice.points
            marked, title = seen.choice.place, f"A to B: {seen.choice.place + 1} of {len(points)}"
        else:
            points = [point for point in seen.trail[-LATEST:] if album.get(point) is not None]
            marked, title = len(points) - 1, "last pictures"
        tiles = tuple(_thumb(album.get(point)) for point in points)
        _lay(reel, Sheet(tiles, marked, sides=THUMBS), (seen.export, tuple(points), marked))
        _title(reel, title)

    def _slot(self, number: int, slot: Point | None, album: Album, seen: Exploring) -> None:
        tiles, name = self.query_one(f"#slot{number}", Mosaic), "AB"[number]
        picture = _thumb(album.get(slot))
        if picture is not None:
            tiles.lay(Sheet((picture,)), (seen.export, slot))
        else:
            tiles.say(f"{name.lower()} fills it" if seen.export and not slot else "")
        _title(tiles, f"{name}  {slot.origin_text}" if slot else name)

    @property
    def side(self) -> int:
        """How many tiles a grid should have in a row."""
        size = self.query_one("#stage", Mosaic).size
        room = min(size.width, 2 * size.height)
        return next((side for side in SIDES if room >= side * (LEGIBLE + GAP)), SIDES[-1])

    def _entitle(self) -> None:
        """Model, seed, class, psi, pair; what does not fit is left out, from the left."""
        stage, seen = self.query_one("#stage", Mosaic), self._seen
        parts = [seen.export.name, *facts(seen)] if seen.export else []
        while len(parts) > 1 and cell_len(" · ".join(parts)) > stage.size.width - 4:
            parts.pop(0)
        _title(stage, " · ".join(parts), f"{seen.ms:.1f} ms" if seen.ms is not None else "")

    _seen = Exploring()
    _told = Content("")


def facts(seen: Exploring) -> list[str]:
    """The point that is looked at, in a few words each."""
    point = seen.current
    if point is None:
        return []
    x, y = point.steps(seen.pair, 0), point.steps(seen.pair, 1)
    walk = seen.choice if seen.choice and seen.choice.kind == "between" else None
    where = f"A to B {walk.place / (len(walk.points) - 1):.0%}" if walk else point.origin or f"seed {point.seed}"
    return [where, *_given(seen), f"pair {seen.pair}{f' {x:+d} {y:+d}' if x or y else ''}"]


def _given(seen: Exploring) -> list[str]:
    """Class and truncation, where the model has them."""
    point, export = seen.current, seen.export
    if point is None or export is None:
        return []
    chosen = [] if point.label is None else [f"class {export.manifest.classes[point.label]}"]
    return [*chosen, *([f"ψ {point.psi:.2f}"] if export.manifest.has_psi else [])]


def about(seen: Exploring) -> Content:
    """The model and the point, a line each."""
    if seen.export is None or seen.current is None:
        return Content("")
    size = "x".join(map(str, seen.export.manifest.image_shape[1:]))
    took = f" · {seen.ms:.1f} ms" if seen.ms is not None else ""
    told = seen.current.origin_text
    lines = [
        Content.styled(seen.export.name, "b"),
        Content(f"{size} on {seen.provider}{took}"),
        *(Content.styled(text, "$text-warning") for text in (seen.error, seen.note) if text),
        Content(told if seen.current.origin else f"seed {told}"),
        Content(" · ".join([*_given(seen), f"arrows: pair {seen.pair}"])),
    ]
    return Content("\n").join(lines)


def _title(widget: Mosaic, title: str, below: str = "") -> None:
    """Sets what differs: each title that is set paints the whole widget."""
    if (title, below) != widget.titles:
        widget.titles = (title, below)
        widget.border_title, widget.border_subtitle = Content(title), Content(below)


def _lay(widget: Mosaic, sheet: Sheet, of: tuple[object, ...]) -> None:
    """Lays a sheet whose pictures may come one by one; nothing before the first."""
    drawn = sum(tile is not None for tile in sheet.tiles)
    if drawn:
        widget.lay(sheet, (*of, drawn))
    elif not sheet.tiles:
        widget.say("")


def _thumb(picture: Pixels | None) -> Pixels | None:
    """A flat picture [H, W, C]: of a clip or a voxel grid the one in its middle."""
    return picture[len(picture) // 2] if picture is not None and picture.ndim == 4 else picture
