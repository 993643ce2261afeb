"""Pictures in styles that code draws, from seeds: nobody's work, so that what is made with them may be shown.

    python benchmarks/style_pictures.py OUT            # OUT/known/*.png to train on, OUT/unseen/*.png never seen
    python benchmarks/style_pictures.py OUT --side 256 --each 24

Each kind of hand (dabs of a brush, hatching, mosaic, woodcut, stripes, dots ...) draws a seeded scene of soft blobs in
a seeded palette. Of KINDS the last are left out of what is trained on.
"""

from __future__ import annotations

import argparse
import colorsys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Random = np.random.RandomState
Colours = NDArray[np.float64]  # [N, 3], from 0 to 255
SIDE, EACH = 256, 24


def palette(draw: Random, count: int = 6) -> Colours:
    """Colours of two neighbouring hues and one across, from dark to light."""
    hue, spread = draw.uniform(), draw.uniform(0.03, 0.12)
    hues = [hue + draw.uniform(-spread, spread) + (0.5 if n % 3 == 2 else 0.0) for n in range(count)]
    values = np.linspace(0.15, 0.95, count) * draw.uniform(0.85, 1.0)
    found = [colorsys.hsv_to_rgb(h % 1, draw.uniform(0.45, 0.95), v) for h, v in zip(hues, values, strict=True)]
    return 255 * np.array(found)


def scene(draw: Random, side: int) -> NDArray[np.float64]:
    """A field [side, side] from 0 to 1 of soft blobs, which the hands give form to."""
    y, x = np.mgrid[:side, :side] / side
    field = draw.uniform(-0.5, 0.5) * x + draw.uniform(-0.5, 0.5) * y
    for _ in range(12):
        u, v, size = draw.uniform(size=3) * (1, 1, 0.25) + (0, 0, 0.06)
        field += draw.uniform(-1, 1) * np.exp(-((x - u) ** 2 + (y - v) ** 2) / (2 * size**2))
    low, high = np.percentile(field, (2, 98))
    return np.clip((field - low) / max(high - low, 1e-6), 0, 1)


def toned(field: NDArray[np.float64], colours: Colours) -> NDArray[np.float64]:
    """A field in a palette's colours, [side, side, 3], blended between neighbours."""
    place = field * (len(colours) - 1)
    low = np.clip(place.astype(int), 0, len(colours) - 2)
    return colours[low] + (place - low)[..., None] * (colours[low + 1] - colours[low])


def _ink(colour: NDArray[np.float64]) -> tuple[int, ...]:
    return tuple(int(c) for c in np.clip(colour, 0, 255))


