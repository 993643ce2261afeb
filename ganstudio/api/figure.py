"""Curves as a picture that a notebook shows."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ganstudio.api.asking import call, options
from ganstudio.workspace import Workspace as Folders
from ganstudio.workspace import write_atomic


@dataclass(frozen=True, repr=False)
class Figure:
    """One plot, as an SVG document."""

    svg: str

    @classmethod
    def drawn(cls, folders: Folders, runs: Sequence[str], what: str, smooth: float, log: bool) -> Figure:
        """As `ganstudio runs plot` draws it. Raises UsageError for a number that no run tells."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "plot.svg"
            call(folders, "runs", "plot", *runs, *options(what=what, smooth=smooth, log=log, out=file))
            return cls(file.read_text(encoding="utf-8"))

    def save(self, path: str | Path) -> Path:
        """Writes the SVG document."""
        file = Path(path)
        write_atomic(file, self.svg.encode())
        return file

    def __repr__(self) -> str:
        return "<Figure>"

    def _repr_svg_(self) -> str:
        return self.svg
