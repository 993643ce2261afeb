"""Clips and voxel grids that are known by name, made from the MNIST inside the package; the same bytes everywhere.

No sine, matrix product or other arithmetic that differs between machines goes into a pixel: whole numbers, and
additions, multiplications and divisions one at a time, which IEEE 754 rounds exactly. Draws are RandomState's, whose
stream is frozen.
"""

from __future__ import annotations

import lzma
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ganstudio.data.manifest import Manifest

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from ganstudio.progress import Progress

    Pixels = NDArray[np.uint8]
    Floats = NDArray[np.floating[Any]]
    Blocks = Callable[[Pixels, Pixels], Iterator[tuple[Pixels, Pixels | None]]]

_SEED = 0
_BLOCK = 250  # clips or grids a step: at most 30 MB of them at work

FRAMES, FRAME = 16, 32
_CANVAS, _DIGIT = 64, 28  # of the published clips, which are averaged down to FRAME

VOXELS = 32
_THICK = 5.0  # half a digit's depth
_TILT, _REAL = 3, 12  # whole numbers of a quaternion: turns of up to 47 degrees about any axis


@dataclass(frozen=True)
class GeneratedSet:
    """`blocks(digits, labels)` yields pixels [n, T|D, H, W, 1], and the class of each where there are classes."""

    summary: str
    source: str
    axes: str
    count: int
    resolution: int
    depth: int
    classes: tuple[str, ...]
    blocks: Blocks


def pack_generated(
    known: GeneratedSet, name: str, images: Path, labels: Path, folder: Path, progress: Progress
) -> Manifest:
    """The manifest of what was written into the staged `folder`, from two IDX files of digits."""
    import numpy as np

    from ganstudio.data.staging import PixelWriter, finish_set

    digits = np.frombuffer(lzma.decompress(images.read_bytes()), np.uint8, offset=16).reshape(-1, _DIGIT, _DIGIT)
    classes = np.frombuffer(lzma.decompress(labels.read_bytes()), np.uint8, offset=8)
    writer = PixelWriter(folder / "images.npy", known.resolution, 1, known.depth)
    written: list[Pixels] = []
    for pixels, which in known.blocks(digits, classes):
        writer.append(pixels)
        if which is not None:
            written.append(which)
        progress(writer.count, known.count)
    table = np.concatenate(written).astype(np.int64) if written else None
    return finish_set(
        folder, writer, name=name, source=known.source, classes=known.classes, labels=table, axes=known.axes
    )


