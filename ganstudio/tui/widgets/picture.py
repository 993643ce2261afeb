"""A picture in cells: half-blocks, two pixels to a cell, as large as the widget lets it be.

One that is smaller than its room is enlarged: to bricks, which are its pixels, or smoothly. One key switches.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.strip import Strip
from textual.widget import Widget

from ganstudio.half_blocks import Tile, enlarged, fitted, half_blocks
from ganstudio.streams import printable
from ganstudio.terminal import PICTURE_COLOURS, TRUE_COLOUR, colours
from ganstudio.tui.widgets import kitty_graphics

if TYPE_CHECKING:
    from ganstudio.tui.run.samples import Pixels

FEW = "Pictures need 256 colours; this terminal has {count}."
# of each screen that shows pictures; a question over a screen hears no key of the program
ENLARGED = Binding(
    *("Z", "app.smooth", "smooth"), id="pictures.smooth", tooltip="enlarged pictures: smooth, or brick by brick"
)


class PictureView(Widget):
    """Shows pixels [H, W, C] (C 1 or 3), whole and in proportion."""

    DEFAULT_CSS = "PictureView { height: 1fr; width: 1fr; }"
    COMPONENT_CLASSES = {"picture--words"}  # noqa: RUF012

    def __init__(self, empty: str = "", **given: str) -> None:
        super().__init__(**given)  # type: ignore[arg-type]
        self.empty = empty
        self._pixels: Pixels | None = None
        self._tile: Tile | None = None
        self._words: tuple[str, ...] = ()
        self._of: object = None
        self._strips: list[Strip] = []
        self._below = Strip.blank(0)
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

    def show(
        self, pixels: Pixels | None, of: object = None, tile: Tile | None = None, words: tuple[str, ...] = ()
    ) -> None:
        """`of` tells pictures apart: one that is shown already is not drawn again. `tile` is what a grid is made of.

        `words` stand above a grid's columns, again and again where it has more columns than words.
        """
        if of is not None and of == self._of:
            return
        self._pixels, self._of, self._tile, self._words, self._drawn = pixels, of, tile, words, None
        self.refresh()

    def _sharp(self, width: int, height: int) -> list[list[Segment]]:
        """The cells of the picture as the terminal draws it itself; [] where it is not asked to."""
        send = getattr(self.app, "send_to_terminal", None)
        if send is None or self._pixels is None:
            return []
        shape = fitted(self._pixels, width, 2 * height, self.smooth, self._tile).shape
        columns, rows = shape[1], (shape[0] + 1) // 2
        self._forget()
        times = max(1, columns * kitty_graphics.CELL_PX[0] // self._pixels.shape[1])
        self._number, sent = kitty_graphics.transmit(
            enlarged(self._pixels, times, self.smooth, self._tile), columns, rows
        )
        send(sent)
        return kitty_graphics.cells(self._number, columns, rows, self.rich_style)

    def _forget(self) -> None:
        send = getattr(self.app, "send_to_terminal", None)
        if self._number is not None and send is not None:
            send(kitty_graphics.forget(self._number))
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
            self._below = Strip.blank(self.size.width, self.rich_style)  # a style takes longer than a line
        return self._strips[y] if y < len(self._strips) else self._below

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
        above = int(bool(self._words) and height > 1)
        height -= above
        rows = self._sharp(width, height) or painted(fitted(self._pixels, width, 2 * height, self.smooth, self._tile))
        strips = [Strip(row) for row in rows]
        if above:
            strips.insert(0, self._heading(strips[0].cell_length))
        return [strip.adjust_cell_length(width, self.rich_style) for strip in strips]

    def _heading(self, width: int) -> Strip:
        """The line of words above a grid's columns, which are `width` cells wide in all."""
        assert self._pixels is not None
        wide = self._tile[1] if self._tile else self._pixels.shape[1]
        count = max(1, self._pixels.shape[1] // wide)
        words = [self._words[i % len(self._words)] for i in range(count)]
        style = self.rich_style + self.get_component_rich_style("picture--words", partial=True)
        return Strip([Segment(heading(words, width), style)])


def heading(words: Sequence[str], width: int) -> str:
    """Returns words in columns that share `width` cells; where one is too long, they are cut by an ellipsis."""
    line = ""
    for number, word in enumerate(map(printable, words)):
        begin, end = (place * width // len(words) for place in (number, number + 1))
        room = max(0, end - begin - 1)  # and a space after it
        cut = word if cell_len(word) <= room else set_cell_size(word, room - 1) + "…" if room else ""
        line += set_cell_size(cut, end - begin)
    return line


def painted(pixels: Pixels) -> list[list[Segment]]:
    """RGB pixels [h, w, 3] as rows of half-blocks."""
    true = colours() == TRUE_COLOUR
    return [
        [Segment(cells.text, _style(true, cells.foreground, cells.background)) for cells in row]
        for row in half_blocks(pixels)
    ]


# Not more: what is kept the garbage collector walks through, and with 1 << 15 of them one key in ten waited for it.
@lru_cache(maxsize=1 << 12)
def _style(true: bool, foreground: int, background: int) -> Style:
    """Colours given as 0xRRGGBB, in a terminal of true colours or of fewer."""
    halves = [ColorTriplet(*colour.to_bytes(3, "big")) for colour in (foreground, background)]
    upper, lower = (Color("", ColorType.TRUECOLOR, None, half) for half in halves)
    style = Style.from_color(upper, lower)
    if true:
        # What Rich works out, colour by colour and for longer than all else takes that a picture is painted by.
        style._ansi = "38;2;{};{};{};48;2;{};{};{}".format(*halves[0], *halves[1])
    return style


def _wrapped(text: str, width: int) -> list[str]:
    import textwrap

    return [line for part in text.splitlines() for line in (textwrap.wrap(part, max(1, width)) or [""])]
