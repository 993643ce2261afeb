"""Folders of pictures made for a test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def plain(path: Path, colour: tuple[int, int, int] = RED, size: tuple[int, int] = (16, 16)) -> Path:
    """A picture of one colour at `path`, whose folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path


def quarters(side: int = 16) -> Image.Image:
    """Red and green above, blue and white below: no turn or mirroring leaves it as it was."""
    half = side // 2
    picture = Image.new("RGB", (side, side), WHITE)
    for colour, place in ((RED, (0, 0)), (GREEN, (half, 0)), (BLUE, (0, half))):
        picture.paste(colour, (*place, place[0] + half, place[1] + half))
    return picture


def corners(pixels: NDArray[np.uint8]) -> list[tuple[int, ...]]:
    """The four corner pixels of [H, W, C]: above left and right, below left and right."""
    return [tuple(int(v) for v in pixels[y, x]) for y in (0, -1) for x in (0, -1)]


def many(folder: Path, count: int, distinct: int = 24) -> Path:
    """A folder of `count` noisy pictures that take seconds to decode; most are links to the first `distinct`."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    for n in range(count):
        path = folder / f"{n:05}.png"
        if n < distinct:
            noise = random.integers(0, 256, (300, 300, 3), np.uint8)
            Image.fromarray(noise).save(path, compress_level=1)
        else:
            path.hardlink_to(folder / f"{n % distinct:05}.png")
    return folder
