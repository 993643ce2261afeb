"""The widgets of the screen Studio: the picture, the facts of its point, the slots, and the last pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from ganstudio.inference.codes import value_of, value_text
from ganstudio.tui.studio.exploration import Exploration, PictureCache
from ganstudio.tui.widgets.mosaic import GAP, Mosaic, Sheet

if TYPE_CHECKING:
    from ganstudio.inference.explore import Point
    from ganstudio.tui.run.samples import Pixels

THUMBS = (16, 12, 10, 8)  # pixels
LEGIBLE = 12
SIDES = (5, 3)  # tiles of a grid in a row: the most that are so large
CODE_LINES = 5  # codes that are told, at most
LATEST = 100  # pictures of the way that are laid out, at most


class StudioView(Horizontal):
    def compose(self) -> ComposeResult:
        yield Mosaic(id="stage", classes="pane")
        with Vertical(id="studio-side"):
            yield Static(id="point")
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
        elif state.current is None or state.current not in cache:
            return
        else:
            self._show_stage(stage, state, cache)
        self._state = state
        self._set_titles()
        self._show_reel(state, cache)
        for number, slot in enumerate(state.slots):
            self._show_slot(number, slot, cache, state)
        text = about(state)
        if text != self._about:
            as_high = text.plain.count("\n") == self._about.plain.count("\n")
            self._about = text
            self.query_one("#point", Static).update(text, layout=not as_high)

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
        """Shows the way from A to B, or the last pictures."""
        reel = self.query_one("#reel", Mosaic)
        if state.choice and state.choice.kind == "between":
            points: Sequence[Point] = state.choice.points
            marked, title = state.choice.place, f"A to B: {state.choice.place + 1} of {len(points)}"
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
        parts = [state.export.name, *facts(state)] if state.export else []
        while len(parts) > 1 and cell_len(" · ".join(parts)) > stage.size.width - 4:
            parts.pop(0)
        _set_title(stage, " · ".join(parts), f"{state.ms:.1f} ms" if state.ms is not None else "")

    _state = Exploration()
    _about = Content("")


def facts(state: Exploration) -> list[str]:
    """Returns the facts of the current point, a few words each."""
    point = state.current
    if point is None:
        return []
    x, y = point.steps(state.pair, 0), point.steps(state.pair, 1)
    walk = state.choice if state.choice and state.choice.kind == "between" else None
    where = f"A to B {walk.place / (len(walk.points) - 1):.0%}" if walk else point.origin or f"seed {point.seed}"
    held = [f"{code.name} {value_text(value, code)}" for code, value in point.codes]
    return [where, *_class_and_psi(state), *held, f"pair {state.pair}{f' {x:+d} {y:+d}' if x or y else ''}"]


def _class_and_psi(state: Exploration) -> list[str]:
    """Returns class and psi (truncation), where the model has them."""
    point, export = state.current, state.export
    if point is None or export is None:
        return []
    chosen = [] if point.label is None else [f"class {export.manifest.classes[point.label]}"]
    return [*chosen, *([f"ψ {point.psi:.2f}"] if export.manifest.has_psi else [])]


def _code_lines(state: Exploration) -> list[Content]:
    """Returns a line a code with its value, bold where it is held; of many those about the one that keys step."""
    if state.current is None or not state.codes:
        return []
    latent, held = state.current.latent(), {code for code, _ in state.current.codes}
    first = min(max(0, state.code - CODE_LINES // 2), max(0, len(state.codes) - CODE_LINES))
    lines = []
    for place, code in enumerate(state.codes[first : first + CODE_LINES], first):
        text = f"{code.name} {value_text(value_of(latent, code), code)}"
        mark = "▸ " if place == state.code else "  "
        lines.append(Content.assemble(mark, Content.styled(text, "b" if code in held else "")))
    return lines


def about(state: Exploration) -> Content:
    """Returns the lines on the model and the current point."""
    if state.export is None or state.current is None:
        return Content("")
    size = "x".join(map(str, state.export.manifest.image_shape[1:]))
    took = f" · {state.ms:.1f} ms" if state.ms is not None else ""
    point_text = state.current.origin_text
    lines = [
        Content.styled(state.export.name, "b"),
        Content(f"{size} on {state.provider}{took}"),
        *(Content.styled(text, "$text-warning") for text in (state.error, state.note) if text),
        Content(point_text if state.current.origin else f"seed {point_text}"),
        Content(" · ".join([*_class_and_psi(state), f"arrows: pair {state.pair}"])),
        *_code_lines(state),
    ]
    return Content("\n").join(lines)


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
