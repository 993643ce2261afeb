"""The widget that shows a page of tiles, each with a caption under it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.text import Text
from textual.strip import Strip
from textual.widget import Widget

from ganstudio.half_blocks import fitted
from ganstudio.streams import printable
from ganstudio.terminal import PICTURE_COLOURS, colours
from ganstudio.tui.widgets.picture import FEW, painted
from ganstudio.tui.widgets.tiling import Tiling

if TYPE_CHECKING:
    from ganstudio.tui.run.samples import Pixels


class Gallery(Widget):
    """Shows tiles [n, H, W, C] (C 1 or 3) on one tiling."""

    DEFAULT_CSS = "Gallery { height: 1fr; width: 1fr; }"
    COMPONENT_CLASSES = {"gallery--words"}  # noqa: RUF012

    def __init__(self, **given: str) -> None:
        super().__init__(**given)  # type: ignore[arg-type]
        self._strips: list[Strip] = []
        self._page: tuple[Pixels, Sequence[str], Tiling] | None = None

    def on_mount(self) -> None:
        self.watch(self.app, "smooth", self._redraw, init=False)

    def _redraw(self) -> None:
        if self._page is not None:
            self.show(*self._page)

    def show(self, tiles: Pixels, words: Sequence[str], tiling: Tiling) -> None:
        """Shows tiles with a caption each, `words`."""
        few = colours()
        if few < PICTURE_COLOURS:
            self.show_text(FEW.format(count=few or "none"))
            return
        self._page = tiles, words, tiling
        self._strips = []
        for start in range(0, min(len(tiles), tiling.tiles), tiling.columns):
            end = min(start + tiling.columns, tiling.tiles)
            self._strips += self._row(tiles[start:end], words[start:end], tiling)
        self.refresh()

    def show_text(self, text: str) -> None:
        """Shows a text in place of tiles."""
        self._page = None
        self._strips = [Strip([Segment(printable(text), self.rich_style)])]
        self.refresh()

    def _row(self, tiles: Pixels, words: Sequence[str], tiling: Tiling) -> list[Strip]:
        ground = self.rich_style
        style = ground + self.get_component_rich_style("gallery--words", partial=True)
        lines = -(-tiling.height // 2)
        smooth: bool = self.app.smooth  # type: ignore[attr-defined]
        frame = (tiles.shape[1], tiles.shape[1])  # frames and slices stand in a row
        drawn = [painted(fitted(tile, tiling.width, tiling.height, smooth, frame)) for tile in tiles]
        rows = []
        for y in range(lines):
            segments: list[Segment] = []
            for cells in drawn:
                line = Strip(cells[y] if y < len(cells) else []).adjust_cell_length(tiling.width, ground)
                segments += [*line, Segment(" ", ground)]
            rows.append(Strip(segments))
        segments = []
        for word in words:
            text = Text(printable(word))
            text.truncate(tiling.width, overflow="ellipsis", pad=True)
            segments.append(Segment(f"{text.plain} ", style))
        return [*rows, Strip(segments)]

    def render_line(self, y: int) -> Strip:
        if y >= len(self._strips):
            return Strip.blank(self.size.width, self.rich_style)
        return self._strips[y].adjust_cell_length(self.size.width, self.rich_style)
