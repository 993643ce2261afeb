"""Packs a path that is trained on, once: the next training finds the data set, unless the path has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

from ganstudio.data.catalog import KNOWN
from ganstudio.data.manifest import Packing
from ganstudio.data.opening import open_source
from ganstudio.data.pack import pack_source
from ganstudio.data.pack_options import absolute_labels, default_name
from ganstudio.data.packed_files import write_file_list
from ganstudio.data.sources.source import Listing, Source
from ganstudio.data.staging import publish, staging
from ganstudio.data.store import DataSet, list_sets, names
from ganstudio.errors import StudioError, quoted
from ganstudio.progress import Progress, no_progress
from ganstudio.units import Size, both_texts, height_width
from ganstudio.workspace import data_home, write_json


def add_once(
    path: Path,
    progress: Progress = no_progress,
    permit: Callable[[str, int | None], None] | None = None,
    tile: Size | None = None,
) -> DataSet:
    """The data set that was packed from `path` as it is now, else a new one made with all defaults.

    A folder that has changed becomes a new data set, NAME-2, because trainings that began on the old one may go on; it
    is packed with the options of the old one, which a note says. With `tile` pictures are cut into tiles of that size,
    and a set of tiles alone serves, of whatever size. Before a new one is packed `permit` is told its name and how many
    images it has at most, None where nobody knows; what it raises leaves nothing made.
    """
    with _suggesting_data_add(path):
        source, name = open_source(path), default_name(path)
    tile = tile if isinstance(source, Listing) else None  # arrays have one size, which is theirs
    fit = "tile" if tile else "crop"
    packing, size = Packing(source.fingerprint, fit, None, "white", absolute_labels(path, "auto")), tile
    notes = (_tile_note(path, tile),) if tile else ()
    changed = None
    for data, earlier, source_now in _packed_from(path, source, name, packing):
        if source_now.fingerprint == earlier.listing:
            return data
        changed = changed or (data.manifest, earlier, source_now)
    if changed is not None:
        before, packing, source = changed
        packing, size = packing._replace(listing=source.fingerprint), before.size_option
        notes = (f"{path} has changed since it was packed as {before.name}, whose size and options it has.",)
    if permit is not None:
        permit(name, None if tile else source.count)
    with _suggesting_data_add(path), staging() as folder:
        manifest = pack_source(folder, source, packing, name, size, False, None, progress)
        manifest = replace(manifest, notes=(*notes, *manifest.notes))
        write_file_list(folder, source)
        for candidate in _candidates(name):
            if candidate not in names() and publish(folder, replace(manifest, name=candidate)):
                return DataSet.load(data_home() / candidate)
            other = next((data for data in list_sets() if data.manifest.name == candidate), None)
            if other and (other.manifest.source, other.manifest.fingerprint) == (manifest.source, manifest.fingerprint):
                # the same pixels under new times, or another process was first: what is there serves
                write_json(other.path / "manifest.json", replace(manifest, name=candidate).as_record())
                return DataSet.load(other.path)
    raise AssertionError("names never run out")


def _packed_from(path: Path, source: Source, name: str, packing: Packing) -> Iterator[tuple[DataSet, Packing, Source]]:
    """Sets packed from `path` as it would be now, how they were, and what is there now; the one called `name` first."""
    packed = [data for data in list_sets() if data.manifest.source == str(source.root) and data.manifest.parent is None]
    for data in sorted(packed, key=lambda data: (data.manifest.name != name, data.manifest.name)):
        earlier = data.manifest.packing
        if earlier is None or earlier.layout or (path.is_file() and earlier.labels != packing.labels):
            continue  # a file of labels beside the pictures is not the folder that they lie in
        if packing.fit == "tile" and earlier.fit != "tile":
            continue  # what a training on tiles wants has been scaled away
        source_now = open_source(path, earlier.labels, earlier.part)
        if earlier.part and source_now.fingerprint != open_source(path, earlier.labels).fingerprint:
            continue  # --part test is not what the file alone means
        yield data, earlier, source_now


def _tile_note(path: Path, tile: Size) -> str:
    """What is told of a set that a training packed of tiles."""
    cut = f"The pictures of {path} were cut into tiles of {both_texts(height_width(tile))} px at their full resolution"
    return f"{cut}; ganstudio data add {quoted(path)} --tile N --name NAME cuts others."


@contextmanager
def _suggesting_data_add(path: Path) -> Iterator[None]:
    """Options that an error suggests become a `data add` of `path`: they are none of the command that was typed."""
    try:
        yield
    except StudioError as error:
        if error.hint and error.hint.startswith("--"):
            then = f"{';' if '   #' in error.hint else '   #'} then --data {default_name(path)}"
            error.hint = f"ganstudio data add {quoted(path)} {error.hint}{then}"
        raise


def _candidates(name: str) -> Iterator[str]:
    if name not in KNOWN:
        yield name
    yield from (f"{name}-{n}" for n in count(2))
