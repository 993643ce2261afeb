"""`manifest.json`: what a packed data set holds, where it came from, and what was left out of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import NoneType
from typing import Any, NamedTuple

from ganstudio.units import HeightWidth, Resolution, Size, size_at, size_text

SOURCE = "source.npy"  # of a set whose pictures come in pairs: what each is made from
WHOLE_PICTURES = "pictures.npy"  # of a set of tiles: the number of the picture that each was cut from


class UnreadableError(Exception):
    """A file that is skipped, and why."""


class SkippedFile(NamedTuple):
    file: str
    reason: str


class HeaderSummary(NamedTuple):
    """Headers of the packed files, summarized: smallest, median and largest short side; counts of the rest."""

    short_sides: tuple[int, int, int]
    sizes: dict[str, int]  # "640x480", the commonest few
    modes: dict[str, int]  # Pillow's names
    formats: dict[str, int]


class Enlarged(NamedTuple):
    """How many images were smaller than they are stored, and the median side that those had, in pixels.

    `lost` says that the files once had more detail: these were made of a smaller store, for the files were not there or
    not as they were.
    """

    images: int
    side: int
    lost: bool = False


class Packing(NamedTuple):
    """How a source was packed: what a later `train --data PATH` compares, and a derived store repeats."""

    listing: str  # fingerprint of the source's file names, sizes and times
    fit: str
    mode: str | None
    background: str
    labels: str
    part: str = ""  # of a source that has several, such as train and test
    layout: str = ""  # paired, split-width or domains: how several folders make one set; see opening.Layout
    beside: tuple[str, ...] = ()  # the folders besides the first


@dataclass(frozen=True)
class Manifest:
    """`classes` is () where there are no labels. `fingerprint` covers pixels, labels and shape, not names.

    `axes` is HWC for images, THWC for clips of `depth` frames, DHWC for voxel grids of `depth` slices. `resolution` is
    the short side; `rectangle` is (H, W) where they differ. `channels` is 1, 3 or, with alpha, 4.
    """

    name: str
    count: int
    resolution: int
    channels: int
    axes: str
    classes: tuple[str, ...]
    class_counts: tuple[int, ...]
    fingerprint: str
    source: str
    attributes: tuple[str, ...] = ()  # labels are then [N, A], of 0 and 1, and there are no classes
    skipped: tuple[SkippedFile, ...] = ()
    packing: Packing | None = None  # None where it was packed from no file of the user's
    parent: str | None = None  # fingerprint of the data set that this one was derived from
    depth: int | None = None  # None for images
    sources: HeaderSummary | None = (
        None  # None where there were no files with headers, or an earlier version packed them
    )
    enlarged: Enlarged | None = None  # None where no image was, or an earlier version packed it
    synthetic: int = 0  # how many of the images, the last ones, a generator drew
    notes: tuple[str, ...] = ()  # sentences on how the source was read
    rectangle: HeightWidth | None = None  # None where the images are square
    pictures: int | None = None  # that images which are tiles were cut from; None where they are none
    source_shape: tuple[int, ...] | None = None  # (H, W, C) of what pictures that come in pairs are made from

    @property
    def size(self) -> HeightWidth:
        """(H, W) of an image, a frame or a slice."""
        return self.rectangle or (self.resolution, self.resolution)

    @property
    def size_option(self) -> Size:
        """The size as `--size` and a list of options have it: the side of a square, or (H, W)."""
        return self.rectangle or self.resolution

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one image, clip or voxel grid as it is stored."""
        return (*self.size_at(self.size), self.channels)

    @property
    def noun(self) -> str:
        return {"THWC": "clips", "DHWC": "voxel grids"}.get(self.axes, "images")

    def size_at(self, resolution: Resolution) -> tuple[int, ...]:
        """(H, W), (T, H, W) or (D, H, W) at another resolution, the short side, or another (H, W)."""
        return size_at(self.axes, self.depth, self.size, resolution)

    def enlarged_words(self, resolution: int) -> str | None:
        """A sentence on images that are enlarged to be seen at `resolution`; None where there are none."""
        if self.enlarged is None or self.enlarged.side >= resolution:
            return None
        images, side, lost = self.enlarged
        which = f"the {self.noun}" if images == self.count else f"{images:,} of {self.count:,} {self.noun}"
        why = f", for {self.source} is gone or has changed since they were packed" if lost else ""
        return f"{which} are enlarged from {side} px to {resolution} px, which adds no detail{why}"

    def size_notes(self, resolution: Resolution) -> list[str]:
        """Sentences on a training at `resolution` whose images are larger or smaller than these are."""
        height, width = self.size_at(resolution)[-2:]
        if words := self.enlarged_words(min(height, width)):
            return [f"{words}; --set data.resolution={self.own_resolution} trains faster"]
        if self.resolution <= min(height, width):
            return []
        return [
            f"{self.name} is stored in {size_text(self.size)} px and seen in {size_text((height, width))} "
            "px; --set data.resolution=data keeps the size that it has"
        ]

    @property
    def own_resolution(self) -> int:
        """The largest power of two, 8 at least, at which enlarged images are not, but for a border."""
        side = self.enlarged.side if self.enlarged else self.resolution
        below = 1 << (side.bit_length() - 1)
        return max(8, 2 * below if 2 * below <= side * 8 / 7 else below)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "count": self.count,
            "size": list(self.shape[:-1]),
            "resolution": self.resolution,
            "channels": self.channels,
            "axes": self.axes,
            "depth": self.depth,
            "classes": list(self.classes),
            "class_counts": list(self.class_counts),
            "attributes": list(self.attributes),
            "source_shape": self.source_shape and list(self.source_shape),
            "pictures": self.pictures,
            "synthetic": self.synthetic,
            "enlarged": self.enlarged and self.enlarged._asdict(),
            "fingerprint": self.fingerprint,
            "source": self.source,
            "skipped_count": len(self.skipped),
        }

    def skipped_json(self) -> list[dict[str, str]]:
        return [entry._asdict() for entry in self.skipped]

    def as_record(self) -> dict[str, Any]:
        """What `manifest.json` holds: the public keys, and what the program itself needs later."""
        packing = self.packing._asdict() if self.packing else None
        own = {"skipped": self.skipped_json(), "packing": packing, "parent": self.parent, "notes": list(self.notes)}
        return {**self.as_json(), **own, "sources": self.sources_json()}

    def sources_json(self) -> dict[str, Any] | None:
        return self.sources._asdict() if self.sources else None


