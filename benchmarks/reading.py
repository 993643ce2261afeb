"""What the shipped classifier reads in digits, in clips of two flying digits, and in voxel grids of digits.

Beside each figure stands what it says of real data, which is not 100 %: the classifier was trained with smoothed labels
on upright digits of one size. Of 2,000 real digits it is sure (over 0.9) of 96 %, of the middle slices of voxel-mnist,
whose digits are turned in space, of 77 %, and of digits cut out of moving-mnist's frames of 81 %.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from ganstudio.engine.evaluation import lenet
from ganstudio.inference.codes import Code

SURE = 0.9
DIGITS = 10
FRAMES_READ = 4  # of a clip
INK = 64
SIDES_OF_A_DIGIT = (6, 11)  # pixels of the longer side of a digit in moving-mnist: two that touch are larger
WINDOW = 16  # around one, enlarged twice

Pixels = NDArray[np.uint8]


@torch.no_grad()
def chances(pixels: Pixels) -> NDArray[np.float32]:
    """The chance of each digit [N, 10] that the classifier gives to grey pixels [N, H, W, 1]."""
    network = lenet.load()
    parts = np.array_split(pixels, max(1, len(pixels) // 500))
    logits = [network(torch.from_numpy(np.array(part)).permute(0, 3, 1, 2).float() / 127.5 - 1) for part in parts]
    found: NDArray[np.float32] = torch.cat(logits)[:, :DIGITS].softmax(1).numpy()
    return found


def pictures(pixels: Pixels, axes: str) -> tuple[Pixels, int]:
    """What there is to be read in samples, [M, H, W, 1], and at least how many digits there should be.

    Images themselves; the middle slices of voxel grids; digits that stand alone in frames of clips, of which real
    clips have one a frame (1.08).
    """
    match axes:
        case "DHWC":
            middle = pixels[:, pixels.shape[1] // 2]
            return middle, len(middle)
        case "THWC":
            chosen = np.linspace(0, pixels.shape[1] - 1, min(FRAMES_READ, pixels.shape[1])).round().astype(int)
            frames = pixels[:, chosen].reshape(-1, *pixels.shape[2:4])
            cut = [digit for frame in frames for digit in alone(frame)]
            return np.array(cut, np.uint8).reshape(-1, 2 * WINDOW, 2 * WINDOW, 1), len(frames)
        case _:
            return pixels, len(pixels)


def alone(frame: Pixels) -> Iterator[Pixels]:
    """The digits [32, 32] that touch no other in a frame [H, W] of moving-mnist, enlarged to the size of MNIST's."""
    parts = connected(frame >= INK)
    for number in np.unique(parts[parts > 0]):
        rows, columns = np.nonzero(parts == number)
        (top, bottom), (left, right) = ((one.min(), one.max() + 1) for one in (rows, columns))
        if not SIDES_OF_A_DIGIT[0] <= max(bottom - top, right - left) <= SIDES_OF_A_DIGIT[1]:
            continue
        only = np.pad(np.where((parts == number) | (parts == 0), frame, 0), WINDOW)
        corner = (top + bottom + WINDOW) // 2, (left + right + WINDOW) // 2
        window = only[corner[0] : corner[0] + WINDOW, corner[1] : corner[1] + WINDOW]
        yield np.asarray(Image.fromarray(window).resize((2 * WINDOW, 2 * WINDOW), Image.Resampling.BICUBIC))


def connected(ink: NDArray[np.bool_]) -> NDArray[np.int64]:
    """A number for each pixel [H, W] of ink, the same where pixels touch by a side or a corner, and 0 elsewhere."""
    height, width = ink.shape
    numbers = np.where(ink, np.arange(1, ink.size + 1).reshape(ink.shape), 0)
    while True:
        padded = np.pad(numbers, 1)
        around = [padded[down : down + height, right : right + width] for down in range(3) for right in range(3)]
        following = np.max(around, 0) * ink
        if np.array_equal(following, numbers):
            return numbers
        numbers = following


def assigned(z: NDArray[np.float32], code: Code, digits: NDArray[np.int64]) -> float:
    """The share of samples that read as the digit which the value of their code stands for, at best."""
    values = z[:, code.start : code.start + code.size].argmax(1)
    table = np.zeros((code.size, DIGITS))
    np.add.at(table, (values, digits), 1)
    return best_assignment(table) / len(z)


def best_assignment(table: NDArray[np.float64]) -> float:
    """The largest sum of entries, one a row and no two in one column, by way of all sets of columns that are taken."""
    best = {0: 0.0}
    for row in table:
        following: dict[int, float] = {}
        for taken, total in best.items():
            for column, value in enumerate(row):
                if not taken >> column & 1:
                    key = taken | 1 << column
                    following[key] = max(following.get(key, 0.0), total + value)
        best = following
    return max(best.values())
