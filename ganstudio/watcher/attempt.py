"""One start of a run, from its first event to its end. A later resume is another start, and not followed."""

from __future__ import annotations

import time
from functools import reduce
from pathlib import Path

from ganstudio.runs import events, process
from ganstudio.runs.record import NAME
from ganstudio.runs.state import RunState, fold, load_summary
from ganstudio.watcher.end import End

ALIVE_S = 2.0  # between two looks at the process table


class Attempt:
    """What has happened to a run since byte `offset` of its events. `state` is the fold of them all."""

    def __init__(self, run: Path, offset: int) -> None:
        self.run = run
        self.changed = False  # whether there was news since somebody set this back
        state, summed = load_summary(run)
        if summed > offset:
            state, summed = RunState(), 0
        earlier, self._offset = events.read_events(run / events.NAME, summed, offset - summed)
        self.state = reduce(fold, earlier, state)
        self._started = False
        self._gone = 0  # looks in a row at which its process was not there
        self._looked_at = 0.0

    def look(self) -> End | None:
        """How it ended; None while it goes on.

        A process that is gone without a word has crashed: it must be missed twice, since its last events may come
        after the look at them.
        """
        path = self.run / events.NAME
        if _size(path) != self._offset:
            news, self._offset = events.read_events(path, self._offset)
            for event in news:
                if (end := self._take(event)) is not None:
                    return end
            self.changed = self.changed or bool(news)
        if time.monotonic() - self._looked_at < ALIVE_S:
            return None
        self._looked_at = time.monotonic()
        there = (self.run / NAME).exists() and process.alive(self.run)
        self._gone = 0 if there else self._gone + 1
        return End("crashed", self.state) if self._gone > 1 else None

    def _take(self, event: events.Event) -> End | None:
        """Folds one event; the end that it is of, if any."""
        if event["event"] == "started":
            if self._started:  # somebody has resumed it: the start before ended without a word
                return End("crashed", self.state)
            self._started = True
        self.state = fold(self.state, event)
        match self.state.phase:
            case "finished" | "stopped" | "failed" as phase:
                return End(phase, self.state)
        return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
