"""The images that `ganstudio evaluate` scores: of a run, an export, a data set, or pictures packed for the moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ganstudio.cli.output import note, progress
from ganstudio.errors import UsageError, quoted
from ganstudio.units import HeightWidth, Size, as_size, height_width, size_text
from ganstudio.workspace import Workspace, data_home, nearest_place, write_json

if TYPE_CHECKING:
    from ganstudio.data.manifest import Manifest
    from ganstudio.data.store import DataSet
    from ganstudio.inference.exports import Export


@dataclass(frozen=True)
class Target:
    """The images to be scored, as the worker takes them; `size` is None where they take on the data's."""

    kind: str  # run, model or data
    path: Path
    size: Size | None = None
    checkpoint: str = "best"


@contextmanager
def open_target(
    workspace: Workspace, given: str, against: str | None, trust: bool
) -> Iterator[tuple[Target, DataSet, list[str]]]:
    """Yields the images to be scored, the data set that they are compared with, at their size, and notes on both.

    Raises UsageError where `given` or `against` means nothing, or code that came with a run is not trusted.
    """
    from ganstudio.data import staging
    from ganstudio.data.derived.derived_sets import at_resolution_temporarily
    from ganstudio.data.obtain import open_set

    target = _find_target(workspace, given, trust)
    against = against or _own_data(workspace, given, target)
    if target is None:
        data = _reference_data(against)
        with staging.scratch() as folder:
            manifest = _pack_pictures(folder, Path(given), data.manifest)
            yield Target("data", folder), data, [*_scratch_notes(folder), *_fitting_notes(manifest)]
        return
    if target.size is None:
        data, show = _reference_data(against), progress(f"packing {given}")
        size, stored = data.manifest.size, open_set(given, show)
        with at_resolution_temporarily(stored, size, show) as resized:
            notes = [*_scratch_notes(resized.path), *_scaling_notes(stored.manifest, size)]
            yield Target("data", resized.path), data, notes
        return
    if target.kind == "run":
        _require_run_data(against, target.path)
    stored, size = _reference_data(against), height_width(target.size)
    with at_resolution_temporarily(stored, size, progress(f"packing {against}")) as data:
        yield target, data, [*_scratch_notes(data.path), *_scaling_notes(stored.manifest, size)]


def _own_data(workspace: Workspace, given: str, target: Target | None) -> str:
    """The data that a run, or an export's run, was made with. Raises UsageError where that is not known."""
    from ganstudio.inference.exports import Export
    from ganstudio.runs import store
    from ganstudio.runs.names import folder_of
    from ganstudio.runs.record import NAME, load_record

    if target is not None and target.kind == "run":
        return str(load_record(target.path / NAME).data["name"])
    if target is not None and target.kind == "model":
        run = Export.load(target.path).manifest.run
        if run is not None and folder_of(workspace, run):
            return str(store.find(workspace, run).record.data["name"])
    raise UsageError(
        f"--against is needed: the data that {given} is compared with.",
        hint=f"ganstudio evaluate {quoted(given)} --against mnist",
    )


def _require_run_data(against: str, run: Path) -> None:
    """Raises DataError where `against` is the data that a run was made with, and is gone: the hint brings it back."""
    from ganstudio.data import run_data
    from ganstudio.data.store import names
    from ganstudio.runs.record import NAME, load_record

    record = load_record(run / NAME)
    if against == str(record.data["name"]) and against not in names():
        run_data.open_run_data(record.data, record.id, progress(f"packing {against}"))


def _reference_data(against: str) -> DataSet:
    """The data set that `--against` means: a name's, or a path's, packed on the way where it is new."""
    from ganstudio.data.obtain import find_set

    return find_set(against, progress(f"packing {against}"))


def _find_target(workspace: Workspace, given: str, trust: bool) -> Target | None:
    """The run, export or data set that `given` names; None where it is a path to pictures or arrays.

    Exact names come first: a run's, a data set's, an export's; then a path; then the beginning of a run's id.
    """
    from ganstudio.data import catalog
    from ganstudio.data.store import names
    from ganstudio.inference.exports import find_export
    from ganstudio.inference.run_exports import outdated_sentence
    from ganstudio.runs.names import folder_of, split_reference

    name, _, kimg = split_reference(given)
    if given not in names() and folder_of(workspace, name):
        return _run_target(workspace, name, kimg, trust)
    if given in names() or given in catalog.KNOWN:
        return Target("data", Path())
    if (export := find_export(workspace, given)) is not None:
        if why := outdated_sentence(workspace, export):
            note(f"note: {why}")
        if export.manifest.z_dim is None:
            raise _no_samples_error(export)
        height, width = (int(side) for side in export.manifest.image_shape[-2:])
        return Target("model", export.path, as_size(height, width))
    if Path(given).exists():
        return None
    return _run_target(workspace, name, kimg, trust, given)


