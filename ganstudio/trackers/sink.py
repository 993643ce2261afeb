"""The files of one tracker: what each kind must do, and which kinds there are."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

from ganstudio.errors import UsageError, nearest
from ganstudio.runs.record import RunRecord
from ganstudio.trackers.records import Record

# kind -> the module, its class, the package that it needs
_KINDS = {
    "tensorboard": ("tensorboard", "TensorBoardFiles", "tensorboard"),
    "wandb": ("wandb", "WandbFolder", "wandb"),
    "mlflow": ("mlflow", "MlflowStore", "mlflow"),
    "csv": ("csv_tables", "CsvTables", None),
}
KINDS = tuple(_KINDS)


class Sink(Protocol):
    """Where records go.

    What `flush` returns is kept in a file; the next process gives it to `open`.
    """

    appends: ClassVar[bool]  # a later process goes on in the same files; else all is written anew where there is news
    restores: ClassVar[bool]  # `open` takes back what was written after the last `flush`
    rewinds: ClassVar[bool]  # `rewind` works; else all is written anew

    def __init__(self, folder: Path, run_dir: Path, record: RunRecord) -> None: ...

    def open(self, kept: dict[str, Any] | None, anew: bool) -> None:
        """Goes on where `kept` says; `anew` removes what that names and begins with the recipe."""

    def rewind(self, nimg: int) -> None:
        """Forgets what was written with a step above `nimg`."""

    def write(self, records: Sequence[Record]) -> None: ...

    def flush(self) -> dict[str, Any]:
        """Brings what was written to the disk."""

    def close(self) -> None: ...

    def check(self, folder: Path) -> None:
        """Raises UsageError where `folder` holds what is not ours and must not be mixed with it."""


def check_kind(kind: str, flag: str = "--to") -> None:
    """Raises UsageError for an unknown kind, and for one whose package is not installed."""
    if kind not in _KINDS:
        raise UsageError(f"{flag} {kind}: {nearest(kind, _KINDS)}", hint=f"{flag} tensorboard")
    require_package(kind, _KINDS[kind][2])


def require_package(kind: str, package: str | None) -> None:
    """Raises UsageError, with the extra to install, where a tracker's package is missing."""
    if package and importlib.util.find_spec(package) is None:
        raise UsageError(
            f"{kind} needs the package {package}, which is not installed.", f"pip install 'ganstudio[{kind}]'"
        )


def make_sink(kind: str, folder: Path, run_dir: Path, record: RunRecord) -> Sink:
    module, name, _ = _KINDS[kind]
    made: Sink = getattr(importlib.import_module(f"ganstudio.trackers.{module}"), name)(folder, run_dir, record)
    return made
