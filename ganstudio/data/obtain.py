"""A data set by name or path: opened where it is packed; else packed, downloaded or derived on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace as changed
from pathlib import Path

from ganstudio.data import generated
from ganstudio.data.catalog import BUILTIN, KNOWN, KnownSet
from ganstudio.data.generated import GeneratedSet
from ganstudio.data.store import (
    DataSet,
    check_legal,
    check_name,
    name_taken_error,
    names,
    open_packed,
)
from ganstudio.errors import DataError, StudioError, UsageError, nearest
from ganstudio.progress import Progress, no_progress
from ganstudio.units import Size, size_text
from ganstudio.workspace import data_home, nearest_path, nearest_place


def open_set(name: str, progress: Progress = no_progress) -> DataSet:
    """The packed set called `name`, or one that is known by name, packed on the way. Raises UsageError."""
    packed = names()
    if name in packed:
        return open_packed(name)
    if name in KNOWN:
        return pack_known(name, progress)
    known = {*packed, *KNOWN}
    raise UsageError(f"data set {name!r}: there is none. {nearest(name, known)}", hint="ganstudio data list")


def find_set(
    name_or_path: str,
    progress: Progress = no_progress,
    permit_new: Callable[[str, int | None], None] | None = None,
    tile: Size | None = None,
) -> DataSet:
    """The data set that a name or a path means, packed on the way where it is new.

    A name goes before a folder of the same name; `./NAME` is always the folder, whose pictures are cut into tiles where
    a size of a `tile` is given. Before a set is packed `permit_new` is
    told its name and how many images it has at most, where that is known; what it raises leaves nothing made. Raises
    DataError where there is neither, with the nearest name or path.
    """
    from ganstudio.data.add_once import add_once

    packed = names()
    if name_or_path in packed or name_or_path in KNOWN:
        if permit_new is not None and name_or_path not in packed:
            permit_new(name_or_path, None)
        return open_set(name_or_path, progress)
    if Path(name_or_path).exists():
        return add_once(Path(name_or_path), progress, permit_new, tile)
    raise DataError(
        f"{name_or_path}: neither a data set nor a path. {nearest_place(name_or_path, {*packed, *KNOWN})}",
        hint="ganstudio data list   # or, for pictures of your own: ganstudio data add PATH",
    )


def pack_known(
    name: str,
    progress: Progress = no_progress,
    origin: Path | None = None,
    *,
    to: str | None = None,
    size: Size | None = None,
    workers: int | None = None,
    replace: bool = False,
) -> DataSet:
    """The data set known as `name`, packed from `origin` or wherever it is; `to` is another name for it.

    With `replace` it takes the place of the one that is there.

    Where another process is doing the same, either one's work serves both.

    Raises:
        DataError: it is not on this machine and could not be downloaded, or `origin` is something else.
        UsageError: an option out of range, or a name that is taken.
    """
    from ganstudio.data.manifest import Packing
    from ganstudio.data.pack import pack_source
    from ganstudio.data.pack_options import check_options
    from ganstudio.data.staging import publish, staging

    known = KNOWN[name]
    if isinstance(known, GeneratedSet):
        if origin or size or to:
            raise UsageError(f"{name}: is made here, as it is.", hint=f"ganstudio data add {name}")
        return _make_generated(name, known, progress, replace)
    check_options(size, workers)
    if to is not None:
        (check_legal if replace else check_name)(to)
    elif size is not None:
        raise UsageError(
            f"{name}: means the published images at one size; another size needs a name of its own.",
            hint=f"ganstudio data add {name} --size {size_text(size)} --name {name}-{size_text(size)}",
        )
    with staging() as folder, _source_files(name, known, origin) as files:
        source = known.read(files)
        packing = Packing(source.fingerprint, "crop", None, "white", "auto")
        manifest = pack_source(folder, source, packing, to or name, size or known.resolution, False, workers, progress)
        # without `packing` a larger size is made from what is stored: the files may be gone by then
        if not publish(folder, changed(manifest, source=known.source, packing=None), replace) and to is not None:
            raise name_taken_error(to)
    return DataSet.load(data_home() / (to or name))


def _make_generated(name: str, known: GeneratedSet, progress: Progress, replace: bool) -> DataSet:
    from ganstudio.data.staging import publish, staging

    images, labels = (BUILTIN / "mnist" / f"train-{kind}-ubyte.xz" for kind in ("images-idx3", "labels-idx1"))
    with staging() as folder:
        publish(folder, generated.pack_generated(known, name, images, labels, folder, progress), replace)
    return DataSet.load(data_home() / name)


@contextmanager
def _source_files(name: str, known: KnownSet, origin: Path | None) -> Iterator[Path]:
    """The files of a known data set; downloaded ones are gone at the end."""
    from ganstudio.bridge import call_worker
    from ganstudio.data.staging import staging

    if origin is not None:
        if not origin.exists():
            raise DataError(f"--from {origin}: there is no such file or folder. {nearest_path(origin)}")
        yield origin
        return
    here = next((place for place in known.locations if place.exists()), None)
    if here is not None:
        yield here
        return
    by_hand = f"ganstudio data add {name} --from PATH   # {known.files}"
    if known.fetch is None:
        raise DataError(f"{name}: nobody may hand it on; download it yourself ({known.source}).", hint=by_hand)
    with staging() as folder:
        try:
            call_worker("fetch", known.fetch, str(folder))
        except StudioError as error:
            raise DataError(f"{name}: {error.message}", hint=by_hand) from None
        yield folder
