"""Readers: they make snapshots from run folders.

A reader reads each file once and after that only the part that was added. It knows neither threads nor screens.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ganstudio.diagnosis import diagnose
from ganstudio.runs import checkpoints, events, log, store
from ganstudio.runs.metrics.curves import LONG, Curves
from ganstudio.runs.record import NAME as RECORD
from ganstudio.runs.record import load_record
from ganstudio.runs.state import advance, current
from ganstudio.runs.store import RunView
from ganstudio.tui.error_text import error_text
from ganstudio.tui.runs.run_columns import checked_row
from ganstudio.tui.snapshots import RunRow, RunSnapshot, RunsSnapshot
from ganstudio.workspace import Workspace

BUDGET_S = 0.05  # for work that can wait, in one turn of the poller
CHUNK = 1 << 19  # bytes of a long file, at a time
TREND = 24  # scores in a trend


@dataclass
class _RunCache:
    """What the reader remembers of a run: its state after the events up to byte `offset` of a file of `size` bytes."""

    identity: tuple[int, int]  # of run.json: another run may take the name
    row: RunRow
    offset: int
    size: int
    diagnosed_at: int = -1  # the offset at which `diagnose` last ran
    diagnosis_error: str = ""  # why it could not


class RunsReader:
    """Makes the RunsSnapshot of a workspace. `undiagnosed` counts the runs that `diagnose` has not run over yet."""

    def __init__(self, workspace: Workspace, clock: Callable[[], float] = time.monotonic) -> None:
        self.workspace = workspace
        self._clock = clock
        self._known: dict[Path, _RunCache] = {}
        self._snapshot = RunsSnapshot()
        self.undiagnosed = 0

    def read(self) -> RunsSnapshot | None:
        """Returns all runs as they are now; None where nothing has changed since the last call."""
        found: dict[Path, _RunCache] = {}
        damaged = []
        for folder in store.folders(self.workspace):
            try:
                with store.naming_damage(folder):
                    known = self._read(folder)
                if known is not None:
                    found[folder] = known
            except Exception as error:  # whatever is wrong with one run, the others are shown
                damaged.append(error_text(error, folder))
        first, self._known = not self._snapshot.loaded, found
        if first:
            self.undiagnosed = len(found)  # the runs are shown first
        else:
            self._diagnose()
        rows = tuple(sorted((known.row for known in found.values()), key=lambda row: _age(row.view), reverse=True))
        damaged += [known.diagnosis_error for known in found.values() if known.diagnosis_error]
        snapshot = RunsSnapshot(rows, tuple(damaged), loaded=True)
        if (
            self._snapshot.loaded
            and snapshot.damaged == self._snapshot.damaged
            and _same_rows(snapshot.rows, self._snapshot.rows)
        ):
            return None
        self._snapshot = snapshot
        return snapshot

    def _read(self, folder: Path) -> _RunCache | None:
        """Returns the run in `folder`, as it was remembered where no file changed; None where it was just removed."""
        try:
            status = (folder / RECORD).stat()
        except OSError:
            return None
        identity = (status.st_ino, status.st_mtime_ns)
        size = _size(folder / events.NAME)
        known = self._known.get(folder)
        if known is None or known.identity != identity or size < known.offset:
            record = load_record(folder / RECORD)
            view, offset = store.view_from(folder, record, *current(folder))
            return _RunCache(identity, checked_row(RunRow(view)), offset, size)
        if size == known.size and not known.row.view.live:
            return known
        record, state, offset = known.row.view.record, known.row.view.state, known.offset
        if size != known.size:
            state, offset = advance(folder, state, offset)
        view, offset = store.view_from(folder, record, state, offset)
        if view != known.row.view:
            known.row = checked_row(replace(known.row, view=view))
        known.offset, known.size = offset, size
        return known

    def _diagnose(self) -> None:
        """Runs the rules of `diagnose` over the runs that changed, the newest first, for as long as BUDGET_S."""
        changed = [known for known in self._known.values() if known.diagnosed_at != known.offset]
        changed.sort(key=lambda known: (known.row.view.live, _age(known.row.view)), reverse=True)
        began = self._clock()
        for number, known in enumerate(changed, 1):
            known.diagnosed_at = known.offset
            try:
                known.row, known.diagnosis_error = row_with_findings(known.row.view), ""
            except Exception as error:
                known.row = replace(known.row, findings=())
                known.diagnosis_error = error_text(error, f"findings of {known.row.id}")
            if self._clock() - began > BUDGET_S:
                self.undiagnosed = len(changed) - number
                return
        self.undiagnosed = 0


def row_with_findings(view: RunView) -> RunRow:
    """Returns the row of a run with its trend, its discriminator's accuracy and its findings."""
    state = view.state
    name = next(iter(state.scores), None)
    trend = [value for _, value in state.history.line(f"scores.{name}")][-TREND:] if name else []
    accuracy = state.history.line("d_accuracy")
    findings = tuple(diagnose(view.path, view.record, state))
    return RunRow(view, tuple(trend), accuracy[-1][1] if accuracy else None, findings)


class RunReader:
    """Makes the RunSnapshot of one run. `catching_up` while a long metrics.jsonl is not read to its end."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self._clock = clock
        self._last_files: object = None
        self._last_row: RunRow | None = None
        self._restart()

    @property
    def catching_up(self) -> bool:
        return self._full_curves is not None

    def read(self, row: RunRow) -> RunSnapshot | None:
        """Returns the run as it is now; None where nothing has changed since the last call."""
        size = _size(self.path / events.NAME)
        if size < self._curves.offset:
            self._restart()
        new_events = self._curves.read()
        share = self._catch_up(size)
        kept_checkpoints = tuple(checkpoints.nimg_of(path) for path in checkpoints.all_checkpoints(self.path))
        samples = sample_steps(self.path)
        log_size = _size(self.path / log.NAME)
        files = (row, kept_checkpoints, samples, log_size, share)
        if not new_events and files == self._last_files and self._last_row is row:
            return None
        self._last_files, self._last_row = files, row
        return RunSnapshot(row, self._curves.snapshot(), samples, kept_checkpoints, share, log_size)

    def _restart(self) -> None:
        self._curves = Curves(self.path / events.NAME)
        self._full_curves: Curves | None = None
        if _size(self.path / events.NAME) > LONG:
            self._curves.spread()
            self._full_curves = Curves(self.path / events.NAME)

    def _catch_up(self, size: int) -> float:
        """Reads on in a long file for as long as BUDGET_S. Returns the share of it that the curves are made from."""
        if self._full_curves is None:
            return 1.0
        began = self._clock()
        while self._full_curves.read(CHUNK):
            if self._clock() - began > BUDGET_S:
                return min(0.99, self._full_curves.offset / size)
        self._curves, self._full_curves = self._full_curves, None
        return 1.0


def sample_steps(run: Path) -> tuple[int, ...]:
    """Returns the nimg of each grid of samples in a run's folder, in order."""
    return tuple(sorted(int(path.stem) for path in (run / "samples").glob("*.png") if path.stem.isdecimal()))


def _same_rows(new: tuple[RunRow, ...], old: tuple[RunRow, ...]) -> bool:
    return len(new) == len(old) and all(a is b for a, b in zip(new, old, strict=True))


def _age(view: RunView) -> tuple[str, int, str]:
    return store.age_key(view.record)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