_KINDS: dict[str, type] = {
    **{"name": str, "count": int, "resolution": int, "channels": int, "axes": str, "fingerprint": str, "source": str},
    **{"classes": list, "class_counts": list, "skipped": list},
}

_MAYBE: dict[str, type] = {
    **{"attributes": list, "parent": str, "depth": int, "synthetic": int, "packing": dict, "size": list},
    **{"source_shape": list, "pictures": int},
}


def parse(text: str) -> Manifest:
    """The manifest that `as_record` wrote. Raises ValueError where a key is missing, of another type, or cannot be."""
    try:
        record = json.loads(text)
    except RecursionError:
        raise ValueError("its tables lie too deep") from None
    if not isinstance(record, dict):
        raise ValueError("holds no table")
    if wrong := [key for key, kind in _KINDS.items() if type(record.get(key)) is not kind]:
        raise ValueError(f"{', '.join(wrong)}: missing or of the wrong type")
    if wrong := [key for key, kind in _MAYBE.items() if record.get(key) is not None and type(record[key]) is not kind]:
        raise ValueError(f"{', '.join(wrong)}: of the wrong type")
    try:
        skipped = tuple(SkippedFile(**entry) for entry in record["skipped"])
        packing = _packing(record["packing"]) if record.get("packing") else None
        sources = _sources(record.get("sources"))
        enlarged = _enlarged(record["enlarged"]) if "enlarged" in record else _half_enlarged(record, sources)
    except (TypeError, AttributeError, KeyError):
        raise ValueError("skipped, packing, sources or enlarged: not what was written") from None
    packed_from = packing[:2] + packing[3:-1] + packing.beside if packing else ()
    texts = [*(text for entry in skipped for text in entry), *packed_from]
    if not all(type(text) is str for text in texts) or (packing and type(packing.mode) not in (str, NoneType)):
        raise ValueError("skipped or packing: hold what is no text")
    notes = record.get("notes") or []
    if type(notes) is not list or not all(type(note) is str for note in notes):
        raise ValueError("notes: not what was written")
    manifest = Manifest(
        name=record["name"],
        count=record["count"],
        resolution=record["resolution"],
        channels=record["channels"],
        axes=record["axes"],
        classes=tuple(record["classes"]),
        class_counts=tuple(record["class_counts"]),
        attributes=tuple(record.get("attributes") or ()),
        fingerprint=record["fingerprint"],
        source=record["source"],
        skipped=skipped,
        packing=packing,
        parent=record.get("parent"),
        depth=record.get("depth"),
        sources=sources,
        enlarged=enlarged,
        synthetic=record.get("synthetic") or 0,
        notes=tuple(notes),
        rectangle=_rectangle(record),
        source_shape=_source_shape(record.get("source_shape")),
        pictures=record.get("pictures"),
    )
    _check(manifest)
    return manifest