def moving_digits(digits: Pixels, _labels: Pixels, count: int = 10_000) -> Iterator[tuple[Pixels, None]]:
    """Clips [n, 16, 32, 32, 1] of two digits that fly straight and bounce off the edges, the brighter one in front.

    After Srivastava et al. 2015, arXiv:1502.04681, who have 20 frames of 64 pixels. Here there are 16, made at 64
    pixels and averaged down to 32, and speeds are whole pixels of the 64, 1 to 4 along each axis: there is no sine.
    """
    import numpy as np

    draw = np.random.RandomState(_SEED)
    room = _CANVAS - _DIGIT
    for start in range(0, count, _BLOCK):
        n = min(_BLOCK, count - start)
        canvas = np.zeros((n, FRAMES, _CANVAS, _CANVAS), np.uint8)
        for _ in range(2):
            chosen = digits[draw.randint(len(digits), size=n, dtype=np.int64)]
            begin = draw.randint(room + 1, size=(n, 1, 2), dtype=np.int64)
            speed = draw.randint(1, 5, size=(n, 1, 2), dtype=np.int64)
            speed *= 1 - 2 * draw.randint(2, size=(n, 1, 2), dtype=np.int64)
            # a straight line folded into the room: there and back is a period of twice its width
            places = room - np.abs((begin + speed * np.arange(FRAMES)[:, None]) % (2 * room) - room)
            for digit, path, frames in zip(chosen, places, canvas, strict=True):
                for (down, right), frame in zip(path, frames, strict=True):
                    under = frame[down : down + _DIGIT, right : right + _DIGIT]
                    np.maximum(under, digit, out=under)
        quarters = canvas.reshape(n, FRAMES, FRAME, 2, FRAME, 2).sum((3, 5), dtype=np.uint16)
        yield ((quarters + 2) // 4).astype(np.uint8)[..., None], None


def digit_voxels(digits: Pixels, labels: Pixels, count: int = 5_000) -> Iterator[tuple[Pixels, Pixels]]:
    """Grids [n, 32, 32, 32, 1] of digits cut from a board ten voxels thick and turned, and their classes in turn.

    Each is turned about its centre by a quaternion of whole numbers, by up to 47 degrees about any axis, and sampled
    linearly in the picture's plane; the board's two faces fade over one voxel.
    """
    import numpy as np

    draw = np.random.RandomState(_SEED)
    members = [np.flatnonzero(labels == k)[: -(-count // 10)] for k in range(10)]
    order = np.stack([one[: min(map(len, members))] for one in members], 1).ravel()[:count]
    for start in range(0, len(order), _BLOCK):
        rows = order[start : start + _BLOCK]
        turns = draw.randint(-_TILT, _TILT + 1, size=(len(rows), 3), dtype=np.int64)
        grids = [_rotated_grid(digits[row], turn) for row, turn in zip(rows, turns, strict=True)]
        yield np.stack(grids)[..., None], labels[rows]


def _rotated_grid(digit: Pixels, turn: NDArray[np.int64]) -> Pixels:
    """Grid [32, 32, 32] of one digit."""
    import numpy as np

    b, c, d = (int(n) for n in turn)
    a = _REAL
    length = np.float32(a * a + b * b + c * c + d * d)
    # twice the coordinates of voxel centres, from the grid's centre: odd whole numbers
    doubled = np.arange(1 - VOXELS, VOXELS, 2, dtype=np.int64)
    z, y, x = doubled[:, None, None], doubled[None, :, None], doubled[None, None, :]
    rows = (
        (a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)),
        (2 * (b * c + a * d), a * a - b * b + c * c - d * d, 2 * (c * d - a * b)),
        (2 * (b * d - a * c), 2 * (c * d + a * b), a * a - b * b - c * c + d * d),
    )
    right, down, deep = ((i * x + j * y + k * z).astype(np.float32) / length / 2 for i, j, k in rows)
    inside = np.clip(np.float32(_THICK + 0.5) - np.abs(deep), 0, 1)
    grid: Pixels = np.rint(_bilinear(digit, down, right) * inside).astype(np.uint8)
    return grid


def _bilinear(digit: Pixels, down: Floats, right: Floats) -> Floats:
    """The digit, bilinearly, at places counted in pixels from its centre; 0 outside."""
    import numpy as np

    board = np.pad(digit, VOXELS // 2).astype(np.float32)
    middle = np.float32((len(board) - 1) / 2)
    down, right = down + middle, right + middle
    top, left = np.floor(down), np.floor(right)
    below, beside = down - top, right - left
    rows, columns = top.astype(np.intp), left.astype(np.intp)
    upper = board[rows, columns] * (1 - beside) + board[rows, columns + 1] * beside
    lower = board[rows + 1, columns] * (1 - beside) + board[rows + 1, columns + 1] * beside
    sampled: Floats = upper * (1 - below) + lower * below
    return sampled


SETS = {
    "moving-mnist": GeneratedSet(
        "10,000 clips of 16 frames, 32 x 32: two digits that bounce",
        source="MNIST (inside the package), moving as in Srivastava et al. 2015, arXiv:1502.04681",
        axes="THWC",
        count=10_000,
        resolution=FRAME,
        depth=FRAMES,
        classes=(),
        blocks=moving_digits,
    ),
    "voxel-mnist": GeneratedSet(
        "5,000 voxel grids of 32 x 32 x 32: digits with depth, turned in space, in 10 classes",
        source="MNIST (inside the package), extruded and turned",
        axes="DHWC",
        count=5_000,
        resolution=VOXELS,
        depth=VOXELS,
        classes=tuple("0123456789"),
        blocks=digit_voxels,
    ),
}
