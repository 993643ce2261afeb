"""What a run's events add up to. `fold` is pure; `summary.json` holds it up to a byte offset of metrics.jsonl."""

from __future__ import annotations

import json
import math
import zlib
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, reduce
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ganstudio.runs import events
from ganstudio.runs.direction import LOWER, Better, as_better, rank
from ganstudio.runs.events import Event
from ganstudio.runs.metrics.history import History
from ganstudio.workspace import write_json

Phase = Literal["prepared", "queued", "running", "paused", "finished", "stopped", "failed", "imported"]

FINAL: tuple[Phase, ...] = ("finished", "stopped", "failed", "imported")
STOPPED = ("stop", "kill")  # the reasons that are a person's: it was asked to stop, or its process was killed
RATES_KEPT = 63  # ticks whose rates the median is over: enough to be steady, few enough to be written each tick
NAME = "summary.json"
_SEEN = ("count", "held_out", "checked", "repeated", "blank")
_STARTED_WITH = ("kimg_total", "device", "precision", "processes", "batch", "parameters", "minutes")


class ScoreAt(NamedTuple):
    value: float
    nimg: int


class SkippedScore(NamedTuple):
    """A score that was due and not made, and how many in a row that was."""

    score: str
    why: str
    nimg: int
    times: int


@dataclass(frozen=True)
class RunState:
    """A fold of events. Names map to last values; what has not happened yet is None or empty."""

    phase: Phase = "queued"
    nimg: int = 0
    elapsed_s: float = 0.0
    kimg_total: float | None = None
    device: str | None = None
    precision: str | None = None
    processes: int | None = None
    batch: int | None = None
    parameters: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    ahead: tuple[str, ...] = ()  # the runs whose turn on the device comes first
    threads: int | None = None  # its part of the cores, where it began beside other runs; None: all of them
    started: bool = False
    changes: tuple[dict[str, Any], ...] = ()  # knobs that changed while it trained: key, from, to, nimg
    rates: tuple[float, ...] | None = None  # img/s; None where the next tick is the first, which holds the warm-up
    losses: dict[str, float] = field(default_factory=dict)
    penalties: dict[str, float] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)  # the recipe's that change, by key, as they are now
    d_real: float | None = None
    d_fake: float | None = None
    p_real: float | None = None
    p_fake: float | None = None
    scores: dict[str, ScoreAt] = field(default_factory=dict)
    better: dict[str, Better] = field(default_factory=dict)  # which way, of every score that it ever had
    best: ScoreAt | None = None  # of the first score
    best_alike: bool = False  # the best is of samples that are all but one picture: one of others displaces it
    skipped: SkippedScore | None = None  # the last that was due, since the last that was made
    score_missing: str | None = None  # why the run has no score, and what to do about that
    scoring: dict[str, Any] = field(default_factory=dict)  # what scores are made with: features, n
    minutes: float | None = None  # the time that the worker was given
    sample: str | None = None
    shows: tuple[str, ...] = ()  # what the columns of `sample` are, in turn; () where every tile is a sample
    checkpoint: str | None = None
    reason: str | None = None
    error: dict[str, Any] | None = None
    loss: str | None = None
    step: int | None = None
    past: History | str = field(default_factory=History, compare=False)  # `history`; as JSON until somebody looks
    data_seen: dict[str, Any] = field(default_factory=dict)  # what the worker found in the data as it began

    @cached_property
    def history(self) -> History:
        """The numbers of all ticks, probes and scores. A list of runs does not read it: it is most of a summary."""
        return History.loads(self.past) if isinstance(self.past, str) else self.past

    @property
    def best_is(self) -> Better:
        """Which way the score is better that `best` is of: the first that the run ever had."""
        return next(iter(self.better.values()), LOWER)

    @property
    def img_per_s(self) -> float | None:
        """The median rate over the steady part, in images as nimg counts them."""
        return sorted(self.rates)[len(self.rates) // 2] if self.rates else None

    @property
    def final(self) -> bool:
        return self.phase in FINAL


def fold(state: RunState, event: Event) -> RunState:
    """The state after `event`; an event of a kind that this version does not know changes only the clock."""
    went_back = event["nimg"] < state.nimg
    state = replace(state, nimg=event["nimg"], elapsed_s=event["time_s"])
    match event["event"]:
        case "prepared":
            return replace(state, phase="prepared")
        case "queued":
            ahead = tuple(map(str, event.get("ahead") or ()))
            threads = state.threads if state.started else event.get("threads")
            anew = replace(state, reason=None, error=None, loss=None, step=None)
            return replace(
                anew, phase="queued", ahead=ahead, threads=threads, minutes=event.get("minutes", state.minutes)
            )
        case "started":
            return _fold_started(_rewound(state) if went_back else state, event)
        case "resumed":
            return _fold_resumed(state, event)
        case "tick":
            return _fold_tick(_with_history(state, event), event)
        case "probed":
            return _with_history(state, event)
        case "evaluated":
            return _fold_evaluated(_with_history(state, event), event)
        case "skipped":
            times = 1 + (state.skipped.times if state.skipped else 0)
            return replace(state, skipped=SkippedScore(event["score"], event["why"], event["nimg"], times))
        case "samples":
            return replace(state, sample=event["path"], shows=tuple(map(str, event.get("shows") or ())))
        case "checkpointed":
            return replace(state, checkpoint=event["path"])
        case "paused":
            return replace(state, phase="paused")
        case "continued":
            return replace(state, phase="running")
        case "changed":
            change = {"key": event["key"], "from": event["from"], "to": event["to"], "nimg": event["nimg"]}
            return replace(state, changes=(*state.changes, change))
        case "failed":
            return replace(
                state, phase="failed", ahead=(), error=event["error"], loss=event.get("loss"), step=event.get("step")
            )
        case "finished":
            phase: Phase = "stopped" if event["reason"] in STOPPED else "finished"
            return replace(state, phase=phase, ahead=(), reason=event["reason"])
        case "imported":
            return replace(state, phase="imported", notes=tuple(event["notes"]))
        case _:
            return state


def _with_history(state: RunState, event: Event) -> RunState:
    return replace(state, past=state.history.after(event))


def _fold_started(state: RunState, event: Event) -> RunState:
    fields = {name: event[name] for name in _STARTED_WITH if name in event}
    notes = tuple(event.get("notes") or ())
    # what changed in an earlier life holds only where a checkpoint kept it: `resumed` says so
    fresh = replace(state, ahead=(), rates=None, reason=None, error=None, changes=())
    changes = {
        "data_seen": _data_facts(event.get("data")),
        "scoring": _scoring(state, event),
        **_notes_without_score(event, notes),
        **fields,
    }
    return replace(fresh, phase="running", started=True, **changes)


def _notes_without_score(event: Event, notes: tuple[str, ...]) -> dict[str, Any]:
    """The notes, and why there is no score: an earlier version wrote that among the notes."""
    reasons = [text for text in notes if text.startswith("no score: ")]
    why = event.get("score_missing") or (reasons[0].removeprefix("no score: ") if reasons else None)
    return {"notes": tuple(text for text in notes if text not in reasons), "score_missing": why}


def _scoring(state: RunState, event: Event) -> dict[str, Any]:
    """The settings of scores that a resume must keep: those that the run began with."""
    scoring = event.get("scoring")
    if isinstance(scoring, dict) and isinstance(scoring.get("features"), str) and isinstance(scoring.get("n"), int):
        return scoring
    return state.scoring


def _data_facts(data: Any) -> dict[str, Any]:
    """The facts on the data in a `started` event, where all of them are there; else {}."""
    if not isinstance(data, dict) or not isinstance(counts := data.get("class_counts"), list):
        return {}
    return data if all(isinstance(one, int) for one in (*counts, *map(data.get, _SEEN))) else {}


def _fold_resumed(state: RunState, event: Event) -> RunState:
    best = event.get("best")
    return replace(
        _rewound(state),
        best=ScoreAt(best["score"], best["nimg"]) if best is not None else None,
        best_alike=best is not None and best.get("alike") is True,
        checkpoint=event.get("checkpoint", state.checkpoint),
        changes=tuple(event.get("changes", ())),
    )


def _rewound(state: RunState) -> RunState:
    """`state` after it went back to `state.nimg`: later events no longer count."""
    return replace(
        state,
        past=state.history.until(state.nimg),
        losses={},
        penalties={},
        numbers={},
        d_real=None,
        d_fake=None,
        p_real=None,
        p_fake=None,
        scores={name: score for name, score in state.scores.items() if score.nimg <= state.nimg},
        skipped=state.skipped if state.skipped and state.skipped.nimg <= state.nimg else None,
        best=state.best if state.best and state.best.nimg <= state.nimg else None,
    )


def _fold_tick(state: RunState, event: Event) -> RunState:
    rate = event.get("img_per_s")
    # The first tick after a start holds the warm-up, and an old one leaves where the row is full.
    rates = () if state.rates is None or rate is None else (*state.rates, rate)[-RATES_KEPT:]
    return replace(
        state,
        rates=rates,
        losses=event.get("losses", {}),
        penalties=event.get("penalties", {}),
        numbers=event.get("numbers", {}),
        d_real=event.get("d_real"),
        d_fake=event.get("d_fake"),
        p_real=event.get("p_real"),
        p_fake=event.get("p_fake"),
    )


def _fold_evaluated(state: RunState, event: Event) -> RunState:
    score, alike = ScoreAt(event["value"], event["nimg"]), event.get("alike") is True
    scores = {**state.scores, event["score"]: score}
    better = {**state.better, event["score"]: as_better(event.get("better"))}
    state = replace(state, scores=scores, better=better, skipped=None)
    watched = event["score"] == next(iter(scores)) and not math.isnan(score.value)
    if watched and (state.best is None or (alike, rank(score.value, state.best_is)) < _best_rank(state)):
        return replace(state, best=score, best_alike=alike)
    return state


def _best_rank(state: RunState) -> tuple[bool, float]:
    return state.best_alike, rank(state.best and state.best.value, state.best_is)


def write_summary(run_dir: Path, state: RunState, offset: int) -> None:
    """Replaces summary.json by `state`, the fold of metrics.jsonl up to byte `offset`."""
    table = events.to_json_value(_as_table(state))
    write_json(run_dir / NAME, {"offset": offset, "sum": _checksum(table, offset), "state": table})


def _as_table(state: RunState) -> dict[str, Any]:
    return asdict(replace(state, past="")) | {"past": state.history.dumps()}


def _checksum(table: Any, offset: int) -> int:
    """A checksum that tells a damaged summary from one as it was written."""
    return zlib.crc32(json.dumps([table, offset]).encode())


def load_summary(run_dir: Path) -> tuple[RunState, int]:
    """The last written fold and the offset to fold on from; the empty fold where there is none that can be used."""
    try:
        text = (run_dir / NAME).read_bytes()
        summary = json.loads(text)
        offset = summary["offset"]
        if summary["sum"] != _checksum(summary["state"], offset):
            return RunState(), 0
        fields = summary["state"] if events.is_finite(text) else events.from_json_value(summary["state"])
        fields["notes"], fields["ahead"] = tuple(fields["notes"]), tuple(fields.get("ahead", ()))
        fields["changes"], fields["shows"] = tuple(fields.get("changes", ())), tuple(fields.get("shows", ()))
        fields["rates"] = fields["rates"] and tuple(fields["rates"])
        fields["best"] = fields["best"] and ScoreAt(*fields["best"])
        fields["skipped"] = (skipped := fields.get("skipped")) and SkippedScore(*skipped)
        fields["scores"] = {name: ScoreAt(*score) for name, score in fields["scores"].items()}
        return RunState(**fields), offset
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Missing, or of another version: metrics.jsonl holds everything, it only takes longer to fold.
        return RunState(), 0


def current(run_dir: Path) -> tuple[RunState, int]:
    """The fold of every event so far, and the offset to go on from: summary.json, then the tail that it lacks."""
    return advance(run_dir, *load_summary(run_dir))


def advance(run_dir: Path, state: RunState, offset: int) -> tuple[RunState, int]:
    """`state` with the events past `offset` folded in, and the new offset."""
    path = run_dir / events.NAME
    try:
        if path.stat().st_size == offset:
            return state, offset
    except FileNotFoundError:
        return state, offset
    news, offset = events.read_events(path, offset)
    return reduce(fold, news, state), offset
