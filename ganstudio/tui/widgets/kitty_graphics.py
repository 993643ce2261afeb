"""Sends pictures in full resolution, by kitty's graphics protocol, to terminals that place them by characters.

A picture is sent once, with a number. From then on cells show its parts: each cell is the placeholder U+10EEEE with two
marks for its row and column, in a colour that is the number. So a picture is text to everything between, it scrolls and
is covered like text, and nothing is drawn twice. https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders
"""

from __future__ import annotations

import base64
import io
import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

if TYPE_CHECKING:
    from ganstudio.tui.run.samples import Pixels

CELL_PX = (10, 20)  # about the size of a cell; the terminal scales what it is sent
PLACEHOLDER = "\U0010eeee"
# Number n is the mark of row or column n: the first of the protocol's rowcolumn-diacritics, as many as a screen needs.
_RANGES = """
305 30d-30e 310 312 33d-33f 346 34a-34c 350-352 357 35b 363-36f 483-487 592-595 597-599 59c-5a1 5a8-5a9 5ab-5ac 5af 5c4
610-617 657-65b 65d-65e 6d6-6dc 6df-6e2 6e4 6e7-6e8 6eb-6ec 730 732-733 735-736 73a 73d 73f-741 743 745 747 749-74a
7eb-7f1 7f3 816-819 81b-823 825-827 829-82d"""
MARKS = "".join(
    chr(code)
    for first, _, last in (part.partition("-") for part in _RANGES.split())
    for code in range(int(first, 16), int(last or first, 16) + 1)
)
_CHUNK = 4096  # bytes of one command, at most
_numbers = itertools.count(0x47A000)  # of pictures; a 24-bit colour each


def transmit(pixels: Pixels, columns: int, rows: int) -> tuple[int, str]:
    """Returns (number, text to send) of RGB pixels [H, W, 3], which the terminal scales to `columns` x `rows` cells."""
    from PIL import Image

    number = next(_numbers) & 0xFFFFFF
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    parts = list(_chunks(base64.standard_b64encode(content.getvalue()).decode()))
    sent = []
    for i, part in enumerate(parts):
        keys = f"a=T,U=1,f=100,q=2,i={number},c={columns},r={rows}," if i == 0 else ""
        sent.append(f"\x1b_G{keys}m={int(i < len(parts) - 1)};{part}\x1b\\")
    return number, "".join(sent)


def forget(number: int) -> str:
    """Returns the text that makes the terminal delete a picture."""
    return f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\"


def cells(number: int, columns: int, rows: int, ground: Style) -> list[list[Segment]]:
    """Returns the rows of cells that show picture `number`."""
    style = ground + Style(color=Color.from_rgb(number >> 16 & 255, number >> 8 & 255, number & 255))
    # a cell without a column's mark is the one after its neighbour to the left
    across = [MARKS[x : x + 1] for x in range(columns)]
    down = MARKS[:rows]
    return [[Segment("".join(f"{PLACEHOLDER}{row}{column}" for column in across), style)] for row in down]


def _chunks(text: str) -> Iterator[str]:
    for start in range(0, len(text), _CHUNK):
        yield text[start : start + _CHUNK]
