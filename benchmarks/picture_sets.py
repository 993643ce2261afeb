"""The data that presets of pictures are proved on: packed once, under names that begin with `learned-`.

`--real DIR`, or $GANSTUDIO_REAL_DATA, is a folder of what others drew, took and trained:

    emoji-twitter/, emoji-noto/   two vendors' drawings as PNGs of 64 px, called by their code points; folders in them
                                  do not count (npm: emoji-datasource-twitter, emoji-datasource-google)
    photos/                       large photographs
    weights/lpips_vgg16.npz, weights/lpips_alexnet.npz    convolutions, as `ganstudio weights import` takes them

A set that is packed already is taken as it is: `ganstudio data remove learned-emoji-pairs` makes room for another.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import sides
from numpy.typing import NDArray

from ganstudio import weights
from ganstudio.data.derived.derived_sets import at_resolution
from ganstudio.data.obtain import find_set
from ganstudio.data.store import names

SETS = {
    "srresnet": "learned-photos",
    "srgan": "learned-photos",
    "esrgan": "learned-photos",
    "pix2pix": "learned-emoji-pairs",
    "cyclegan": "learned-emoji-domains",
    "cut": "learned-emoji-domains",
    "stargan": "learned-colours",
    "inpaint": "learned-emoji",
}
READS = {"srgan": ("lpips-vgg16",), "esrgan": ("lpips-vgg16",)}  # weights that a training learns by
JUDGED_BY_FEATURES = ("cyclegan", "cut", "stargan")  # and not by LPIPS
VENDORS = ("twitter", "noto")
TILE = 128  # px, of photographs
DIGITS = 20_000  # that are coloured, a fourth in each colour
COLOURS = {"blue": (64, 64, 255), "green": (48, 255, 48), "red": (255, 48, 48), "yellow": (255, 255, 48)}

Pixels = NDArray[np.uint8]
_VARIANT = re.compile("1f3f[b-f]|200d")  # a skin tone, or joined to another


def real_data(given: Path | None) -> Path:
    """The folder of real data; ends the program where there is none."""
    chosen = given or (Path(os.environ["GANSTUDIO_REAL_DATA"]) if os.environ.get("GANSTUDIO_REAL_DATA") else None)
    if chosen is None or not chosen.is_dir():
        sys.exit(f"the real data: {chosen or 'nothing'} is no folder. Give --real DIR, or set GANSTUDIO_REAL_DATA.")
    return chosen


def prepare(preset: str, real: Path, workspace: Path) -> str:
    """The name of the preset's data set, which is packed where it is not yet; brings the weights that it needs."""
    judges = () if preset in JUDGED_BY_FEATURES else ("lpips-alexnet",)
    bring_weights((*READS.get(preset, ()), *judges), real, workspace)
    name = SETS[preset]
    if name not in names():
        with tempfile.TemporaryDirectory() as folder:
            given = _made(name, real, Path(folder))
            sides.program(workspace, "data", "add", *given, "--name", name)
    return name


def bring_weights(wanted: Sequence[str], real: Path, workspace: Path) -> None:
    """Imports weights from the real data where they are not here yet."""
    for known in wanted:
        if weights.locate(weights.find(known)) is None:
            file = _needed(real, f"weights/{known.replace('-', '_')}.npz")
            sides.program(workspace, "weights", "import", known, str(file))


def _made(name: str, real: Path, folder: Path) -> list[str]:
    """What `data add` is told, of files that are put into `folder`, or lie among the real data."""
    match name:
        case "learned-photos":
            return [str(_needed(real, "photos")), "--tile", str(TILE)]
        case "learned-colours":
            pixels, labels = coloured(at_resolution(find_set("mnist"), 32).images()[:DIGITS])
            np.savez(folder / "colours.npz", images=pixels, labels=np.array(sorted(COLOURS))[labels])
            return [str(folder / "colours.npz")]
        case "learned-emoji":
            return [*base_emoji(real, folder)[:1], "--size", "64", "--labels", "none"]
        case "learned-emoji-pairs":
            return [*base_emoji(real, folder), "--paired", "--size", "64", "--labels", "none"]
        case _:
            return [*base_emoji(real, folder), "--domains", "--size", "64"]


def base_emoji(real: Path, folder: Path) -> list[str]:
    """A folder a vendor, of the emoji that both have, without variants in skin tone and without joined ones."""
    drawn = [_by_name(_needed(real, f"emoji-{vendor}")) for vendor in VENDORS]
    for vendor, files in zip(VENDORS, drawn, strict=True):
        (folder / vendor).mkdir()
        for name in set(drawn[0]) & set(drawn[1]):
            shutil.copy(files[name], folder / vendor / name)
    return [str(folder / vendor) for vendor in VENDORS]


def _by_name(folder: Path) -> dict[str, Path]:
    return {file.name: file for file in folder.rglob("*.png") if not _VARIANT.search(file.name)}


def coloured(digits: Pixels, seed: int = 0) -> tuple[Pixels, NDArray[np.int64]]:
    """Grey digits [N, H, W, 1] each in one colour [N, H, W, 3], and which of COLOURS, by name, it is [N]."""
    labels = np.random.default_rng(seed).permutation(len(digits)) % len(COLOURS)
    table = np.array([COLOURS[name] for name in sorted(COLOURS)], np.float32)
    pixels = np.rint(digits * (table[labels][:, None, None] / np.float32(255)))
    return pixels.astype(np.uint8), labels


def colours_read(pixels: Pixels) -> NDArray[np.int64]:
    """Which of COLOURS, by name, digits [N, H, W, 3] have, [N]: by the direction of their ink."""
    ink = pixels.reshape(len(pixels), -1, 3).astype(np.float64).sum(1)
    table = np.array([COLOURS[name] for name in sorted(COLOURS)], np.float64)
    likeness = ink @ (table / np.linalg.norm(table, axis=1, keepdims=True)).T
    found: NDArray[np.int64] = likeness.argmax(1)
    return found


def _needed(real: Path, name: str) -> Path:
    if not (real / name).exists():
        sys.exit(f"the real data: {real} has no {name}. See the top of benchmarks/picture_sets.py for what it holds.")
    return real / name