def _rectangle(record: dict[str, Any]) -> HeightWidth | None:
    """(H, W) where they differ; earlier versions, whose images were square, may have written no size."""
    sides = (record.get("size") or [record["resolution"]] * 2)[-2:]
    if len(sides) != 2 or not all(type(side) is int for side in sides) or min(sides) != record["resolution"]:
        raise ValueError(f"size: {record.get('size')} does not fit resolution {record['resolution']}")
    return None if sides[0] == sides[1] else (sides[0], sides[1])


def _source_shape(given: list[Any] | None) -> tuple[int, ...] | None:
    if given is None:
        return None
    if len(given) != 3 or not all(type(side) is int and side > 0 for side in given):
        raise ValueError(f"source_shape: {given} is not [H, W, C]")
    return tuple(given)


def _packing(given: dict[str, Any]) -> Packing:
    return Packing(**{**given, "beside": tuple(given.get("beside", ()))})


def _sources(given: Any) -> HeaderSummary | None:
    if not given:
        return None
    sources = HeaderSummary(**{**given, "short_sides": tuple(given["short_sides"])})
    counts = [n for kind in (sources.sizes, sources.modes, sources.formats) for n in kind.values()]
    if len(sources.short_sides) != 3 or not all(type(n) is int for n in (*sources.short_sides, *counts)):
        raise TypeError
    return sources


def _enlarged(given: Any) -> Enlarged | None:
    if not given:
        return None
    enlarged = Enlarged(**given)
    if not all(type(number) is int and number > 0 for number in enlarged[:2]) or type(enlarged.lost) is not bool:
        raise TypeError
    return enlarged


def _half_enlarged(record: dict[str, Any], sources: HeaderSummary | None) -> Enlarged | None:
    """`Enlarged` of a set that an earlier version packed: half of the files had the median side or less."""
    if sources is None or sources.short_sides[1] >= record["resolution"]:
        return None
    return Enlarged(-(-record["count"] // 2), sources.short_sides[1])


def _check(manifest: Manifest) -> None:
    classes, counts, depth = manifest.classes, manifest.class_counts, manifest.depth
    if manifest.axes not in ("HWC", "THWC", "DHWC"):
        raise ValueError(f"axes: HWC, THWC or DHWC; got {manifest.axes}")
    if (depth is None) != (manifest.axes == "HWC") or (depth is not None and (type(depth) is not int or depth < 1)):
        raise ValueError(f"depth: {depth!r} does not fit axes {manifest.axes}")
    if min(manifest.count, manifest.resolution, manifest.channels) < 1:
        raise ValueError("count, resolution and channels must be positive")
    if type(manifest.synthetic) is not int or not 0 <= manifest.synthetic <= manifest.count:
        raise ValueError("synthetic must be a part of count")
    if not all(type(n) is int for n in counts) or not all(type(c) is str for c in classes):
        raise ValueError("classes must be names, and class_counts whole numbers")
    if not all(type(n) is str for n in manifest.notes):
        raise ValueError("notes must be sentences")
    if not all(type(a) is str for a in manifest.attributes) or (manifest.attributes and classes):
        raise ValueError("attributes must be names, and then there are no classes")
    if len(classes) != len(counts) or (classes and sum(counts) != manifest.count):
        raise ValueError("class_counts does not fit classes and count")
