"""How far work is: told to a callback, shown on one line of stderr."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

from ganstudio.streams import printable, raw_stream
from ganstudio.terminal import moves_cursor
from ganstudio.units import format_seconds

Progress = Callable[[int, int], None]  # images done, images in all
PLAIN_S = 10.0  # between two lines on a terminal whose cursor cannot be moved


def no_progress(done: int, total: int) -> None:
    """A progress callback that shows nothing."""


def progress(label: str) -> Progress:
    """A callback (done, total) that keeps one line of stderr up to date; silent where that is no terminal.

    Rate and time left follow from what was done since the first call: work that goes on may begin in the middle.
    With GANSTUDIO_PROGRESS=lines it prints `label done/total` lines for a program to read.
    """
    label = printable(label)
    if os.environ.get("GANSTUDIO_PROGRESS") == "lines":
        return _lines(label, 0.1)
    if not sys.stderr.isatty():
        return no_progress
    if not moves_cursor(sys.stderr):
        return _lines(label, PLAIN_S)
    drawn_at = 0.0
    began: tuple[float, int] | None = None

    def show(done: int, total: int) -> None:
        nonlocal drawn_at, began
        now = time.monotonic()
        began = began or (now, done)
        if done < total and now - drawn_at < 0.1:
            return
        drawn_at = now
        line = "" if done >= total else f"{label} {done:,}/{total:,}"
        if now - began[0] >= 1 and began[1] < done < total:
            rate = (done - began[1]) / (now - began[0])
            line += f"  {rate:,.0f}/s  {format_seconds((total - done) / rate)} left"
        print(f"\r\x1b[K{line}", end="", file=raw_stream(sys.stderr), flush=True)

    return show


def _lines(label: str, every_s: float) -> Progress:
    printed_at = 0.0

    def print_line(done: int, total: int) -> None:
        nonlocal printed_at
        if done >= total or time.monotonic() - printed_at >= every_s:
            printed_at = time.monotonic()
            print(f"{label} {done}/{total}", file=sys.stderr, flush=True)

    return print_line
