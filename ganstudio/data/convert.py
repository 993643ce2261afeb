"""Many picture files into one array of pixels, in parallel, in order."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.decode import Glance, Look, decode, fitted, glance
from ganstudio.data.manifest import Skipped, Sources, UnreadableError
from ganstudio.data.parallel import Crew
from ganstudio.data.sources.source import Picture, Stack, Where
from ganstudio.data.staging import PixelWriter
from ganstudio.data.store import Progress

# A task is as long as the least of these allows: long enough to be worth sending, short enough to share out.
_FILES = 256
_FILE_BYTES = 1_000_000
_PIXEL_BYTES = 8_000_000
_SIZES = 10  # of the files, that a manifest counts


def survey(crew: Crew, pictures: Sequence[Picture]) -> tuple[list[Picture], list[Glance], list[Skipped]]:
    """The pictures whose headers can be read, what these say, and the other files."""
    readable, glances, skipped = [], [], []
    parts = [pictures[start : start + _FILES] for start in range(0, len(pictures), _FILES)]
    for part, answers in zip(parts, crew.map(_glance_part, map(_places, parts)), strict=True):
        for picture, answer in zip(part, answers, strict=True):
            if isinstance(answer, str):
                skipped.append(Skipped(picture.name, answer))
            else:
                readable.append(picture)
                glances.append(answer)
    return readable, glances, skipped


def summary(glances: Sequence[Glance]) -> Sources | None:
    """What the headers say of the files as a whole; None where there were none."""
    sides = [seen.short_side for seen in glances if seen.size]
    if not sides:
        return None
    sizes = Counter(f"{seen.size[0]}x{seen.size[1]}" for seen in glances if seen.size)
    return Sources(
        (min(sides), int(statistics.median(sides)), max(sides)),
        dict(sizes.most_common(_SIZES)),
        dict(Counter(seen.mode for seen in glances if seen.mode).most_common()),
        dict(Counter(seen.format for seen in glances if seen.format).most_common()),
    )


def write(
    crew: Crew, pictures: Sequence[Picture], look: Look, writer: PixelWriter, progress: Progress
) -> tuple[list[Picture], list[Skipped], bool]:
    """The pictures whose pixels went to `writer`, those that could not be decoded, and whether all came out grey."""
    packed, skipped, colourless = [], [], True
    parts = list(_parts(pictures, max(1, _PIXEL_BYTES // (look.size**2 * look.channels))))
    for part, (pixels, reasons) in zip(parts, crew.map(partial(_decode_part, look), map(_places, parts)), strict=True):
        writer.append(pixels)
        colourless = colourless and bool((pixels == pixels[..., :1]).all())
        for picture, reason in zip(part, reasons, strict=True):
            if reason is None:
                packed.append(picture)
            else:
                skipped.append(Skipped(picture.name, reason))
        progress(len(packed) + len(skipped), len(pictures))
    return packed, skipped, colourless


def write_stack(crew: Crew, stack: Stack, look: Look, writer: PixelWriter, progress: Progress) -> bool:
    """Whether all images came out grey; the pixels of the stack went to `writer`."""
    colourless = True
    progress(0, stack.count)
    for pixels in crew.map(partial(fitted, look=look), stack.blocks()):
        writer.append(pixels)
        colourless = colourless and bool((pixels == pixels[..., :1]).all())
        progress(writer.count, stack.count)
    return colourless


def without_colour(folder: Path, writer: PixelWriter) -> PixelWriter:
    """A writer of the one channel that holds all there is to see, where grey pictures were saved as RGB."""
    writer.close()
    images, coloured = folder / "images.npy", folder / "rgb.npy"
    images.rename(coloured)
    pixels: NDArray[np.uint8] = np.load(coloured, mmap_mode="r")
    single = PixelWriter(images, pixels.shape[1], 1)
    for start in range(0, len(pixels), _FILES):
        single.append(pixels[start : start + _FILES, :, :, :1])
    del pixels
    coloured.unlink()
    return single


def _parts(pictures: Sequence[Picture], most: int) -> Iterator[list[Picture]]:
    """The pictures in their order, in tasks of at most `most`."""
    part: list[Picture] = []
    size = 0
    for picture in pictures:
        if part and (size + picture.bytes > _FILE_BYTES or len(part) == min(most, _FILES)):
            yield part
            part, size = [], 0
        part.append(picture)
        size += picture.bytes
    yield part


def _places(part: Sequence[Picture]) -> list[Where]:
    return [picture.where for picture in part]


def _glance_part(places: list[Where]) -> list[Glance | str]:
    """What each file's header says, or the reason why it cannot be read."""
    answers: list[Glance | str] = []
    for where in places:
        try:
            answers.append(glance(where))
        except UnreadableError as error:
            answers.append(str(error))
    return answers


def _decode_part(look: Look, places: list[Where]) -> tuple[NDArray[np.uint8], list[str | None]]:
    """Pixels [n, H, W, C] of those that can be decoded, and for each file None or the reason why it cannot."""
    rows: list[NDArray[np.uint8]] = []
    reasons: list[str | None] = []
    for where in places:
        try:
            rows.append(decode(where, look))
            reasons.append(None)
        except UnreadableError as error:
            reasons.append(str(error))
    return np.stack(rows) if rows else np.empty((0, look.size, look.size, look.channels), np.uint8), reasons
