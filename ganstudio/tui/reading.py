"""From run folders to snapshots. Each file is read once and then only where it grew; no thread and no screen here."""

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
from ganstudio.tui.error_text import said
from ganstudio.tui.runs.run_columns import rehearse
from ganstudio.tui.snapshots import OneRun, RunRow, Runs
from ganstudio.workspace import Workspace

BUDGET_S = 0.05  # for what can wait, in one turn
CHUNK = 1 << 19  # bytes of a long file, at a time
TREND = 24  # scores in a trend


@dataclass
class _Known:
    """What was read of a run: the fold of its events up to byte `offset` of a file of `size` bytes."""

    identity: tuple[int, int]  # of run.json: another run may take the name
    row: RunRow
    offset: int
    size: int
    judged: int = -1  # the offset at which the rules looked at it
    fault: str = ""  # why they could not


class RunsReader:
    """All runs of a workspace."""

    def __init__(self, workspace: Workspace, clock: Callable[[], float] = time.monotonic) -> None:
        self.workspace = workspace
        self._clock = clock
        self._known: dict[Path, _Known] = {}
        self._snapshot = Runs()
        self.behind = 0  # runs that the rules have not looked at yet

    def look(self) -> Runs | None:
        """The runs as they are now; None where nothing has changed since the last look."""
        found: dict[Path, _Known] = {}
        damaged = []
        for folder in store.folders(self.workspace):
            try:
                with store.naming_damage(folder):
                    known = self._read(folder)
                if known is not None:
                    found[folder] = known
            except Exception as error:  # whatever is wrong with one run, the others are shown
                damaged.append(said(error, folder))
        self._known = found
        self._judge()
        rows = tuple(sorted((known.row for known in found.values()), key=lambda row: _age(row.view), reverse=True))
        damaged += [known.fault for known in found.values() if known.fault]
        snapshot = Runs(rows, tuple(damaged), read=True)
        if (
            self._snapshot.read
            and snapshot.damaged == self._snapshot.damaged
            and _same(snapshot.rows, self._snapshot.rows)
        ):
            return None
        self._snapshot = snapshot
        return snapshot

    def _read(self, folder: Path) -> _Known | None:
        """The run in `folder`; what was known of it where nothing has happened. None where it was just removed."""
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
            return _Known(identity, rehearse(RunRow(view)), offset, size)
        if size == known.size and not known.row.view.live:
            return known
        record, state, offset = known.row.view.record, known.row.view.state, known.offset
        if size != known.size:
            state, offset = advance(folder, state, offset)
        view, offset = store.view_from(folder, record, state, offset)
        if view != known.row.view:
            known.row = rehearse(replace(known.row, view=view))
        known.offset, known.size = offset, size
        return known

    def _judge(self) -> None:
        """Lets the rules look at what has changed, the newest runs first, for as long as BUDGET_S."""
        late = [known for known in self._known.values() if known.judged != known.offset]
        late.sort(key=lambda known: (known.row.view.live, _age(known.row.view)), reverse=True)
        began = self._clock()
        for number, known in enumerate(late, 1):
            known.judged = known.offset
            try:
                known.row, known.fault = judged(known.row.view), ""
            except Exception as error:
                known.row, known.fault = replace(known.row, findings=()), said(error, f"findings of {known.row.id}")
            if self._clock() - began > BUDGET_S:
                self.behind = len(late) - number
                return
        self.behind = 0


def judged(view: RunView) -> RunRow:
    """The row of a run with what its history tells."""
    state = view.state
    name = next(iter(state.scores), None)
    trend = [value for _, value in state.history.line(f"scores.{name}")][-TREND:] if name else []
    accuracy = state.history.line("d_accuracy")
    findings = tuple(diagnose(view.path, view.record, state))
    return RunRow(view, tuple(trend), accuracy[-1][1] if accuracy else None, findings)


class RunReader:
    """One run, with its curves. `behind` while a long metrics.jsonl is not read from its beginning to its end."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self._clock = clock
        self._seen: object = None
        self._made: RunRow | None = None
        self._restart()

    @property
    def behind(self) -> bool:
        return self._exact is not None

    def look(self, row: RunRow) -> OneRun | None:
        """The run as it is now; None where nothing has changed since the last look."""
        size = _size(self.path / events.NAME)
        if size < self._curves.offset:
            self._restart()
        news = self._curves.read()
        share = self._catch_up(size)
        kept = tuple(checkpoints.nimg_of(path) for path in checkpoints.all_checkpoints(self.path))
        drawn = samples_of(self.path)
        log_size = _size(self.path / log.NAME)
        seen = (row, kept, drawn, log_size, share)
        if not news and seen == self._seen and self._made is row:
            return None
        self._seen, self._made = seen, row
        return OneRun(row, self._curves.snapshot(), drawn, kept, share, log_size)

    def _restart(self) -> None:
        self._curves = Curves(self.path / events.NAME)
        self._exact: Curves | None = None
        if _size(self.path / events.NAME) > LONG:
            self._curves.spread()
            self._exact = Curves(self.path / events.NAME)

    def _catch_up(self, size: int) -> float:
        """Reads on in a long file for as long as BUDGET_S; the share that the curves shown were made from."""
        if self._exact is None:
            return 1.0
        began = self._clock()
        while self._exact.read(CHUNK):
            if self._clock() - began > BUDGET_S:
                return min(0.99, self._exact.offset / size)
        self._curves, self._exact = self._exact, None
        return 1.0


def samples_of(run: Path) -> tuple[int, ...]:
    """The images counted at each grid of samples, in order."""
    return tuple(sorted(int(path.stem) for path in (run / "samples").glob("*.png") if path.stem.isdecimal()))


def _same(new: tuple[RunRow, ...], old: tuple[RunRow, ...]) -> bool:
    return len(new) == len(old) and all(a is b for a, b in zip(new, old, strict=True))


def _age(view: RunView) -> tuple[str, int, str]:
    return store.age_key(view.record)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
