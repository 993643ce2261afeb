"""The cursor of a display that redraws: hidden meanwhile, and given back however the program is left."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import TextIO

_HIDE, _SHOW = "\x1b[?25l", "\x1b[0m\x1b[?25h"
_ENDING = (signal.SIGTERM, signal.SIGHUP)


class HiddenCursor:
    """`again` is called where the program goes on after it was suspended: others have written on the screen since."""

    def __init__(self, stream: TextIO, again: Callable[[], None]) -> None:
        self._stream = stream
        self._again = again
        self._handlers: dict[int, signal.Handlers | Callable[[int, FrameType | None], None] | int | None] = {}

    def hide(self) -> None:
        # Only the main thread is told of signals; one that the caller ignores (nohup) stays ignored.
        if threading.current_thread() is threading.main_thread():
            for number in (*_ENDING, signal.SIGTSTP, signal.SIGCONT):
                self._handlers[number] = signal.getsignal(number)
                if self._handlers[number] is signal.SIG_DFL:
                    signal.signal(number, self._left if number != signal.SIGCONT else self._resumed)
        self._write(_HIDE)

    def show(self) -> None:
        self._write(_SHOW)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers = {}

    def in_front(self) -> bool:
        """Whether the terminal is ours to draw on: not where the shell has put us in the background."""
        try:
            return os.tcgetpgrp(self._stream.fileno()) == os.getpgrp()
        except OSError:
            return True

    def _left(self, number: int, _frame: FrameType | None) -> None:
        """Gives the cursor back and does what the signal does by itself: ends the program, or suspends it."""
        self._write(_SHOW)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.signal(number, self._left)  # here it goes on after a suspension

    def _resumed(self, _number: int, _frame: FrameType | None) -> None:
        if self.in_front():
            self._write(_HIDE)
            self._again()

    def _write(self, codes: str) -> None:
        """Past the stream's buffer, which a signal may find half written."""
        with contextlib.suppress(OSError):
            os.write(self._stream.fileno(), codes.encode())
