"""A picture in cells: half-blocks, two pixels to a cell, as large as the widget lets it be.

One that is smaller than its room is enlarged: to bricks, which are its pixels, or smoothly. One key switches.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.strip import Strip
from textual.widget import Widget

from ganstudio.terminal import PICTURE_COLOURS, TRUE_COLOUR, colours
from ganstudio.tui.widgets import sharp

if TYPE_CHECKING:
    from ganstudio.tui.run.samples import Pixels

FEW = "Pictures need 256 colours; this terminal has {count}."
_CELL = "▀"
# of each screen that shows pictures; a question over a screen hears no key of the program
ENLARGED = Binding(
    *("Z", "app.smooth", "smooth"), id="pictures.smooth", tooltip="enlarged pictures: smooth, or brick by brick"
)

Tile = tuple[int, int]  # height and width


class Picture(Widget):
    """Shows pixels [H, W, C] (C 1 or 3), whole and in proportion."""

    DEFAULT_CSS = "Picture { height: 1fr; width: 1fr; }"

    def __init__(self, empty: str = "", **given: str) -> None:
        super().__init__(**given)  # type: ignore[arg-type]
        self.empty = empty
        self._pixels: Pixels | None = None
        self._tile: Tile | None = None
        self._of: object = None
        self._strips: list[Strip] = []
        self._drawn: object = None
        self._number: int | None = None  # of the picture that the terminal keeps

    def on_mount(self) -> None:
        if hasattr(self.app, "smooth"):
            self.watch(self.app, "smooth", self._enlarge, init=False)

    def _enlarge(self) -> None:
        self.refresh()

    @property
    def smooth(self) -> bool:
        """Whether pictures are enlarged smoothly."""
        return bool(getattr(self.app, "smooth", False))

    def show(self, pixels: Pixels | None, of: object = None, tile: Tile | None = None) -> None:
        """`of` tells pictures apart: one that is shown already is not drawn again. `tile` is what a grid is made of."""
        if of is not None and of == self._of:
            return
        self._pixels, self._of, self._tile, self._drawn = pixels, of, tile, None
        self.refresh()

    def _sharp(self, width: int, height: int) -> list[list[Segment]]:
        """The cells of the picture as the terminal draws it itself; [] where it is not asked to."""
        send = getattr(self.app, "send_to_terminal", None)
        if send is None or self._pixels is None:
            return []
        shape = fitted(self._pixels, width, 2 * height, self.smooth, self._tile).shape
        columns, rows = shape[1], (shape[0] + 1) // 2
        self._forget()
        times = max(1, columns * sharp.CELL_PX[0] // self._pixels.shape[1])
        self._number, sent = sharp.transmit(enlarged(self._pixels, times, self.smooth, self._tile), columns, rows)
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
        key = (self.size, self.app.theme, self.smooth)
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
        rows = self._sharp(width, height) or half_blocks(
            fitted(self._pixels, width, 2 * height, self.smooth, self._tile)
        )
        return [Strip(row).adjust_cell_length(width, self.rich_style) for row in rows]


def fitted(pixels: Pixels, width: int, height: int, smooth: bool = False, tile: Tile | None = None) -> Pixels:
    """RGB pixels [h, w, 3] that fit into `width` x `height`: averaged, or enlarged as `enlarged` does."""
    import numpy as np
    from PIL import Image

    scale = min(width / pixels.shape[1], height / pixels.shape[0])
    if scale >= 1:
        return enlarged(pixels, scale, smooth, tile)
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    return np.asarray(Image.fromarray(rgb(pixels)).resize(size, Image.Resampling.BOX))


def enlarged(pixels: Pixels, scale: float, smooth: bool, tile: Tile | None = None) -> Pixels:
    """RGB pixels `scale` (1 or more) times as wide and high, of pixels [H, W, 1 or 3].

    Smooth ones are interpolated (Lanczos), each `tile` of a grid by itself: nothing of one runs into its neighbour.
    Bricks are repeated a whole number of times.
    """
    import numpy as np
    from PIL import Image

    pixels = rgb(pixels)
    if not smooth:
        return pixels.repeat(int(scale), axis=0).repeat(int(scale), axis=1)
    height, width = tile if tile and not (pixels.shape[0] % tile[0] or pixels.shape[1] % tile[1]) else pixels.shape[:2]
    rows, columns = pixels.shape[0] // height, pixels.shape[1] // width
    size = max(1, int(width * scale)), max(1, int(height * scale))
    page = np.empty((rows * size[1], columns * size[0], 3), np.uint8)
    for y in range(rows):
        for x in range(columns):
            part = pixels[y * height : (y + 1) * height, x * width : (x + 1) * width]
            drawn = Image.fromarray(np.ascontiguousarray(part)).resize(size, Image.Resampling.LANCZOS)
            page[y * size[1] : (y + 1) * size[1], x * size[0] : (x + 1) * size[0]] = drawn
    return page


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
