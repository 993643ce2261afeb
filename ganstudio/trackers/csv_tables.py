"""CSV tables: metrics.csv, a line a number; texts.csv; pictures.csv, the paths of grids; recipe.csv."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from ganstudio.errors import UsageError, quoted
from ganstudio.runs.record import RunRecord
from ganstudio.trackers.names import REAL
from ganstudio.trackers.records import Picture, Record, Scalar, Text, began_at, hyperparameters

_HEADS = {
    "metrics.csv": ("nimg", "time_s", "name", "value"),
    "pictures.csv": ("nimg", "time_s", "name", "path"),
    "texts.csv": ("nimg", "time_s", "name", "text"),
    "recipe.csv": ("knob", "value"),
}


class CsvTables:
    """Tables that grow. Names in metrics.csv are those of `runs plot --what`."""

    appends: ClassVar[bool] = True
    restores: ClassVar[bool] = True
    rewinds: ClassVar[bool] = False

    def __init__(self, folder: Path, run_dir: Path, record: RunRecord) -> None:
        self._folder, self._run_dir, self._record = folder, run_dir, record
        self._began = began_at(record)

    def check(self, folder: Path) -> None:
        there = [name for name in _HEADS if (folder / name).exists()]
        if there:
            raise UsageError(
                f"{folder / there[0]} is there already, and is not of {self._record.id}.",
                hint=f"ganstudio runs export {self._record.id} --to csv {quoted(folder / self._record.id)}",
            )

    def open(self, kept: dict[str, Any] | None, anew: bool) -> None:
        lengths = {} if anew or kept is None else {name: int(kept[name]) for name in _HEADS}
        for name, head in _HEADS.items():
            with (self._folder / name).open("ab") as file:
                file.truncate(lengths.get(name, 0))
            if not lengths:
                self._append(name, [head])
        if not lengths:
            self._append("recipe.csv", hyperparameters(self._record).items())
            if (real := self._run_dir / "real.png").is_file():
                self._append("pictures.csv", [(0, 0.0, REAL, real)])

    def rewind(self, nimg: int) -> None:
        raise NotImplementedError

    def write(self, records: Sequence[Record]) -> None:
        rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _HEADS}
        for one in records:
            place = one.step, round(one.time - self._began, 3)
            match one:
                case Scalar():
                    rows["metrics.csv"].append((*place, one.name, one.value))
                case Picture():
                    rows["pictures.csv"].append((*place, one.tag, one.path))
                case Text():
                    rows["texts.csv"].append((*place, one.tag, one.text))
        for name, own in rows.items():
            self._append(name, own)

    def flush(self) -> dict[str, Any]:
        return {name: (self._folder / name).stat().st_size for name in _HEADS}

    def close(self) -> None: ...

    def _append(self, name: str, rows: Any) -> None:
        with (self._folder / name).open("a", encoding="utf-8", errors="backslashreplace", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
