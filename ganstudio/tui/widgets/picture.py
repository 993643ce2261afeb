"""A picture in cells: half-blocks, two pixels to a cell, as large as the widget lets it be."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from ganstudio.terminal import PICTURE_COLOURS, TRUE_COLOUR, colours
from ganstudio.tui.widgets import sharp

if TYPE_CHECKING:
    from ganstudio.tui.samples import Pixels

FEW = "Pictures need 256 colours; this terminal has {count}."
_CELL = "▀"


class Picture(Widget):
    """Shows pixels [H, W, C] (C 1 or 3), whole and in proportion; enlarged by whole numbers alone."""

    DEFAULT_CSS = "Picture { height: 1fr; width: 1fr; }"

    def __init__(self, empty: str = "", **given: str) -> None:
        super().__init__(**given)  # type: ignore[arg-type]
        self.empty = empty
        self._pixels: Pixels | None = None
        self._of: object = None
        self._strips: list[Strip] = []
        self._drawn: object = None
        self._number: int | None = None  # of the picture that the terminal keeps

    def show(self, pixels: Pixels | None, of: object = None) -> None:
        """`of` tells pictures apart: one that is shown already is not drawn again."""
        if of is not None and of == self._of:
            return
        self._pixels, self._of, self._drawn = pixels, of, None
        self.refresh()

    def _sharp(self, width: int, height: int) -> list[list[Segment]]:
        """The cells of the picture as the terminal draws it itself; [] where it is not asked to."""
        send = getattr(self.app, "send_to_terminal", None)
        if send is None or self._pixels is None:
            return []
        shape = fitted(self._pixels, width, 2 * height).shape
        columns, rows = shape[1], (shape[0] + 1) // 2
        self._forget()
        self._number, sent = sharp.transmit(rgb(self._pixels), columns, rows)
        send(sent)
        return sharp.cells(self._number, columns, rows, self.rich_style)

    def _forget(self) -> None:
        send = getattr(self.app, "send_to_terminal", None)
        if self._number is not None and send is not None:
            send(sharp.forget(self._number))
            self._number = None

    def on_unmount(self) -> None:
        self._forget()

    @property
    def pixels(self) -> Pixels | None:
        return self._pixels

    def render_line(self, y: int) -> Strip:
        key = (self.size, self.app.theme)
        if key != self._drawn:
            self._drawn, self._strips = key, self._draw(self.size.width, self.size.height)
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, self.rich_style)

    def _draw(self, width: int, height: int) -> list[Strip]:
        few = colours()
        if self._pixels is None or few < PICTURE_COLOURS:
            text = self.empty if self._pixels is None else FEW.format(count=few or "none")
            lines = _wrapped(text, width)[:height]
            return [
                Strip([Segment(line, self.rich_style)]).adjust_cell_length(width, self.rich_style) for line in lines
            ]
        if width < 1 or height < 1:
            return []
        rows = self._sharp(width, height) or half_blocks(fitted(self._pixels, width, 2 * height))
        return [Strip(row).adjust_cell_length(width, self.rich_style) for row in rows]


def fitted(pixels: Pixels, width: int, height: int) -> Pixels:
    """RGB pixels [h, w, 3] that fit into `width` x `height`: averaged, or repeated a whole number of times."""
    import numpy as np
    from PIL import Image

    pixels = rgb(pixels)
    scale = min(width / pixels.shape[1], height / pixels.shape[0])
    if scale >= 1:
        times = int(scale)
        return pixels.repeat(times, axis=0).repeat(times, axis=1)
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX))


def rgb(pixels: Pixels) -> Pixels:
    """[H, W, 3] of [H, W, 1 or 3]."""
    import numpy as np

    return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels


def half_blocks(pixels: Pixels) -> list[list[Segment]]:
    """A row of cells for each two rows of RGB pixels [h, w, 3]; cells that are alike are one segment."""
    import numpy as np

    if len(pixels) % 2:
        pixels = np.concatenate([pixels, pixels[-1:]])
    pairs = pixels.reshape(len(pixels) // 2, 2, -1, 3).swapaxes(1, 2).reshape(len(pixels) // 2, -1, 6)
    true = colours() == TRUE_COLOUR
    rows = []
    for row in pairs.tolist():
        segments: list[Segment] = []
        begin = 0
        for x in range(1, len(row) + 1):
            if x == len(row) or row[x] != row[begin]:
                segments.append(Segment(_CELL * (x - begin), _style(true, *row[begin])))
                begin = x
        rows.append(segments)
    return rows


# Not more: what is kept the garbage collector walks through, and with 1 << 15 of them one key in ten waited for it.
@lru_cache(maxsize=1 << 12)
def _style(true: bool, *rgb: int) -> Style:
    """The colours of a cell's upper and lower half, in a terminal of true colours or of fewer."""
    upper, lower = (Color("", ColorType.TRUECOLOR, None, ColorTriplet(*half)) for half in (rgb[:3], rgb[3:]))
    style = Style.from_color(upper, lower)
    if true:
        # What Rich works out, colour by colour and for longer than all else takes that a picture is painted by.
        style._ansi = "38;2;{};{};{};48;2;{};{};{}".format(*rgb)
    return style


def _wrapped(text: str, width: int) -> list[str]:
    import textwrap

    return [line for part in text.splitlines() for line in (textwrap.wrap(part, max(1, width)) or [""])]
