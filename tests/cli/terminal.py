"""A program on a terminal of its own, as a person would use it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

DRIVER = Path(__file__).parent / "driving.py"
PATIENCE_S = 30.0
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """`python driving.py ARGUMENTS...` on a pseudo-terminal of 100 x 40 cells in 24-bit colour.

    `under` is a command that starts it: a shell, say, that the program can be suspended from.
    """

    def __init__(self, *arguments: str | Path, under: Sequence[str] = (), **environment: str) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        self.raw = ""
        self._process = subprocess.Popen(
            [*under, sys.executable, str(DRIVER), *map(str, arguments)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={
                **os.environ,
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                "PYTHONPATH": str(DRIVER.parents[2]),
                **environment,
            },
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    @property
    def text(self) -> str:
        """Everything written so far, without colours and cursor movements."""
        return _ESCAPE.sub("", self.raw)

    def wait_for(self, words: str) -> None:
        """Reads until `words` have been written since the last wait."""
        begun, until = len(self.text), time.monotonic() + PATIENCE_S
        while words not in self.text[begun:]:
            assert self._read(until), f"{words!r} was never written:\n{self.text}"

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def hang_up(self) -> int:
        """The exit code, once the program is done, which a closed window or a lost connection ends."""
        os.close(self._master)
        self._master = os.open(os.devnull, os.O_RDONLY)
        return self._process.wait(PATIENCE_S)

    def ended(self) -> int:
        """The exit code, once the program is done."""
        while self._read(time.monotonic() + PATIENCE_S):
            pass
        return self._process.wait(PATIENCE_S)

    def _read(self, until: float) -> bool:
        """Whether there was more before `until` or the end."""
        if not select.select([self._master], [], [], max(0.0, until - time.monotonic()))[0]:
            return False
        try:
            more = os.read(self._master, 65536)
        except OSError:  # Linux's word for the end of a pseudo-terminal
            return False
        self.raw += more.decode(errors="replace")
        return bool(more)
