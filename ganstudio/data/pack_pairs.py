"""Pictures that come in pairs, into a store with what each is made from beside it."""

from __future__ import annotations

from pathlib import Path

from ganstudio.data.convert import read_headers, summarize_headers, without_colour, write_pairs
from ganstudio.data.decode import Header
from ganstudio.data.manifest import SOURCE, Manifest, Packing, SkippedFile
from ganstudio.data.pack_choices import (
    classes_and_labels,
    count_enlarged,
    pixel_format_of,
    require_images,
    workers_for,
)
from ganstudio.data.pack_options import default_size
from ganstudio.data.parallel import WorkerPool
from ganstudio.data.sources.source import Listing, Picture
from ganstudio.data.staging import PixelWriter, finish_set
from ganstudio.progress import Progress
from ganstudio.units import Size, height_width

ASPECTS_DIFFER = 0.02  # by more than that a picture's aspect is not its partner's


def pack_pairs(
    folder: Path,
    listing: Listing,
    packing: Packing,
    name: str,
    size: Size | None,
    strict: bool,
    workers: int,
    progress: Progress,
    parent: str | None,
) -> Manifest:
    """The manifest of the pictures of `listing` with their partners, all in one size, written into `folder`.

    A pair goes in where both of its pictures can be read and have one aspect. Raises DataError where none does.
    """
    with WorkerPool(workers_for(listing, workers)) as pool:
        progress(0, len(listing.pictures))
        pairs, headers, unreadable = _read_both_headers(pool, listing)
        skipped = [*listing.skipped, *unreadable]
        require_images(listing, len(pairs), skipped, False)
        sides = height_width(size or default_size([header.short_side for header, _ in headers]))
        formats = [pixel_format_of(packing, [both[k] for both in headers], sides) for k in (0, 1)]
        writers = [
            PixelWriter(folder / file, sides, one.channels)
            for file, one in zip(("images.npy", SOURCE), formats, strict=True)
        ]
        packed, unreadable, colourless = write_pairs(
            pool, pairs, (formats[0], formats[1]), (writers[0], writers[1]), progress
        )
    skipped = sorted([*skipped, *unreadable])
    require_images(listing, len(packed), skipped, strict)
    for k, grey in enumerate(colourless):
        if packing.mode is None and formats[k].channels == 3 and grey:
            writers[k] = without_colour(writers[k])
    classes, labels = classes_and_labels(packed, listing.attributes)
    targets = [header for header, _ in headers]
    return finish_set(
        *(folder, writers[0]),
        source_writer=writers[1],
        name=name,
        source=str(listing.root),
        classes=classes,
        attributes=listing.attributes,
        labels=labels,
        skipped=tuple(skipped),
        packing=packing,
        parent=parent,
        sources=summarize_headers(targets),
        enlarged=count_enlarged([h.size or (h.short_side, h.short_side) for h in targets], packing.fit, sides),
    )


def _read_both_headers(
    pool: WorkerPool, listing: Listing
) -> tuple[list[tuple[Picture, Picture]], list[tuple[Header, Header]], list[SkippedFile]]:
    """The pairs whose headers can be read and have one aspect, these headers, and the other files."""
    sides, skipped = [], []
    for pictures in (listing.pictures, listing.partners):
        readable, headers, unreadable = read_headers(pool, pictures)
        sides.append(dict(zip(readable, headers, strict=True)))
        skipped += unreadable
    pairs, both_headers = [], []
    for picture, partner in zip(listing.pictures, listing.partners, strict=True):
        header, other = sides[0].get(picture), sides[1].get(partner)
        if header is None or other is None:
            continue
        if reason := _aspects_differ(header, other):
            skipped.append(SkippedFile(picture.name, reason))
            continue
        pairs.append((picture, partner))
        both_headers.append((header, other))
    return pairs, both_headers, list(dict.fromkeys(skipped))


def _aspects_differ(header: Header, other: Header) -> str | None:
    """Why a picture and its partner show no one place: a sentence, None where they do."""
    if header.size is None or other.size is None:
        return None
    (width, height), (wide, high) = header.size, other.size
    if abs(width * high / (height * wide) - 1) <= ASPECTS_DIFFER:
        return None
    return f"of another aspect than its partner: {width}x{height} and {wide}x{high}"
