"""Exports a run to a tracker's files: once, or as long as it trains. Twice is once, and a kill loses nothing.

A cursor beside the files says how far they are. It is written after them, and what lies behind it is taken back.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ganstudio.errors import UsageError
from ganstudio.runs import events
from ganstudio.runs.locks import locked
from ganstudio.runs.record import RunRecord
from ganstudio.trackers.records import Picture, Record
from ganstudio.trackers.sink import Sink, make_sink
from ganstudio.trackers.trail import Diagnose, Trail
from ganstudio.workspace import write_json

LOOK_S = 2.0
_VERSION = 1


def default_folder(run_dir: Path, kind: str) -> Path:
    return run_dir / kind


class Exporter:
    """Keeps the files in `folder` up to the run in `run_dir`. `written` counts what this process has added."""

    def __init__(self, kind: str, folder: Path, run_dir: Path, record: RunRecord, diagnose: Diagnose) -> None:
        self.written = 0
        self._sink: Sink = make_sink(kind, folder, run_dir, record)
        self._folder, self._run_dir, self._record = folder, run_dir, record
        self._diagnose = diagnose
        self._cursor_file = folder / f".ganstudio-{record.id}.json"
        self._trail = Trail(run_dir, record, diagnose)
        self._open = False

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Holds the folder meanwhile.

        Raises UsageError where another process exports to it, or it holds what is not ours.
        """
        self._folder.mkdir(exist_ok=True)
        with locked(self._cursor_file.with_suffix(".lock"), wait=False) as ours:
            if not ours:
                raise UsageError(
                    f"{self._folder}: another process exports {self._record.id} to it now.",
                    hint=f"ganstudio runs show {self._record.id}",
                )
            if self._cursor() is None:
                self._sink.check(self._folder)
            try:
                yield
                if self._open:
                    self._sink.close()
                    self._keep(self._sink.flush(), writing=False)
            except BaseException:
                if self._open:
                    self._sink.close()
                raise
            finally:
                self._open = False

    def step(self) -> int:
        """The number of records that were new, and are on the disk now."""
        if not self._open and not self._begin():
            return 0
        batch = self._trail.read()
        if batch.rewound_to is not None and not self._sink.rewinds:
            self._sink.close()
            self._anew()
            batch = self._trail.read()
        elif batch.rewound_to is not None:
            self._sink.rewind(batch.rewound_to)
        if batch.records and not self._sink.restores:
            self._keep(self._sink.flush(), writing=True)
        self._sink.write([one for one in batch.records if _there(one)])
        self._keep(self._sink.flush(), writing=not self._sink.appends)
        self.written += len(batch.records)
        return len(batch.records)

    def follow(self, live: Callable[[], bool]) -> None:
        """Goes on until the run is over."""
        while True:
            going_on = live()  # asked first: what the run writes last is then still read
            self.step()
            if not going_on:
                return
            time.sleep(LOOK_S)

    def _begin(self) -> bool:
        """Opens the files; False where they hold all there is."""
        cursor = self._cursor()
        size = _size(self._run_dir / events.NAME)
        if cursor and cursor["offset"] == size and not cursor["writing"]:
            return False
        whole = cursor is not None and (self._sink.restores or not cursor["writing"]) and cursor["offset"] <= size
        if cursor is None or not whole or not self._sink.appends:
            self._anew(cursor and cursor["kept"])
        else:
            self._trail.skip(cursor["offset"], cursor["highest"], cursor["rules"])
            self._sink.open(cursor["kept"], anew=False)
        self._open = True
        return True

    def _anew(self, kept: dict[str, Any] | None = None) -> None:
        cursor = self._cursor()
        self._trail = Trail(self._run_dir, self._record, self._diagnose)
        self._sink.open(kept or (cursor and cursor["kept"]), anew=True)
        self._keep(self._sink.flush(), writing=True)

    def _keep(self, kept: dict[str, Any], writing: bool) -> None:
        trail = self._trail
        head = {"version": _VERSION, "run": self._record.id, "created": self._record.created}
        place = {"offset": trail.offset, "highest": trail.highest, "rules": trail.rules}
        write_json(self._cursor_file, {**head, **place, "writing": writing, "kept": kept})

    def _cursor(self) -> dict[str, Any] | None:
        """What was kept of an export of this very run; None where there was none. A damaged one is none."""
        try:
            cursor = json.loads(self._cursor_file.read_bytes())
            ours = (cursor["version"], cursor["created"]) == (_VERSION, self._record.created)
            whole = isinstance(cursor["offset"], int) and isinstance(cursor["kept"], dict)
            return cursor if ours and whole and {"highest", "rules", "writing"} <= cursor.keys() else None
        except (OSError, ValueError, TypeError, KeyError):
            return None


def _there(record: Record) -> bool:
    """Whether a picture's file is still in the run's folder."""
    return not isinstance(record, Picture) or record.path.is_file()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
