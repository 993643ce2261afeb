"""metrics.jsonl: what happened to a run, one JSON object a line, written by one process and read by many.

NaN and Inf, which JSON has no words for, are the strings "nan", "inf" and "-inf" in the file and floats in memory.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from types import NoneType
from typing import Any

from ganstudio.runs.json_values import (
    COUNT,
    POSITIVE,
    TABLE,
    TEXT,
    TEXTS,
    WHOLE,
    Kind,
    TableKind,
    list_of,
    one_of,
    or_null,
)

Event = dict[str, Any]

NAME = "metrics.jsonl"
_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def to_json_value(value: Any) -> Any:
    """`value` with every NaN and Inf in it as a string, so that it is JSON."""
    match value:
        case float() if not math.isfinite(value):
            return str(float(value))
        case dict():
            return {key: to_json_value(inner) for key, inner in value.items()}
        case list() | tuple():
            return [to_json_value(inner) for inner in value]
        case _:
            return value


def from_json_value(value: Any) -> Any:
    """The floats that `to_json_value` turned into strings."""
    match value:
        case str():
            return _NOT_FINITE.get(value, value)
        case dict():
            return {key: from_json_value(inner) for key, inner in value.items()}
        case list():
            return [from_json_value(inner) for inner in value]
        case _:
            return value


def is_finite(text: bytes) -> bool:
    """Whether JSON holds no string of `to_json_value`.

    Most does not, and walking through it would double the time that a long run takes to open.
    """
    return b'"nan"' not in text and b'inf"' not in text


class EventWriter:
    """Appends events; a line is one `os.write` on a descriptor opened with O_APPEND, so two writers never mix.

    A SIGKILL in the middle of that write can still leave half a line, where it crosses a page of the file (seen once in
    150 kills). Readers wait for the rest of it, and the next writer ends it.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
        size = os.lseek(self._descriptor, 0, os.SEEK_END)
        # A kill or a full disk can leave half a line; what comes next must not be glued to it.
        if size and self._last_byte(size) != b"\n":
            os.write(self._descriptor, b"\n")

    def _last_byte(self, size: int) -> bytes:
        os.lseek(self._descriptor, size - 1, os.SEEK_SET)
        return os.read(self._descriptor, 1)

    def write(self, event: str, nimg: int, time_s: float, **fields: Any) -> Event:
        """The event as it was written, for the writer's own fold. Raises OSError where the disk takes no more."""
        record: Event = {"event": event, "nimg": nimg, "time_s": round(time_s, 3), **fields}
        line = json.dumps(to_json_value(record), allow_nan=False, separators=(",", ":")).encode() + b"\n"
        while written := os.write(self._descriptor, line):
            line = line[written:]
            if not line:
                break
        return record

    @property
    def offset(self) -> int:
        """Bytes in the file after the last write."""
        return os.lseek(self._descriptor, 0, os.SEEK_END)

    def close(self) -> None:
        os.close(self._descriptor)


def read_events(path: Path, offset: int = 0, most_bytes: int | None = None) -> tuple[list[Event], int]:
    """The events past byte `offset`, of the next `most_bytes` at most, and the offset to go on from.

    Only whole lines are read; a line that is no event (torn by a kill, a full disk) is skipped. No file is no event.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            content = file.read(-1 if most_bytes is None else most_bytes)
    except FileNotFoundError:
        return [], offset
    end = content.rfind(b"\n") + 1
    events = [event for line in content[:end].splitlines() if (event := parse(line)) is not None]
    return events, offset + end


def parse(line: bytes) -> Event | None:
    """The event of one line; None where it holds none."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict):
        return None
    event = event if is_finite(line) else from_json_value(event)
    return event if _whole(event) else None


_NUMBERS = frozenset((int, float))
_NUMBERS_OR_NONE = frozenset((int, float, NoneType))
_SCORE = Kind(_NUMBERS, "a number")  # NaN too
_KNOB = Kind(frozenset((str,)), "section.knob", lambda key: "." in key)
_CHANGES = list_of(TableKind({"key": _KNOB, "nimg": WHOLE}, needed=frozenset({"key", "from", "to", "nimg"})))
_BEST = TableKind({"score": _SCORE, "nimg": WHOLE}, needed=frozenset({"score", "nimg"}), nullable=True)
_ERROR = TableKind(
    {"type": TEXT, "message": TEXT, "hint": or_null(TEXT), "exit_code": WHOLE},
    needed=frozenset({"type", "message", "hint", "exit_code"}),
)
# What a reader may rely on in an event of a kind, beside its count and clock.
_HOLDS: dict[str, TableKind] = {
    "queued": TableKind({"ahead": or_null(TEXTS), "threads": or_null(COUNT), "minutes": or_null(POSITIVE)}),
    "started": TableKind(
        {
            **{
                "kimg_total": or_null(POSITIVE),
                "device": or_null(TEXT),
                "precision": or_null(TEXT),
                "notes": or_null(TEXTS),
            },
            **{"score_missing": or_null(TEXT), "minutes": or_null(POSITIVE)},
            **{"processes": or_null(COUNT), "batch": or_null(COUNT), "parameters": TABLE},
        }
    ),
    "resumed": TableKind({"best": _BEST, "checkpoint": TEXT, "changes": _CHANGES}),
    "evaluated": TableKind(
        {"score": TEXT, "value": _SCORE, "better": one_of("lower", "higher")}, needed=frozenset({"score", "value"})
    ),
    "skipped": TableKind({"score": TEXT, "why": TEXT}, needed=frozenset({"score", "why"})),
    "samples": TableKind({"path": TEXT}, needed=frozenset({"path"})),
    "checkpointed": TableKind({"path": TEXT, "changes": _CHANGES}, needed=frozenset({"path"})),
    "changed": TableKind({"key": _KNOB}, needed=frozenset({"key", "from", "to"})),
    "failed": TableKind({"error": _ERROR}, needed=frozenset({"error"})),
    "imported": TableKind({"notes": TEXTS}, needed=frozenset({"notes"})),
    "finished": TableKind({"reason": TEXT, "words": TEXT}, needed=frozenset({"reason"})),
}
MOST_IMAGES = 10**15
_TICK = ("d_real", "d_fake", "p_real", "p_fake", "img_per_s")


def _whole(event: Event) -> bool:
    """Whether an event holds the keys of its kind: damage can leave a line that is JSON and no event."""
    nimg: Any = event.get("nimg")
    time_s: Any = event.get("time_s")
    if not isinstance(event.get("event"), str) or type(nimg) is not int or not 0 <= nimg <= MOST_IMAGES:
        return False
    if type(time_s) not in _NUMBERS or not -math.inf < time_s < math.inf:
        return False
    if event["event"] != "tick":
        return event["event"] not in _HOLDS or _HOLDS[event["event"]].fits(event)
    for name in ("losses", "penalties", "numbers"):
        table = event.get(name, {})
        if type(table) is not dict or not _NUMBERS.issuperset(map(type, table.values())):
            return False
    return _NUMBERS_OR_NONE.issuperset([type(event.get(name)) for name in _TICK])
