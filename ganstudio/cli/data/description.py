"""A data set in words: the lines of `data add` and `data show`, and its row in `data list`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ganstudio.cli.output import note, print_json, print_made
from ganstudio.errors import quoted

if TYPE_CHECKING:
    from ganstudio.data.manifest import Manifest
    from ganstudio.data.store import DataSet

_LISTED = 10  # skipped files that are named without being asked for


def report_made(data: DataSet, as_json: bool, more: Mapping[str, Any]) -> None:
    """Prints what was packed: the name, or JSON with `more` keys; and notes on it."""
    manifest = data.manifest
    if as_json:
        print_json({**manifest.as_json(), "notes": list(manifest.notes), **more})
    else:
        print_made(manifest.name)
        for key, value in facts(data):
            note(f"{key:<11} {value}")
    for sentence in manifest.notes:
        note(f"note        {sentence}")
    for entry in manifest.skipped[:_LISTED]:
        note(f"skipped     {entry.file}: {entry.reason}")
    if len(manifest.skipped) > _LISTED:
        note(f"            and {len(manifest.skipped) - _LISTED} more: ganstudio data show {quoted(manifest.name)}")


def facts(data: DataSet) -> list[tuple[str, str]]:
    """What there is to say of a data set, each with its heading."""
    manifest = data.manifest
    found = manifest.count + len(manifest.skipped)
    return [
        ("name", manifest.name),
        (manifest.noun, f"{manifest.count:,} of {found:,} files" if manifest.skipped else f"{manifest.count:,}"),
        *([("synthetic", f"the last {manifest.synthetic:,}, drawn by a generator")] if manifest.synthetic else []),
        ("size", f"{_size(manifest)}, {_colour(manifest.channels)}"),
        *([("enlarged", words)] if (words := manifest.enlarged_words(manifest.resolution)) else []),
        ("classes", str(len(manifest.classes) or "none")),
        *([("attributes", ", ".join(manifest.attributes))] if manifest.attributes else []),
        ("source", manifest.source),
        ("stored", str(data.path)),
        ("fingerprint", manifest.fingerprint[:16]),
    ]


def _size(manifest: Manifest) -> str:
    size = " x ".join(map(str, manifest.shape[:-1]))
    return f"{manifest.depth} frames of {size.partition(' x ')[2]}" if manifest.axes == "THWC" else size


def _colour(channels: int) -> str:
    return "gray" if channels == 1 else "rgb"


def row(data: DataSet) -> tuple[str, ...]:
    """Name, images, size, channels, classes, skipped and source."""
    manifest = data.manifest
    return (
        manifest.name,
        f"{manifest.count:,}",
        "x".join(map(str, manifest.shape[:-1] if manifest.depth else manifest.shape[:1])),
        _colour(manifest.channels),
        str(len(manifest.classes) or "–"),
        str(len(manifest.skipped) or "–"),
        manifest.source,
    )
