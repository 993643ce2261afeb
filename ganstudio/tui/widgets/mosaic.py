"""The widget that shows several pictures in a grid, one of them marked, or a single one as large as possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.color import Color
from textual.strip import Strip

from ganstudio.half_blocks import fitted
from ganstudio.terminal import PICTURE_COLOURS, colours
from ganstudio.tui.widgets.picture import PictureView, painted

if TYPE_CHECKING:
    from ganstudio.tui.run.samples import Pixels

RGB = tuple[int, int, int]

GAP = 2  # pixels between tiles; a mark takes one of them on each side
ENOUGH = 8  # tiles
LEAST = 4  # pixels of a tile, below which only the marked one is shown


@dataclass(frozen=True)
class Sheet:
    """Pictures [H, W, C] of one size, row by row; None where one is not drawn yet.

    Without `columns` as many are taken as show them largest. With `sides` tiles have the first of these widths at which
    all of them fit, or ENOUGH; where not all fit, those around the marked one are shown.
    """

    tiles: tuple[Pixels | None, ...] = ()
    marked: int | None = None
    columns: int | None = None
    sides: tuple[int, ...] = ()


class Mosaic(PictureView):
    """Shows a Sheet in the middle of its room."""

    titles = ("", "")  # above and below it
    _sheet = Sheet()

    def show_sheet(self, sheet: Sheet, of: object) -> None:
        """Shows a sheet, unless the last one had the same key `of`."""
        if of != self._of:
            self._sheet = sheet
            self.show(next((tile for tile in sheet.tiles if tile is not None), None), of)

    def show_text(self, text: str) -> None:
        """Shows a text in place of pictures."""
        if self.pixels is not None or text != self.empty:
            self.empty = text
            self.show(None)

    def _draw(self, width: int, height: int) -> list[Strip]:
        if self.pixels is None or colours() < PICTURE_COLOURS or width < 1 or height < 1:
            return super()._draw(width, height)
        theme = self.app.current_theme
        ground, mark = (Color.parse(colour or "black").rgb for colour in (theme.background, theme.accent))
        single = len(self._sheet.tiles) == 1 and not self._sheet.sides
        if not single:
            self._forget()
        rows = self._sharp(width, height) if single else []
        rows = rows or painted(laid_out(self._sheet, width, 2 * height, ground, mark, self.smooth))
        style = self.rich_style
        blank = [Strip.blank(width, style)] * ((height - len(rows)) // 2)
        strips = [Strip(row) for row in rows]
        space = (width - max(strip.cell_length for strip in strips)) // 2
        left = Strip.blank(space, style)
        return blank + [Strip.join([left, strip]).adjust_cell_length(width, style) for strip in strips]


def laid_out(sheet: Sheet, width: int, height: int, ground: RGB, mark: RGB, smooth: bool = False) -> Pixels:
    """Returns RGB pixels [h, w, 3] of a sheet, at most `width` x `height`."""
    import numpy as np

    first = next(tile for tile in sheet.tiles if tile is not None)
    if len(sheet.tiles) == 1 and not sheet.sides:
        return fitted(first, width, height, smooth)
    shape = first.shape[:2]
    if sheet.sides:
        sheet, width, height = _window(sheet, shape, width, height)
    columns = sheet.columns or _best_columns(len(sheet.tiles), shape, width, height)
    rows = -(-len(sheet.tiles) // columns)
    across, down = (width - GAP) // columns - GAP, (height - GAP) // rows - GAP
    if min(across, down) < LEAST:
        marked = sheet.tiles[sheet.marked or 0]
        return fitted(first if marked is None else marked, width, height, smooth)
    h, w = fitted(first, across, down, smooth).shape[:2]
    page = np.full((rows * (h + GAP) + GAP, columns * (w + GAP) + GAP, 3), ground, np.uint8)
    for place, tile in enumerate(sheet.tiles):
        y, x = (GAP + step * (size + GAP) for step, size in zip(divmod(place, columns), (h, w), strict=True))
        if place == sheet.marked:
            page[y - 1 : y + h + 1, x - 1 : x + w + 1] = mark
            page[y : y + h, x : x + w] = ground
        if tile is not None:
            page[y : y + h, x : x + w] = fitted(tile, across, down, smooth)
    return page


def _best_columns(count: int, shape: Sequence[int], width: int, height: int) -> int:
    """Returns the number of columns that shows `count` tiles largest."""

    def scale(columns: int) -> float:
        rows = -(-count // columns)
        return min(((width - GAP) / columns - GAP) / shape[1], ((height - GAP) / rows - GAP) / shape[0])

    return max(range(1, count + 1), key=scale)


def _window(sheet: Sheet, shape: Sequence[int], width: int, height: int) -> tuple[Sheet, int, int]:
    """Returns the part of a sheet that is shown, at the first of its widths that fits, and its width and height."""
    for side in sheet.sides:
        wide = max(1, min(side, width - 2 * GAP, (height - 2 * GAP) * shape[1] // shape[0]))
        high = max(1, wide * shape[0] // shape[1])
        columns, rows = max(1, (width - GAP) // (wide + GAP)), max(1, (height - GAP) // (high + GAP))
        if columns * rows >= min(len(sheet.tiles), ENOUGH):
            break
    begin = max(0, min((sheet.marked or 0) - columns * rows // 2, len(sheet.tiles) - columns * rows))
    shown = sheet.tiles[begin : begin + columns * rows]
    columns = min(columns, len(shown))
    rows = -(-len(shown) // columns)
    part = Sheet(shown, (sheet.marked or 0) - begin, columns)
    return part, columns * (wide + GAP) + GAP, rows * (high + GAP) + GAP
