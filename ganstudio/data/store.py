"""Packed data sets by name: list, open, remove, and whether a name is free."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ganstudio.data.manifest import SOURCE, WHOLE_PICTURES, Manifest, parse
from ganstudio.errors import DataError, UsageError, nearest, quoted
from ganstudio.workspace import data_home, require_name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MapMode = Literal["r", "c"]  # numpy's words


@dataclass(frozen=True)
class DataSet:
    """A folder with `images.npy`, `labels.npy` where there are classes or attributes, and `manifest.json`.

    `styles` is a second set whose pictures are drawn beside these, where a training has one.
    """

    path: Path
    manifest: Manifest
    styles: DataSet | None = None

    @classmethod
    def load(cls, path: Path) -> DataSet:
        """The data set packed at `path`. Raises DataError where there is none, or it was damaged."""
        try:
            manifest = parse((path / "manifest.json").read_text(encoding="utf-8"))
            stored = (path / "images.npy").stat().st_size
        except (OSError, ValueError, RecursionError) as error:
            raise _damaged_error(path, f"{error}") from None
        if stored <= manifest.count * math.prod(manifest.shape):
            raise _damaged_error(path, f"images.npy is shorter than {manifest.count} {manifest.noun}")
        return cls(path, manifest)

    def images(self, mode: MapMode = "r") -> NDArray[np.uint8]:
        """Pixels [N, H, W, C], of clips and voxel grids [N, T|D, H, W, C], memory-mapped: to read, or copied on write.

        Raises DataError where the file is not what the manifest says.
        """
        return self._pixels("images.npy", self.manifest.shape, mode)

    def _pixels(self, file: str, shape: tuple[int, ...], mode: MapMode) -> NDArray[np.uint8]:
        import numpy as np

        try:
            pixels: NDArray[np.uint8] = np.load(self.path / file, mmap_mode=mode)
        except (OSError, ValueError) as error:
            raise _damaged_error(self.path, f"{file}: {error}") from None
        if pixels.dtype != np.uint8 or pixels.shape != (self.manifest.count, *shape):
            raise _damaged_error(self.path, f"{file} holds {pixels.dtype} {list(pixels.shape)}")
        return pixels

    def sources(self, mode: MapMode = "r") -> NDArray[np.uint8] | None:
        """Pixels [N, H, W, C] of what each picture is made from, memory-mapped; None where there are no pairs.

        Raises DataError where the file is not what the manifest says.
        """
        shape = self.manifest.source_shape
        return None if shape is None else self._pixels(SOURCE, shape, mode)

    def whole_pictures(self) -> NDArray[np.int64] | None:
        """The number of the picture that each image was cut from [N], rising; None where images are no tiles."""
        return self._whole_numbers(WHOLE_PICTURES, (self.manifest.count,)) if self.manifest.pictures else None

    def labels(self) -> NDArray[np.int64] | None:
        """The class of each image [N], or None where there are no classes."""
        return self._labels((self.manifest.count,)) if self.manifest.classes else None

    def attributes(self) -> NDArray[np.int64] | None:
        """Each image's attributes [N, A], 0 or 1, or None where there are none."""
        names = self.manifest.attributes
        return self._labels((self.manifest.count, len(names))) if names else None

    def _labels(self, shape: tuple[int, ...]) -> NDArray[np.int64]:
        return self._whole_numbers("labels.npy", shape)

    def _whole_numbers(self, file: str, shape: tuple[int, ...]) -> NDArray[np.int64]:
        import numpy as np

        try:
            numbers: NDArray[np.int64] = np.load(self.path / file)
        except (OSError, ValueError, EOFError) as error:
            raise _damaged_error(self.path, f"{file}: {error}") from None
        if numbers.dtype != np.int64 or numbers.shape != shape:
            raise _damaged_error(self.path, f"{file} holds {numbers.dtype} {list(numbers.shape)}")
        return numbers


def names() -> list[str]:
    """Every name that is taken in the data directory, damaged sets included."""
    home = data_home()
    entries = home.iterdir() if home.is_dir() else ()
    return sorted(path.name for path in entries if path.is_dir() and not path.name.startswith("."))


def list_sets() -> list[DataSet]:
    """The packed sets that can be opened, by name."""
    sets = []
    for name in names():
        try:
            sets.append(open_packed(name))
        except DataError:
            continue
    return sets


def open_packed(name: str) -> DataSet:
    """The packed set in the folder `name`, and called so, where the folder was renamed or copied. Raises DataError."""
    data = DataSet.load(data_home() / name)
    return replace(data, manifest=replace(data.manifest, name=name))


def names_with_derived(name: str) -> list[str]:
    """The set called `name` and what was derived from it, by name. Raises UsageError where there is none."""
    packed = names()
    if name not in packed:
        raise UsageError(f"data set {name!r}: there is none. {nearest(name, packed)}", hint="ganstudio data list")
    return [name, *(other for other in packed if other.startswith(f"{name}@"))]


def remove(name: str) -> list[str]:
    """Removes the set called `name` and those derived from it; returns their names. Raises UsageError."""
    from ganstudio.data.staging import trash

    doomed = names_with_derived(name)
    for set_name in doomed:
        trash(data_home() / set_name)
    return doomed


def check_name(name: str) -> None:
    """Raises UsageError unless a new data set may be called `name`: it is a name, and free."""
    check_legal(name)
    if name in names():
        raise name_taken_error(name)


def check_legal(name: str) -> None:
    """Raises UsageError where no data set of the user's may be called `name`, whether there is one already or not."""
    from ganstudio.data.catalog import KNOWN

    require_name(name)
    if name in KNOWN:
        raise UsageError(
            f"data set {name!r}: the name stands for {KNOWN[name].summary}.",
            hint=f"--name {quoted(free_name(f'my-{name}'))}",
        )


def name_taken_error(name: str) -> UsageError:
    return UsageError(
        f"data set {name!r}: the name is taken, by {data_home() / name}.",
        hint=f"--name {quoted(free_name(name))}   # or first: ganstudio data remove {quoted(name)}",
    )


def free_name(name: str) -> str:
    """`name`, or with a number behind it, as no set is called yet."""
    packed = names()
    return next(
        one for one in itertools.chain([name], (f"{name}-{n}" for n in itertools.count(2))) if one not in packed
    )


def _damaged_error(path: Path, why: str) -> DataError:
    if not path.exists():
        return DataError(f"data set {path.name!r}: there is none at {path}.", hint="ganstudio data list")
    return DataError(f"data set {path.name!r} is damaged: {why}.", hint=f"ganstudio data remove {quoted(path.name)}")
