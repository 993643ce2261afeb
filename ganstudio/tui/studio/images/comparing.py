"""A picture and what was made of it, brought to what a screen has place for: under a wipe line, or side by side."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from ganstudio.half_blocks import fitted, rgb
from ganstudio.inference.images.answer import FULL, Box, mixed
from ganstudio.tui.studio.images.retouch import STEPS, Retouch

if TYPE_CHECKING:
    from ganstudio.inference.images.answer import Hole
    from ganstudio.inference.images.subject import Subject
    from ganstudio.tui.run.samples import Pixels

RGB = tuple[int, int, int]
Part = tuple[int, int, int, int]  # top, left, height, width

_OVERVIEW = 2048  # pixels of the longer side: larger pictures are looked at as a whole in a smaller copy
_AROUND = 4  # pixels around a part, which bicubic enlarging looks at
_HOLE = 128  # the grey of a hole that is not filled in yet


class Layer:
    """A picture [H, W, C] that parts are cut out of. Made in a thread: the copy of a large one takes its time."""

    def __init__(self, pixels: Pixels) -> None:
        self.pixels = pixels[..., [0, 0, 0, 1]] if pixels.shape[2] == 2 else pixels
        self.size = pixels.shape[0], pixels.shape[1]
        self._factor = max(1, -(-max(self.size) // _OVERVIEW))
        self._copy = self.pixels if self._factor == 1 else _reduced(self.pixels, self._factor)

    def part(self, box: Part, room: tuple[int, int]) -> Pixels:
        """Returns RGB pixels of a part: its own, or where it is far larger than `room` (width, height) those of the
        copy.
        """
        top, left, height, width = box
        source = self.pixels
        if self._factor > 1 and (height > 2 * room[1] or width > 2 * room[0]):
            source = self._copy
            top, left = top // self._factor, left // self._factor
            height, width = max(1, height // self._factor), max(1, width // self._factor)
        return rgb(source[top : top + height, left : left + width])


@dataclass(frozen=True)
class Layers:
    """The picture and the answer; None until there is one."""

    own: Layer
    answer: Layer | None = None

    @classmethod
    def of(cls, subject: Subject, made: Pixels | None) -> Layers:
        whole = subject.picture
        own = whole.colours if whole.alpha is None else np.dstack([whole.colours, whole.alpha])
        return cls(Layer(own), None if made is None else Layer(made))


def compared(
    state: Retouch, layers: Layers, room: tuple[int, int], line: int, mark: RGB, ground: RGB, smooth: bool
) -> Pixels:
    """Returns RGB pixels [h, w, 3] of the state, at most `room` (width, height); the wipe line is `line` pixels wide.

    Of a picture without an answer it is the picture alone.
    """
    if layers.answer is None:
        own = _fitted_part(layers.own, state, room, smooth)
        return _with_hole(own, state, layers.own.size, mark, filled=False) if state.fills else own
    beside = state.view == "beside"
    width, height = ((room[0] - line) // 2, room[1]) if beside else room
    first, second = _both(state, layers.own, layers.answer, (max(1, width), max(1, height)), smooth)
    match state.view:
        case "beside":
            gap = np.full((len(first), line, 3), ground, np.uint8)
            return np.concatenate([first, gap, second], 1)
        case "hole":
            return _with_hole(second.copy(), state, layers.answer.size, mark, filled=True)
        case _:
            return _wiped(first, second, state, line, mark)


def _both(state: Retouch, own: Layer, answer: Layer, room: tuple[int, int], smooth: bool) -> tuple[Pixels, Pixels]:
    """Returns the same part of both, in the same size: the picture enlarged by bicubic where the answer is larger."""
    box = state.camera.box(answer.size)
    second = answer.part(box, room)
    if own.size == answer.size:
        first = own.part(box, room)
    else:
        first = _enlarged_part(own, answer.size, box, (second.shape[1], second.shape[0]))
    second = mixed(first, second, state.shown_strength) if state.shown_strength < FULL else second
    return fitted(first, *room, smooth), fitted(second, *room, smooth)


def _enlarged_part(own: Layer, whole: tuple[int, int], box: Part, size: tuple[int, int]) -> Pixels:
    """Returns RGB pixels of `size` (width, height): the part of a picture that `box` is of one of size `whole`."""
    rows, columns = own.size[0] / whole[0], own.size[1] / whole[1]
    top, left = box[0] * rows, box[1] * columns
    bottom, right = top + box[2] * rows, left + box[3] * columns
    first, start = max(0, int(top) - _AROUND), max(0, int(left) - _AROUND)
    cut = rgb(own.pixels[first : math.ceil(bottom) + _AROUND, start : math.ceil(right) + _AROUND])
    corners = (left - start, top - first, min(right - start, cut.shape[1]), min(bottom - first, cut.shape[0]))
    return np.asarray(Image.fromarray(cut).resize(size, Image.Resampling.BICUBIC, corners))


def _fitted_part(layer: Layer, state: Retouch, room: tuple[int, int], smooth: bool) -> Pixels:
    return fitted(layer.part(state.camera.box(layer.size), room), *room, smooth)


def _wiped(first: Pixels, second: Pixels, state: Retouch, line: int, mark: RGB) -> Pixels:
    """Returns the first up to the line, from there on the second."""
    page, wipe = second.copy(), state.wipe
    across, down = (first, page) if wipe.upright else (first.swapaxes(0, 1), page.swapaxes(0, 1))
    place = down.shape[1] * wipe.place // STEPS
    down[:, :place] = across[:, :place]
    if 0 < wipe.place < STEPS:
        begin = max(0, place - line // 2)
        down[:, begin : begin + line] = mark
    return page


def _with_hole(page: Pixels, state: Retouch, size: tuple[int, int], mark: RGB, filled: bool) -> Pixels:
    """Returns a page with the box that is filled in marked by its edge, and grey until it is."""
    box = hole_on_page(state.hole, state.camera.box(size), page.shape[:2])
    if box is None:
        return page
    page = page.copy()
    top, left, bottom, right = box
    if not filled:
        page[top : bottom + 1, left : right + 1] = _HOLE
    page[top, left : right + 1] = page[bottom, left : right + 1] = mark
    page[top : bottom + 1, left] = page[top : bottom + 1, right] = mark
    return page


def hole_on_page(hole: Hole | None, seen: Part, page: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    """Returns (top, left, bottom, right) of the pixels of a page that a box's edge lies on; None where none is seen."""
    if not isinstance(hole, Box):
        return None
    corners = []
    for begin, length, start, shown, side in zip(hole[:2], hole[2:], seen[:2], seen[2:], page, strict=False):
        first, last = (begin - start) * side / shown, (begin + length - start) * side / shown
        if last <= 0 or first >= side:
            return None
        corners.append((max(0, int(first)), min(math.ceil(last), side) - 1))
    (top, bottom), (left, right) = corners
    return top, left, bottom, right


def _reduced(pixels: Pixels, factor: int) -> Pixels:
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).reduce(factor)
    reduced = np.asarray(image)
    return reduced[..., None] if reduced.ndim == 2 else reduced
