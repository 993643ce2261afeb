"""A run's events in the order in which they stand: one curve through resumes, and through the parent of a fork."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any

from ganstudio.errors import StudioError
from ganstudio.runs import events, names
from ganstudio.runs.record import NAME, RunRecord, load_record
from ganstudio.runs.state import RunState, fold
from ganstudio.trackers.records import Record, began_at, findings_text, records_of
from ganstudio.workspace import is_name

Diagnose = Callable[[Path, RunRecord, RunState], list[dict[str, Any]]]

_JUDGED = ("checkpointed", "finished", "failed")  # events at which findings are looked for
_GENERATIONS = 100  # of forks of forks


@dataclass
class Batch:
    """What is new. Where `rewound_to` is not None, all that was given before with a higher step no longer stands."""

    records: list[Record] = field(default_factory=list)
    rewound_to: int | None = None


class Trail:
    """Reads the run in `run_dir` from its beginning, or on from where `skip` stopped."""

    def __init__(self, run_dir: Path, record: RunRecord, diagnose: Diagnose) -> None:
        self.run_dir = run_dir
        self.offset = 0
        self.highest = -1  # the last step given
        self._record = record
        self._began = began_at(record)
        self._diagnose = diagnose
        self._state = RunState()
        self._rules: tuple[str, ...] | None = None

    def skip(self, offset: int, highest: int, rules: list[str] | None) -> None:
        """Takes what was given up to byte `offset` as given."""
        while self.offset < offset:
            found, self.offset = events.read_events(
                self.run_dir / events.NAME, self.offset, min(offset - self.offset, 1 << 24)
            )
            if not found and self.offset < offset:
                break
            self._state = reduce(fold, found, self._state)
        self.offset, self.highest, self._rules = offset, highest, None if rules is None else tuple(rules)

    @property
    def rules(self) -> list[str] | None:
        """The rules of the findings that were told last."""
        return None if self._rules is None else list(self._rules)

    def read(self) -> Batch:
        """All that is new and stands."""
        found, self.offset = events.read_events(self.run_dir / events.NAME, self.offset)
        batch = Batch()
        for event in found:
            if event["event"] in ("started", "resumed"):
                self._rewind(batch, event["nimg"])
            first = event["event"] == "started" and not self._state.started
            self._state = fold(self._state, event)
            if first and self._record.start == "everything":
                batch.records += inherited(self.run_dir.parent, self._record, event["nimg"])
            batch.records += records_of(event, self.run_dir, self._began)
            if event["event"] in _JUDGED:
                self._judge(batch, event)
        self.highest = max([self.highest, *(one.step for one in batch.records)])
        return batch

    def _rewind(self, batch: Batch, nimg: int) -> None:
        while batch.records and batch.records[-1].step > nimg:
            batch.records.pop()
        if self.highest > nimg:
            batch.rewound_to = nimg if batch.rewound_to is None else min(nimg, batch.rewound_to)
            self.highest = nimg

    def _judge(self, batch: Batch, event: events.Event) -> None:
        findings = self._diagnose(self.run_dir, self._record, self._state)
        rules = tuple(one["rule"] for one in findings)
        if rules != self._rules and (rules or self._rules):
            batch.records.append(findings_text(findings, event["nimg"], self._began + event["time_s"]))
        self._rules = rules


def inherited(runs: Path, record: RunRecord, nimg: int, generations: int = _GENERATIONS) -> list[Record]:
    """What the parent of a fork told up to `nimg` images, its own parents' part first; [] where it is gone."""
    name = names.split_reference(record.parent or "")[0]
    folder = runs / name
    if generations == 0 or not is_name(name) or not (folder / NAME).is_file():
        return []
    try:
        parent = load_record(folder / NAME)
    except StudioError:
        return []
    found, _ = events.read_events(folder / events.NAME)
    began, standing, first = began_at(parent), list[Record](), True
    for event in found:
        if event["event"] in ("started", "resumed"):
            while standing and standing[-1].step > event["nimg"]:
                standing.pop()
            if first and parent.start == "everything":
                standing += inherited(runs, parent, event["nimg"], generations - 1)
            first = False
        standing += records_of(event, folder, began)
    return [one for one in standing if one.step <= nimg]
