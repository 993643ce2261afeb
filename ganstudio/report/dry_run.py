"""What a dry run has found: what would be trained and how, and what that needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ganstudio.report.fact import Fact, Severity
from ganstudio.units import format_bytes, format_number, format_seconds, size_text

Answer = Mapping[str, Any]  # what `train --dry-run --json` prints


def setting(answer: Answer) -> list[Fact]:
    """Where and in which portions the run would be trained."""
    micro = f" in micro-batches of {answer['micro_batch']}" if answer["micro_batch"] else ""
    return [
        Fact("device", f"{answer['device']}, {answer['precision']}"),
        Fact("batch", f"{answer['batch']}{micro}"),
        *([Fact("resolution", f"{_size_text(answer)} px")] if answer.get("resolution") else []),
    ]


def _size_text(answer: Answer) -> str:
    height, width = answer.get("size") or [answer["resolution"]] * 2
    return size_text((height, width))


def needs(answer: Answer, memory_bytes: int | None = None, short: bool = False) -> list[Fact]:
    """Time, memory and disk, an error where that is not there; [] where no iterations were made.

    `memory_bytes` is all that the device has, where that is known; `short` goes into 25 columns.
    """
    if "step_ms" not in answer:
        return []
    used, disk, free = answer["memory_bytes"], answer["disk_bytes"], answer["disk_free_bytes"]
    there = "" if memory_bytes is None else f" of {format_bytes(memory_bytes)}"
    files = f"{format_bytes(disk)} of checkpoints at most, {format_bytes(answer['checkpoint_bytes'])} each"
    room = f"{format_bytes(disk)} of {format_bytes(free)} free" if short else f"{files}; {format_bytes(free)} are free"
    return [
        *_speed(answer, short),
        Fact("memory", f"{format_bytes(used)}{there} at most", _missing(used, memory_bytes)),
        Fact("disk", room, _missing(disk, free)),
    ]


def _speed(answer: Answer, short: bool) -> list[Fact]:
    """What a step and the whole take; where no step was made, that, and outside 25 columns why."""
    if answer["step_ms"] is None:
        return [Fact("step", "not tried" if short else f"not tried: {answer['step_missing']}"), Fact("time", "unknown")]
    return [
        Fact("step", f"{format_number(answer['step_ms'])} ms, {answer['img_per_s']:,.0f} img/s"),
        Fact("time", f"{format_seconds(answer['time_s'])} in all"),
    ]


def _missing(used: int, there: int | None) -> Severity:
    return "error" if there is not None and used > there else "plain"
