"""Many picture files into one array of pixels, in parallel, in order."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.decode import Header, PixelFormat, decode, decode_tiles, fit_rows, read_header
from ganstudio.data.manifest import HeaderSummary, SkippedFile, UnreadableError
from ganstudio.data.parallel import WorkerPool
from ganstudio.data.sources.source import Location, Picture, Stack
from ganstudio.data.staging import PixelWriter
from ganstudio.progress import Progress

# A task is as long as the least of these allows: long enough to be worth sending, short enough to share out.
_FILES = 256
_FILE_BYTES = 1_000_000
_PIXEL_BYTES = 8_000_000
_SIZES = 10  # of the files, that a manifest counts


def read_headers(
    pool: WorkerPool, pictures: Sequence[Picture]
) -> tuple[list[Picture], list[Header], list[SkippedFile]]:
    """The pictures whose headers can be read, these headers, and the other files."""
    readable, headers, skipped = [], [], []
    parts = [pictures[start : start + _FILES] for start in range(0, len(pictures), _FILES)]
    for part, answers in zip(parts, pool.map(_read_headers_of_part, map(_locations, parts)), strict=True):
        for picture, answer in zip(part, answers, strict=True):
            if isinstance(answer, str):
                skipped.append(SkippedFile(picture.name, answer))
            else:
                readable.append(picture)
                headers.append(answer)
    return readable, headers, skipped


def summarize_headers(headers: Sequence[Header]) -> HeaderSummary | None:
    """Sizes, modes and formats of the files, counted; None where there are no files."""
    sides = [header.short_side for header in headers if header.size]
    if not sides:
        return None
    sizes = Counter(f"{header.size[0]}x{header.size[1]}" for header in headers if header.size)
    return HeaderSummary(
        (min(sides), int(statistics.median(sides)), max(sides)),
        dict(sizes.most_common(_SIZES)),
        dict(Counter(header.mode for header in headers if header.mode).most_common()),
        dict(Counter(header.format for header in headers if header.format).most_common()),
    )


def write_pictures(
    pool: WorkerPool, pictures: Sequence[Picture], pixel_format: PixelFormat, writer: PixelWriter, progress: Progress
) -> tuple[list[Picture], list[SkippedFile], bool]:
    """The pictures whose pixels went to `writer`, those that could not be decoded, and whether all came out grey."""
    packed, skipped, colourless = [], [], True
    parts = list(_parts(pictures, max(1, _PIXEL_BYTES // (math.prod(pixel_format.size) * pixel_format.channels))))
    for part, (pixels, reasons) in zip(
        parts, pool.map(partial(_decode_part, pixel_format), map(_locations, parts)), strict=True
    ):
        writer.append(pixels)
        colourless = colourless and bool((pixels == pixels[..., :1]).all())
        for picture, reason in zip(part, reasons, strict=True):
            if reason is None:
                packed.append(picture)
            else:
                skipped.append(SkippedFile(picture.name, reason))
        progress(len(packed) + len(skipped), len(pictures))
    return packed, skipped, colourless


def write_pairs(
    pool: WorkerPool,
    pairs: Sequence[tuple[Picture, Picture]],
    formats: tuple[PixelFormat, PixelFormat],
    writers: tuple[PixelWriter, PixelWriter],
    progress: Progress,
) -> tuple[list[Picture], list[SkippedFile], tuple[bool, bool]]:
    """As `write_pictures`, of pictures and their partners, each with a format and a writer: both or neither go in.

    Returns the pictures that went in, the files that could not be decoded, and of both whether all came out grey.
    """
    packed, skipped, colourless = [], [], [True, True]
    most = max(1, _PIXEL_BYTES // sum(math.prod(one.size) * one.channels for one in formats))
    parts = [pairs[start : start + min(most, _FILES)] for start in range(0, len(pairs), min(most, _FILES))]
    locations = ([(picture.location, partner.location) for picture, partner in part] for part in parts)
    for part, (*pixels, reasons) in zip(parts, pool.map(partial(_decode_pairs, formats), locations), strict=True):
        for side, (writer, rows) in enumerate(zip(writers, pixels, strict=True)):
            writer.append(rows)
            colourless[side] = colourless[side] and bool((rows == rows[..., :1]).all())
        for both, reason in zip(part, reasons, strict=True):
            if reason is None:
                packed.append(both[0])
            else:
                side, why = reason
                skipped.append(SkippedFile(both[side].name, why))
        progress(len(packed) + len(skipped), len(pairs))
    return packed, skipped, (colourless[0], colourless[1])


def write_tiles(
    pool: WorkerPool, pictures: Sequence[Picture], pixel_format: PixelFormat, writer: PixelWriter, progress: Progress
) -> tuple[list[Picture], list[int], list[SkippedFile], bool]:
    """Writes the tiles that each picture is cut into.

    Returns the pictures that went in, how many tiles each became, those that could not be cut, and whether all came out
    grey.
    """
    packed, counts, skipped, colourless = [], [], [], True
    locations = (picture.location for picture in pictures)
    tiles = pool.map(partial(_tiles_or_reason, pixel_format), locations)
    for done, (picture, answer) in enumerate(zip(pictures, tiles, strict=True), 1):
        if isinstance(answer, str):
            skipped.append(SkippedFile(picture.name, answer))
        else:
            writer.append(answer)
            colourless = colourless and bool((answer == answer[..., :1]).all())
            packed.append(picture)
            counts.append(len(answer))
        progress(done, len(pictures))
    return packed, counts, skipped, colourless


def _tiles_or_reason(pixel_format: PixelFormat, location: Location) -> NDArray[np.uint8] | str:
    try:
        return decode_tiles(location, pixel_format)
    except UnreadableError as error:
        return str(error)


def write_stack(
    pool: WorkerPool, stack: Stack, pixel_format: PixelFormat, writer: PixelWriter, progress: Progress
) -> bool:
    """Writes the pixels of the stack to `writer`; returns whether all images are grey."""
    colourless = True
    progress(0, stack.count)
    for pixels in pool.map(partial(fit_rows, pixel_format=pixel_format), stack.blocks()):
        writer.append(pixels)
        colourless = colourless and bool((pixels == pixels[..., :1]).all())
        progress(writer.count, stack.count)
    return colourless


def without_colour(writer: PixelWriter) -> PixelWriter:
    """Packs grey pictures that were saved as RGB again in one channel; returns the new writer."""
    writer.close()
    images, coloured = writer.path, writer.path.with_name("rgb.npy")
    images.rename(coloured)
    pixels: NDArray[np.uint8] = np.load(coloured, mmap_mode="r")
    single = PixelWriter(images, pixels.shape[1:3], 1)
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


def _locations(part: Sequence[Picture]) -> list[Location]:
    return [picture.location for picture in part]


def _read_headers_of_part(places: list[Location]) -> list[Header | str]:
    """The header of each file, or the reason why it cannot be read."""
    answers: list[Header | str] = []
    for location in places:
        try:
            answers.append(read_header(location))
        except UnreadableError as error:
            answers.append(str(error))
    return answers


def _decode_part(pixel_format: PixelFormat, places: list[Location]) -> tuple[NDArray[np.uint8], list[str | None]]:
    """Pixels [n, H, W, C] of those that can be decoded, and for each file None or the reason why it cannot."""
    rows: list[NDArray[np.uint8]] = []
    reasons: list[str | None] = []
    for location in places:
        try:
            rows.append(decode(location, pixel_format))
            reasons.append(None)
        except UnreadableError as error:
            reasons.append(str(error))
    return np.stack(rows) if rows else np.empty((0, *pixel_format.size, pixel_format.channels), np.uint8), reasons


def _decode_pairs(
    formats: tuple[PixelFormat, PixelFormat], places: list[tuple[Location, Location]]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], list[tuple[int, str] | None]]:
    """Pixels of both sides [n, H, W, C], and for each pair None or which of its files cannot be decoded, and why."""
    rows: tuple[list[NDArray[np.uint8]], list[NDArray[np.uint8]]] = ([], [])
    reasons: list[tuple[int, str] | None] = []
    for pair in places:
        decoded: list[NDArray[np.uint8]] = []
        try:
            for location, pixel_format in zip(pair, formats, strict=True):
                decoded.append(decode(location, pixel_format))
        except UnreadableError as error:
            reasons.append((len(decoded), str(error)))
            continue
        reasons.append(None)
        for side, pixels in zip(rows, decoded, strict=True):
            side.append(pixels)
    first, second = (
        np.stack(side) if side else np.empty((0, *one.size, one.channels), np.uint8)
        for side, one in zip(rows, formats, strict=True)
    )
    return first, second, reasons
