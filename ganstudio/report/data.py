"""What is said of a data set: cells of a list, its facts, how even its classes are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from ganstudio.report.fact import Fact
from ganstudio.units import size_text

if TYPE_CHECKING:
    from ganstudio.data.manifest import Manifest
    from ganstudio.data.store import DataSet


_COLOURS = {1: "gray", 4: "rgba"}


class Balance(NamedTuple):
    """Images of the largest class and of the smallest that has any; the names of those that have none."""

    largest: int
    smallest: int
    empty: tuple[str, ...]

    @property
    def ratio(self) -> float:
        return self.largest / self.smallest

    def as_json(self) -> dict[str, Any]:
        return {"largest": self.largest, "smallest": self.smallest, "ratio": self.ratio, "empty": list(self.empty)}


def balance(manifest: Manifest) -> Balance | None:
    """None where there are no classes."""
    if not manifest.classes:
        return None
    counts = [count for count in manifest.class_counts if count]
    empty = tuple(name for name, count in zip(manifest.classes, manifest.class_counts, strict=True) if not count)
    return Balance(max(counts), min(counts), empty)


def _side(manifest: Manifest) -> str:
    if manifest.depth is not None:
        return "x".join(map(str, manifest.shape[:-1]))
    return size_text(manifest.size) if manifest.rectangle else f"{manifest.resolution}²"


def _colour(manifest: Manifest) -> str:
    return _COLOURS.get(manifest.channels, "rgb")


# Heading of a list's column -> the cell of a data set.
CELLS: dict[str, Callable[[Manifest], str]] = {
    "name": lambda manifest: manifest.name,
    "images": lambda manifest: f"{manifest.count:,}",
    "size": _side,
    "channels": _colour,
    "classes": lambda manifest: str(len(manifest.classes) or "–"),
    "skipped": lambda manifest: f"{len(manifest.skipped):,}" if manifest.skipped else "–",
    "source": lambda manifest: manifest.source,
}


def _source_words(shape: tuple[int, ...]) -> str:
    """What pictures that come in pairs are made from, in words."""
    height, width, channels = shape
    return f"pictures of {width} x {height}, {_COLOURS.get(channels, 'rgb')}, one for each"


def facts(data: DataSet) -> list[Fact]:
    """What there is to say of a data set, nothing cut off."""
    manifest = data.manifest
    files = manifest.count + len(manifest.skipped)
    size = " x ".join(map(str, manifest.shape[:-1]))
    if manifest.rectangle:
        size = f"{size_text(manifest.size)} (width x height)"
    if manifest.axes == "THWC":
        size = f"{manifest.depth} frames of {size.partition(' x ')[2]}"
    return [
        Fact("name", manifest.name),
        Fact(manifest.noun, f"{manifest.count:,} of {files:,} files" if manifest.skipped else f"{manifest.count:,}"),
        *([Fact("synthetic", f"the last {manifest.synthetic:,}, drawn by a generator")] if manifest.synthetic else []),
        Fact("size", f"{size}, {_colour(manifest)}"),
        *([Fact("tiles of", f"{manifest.pictures:,} pictures")] if manifest.pictures else []),
        *([Fact("made from", _source_words(manifest.source_shape))] if manifest.source_shape else []),
        *([Fact("enlarged", words)] if (words := manifest.enlarged_words(manifest.resolution)) else []),
        Fact("classes", str(len(manifest.classes) or "none")),
        *([Fact("attributes", ", ".join(manifest.attributes))] if manifest.attributes else []),
        Fact("source", manifest.source),
        Fact("stored", str(data.path)),
        Fact("fingerprint", manifest.fingerprint[:16]),
    ]


def brief(manifest: Manifest) -> list[str]:
    """The same in a few words each."""
    return [
        f"{manifest.count:,} {manifest.noun}",
        _side(manifest),
        _colour(manifest),
        *([f"{manifest.synthetic:,} synthetic"] if manifest.synthetic else []),
        *([f"enlarged from {manifest.enlarged.side} px"] if manifest.enlarged else []),
    ]