def dabs(draw: Random, side: int) -> Image.Image:
    """Short strokes of a brush along the edges of the scene."""
    field, colours = scene(draw, side), palette(draw)
    down, across = np.gradient(field)
    shown = toned(field, colours)
    image = Image.new("RGB", (side, side), _ink(colours.mean(0)))
    canvas = ImageDraw.Draw(image)
    length, width = draw.uniform(14, 30), draw.uniform(5, 11)
    for _ in range(side * side // 70):
        y, x = draw.randint(0, side, 2)
        angle = np.arctan2(down[y, x], across[y, x]) + np.pi / 2 + draw.normal(0, 0.25)
        dx, dy = length / 2 * np.cos(angle), length / 2 * np.sin(angle)
        colour = shown[y, x] + draw.normal(0, 14, 3)
        canvas.line((x - dx, y - dy, x + dx, y + dy), _ink(colour), int(width))
    return image.filter(ImageFilter.GaussianBlur(0.7))


def hatching(draw: Random, side: int) -> Image.Image:
    """Lines of ink on paper, more of them where the scene is dark."""
    field, (ink, *_, paper) = scene(draw, side), palette(draw)
    y, x = np.mgrid[:side, :side]
    shown = np.ones((side, side, 3)) * (255 - 0.25 * (255 - paper))
    step, first = draw.uniform(6, 10), draw.uniform(0, np.pi)
    for number, level in enumerate((0.75, 0.5, 0.28)):
        angle = first + number * np.pi / 3
        wave = (x * np.cos(angle) + y * np.sin(angle) + 3 * np.sin((x - y) / 40)) % step
        shown[(wave < step * 0.28) & (field < level)] = 0.5 * ink
    return _image(shown).filter(ImageFilter.GaussianBlur(0.6))


def mosaic(draw: Random, side: int) -> Image.Image:
    """Small stones of one colour each, with dark joints between them."""
    colours, stone = palette(draw), int(draw.uniform(13, 24))
    shown = toned(scene(draw, side), colours)
    across = side // stone + 2
    points = np.stack(np.meshgrid(np.arange(across), np.arange(across), indexing="ij"), -1).reshape(-1, 2)
    places = (points + draw.uniform(-0.3, 0.3, points.shape)) * stone
    nearest, second = _two_nearest(places.reshape(across, across, 2), side, stone)
    y, x = np.clip(places[nearest[1]].astype(int), 0, side - 1).transpose(2, 0, 1)
    stones = shown[y, x] + draw.normal(0, 12, (len(places), 3))[nearest[1]]
    joints = (second - nearest[0])[..., None] < 2.2
    return _image(np.where(joints, 0.3 * colours[0], stones))


def _two_nearest(
    places: NDArray[np.float64], side: int, stone: int
) -> tuple[tuple[NDArray[np.float64], NDArray[np.int64]], NDArray[np.float64]]:
    """The distance to the nearest place and its number, and the distance to the second, of each pixel."""
    y, x = np.mgrid[:side, :side]
    count = len(places)
    row, column = y // stone, x // stone
    found = []
    for down in (-1, 0, 1, 2):
        for right in (-1, 0, 1, 2):
            i, j = np.clip(row + down, 0, count - 1), np.clip(column + right, 0, count - 1)
            far = np.hypot(places[i, j, 0] - y, places[i, j, 1] - x)
            found.append((far, i * count + j))
    far, number = (np.stack(one) for one in zip(*found, strict=True))
    order = np.argsort(far, 0)
    first = np.take_along_axis(number, order, 0)[0]
    # the borders' places come twice: the second is the nearest of another number
    other = np.where(number == first, np.inf, far).min(0)
    return (np.take_along_axis(far, order, 0)[0], first), other


def woodcut(draw: Random, side: int) -> Image.Image:
    """Two tones, cut with a gouge: lines along the scene's own heights, thicker where it is dark."""
    field, (ink, *_, paper) = scene(draw, side), palette(draw)
    y, x = np.mgrid[:side, :side]
    lines = (np.sin(draw.uniform(25, 45) * (field + 0.25 * (x + y) / side) * 2 * np.pi / 3) + 1) / 2
    grain = draw.uniform(0, 0.15, (side, side))
    shown = np.where((lines + grain > field * 1.05)[..., None], 0.35 * ink, 255 - 0.3 * (255 - paper))
    return _image(shown).filter(ImageFilter.GaussianBlur(0.8))


def stripes(draw: Random, side: int) -> Image.Image:
    """Bands of flat colour, bent by the scene."""
    field, colours = scene(draw, side), palette(draw)
    y, x = np.mgrid[:side, :side] / side
    angle = draw.uniform(0, np.pi)
    place = draw.uniform(9, 18) * (x * np.cos(angle) + y * np.sin(angle)) + 5 * field
    return _image(colours[place.astype(int) % len(colours)])


def dots(draw: Random, side: int) -> Image.Image:
    """Dots of pure colour beside one another, as pointillists set them."""
    colours = palette(draw)
    shown = toned(scene(draw, side), colours)
    image = Image.new("RGB", (side, side), _ink(255 - 0.2 * (255 - colours[-1])))
    canvas, size = ImageDraw.Draw(image), draw.uniform(3, 6)
    for _ in range(int(side * side / size**2 / 1.1)):
        y, x = draw.randint(0, side, 2)
        colour = shown[y, x] + draw.normal(0, 38, 3)
        radius = size * draw.uniform(0.6, 1.1)
        canvas.ellipse((x - radius, y - radius, x + radius, y + radius), _ink(colour))
    return image


def washes(draw: Random, side: int) -> Image.Image:
    """Watercolour: layers of clear colour with darker rims, on paper with a grain."""
    colours = palette(draw)
    shown = np.full((side, side, 3), 250.0)
    for colour in colours[draw.permutation(len(colours))]:
        field = scene(draw, side)
        edge = np.exp(-(((field - 0.55) / 0.02) ** 2))
        cover = (field > 0.55) * 0.4 + 0.25 * edge
        shown *= 1 - cover[..., None] * (1 - colour / 255)
    grain = Image.fromarray(draw.randint(0, 256, (side, side), np.uint8)).filter(ImageFilter.GaussianBlur(1.5))
    return _image(shown + (np.asarray(grain, float)[..., None] - 128) * 0.5)


def facets(draw: Random, side: int) -> Image.Image:
    """Flat triangles with hard edges, as of cut paper."""
    colours = palette(draw)
    shown = toned(scene(draw, side), colours)
    image = Image.new("RGB", (side, side))
    canvas, step = ImageDraw.Draw(image), int(draw.uniform(26, 44))
    count = side // step + 3
    corners = (np.mgrid[:count, :count].transpose(1, 2, 0) - 1 + draw.uniform(-0.35, 0.35, (count, count, 2))) * step
    for i in range(count - 1):
        for j in range(count - 1):
            a, b, c, d = corners[i, j], corners[i, j + 1], corners[i + 1, j], corners[i + 1, j + 1]
            for three in ((a, b, c), (b, c, d)):
                y, x = np.clip(np.mean(three, 0).astype(int), 0, side - 1)
                canvas.polygon([(float(p[1]), float(p[0])) for p in three], _ink(shown[y, x] + draw.normal(0, 16)))
    return image


def swirls(draw: Random, side: int) -> Image.Image:
    """Long strokes that flow around the scene's hills."""
    field, colours = scene(draw, side), palette(draw)
    down, across = np.gradient(field)
    shown = toned(field, colours)
    image = Image.new("RGB", (side, side), _ink(colours[1]))
    canvas, width = ImageDraw.Draw(image), int(draw.uniform(3, 6))
    for _ in range(side * side // 260):
        y, x = draw.uniform(0, side, 2)
        colour, line = shown[int(y), int(x)] + draw.normal(0, 22, 3), [(x, y)]
        for _ in range(14):
            i, j = int(np.clip(y, 0, side - 1)), int(np.clip(x, 0, side - 1))
            size = np.hypot(down[i, j], across[i, j]) + 1e-9
            x, y = x - 5 * down[i, j] / size, y + 5 * across[i, j] / size
            line.append((x, y))
        canvas.line(line, _ink(colour), width, joint="curve")
    return image


def engraving(draw: Random, side: int) -> Image.Image:
    """Straight lines of ink side by side, thicker where the scene is dark."""
    field, (ink, *_, paper) = scene(draw, side), palette(draw)
    step, angle = draw.uniform(7, 12), draw.uniform(0, np.pi)
    y, x = np.mgrid[:side, :side]
    beside = np.abs((x * np.cos(angle) + y * np.sin(angle)) % step / step - 0.5)
    shown = np.where((beside < 0.48 * (1 - field))[..., None], 0.4 * ink, 255 - 0.3 * (255 - paper))
    return _image(shown).filter(ImageFilter.GaussianBlur(0.7))


def stipple(draw: Random, side: int) -> Image.Image:
    """Small points of ink on paper, denser where the scene is dark."""
    field, (ink, *_, paper) = scene(draw, side), palette(draw)
    image = Image.new("RGB", (side, side), _ink(255 - 0.3 * (255 - paper)))
    canvas, size = ImageDraw.Draw(image), draw.uniform(1.5, 3)
    for y, x in draw.randint(0, side, (int(side * side / size**2 / 3), 2)):
        if draw.uniform() > field[y, x]:
            canvas.ellipse((x - size, y - size, x + size, y + size), _ink(0.6 * ink))
    return image


def weave(draw: Random, side: int) -> Image.Image:
    """Threads over and under one another, rounded by light."""
    colours, step = palette(draw), draw.uniform(10, 20)
    y, x = np.mgrid[:side, :side] / step
    over = (np.floor(x) + np.floor(y)) % 2 == 0
    light = 0.5 + 0.5 * np.sin(np.pi * np.where(over, y % 1, x % 1))
    return _image(toned(scene(draw, side), colours) * np.where(over, 1.0, 0.75)[..., None] * light[..., None])


def halftone(draw: Random, side: int) -> Image.Image:
    """A grid of ink dots on paper, larger where the scene is dark."""
    field, (ink, *_, paper) = scene(draw, side), palette(draw)
    step, angle = draw.uniform(8, 13), draw.uniform(0.2, 1.2)
    y, x = np.mgrid[:side, :side]
    u, v = (x * np.cos(angle) + y * np.sin(angle)) / step, (y * np.cos(angle) - x * np.sin(angle)) / step
    far = np.hypot(u - np.round(u), v - np.round(v))
    shown = np.where((far < 0.68 * (1 - field))[..., None], 0.8 * ink, 255 - 0.35 * (255 - paper))
    return _image(shown).filter(ImageFilter.GaussianBlur(0.7))


def _image(shown: NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(np.clip(shown, 0, 255).astype(np.uint8))


Hand = Callable[[Random, int], Image.Image]
KINDS: tuple[Hand, ...] = (
    *(dabs, hatching, mosaic, stripes, dots, washes, facets, swirls, engraving, stipple, weave),
    *(woodcut, halftone),
)
UNSEEN = (woodcut, halftone)  # never trained on


def write(folder: Path, side: int = SIDE, each: int = EACH) -> dict[str, list[Path]]:
    """Writes `each` pictures a kind to `folder`/known and /unseen; the files of both."""
    files: dict[str, list[Path]] = {"known": [], "unseen": []}
    for hand in KINDS:
        part = "unseen" if hand in UNSEEN else "known"
        (folder / part).mkdir(parents=True, exist_ok=True)
        for number in range(each):
            path = folder / part / f"{hand.__name__}-{number}.png"
            drawn = hand(Random([ord(letter) for letter in hand.__name__] + [number]), 2 * side)
            drawn.resize((side, side), Image.Resampling.LANCZOS).save(path)
            files[part].append(path)
    return files


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--side", type=int, default=SIDE, help="of each picture, in pixels")
    parser.add_argument("--each", type=int, default=EACH, help="pictures a kind")
    given = parser.parse_args()
    for part, files in write(given.out, given.side, given.each).items():
        print(f"{len(files)} {part}")
