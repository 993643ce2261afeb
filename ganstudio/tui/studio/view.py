"""The widgets of the screen Studio: the picture, the facts of its point, the slots, and the last pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from ganstudio.tui.studio.exploration import MOST_KEYFRAMES, Exploration
from ganstudio.tui.studio.facts import about, facts
from ganstudio.tui.studio.picture_cache import PictureCache
from ganstudio.tui.studio.sliders import slider_lines
from ganstudio.tui.widgets.mosaic import GAP, Mosaic, Sheet

if TYPE_CHECKING:
    from ganstudio.inference.explore import Point
    from ganstudio.tui.run.samples import Pixels

THUMBS = (16, 12, 10, 8)  # pixels
LEGIBLE = 12
SIDES = (5, 3)  # tiles of a grid in a row: the most that are so large
SLIDERS = {"-short": 5, "-tall": 9}  # that are shown at most, by the height of the screen
LATEST = 100  # pictures of the way that are laid out, at most


class StudioView(Horizontal):
    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[str, Content] = {}

    def compose(self) -> ComposeResult:
        yield Mosaic(id="stage", classes="pane")
        with Vertical(id="studio-side"):
            yield Static(id="point")
            yield Static(id="sliders")
            with Horizontal(id="slots"):
                yield Mosaic(id="slot0", classes="pane")
                yield Mosaic(id="slot1", classes="pane")
            yield Mosaic(id="reel", classes="pane")

    def on_resize(self) -> None:
        self.call_after_refresh(self._set_titles)

    def show(self, state: Exploration, cache: PictureCache, empty: str) -> None:
        """Shows a state, once its current point is drawn; `empty` where no model is open."""
        stage = self.query_one("#stage", Mosaic)
        if state.export is None:
            stage.show_text(empty)
        elif state.playing:
            pass  # its frames come by themselves
        elif state.current is None or state.current not in cache:
            return
        else:
            self._show_stage(stage, state, cache)
        self._state = state
        self._set_titles()
        self._show_reel(state, cache)
        for number, slot in enumerate(state.slots):
            self._show_slot(number, slot, cache, state)
        self._show_lines("#point", about(state))
        room = self.query_one("#sliders", Static)
        height = next((count for name, count in SLIDERS.items() if self.screen.has_class(name)), 5)
        lines = slider_lines(state, self.query_one("#studio-side").size.width - 2, height)
        room.display = bool(lines)
        self._show_lines("#sliders", lines)

    def _show_lines(self, query: str, lines: Content) -> None:
        """Shows lines beside the picture, where they differ; the layout changes with their number alone."""
        before = self._lines.get(query, Content(""))
        if lines != before:
            self._lines[query] = lines
            as_high = lines.plain.count("\n") == before.plain.count("\n") and bool(lines) == bool(before)
            self.query_one(query, Static).update(lines, layout=not as_high)

    def show_frame(self, frame: Pixels, number: int, count: int, state: Exploration) -> None:
        """Shows a frame of a film that is played."""
        frames = tuple(frame) if frame.ndim == 4 else (frame,)
        stage = self.query_one("#stage", Mosaic)
        stage.show_sheet(Sheet(frames), ("film", id(frame)))
        speed, fps = f" · x{state.speed:g}" if state.speed != 1 else "", state.film.fps
        _set_title(stage, f"film {number / fps:.1f} of {(count - 1) / fps:.1f} s{speed}")

    def _show_stage(self, stage: Mosaic, state: Exploration, cache: PictureCache) -> None:
        """Shows the picture, or the grid to choose from."""
        if state.choice and state.choice.kind == "grid":
            tiles = [_thumb(cache.get(point)) for point in state.choice.points]
            _show_sheet(
                stage, Sheet(tuple(tiles), state.choice.place, state.choice.columns), (state.export, state.choice)
            )
            return
        picture = cache.get(state.current)
        if picture is not None:
            frames = tuple(picture) if picture.ndim == 4 else (picture,)
            stage.show_sheet(Sheet(frames), (state.export, state.current))
        else:
            stage.show_text(state.error)

    def _show_reel(self, state: Exploration, cache: PictureCache) -> None:
        """Shows the way from A to B, or the keyframes of a film, or the last pictures."""
        reel = self.query_one("#reel", Mosaic)
        if state.choice and state.choice.kind == "between":
            points: Sequence[Point] = state.choice.points
            marked, title = state.choice.place, f"A to B: {state.choice.place + 1} of {len(points)}"
        elif state.film.points:
            points = state.film.points[-MOST_KEYFRAMES:]
            marked, times = len(points) - 1, state.film.times
            title = f"keyframes: {len(times)} in {state.film.seconds or times[-1]:g} s"
        else:
            points = [point for point in state.trail[-LATEST:] if cache.get(point) is not None]
            marked, title = len(points) - 1, "last pictures"
        tiles = tuple(_thumb(cache.get(point)) for point in points)
        _show_sheet(reel, Sheet(tiles, marked, sides=THUMBS), (state.export, tuple(points), marked))
        _set_title(reel, title)

    def _show_slot(self, number: int, slot: Point | None, cache: PictureCache, state: Exploration) -> None:
        tiles, name = self.query_one(f"#slot{number}", Mosaic), "AB"[number]
        picture = _thumb(cache.get(slot))
        if picture is not None:
            tiles.show_sheet(Sheet((picture,)), (state.export, slot))
        else:
            tiles.show_text(f"{name.lower()} fills it" if state.export and not slot else "")
        _set_title(tiles, f"{name}  {slot.origin_text}" if slot else name)

    @property
    def side(self) -> int:
        """How many tiles a grid should have in a row."""
        size = self.query_one("#stage", Mosaic).size
        room = min(size.width, 2 * size.height)
        return next((side for side in SIDES if room >= side * (LEGIBLE + GAP)), SIDES[-1])

    def _set_titles(self) -> None:
        """Sets the title: model, seed, class, psi, pair; what does not fit is left out, from the left."""
        stage, state = self.query_one("#stage", Mosaic), self._state
        if state.playing:
            return
        parts = [state.export.name, *facts(state)] if state.export else []
        while len(parts) > 1 and cell_len(" · ".join(parts)) > stage.size.width - 4:
            parts.pop(0)
        _set_title(stage, " · ".join(parts), f"{state.ms:.1f} ms" if state.ms is not None else "")

    _state = Exploration()


def _set_title(widget: Mosaic, title: str, below: str = "") -> None:
    """Sets the titles where they differ: setting one paints the whole widget."""
    if (title, below) != widget.titles:
        widget.titles = (title, below)
        widget.border_title, widget.border_subtitle = Content(title), Content(below)


def _show_sheet(widget: Mosaic, sheet: Sheet, of: tuple[object, ...]) -> None:
    """Shows a sheet whose pictures may come one by one; nothing before the first."""
    drawn = sum(tile is not None for tile in sheet.tiles)
    if drawn:
        widget.show_sheet(sheet, (*of, drawn))
    elif not sheet.tiles:
        widget.show_text("")


def _thumb(picture: Pixels | None) -> Pixels | None:
    """Returns a flat picture [H, W, C]: of a clip or a voxel grid the one in its middle."""
    return picture[len(picture) // 2] if picture is not None and picture.ndim == 4 else picture
