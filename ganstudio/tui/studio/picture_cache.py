"""Pictures that were drawn, kept by their points."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from ganstudio.inference.explore import Point

if TYPE_CHECKING:
    from ganstudio.tui.run.samples import Pixels


class PictureCache:
    """Keeps the pictures that were drawn last: at least `least`, and more as long as they take no more than `room`
    bytes.
    """

    def __init__(self, least: int = 64, room: int = 32_000_000) -> None:
        self._least, self._room, self._bytes = least, room, 0
        self._pictures: OrderedDict[Point, Pixels | None] = OrderedDict()

    def __contains__(self, point: Point) -> bool:
        return point in self._pictures

    def get(self, point: Point | None) -> Pixels | None:
        """Returns the picture of a point; None where it was not drawn, or drawing failed."""
        return None if point is None else self._pictures.get(point)

    def put(self, point: Point, picture: Pixels | None) -> None:
        """Adds a picture; None where drawing it failed, which is then not tried again."""
        self._pictures[point] = picture
        self._bytes += 0 if picture is None else picture.nbytes
        while self._bytes > self._room and len(self._pictures) > self._least:
            _, removed = self._pictures.popitem(last=False)
            self._bytes -= 0 if removed is None else removed.nbytes
