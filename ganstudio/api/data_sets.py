"""The user's data sets in Python."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganstudio.api.asking import ask, call, options, path_text
from ganstudio.data import store
from ganstudio.workspace import Workspace as Folders

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_ROWS = 8  # of a sheet


class DataSet:
    """One packed data set: what its manifest says, and its pictures, which stay on disk."""

    def __init__(self, folders: Folders, packed: store.DataSet) -> None:
        self._folders, self._packed = folders, packed

    @property
    def name(self) -> str:
        """Its name, as `--data` takes it."""
        return self._packed.manifest.name

    @property
    def path(self) -> Path:
        """The folder of its packed files."""
        return self._packed.path

    @property
    def classes(self) -> tuple[str, ...]:
        """Their names, in the order of the labels; () where there are none."""
        return tuple(self._packed.manifest.classes)

    @property
    def images(self) -> NDArray[np.uint8]:
        """Pixels [N, H, W, C], memory-mapped, to read; of clips and voxel grids [N, T|D, H, W, C]."""
        return self._packed.images()

    @property
    def labels(self) -> NDArray[np.int64] | None:
        """The class of each image [N]; None where there are no classes."""
        return self._packed.labels()

    def check(self) -> dict[str, Any]:
        """What `ganstudio data check --json` prints: balance, equal, nearly equal and blank images, advice."""
        answer: dict[str, Any] = ask(self._folders, "data", "check", self.name)
        return answer

    def __len__(self) -> int:
        return self._packed.manifest.count

    def __repr__(self) -> str:
        return f"<DataSet {self.name}: {len(self):,} images>"

    def _repr_png_(self) -> bytes:
        """A sheet of some of its pictures, as `data show --out` draws it: a column a class if there are few."""
        from ganstudio.inference.contact_sheet import contact_tiles
        from ganstudio.inference.pixels import grid, png

        return png(grid(*contact_tiles(self._packed, _ROWS)), {})


class DataSets:
    """All data sets of the user, by name."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders

    def add(self, source: str | Path, *, name: str | None = None, **more: Any) -> DataSet:
        """Packs a folder of pictures, or a set that is known by name; `more` are options of `ganstudio data add`.

        Raises DataError for pictures that cannot be packed.
        """
        text = path_text(source) if Path(source).expanduser().exists() else str(source)
        return self[ask(self._folders, "data", "add", text, *options(None, name=name, **more))["name"]]

    def __getitem__(self, name: str) -> DataSet:
        """The set of that name. Raises UsageError where there is none."""
        store.names_with_derived(name)
        return DataSet(self._folders, store.open_packed(name))

    def __iter__(self) -> Iterator[DataSet]:
        return (DataSet(self._folders, one) for one in store.list_sets())

    def __len__(self) -> int:
        return len(store.list_sets())

    def remove(self, name: str) -> None:
        """Removes a set and what was derived from it. Raises UsageError where a run in progress reads it."""
        call(self._folders, "data", "remove", name, "--yes")

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><td>{html.escape(one.name)}</td><td>{len(one):,}</td></tr>" for one in self)
        return f"<table><tr><th>data set</th><th>images</th></tr>{rows}</table>"
