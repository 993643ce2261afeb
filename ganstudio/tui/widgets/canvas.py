"""Lines drawn with braille dots, two wide and four high to a character cell, each with an owner that colours it."""

from __future__ import annotations

from collections.abc import Iterator

BLANK = "\u2800"
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # Unicode's order, by column and row in the cell
# Lines differ by their gaps as well as by colour: (drawn, in all) dots along x.
DASHES = ((1, 1), (4, 6), (1, 2), (5, 9), (2, 5), (1, 3))
NOBODY = -1


class Canvas:
    """`columns` x `rows` cells. Dot (0, 0) is the left one at the top; dots outside are not drawn."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.width, self.height = 2 * columns, 4 * rows
        self._bits = [bytearray(columns) for _ in range(rows)]
        self._owners = [[NOBODY] * columns for _ in range(rows)]

    def dot(self, x: int, y: int, owner: int) -> None:
        drawn, whole = DASHES[owner % len(DASHES)]
        if 0 <= x < self.width and 0 <= y < self.height and x % whole < drawn:
            self._bits[y >> 2][x >> 1] |= _DOTS[x & 1][y & 3]
            self._owners[y >> 2][x >> 1] = owner

    def bar(self, x: int, top: int, bottom: int, owner: int) -> None:
        """A vertical line, both ends with it."""
        for y in range(max(0, top), min(self.height - 1, bottom) + 1):
            self.dot(x, y, owner)

    def line(self, x0: int, y0: int, x1: int, y1: int, owner: int) -> None:
        """From one dot to another, x0 <= x1: a bar for each column, so that a steep line has no holes."""
        if x0 == x1:
            self.bar(x0, min(y0, y1), max(y0, y1), owner)
            return
        slope = (y1 - y0) / (x1 - x0)
        last = y0
        for x in range(x0, x1 + 1):
            y = round(y0 + slope * (x - x0))
            step = 1 if y > last else -1
            near = y if abs(y - last) <= 1 else last + step
            self.bar(x, min(near, y), max(near, y), owner)
            last = y

    def row(self, y: int) -> Iterator[tuple[str, int]]:
        """The cells of one row: (character, owner)."""
        for bits, owner in zip(self._bits[y], self._owners[y], strict=True):
            yield chr(0x2800 + bits), owner
