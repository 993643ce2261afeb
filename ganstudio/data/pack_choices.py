"""What packing decides of a source: channels, classes, what is enlarged, and whether there is anything to pack."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.decode import BELOW_TILE, Fit, Header, PixelFormat
from ganstudio.data.labels.classes import number_classes
from ganstudio.data.manifest import Enlarged, Packing, SkippedFile
from ganstudio.data.pack_options import CHANNELS, parse_colour
from ganstudio.data.sources.source import Listing, Picture
from ganstudio.errors import DataError
from ganstudio.units import HeightWidth

FEW_BYTES = 8_000_000  # below, starting processes takes longer than the work


def workers_for(listing: Listing, workers: int) -> int:
    """How many processes decode the pictures: this one alone where there are few."""
    return 1 if listing.bytes < FEW_BYTES else workers


def pixel_format_of(packing: Packing, headers: Sequence[Header], size: HeightWidth) -> PixelFormat:
    """The format, (H, W) large, that pictures with these headers are packed in."""
    background = parse_colour(packing.background)
    grey = packing.mode is None and len(set(background)) == 1 and all(header.grey for header in headers)
    highest = max((header.highest for header in headers if header.highest is not None), default=None)
    return PixelFormat(size, channels_of(packing, grey), cast("Fit", packing.fit), background, highest)


def channels_of(packing: Packing, grey: bool) -> int:
    """1, 3 or 4: what the mode asks for, or without one what the images need, which is 1 where they are `grey`."""
    return CHANNELS[packing.mode or ("gray" if grey else "rgb")]


def count_enlarged(pictures: Sequence[tuple[int, int]], fit: str, size: HeightWidth, times: int = 1) -> Enlarged | None:
    """What of pictures of these (width, height), so many `times`, is made larger where all become `size` (H, W).

    Of each that is, the side counts which the short side of `size` has before it is enlarged.
    """
    reach, short = max if fit == "pad" else min, min(size)
    sides = [reach(width * short // size[1], height * short // size[0]) for width, height in pictures]
    smaller = [side for side in sides if side < short]
    return Enlarged(len(smaller) * times, int(statistics.median(smaller))) if smaller else None


def classes_and_labels(
    packed: Sequence[Picture], attributes: tuple[str, ...], domains: tuple[str, ...] = ()
) -> tuple[tuple[str, ...], NDArray[np.int64] | None]:
    """The names of the classes and the class of each picture [N]; () and None where one picture has none.

    With `attributes` there are no classes, and labels are [N, A]. `domains` are the classes in their order, where that
    is given.
    """
    given_labels = [picture.label for picture in packed if picture.label is not None]
    if not given_labels or len(given_labels) < len(packed):
        return (), None
    if attributes:
        return (), np.array(given_labels, np.int64)
    if domains:
        there = [name for name in domains if name in given_labels]
        return tuple(there), np.array([there.index(str(label)) for label in given_labels], np.int64)
    return number_classes([str(label) for label in given_labels])


def require_images(listing: Listing, readable: int, skipped: Sequence[SkippedFile], strict: bool) -> None:
    """Raises DataError where nothing could be read, or, where `strict`, not everything."""
    if readable and not (strict and skipped):
        return
    examples = "; ".join(f"{entry.file}: {entry.reason}" for entry in skipped[:3])
    more = f"; and {len(skipped) - 3} more" if len(skipped) > 3 else ""
    if readable:
        raise DataError(
            f"{listing.root}: {len(skipped)} of {len(skipped) + readable} files cannot be packed ({examples}{more}).",
            hint="Remove them, or leave out --strict to skip them",
        )
    if skipped and all(entry.reason.startswith(BELOW_TILE) for entry in skipped):
        raise DataError(
            f"{listing.root}: all {len(skipped)} pictures are smaller than a tile ({examples}{more}).",
            hint="--tile N   # N being the short side of the smallest, or --size N to scale them",
        )
    raise DataError(
        f"{listing.root}: no image among {len(skipped)} files ({examples}{more}).",
        hint="ganstudio data add FOLDER   # with PNG, JPEG, WebP, GIF, TIFF or other images in it or its sub-folders",
    )
