"""log.txt: what a run's worker printed. Its lines about the run begin with `12.3 kimg`: a step has a place in it.

Nothing here reads a whole log: a tail reads the end, a place is found by bisection over the bytes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ganstudio.runs.events import Event
from ganstudio.units import format_kimg, format_knob, format_number

NAME = "log.txt"

_BLOCK = 1 << 16
_PLACE = re.compile(rb"^ *(\d+\.\d) kimg  ", re.MULTILINE)


def log_line(event: Event) -> str | None:
    """The line of the log for an event; None for events that are too frequent, or logged elsewhere."""
    match event["event"]:
        case "started":
            text = f"started on {event.get('device')} in {event.get('precision')}"
        case "resumed":
            text = f"resumed from {event.get('checkpoint')}"
        case "samples" | "checkpointed":
            text = f"wrote {event['path']}"
        case "evaluated":
            alike = ", of samples that are all alike" if event.get("alike") else ""
            text = f"{event['score']} {format_number(event['value'])}{alike}"
        case "skipped":
            text = f"skipped {event['score']}: {event['why']}"
        case "changed":
            text = f"{event['key']} {format_knob(event['from'])} -> {format_knob(event['to'])}"
        case "finished":
            text = f"finished: {event.get('words', event['reason'])}"
        case "paused" | "continued" as word:
            text = word
        case _:
            return None
    return f"{format_kimg(event['nimg']):>8} kimg  {text}"


def tail(path: Path, lines: int) -> list[str]:
    """The last lines of a log. Reads its last 64 kB at most."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _BLOCK))
            return _decode(file.read()).splitlines()[-lines:]
    except OSError:
        return []


def lines_before(path: Path, nimg: int, lines: int) -> list[str]:
    """The lines up to the last one of `nimg` images or fewer; [] where no line counts images."""
    try:
        with path.open("rb") as file:
            end = _bisect(file, nimg)
            if end is None:
                return []
            start = max(0, end - _BLOCK)
            file.seek(start)
            return _decode(file.read(end - start)).splitlines()[-lines:]
    except OSError:
        return []


def _bisect(file: BinaryIO, nimg: int) -> int | None:
    """The byte after the last line of at most `nimg` images. After a resume the later line counts."""
    low, high = 0, file.seek(0, os.SEEK_END)
    end = None
    while low < high:
        middle = (low + high) // 2
        place = _first_after(file, middle, high)
        if place is None:
            high = middle
        elif place[0] <= nimg:
            end = low = place[1]
        else:
            high = middle
    return end


def _first_after(file: BinaryIO, start: int, limit: int) -> tuple[int, int] | None:
    """(images, end) of the first line that begins at byte `start` or later, before `limit`, and tells of images."""
    skip = start > 0  # the byte before tells whether a line begins here
    offset, rest = start - skip, b""
    file.seek(offset)
    while offset < limit and (block := file.read(_BLOCK)):
        text = rest + block
        for match in _PLACE.finditer(text):
            if match.start() == 0 and skip:
                continue
            newline = text.find(b"\n", match.end())
            end = offset - len(rest) + (newline + 1 if newline >= 0 else len(text))
            return (round(float(match[1]) * 1000), end) if offset - len(rest) + match.start() < limit else None
        cut = text.rfind(b"\n") + 1
        offset += len(block)
        rest = text[cut:]
        skip = skip and cut == 0
    return None


def blocks(path: Path, offset: int) -> Iterator[bytes]:
    """Yields a log's content past `offset`, a megabyte at a time; nothing where there is no log yet."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            while block := file.read(1 << 20):
                yield block
    except FileNotFoundError:
        return


def _decode(content: bytes) -> str:
    return content.decode(errors="replace")
