"""The cursor of a display that redraws: hidden meanwhile, and shown again however the program ends."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import TextIO

_HIDE, _SHOW = "\x1b[?25l", "\x1b[0m\x1b[?25h"
_EXIT_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class HiddenCursor:
    """Hides the cursor until `show`. `redraw` is called when the program continues after a suspension: others have
    written on the screen since.
    """

    def __init__(self, stream: TextIO, redraw: Callable[[], None]) -> None:
        self._stream = stream
        self._redraw = redraw
        self._handlers: dict[int, signal.Handlers | Callable[[int, FrameType | None], None] | int | None] = {}

    def hide(self) -> None:
        # Only the main thread is told of signals; one that the caller ignores (nohup) stays ignored.
        if threading.current_thread() is threading.main_thread():
            for number in (*_EXIT_SIGNALS, signal.SIGTSTP, signal.SIGCONT):
                self._handlers[number] = signal.getsignal(number)
                if self._handlers[number] is signal.SIG_DFL:
                    signal.signal(number, self._on_leave if number != signal.SIGCONT else self._on_resume)
        self._write(_HIDE)

    def show(self) -> None:
        self._write(_SHOW)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers = {}

    def in_front(self) -> bool:
        """Whether the program may draw on the terminal: not where the shell has put it into the background."""
        try:
            return os.tcgetpgrp(self._stream.fileno()) == os.getpgrp()
        except OSError:
            return True

    def _on_leave(self, number: int, _frame: FrameType | None) -> None:
        """Shows the cursor and does what the signal does by itself: ends the program, or suspends it."""
        self._write(_SHOW)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.signal(number, self._on_leave)  # here it goes on after a suspension

    def _on_resume(self, _number: int, _frame: FrameType | None) -> None:
        if self.in_front():
            self._write(_HIDE)
            self._redraw()

    def _write(self, codes: str) -> None:
        """Writes past the stream's buffer, which a signal may find half written."""
        with contextlib.suppress(OSError):
            os.write(self._stream.fileno(), codes.encode())
