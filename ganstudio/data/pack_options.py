"""Options of packing a data set: what they may be, and what they are where nobody gives them."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from ganstudio.data.opening import LABEL_FILES
from ganstudio.errors import UsageError
from ganstudio.units import Size, height_width, size_text

Mode = Literal["rgb", "gray", "rgba"]

CHANNELS = {"gray": 1, "rgb": 3, "rgba": 4}
MODES = {channels: mode for mode, channels in CHANNELS.items()}

SIZES = range(8, 4097)
DEFAULT_SIZES = (8, 16, 32, 64, 128, 256)


def check_options(size: Size | None, workers: int | None) -> None:
    if size is not None and not all(side in SIZES for side in height_width(size)):
        raise UsageError(f"--size: from {SIZES[0]} to {SIZES[-1]} pixels; got {size_text(size)}.")
    if workers is not None and workers < 1:
        raise UsageError(f"--workers: at least 1; got {workers}.")


def absolute_labels(path: Path, labels: str) -> str:
    """`labels` as a later packing of the same source finds it again, from whatever folder."""
    if path.suffix.lower() in LABEL_FILES:
        return str(path.resolve())
    known = ("auto", "folders", "none", "dataset.json")
    return labels if labels in known else str(Path(labels).resolve())


def default_size(short_sides: Sequence[int]) -> int:
    """The power of two from 8 to 256 that is nearest, by ratio, to the median: 28 -> 32, 100 -> 128, 4000 -> 256."""
    middle = statistics.median(short_sides)
    return min(DEFAULT_SIZES, key=lambda size: max(size / middle, middle / size))


def default_name(path: Path) -> str:
    """The folder's or file's name, with what a data set's name cannot hold replaced by "-"."""
    name = path.resolve().name
    if path.is_file():
        name = re.sub(r"\.(zip|npz|npy|csv|tsv|json|jsonl|tar|tar\.gz)$", "", name, flags=re.IGNORECASE)
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:80] or "images"


def parse_colour(text: str) -> tuple[int, int, int]:
    """Red, green and blue of a name or #rrggbb. Raises UsageError."""
    from PIL import ImageColor

    try:
        red, green, blue, *_ = ImageColor.getrgb(text)
    except ValueError:
        raise UsageError(f"--background: a name such as white or black, or #rrggbb; got {text!r}.") from None
    return red, green, blue
