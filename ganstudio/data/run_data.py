"""The data set that a run's record names: what the record keeps, opening it, and the command that packs it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ganstudio.data.manifest import Manifest
from ganstudio.data.store import DataSet, names
from ganstudio.errors import DataError, quoted
from ganstudio.progress import Progress, no_progress
from ganstudio.units import height_width, parse_size, size_text
from ganstudio.workspace import data_home

# what the options of packing are where nobody gives them
DEFAULTS: dict[str, Any] = {
    **{"fit": "crop", "mode": None, "background": "white", "labels": "auto", "part": "", "layout": "", "beside": ()}
}


def data_record(data: DataSet) -> dict[str, Any]:
    """The part of a run's record on its data; `packed` holds the options of `data add` that make the set again.

    `styles` is the same of the set that is drawn beside it, or None.
    """
    manifest = data.manifest
    return {
        "name": manifest.name,
        "path": str(data.path),
        "fingerprint": manifest.fingerprint,
        "count": manifest.count,
        "resolution": manifest.resolution,
        "size": list(manifest.size),
        "channels": manifest.channels,
        "axes": manifest.axes,
        "depth": manifest.depth,
        "source_shape": None if manifest.source_shape is None else list(manifest.source_shape),
        "classes": list(manifest.classes),
        "packed": _packing_record(_first_manifest(data)),
        "styles": data.styles and data_record(data.styles),
    }


def open_run_data(recorded: Mapping[str, Any], run: str, progress: Progress = no_progress) -> DataSet:
    """Opens the data that a run began with; a set known by name, or derived from one that exists, is made again.

    Raises DataError, with the command that brings the data back, where it is gone, damaged or has changed.
    """
    name, path = str(recorded["name"]), Path(recorded.get("path") or data_home() / str(recorded["name"]))
    hint = add_command(recorded)
    if not path.exists() and path.parent == data_home():
        _pack_again(name, progress)
    if not path.exists():
        raise DataError(f"{run}: its data set {name!r} is gone from {path}{_source_gone(recorded)}.", hint)
    remove_and_add = f"ganstudio data remove {quoted(name.partition('@')[0])}" + (f" && {hint}" if hint else "")
    try:
        data = DataSet.load(path)
    except DataError as error:
        raise DataError(f"{run}: {error.message}", remove_and_add) from None
    if data.manifest.fingerprint != recorded.get("fingerprint", data.manifest.fingerprint):
        raise DataError(f"{run}: {path} is not the data that it began with (its fingerprint differs).", remove_and_add)
    styles = recorded.get("styles")
    return replace(data, styles=open_run_data(styles, run, progress)) if styles else data


def add_command(recorded: Mapping[str, Any], to: str | None = None) -> str | None:
    """The `data add` that packs a run's data anew, or as `to`; None where it came from no file of the user's."""
    from ganstudio.data.catalog import KNOWN

    name = str(recorded["name"]).partition("@")[0]
    packed = recorded.get("packed")
    home = Path(recorded["path"]).parent if recorded.get("path") else data_home()
    elsewhere = "" if home == data_home() else f"GANSTUDIO_DATA={quoted(home)} "
    begin = f"{elsewhere}ganstudio data add"
    if name in KNOWN and to is None:
        return f"{begin} {name}"
    name = to or name
    if not isinstance(packed, dict):  # of an earlier version, which did not write it down
        return f"{begin} PATH --name {quoted(name)} --size {recorded.get('resolution', 'N')}"
    flag = "--tile" if (packed["options"] or {}).get("fit") == "tile" else "--size"
    size = f"--name {quoted(name)} {flag} {_size_text(packed['size'])}"
    if not packed["options"]:
        known = next((key for key, one in KNOWN.items() if getattr(one, "source", "") == packed["source"]), None)
        return f"{begin} {known} {size}" if known else None
    paths = [packed["source"], *packed["options"].get("beside", ())]
    return " ".join([begin, *(quoted(Path(path)) for path in paths), size, *option_flags(packed["options"])])


def option_flags(options: Mapping[str, Any]) -> list[str]:
    """The options of `data add` that are not the usual, as flags; the folders of a layout are no flags but paths."""
    unusual = {
        key: value
        for key, value in options.items()
        if key != "beside" and value != DEFAULTS.get(key) and value != "tile"  # --tile has the size
    }
    return [f"--{value}" if key == "layout" else f"--{key} {quoted(value)}" for key, value in unusual.items()]


def _size_text(recorded: int | list[int]) -> str:
    return size_text(recorded if isinstance(recorded, int) else (recorded[0], recorded[1]))


def _pack_again(name: str, progress: Progress) -> None:
    """Packs a set that is known by name, or derived from one that exists. Raises DataError where a download fails."""
    from ganstudio.data import catalog
    from ganstudio.data.derived import derived_sets
    from ganstudio.data.obtain import open_set

    first, _, size = name.partition("@")
    if first not in catalog.KNOWN and (first == name or first not in names()):
        return
    data = open_set(first, progress)
    if (resolution := parse_size(size)) is not None:
        wanted = height_width(resolution) if "x" in size else resolution  # NAME@64x64 is square, whatever the data is
        derived_sets.at_resolution(data, wanted, progress)


def _first_manifest(data: DataSet) -> Manifest:
    """The manifest of the set that this one was derived from, where that still exists; else its own."""
    first = data.manifest.name.partition("@")[0]
    if data.manifest.parent is None or first == data.manifest.name:
        return data.manifest
    try:
        return DataSet.load(data.path.with_name(first)).manifest
    except DataError:
        return data.manifest


def _packing_record(manifest: Manifest) -> dict[str, Any]:
    how = manifest.packing
    options = {key: getattr(how, key) for key in DEFAULTS} if how else None
    return {"source": manifest.source, "size": manifest.size_option, "options": options}


def _source_gone(recorded: Mapping[str, Any]) -> str:
    packed = recorded.get("packed")
    if not isinstance(packed, dict) or not packed["options"] or Path(packed["source"]).exists():
        return ""
    return f", and so is what it was packed from, {packed['source']}"
