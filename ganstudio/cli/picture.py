"""Pictures in a terminal: half-blocks, two pixels to a character cell."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

from ganstudio.cli.output import note
from ganstudio.streams import raw_stream
from ganstudio.terminal import moves_cursor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rich.console import Console, RenderableType

READABLE = 16  # columns a tile; a digit can be guessed from 10 and is read at 16
LONGEST = 64  # lines of a sheet that is higher than the screen


def render(pixels: NDArray[np.uint8], width: int | None = None) -> RenderableType:
    """`pixels` [H, W, C] as half-blocks, one column a pixel; reduced where wider than `width`."""
    import numpy as np
    from PIL import Image
    from rich.color import Color
    from rich.segment import Segment, Segments
    from rich.style import Style

    from ganstudio.half_blocks import half_blocks, rgb

    if width is not None and pixels.shape[1] > width:
        size = width, max(1, round(pixels.shape[0] * width / pixels.shape[1]))
        image = Image.fromarray(rgb(pixels)).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        pixels = np.asarray(image)

    def style(*colours: int) -> Style:
        return Style.from_color(*(Color.from_rgb(*colour.to_bytes(3, "big")) for colour in colours))

    lines: list[Segment] = []
    for row in half_blocks(pixels):
        lines += [Segment(cells.text, style(cells.foreground, cells.background)) for cells in row]
        lines.append(Segment.line())
    return Segments(lines)


def draw(pixels: NDArray[np.uint8], file: TextIO | None = None) -> bool:
    """Whether `pixels` [H, W, C] were drawn on `file` (stdout).

    Nothing is drawn, nor said, where that is no terminal or NO_COLOR is set; a terminal with too few colours for a
    picture is told so on stderr.
    """
    console = _canvas(file or sys.stdout)
    if console:
        console.print(render(pixels, console.width), end="")
    return console is not None


def draw_sheet(tiles: NDArray[np.uint8], columns: int, file: TextIO | None = None) -> int:
    """How many of `tiles` [N, H, W, C] were drawn on `file` (stdout), row by row, as `draw` would.

    The grid of `columns` is reduced until it fits the screen, but no tile below READABLE columns: what does not fit
    then is left out, first columns, then rows past LONGEST lines.
    """
    from ganstudio.inference.pixels import grid

    console = _canvas(file or sys.stdout)
    if console is None:
        return 0
    count, height, width, _ = tiles.shape
    rows = -(-count // columns)
    fits = min(console.width // columns, 2 * console.height * width // (rows * height))
    tile = min(width, max(READABLE, fits))
    columns = max(1, min(columns, console.width // tile))
    rows = max(1, 2 * max(console.height, LONGEST) * width // (tile * height))
    shown = tiles[: rows * columns]
    console.print(render(grid(shown, columns), min(tile * columns, console.width)), end="")
    return len(shown)


def _canvas(file: TextIO) -> Console | None:
    """A console for `file` where pictures can be drawn on it."""
    if not file.isatty() or os.environ.get("NO_COLOR"):
        return None
    from rich.console import Console

    console = Console(file=raw_stream(file))
    if not moves_cursor(file) or console.color_system not in ("256", "truecolor"):
        note("No picture here: this terminal says it has fewer than 256 colours (TERM=xterm-256color has them).")
        return None
    if console.options.ascii_only:
        note("No picture here: half-blocks need a UTF-8 locale.")
        return None
    return console