def _no_samples_error(export: Export) -> UsageError:
    """What is said of an export that makes pictures of pictures: the run that it is of knows what it held out."""
    run = export.manifest.run
    message = f"{export.name} makes pictures of pictures, of which `evaluate` knows none that it never saw"
    if run is None:
        return UsageError(f"{message}.", "ganstudio upscale SMALL --model MODEL --out DIR --reference LARGE")
    return UsageError(f"{message}; its run does.", f"ganstudio evaluate {run} --against DATA")


def _run_target(workspace: Workspace, name: str, kimg: str, trust: bool, given: str | None = None) -> Target:
    from ganstudio.data import catalog
    from ganstudio.data.store import names
    from ganstudio.inference.exports import list_exports
    from ganstudio.runs import checkpoints, store
    from ganstudio.runs.trusted_files import require_run

    try:
        run = store.find(workspace, name)
    except UsageError as error:
        runs = {one.id for one in store.list_runs(workspace)}
        if given is None or name == store.LATEST or any(one.startswith(name) for one in runs):
            raise
        exports = {export.name for export in list_exports(workspace)[0]}
        known = nearest_place(given, {*runs, *exports, *names(), *catalog.KNOWN})
        message = f"{given!r} is no run, export, folder or data set. {known}"
        raise UsageError(message, hint="ganstudio runs list") from error
    store.require_own(run, "evaluate")
    require_run(run.path, run.record, trust)
    checkpoint = kimg or "best"
    checkpoints.choose(run.path, checkpoint)  # fails here, before torch is started
    return Target("run", run.path, as_size(*run.record.size), checkpoint)


def _pack_pictures(folder: Path, path: Path, like: Manifest) -> Manifest:
    """Packs the pictures at `path` as `data add` does, in the size and channels of the data, for the moment."""
    from ganstudio.data.manifest import Packing
    from ganstudio.data.opening import open_source
    from ganstudio.data.pack import pack_source
    from ganstudio.data.pack_options import MODES, default_name

    source = open_source(path, "none")
    how = Packing(source.fingerprint, "crop", MODES[like.channels], "white", "none")
    show = progress(f"reading {path}")
    manifest = pack_source(folder, source, how, default_name(path), like.size_option, False, None, show)
    write_json(folder / "manifest.json", manifest.as_record())
    return manifest


def _scratch_notes(folder: Path) -> Iterator[str]:
    """A note where pictures were packed in a scratch folder, because the user's data directory is read-only."""
    if not folder.is_relative_to(data_home()):
        yield f"{data_home()} may only be read: the pictures were packed in {folder} for the moment"


def _fitting_notes(manifest: Manifest) -> Iterator[str]:
    """Notes on how pictures were resized and converted to match the data, and on files that were left out."""
    (height, width), sources = manifest.size, manifest.sources
    if manifest.skipped:
        first = manifest.skipped[0]
        total = manifest.count + len(manifest.skipped)
        yield f"{len(manifest.skipped)} of {total} files left out, the first {first.file}: {first.reason}"
    if sources is None:
        return
    if others := [size for size in sources.sizes if size != f"{width}x{height}"]:
        and_others = " and others" if len(others) > 3 else ""
        yield f"pictures of {', '.join(others[:3])}{and_others} were made {width} x {height} pixels, as `data add` does"
    if manifest.channels == 1 and any(mode not in ("1", "L") for mode in sources.modes):
        yield "the data is grey: colours of the pictures were made grey"
    if "JPEG" in sources.formats:
        yield "some pictures are JPEGs, whose losses are part of what is measured"


def _scaling_notes(stored: Manifest, size: HeightWidth) -> Iterator[str]:
    """A note where a data set is scaled from its stored size to `size`."""
    if stored.size == size:
        return
    how = "averaged down" if all(one % other == 0 for one, other in zip(stored.size, size, strict=True)) else "scaled"
    yield f"{stored.name} is stored in {size_text(stored.size)} pixels and {how} to {size_text(size)}"
