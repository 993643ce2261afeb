"""A program on a pseudo-terminal: what it shows, and whether it leaves when asked."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from pathlib import Path

PATIENCE_S = 60.0
_ESCAPE = re.compile(r"\x1b(\[[0-9;?<>=]*[A-Za-z]|[\]P_].*?(\x07|\x1b\\))", re.S)


def shown_for_a_second(command: list[str], folder: Path, env: dict[str, str], words: str) -> tuple[str, int]:
    """What was on the screen of 120 x 40 cells, and the exit code: `q` is typed a second after `words` are shown."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    program = subprocess.Popen(
        command,
        **{"stdin": theirs, "stdout": theirs, "stderr": theirs, "cwd": folder, "env": env},
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    shown = _read(ours, PATIENCE_S, until=words)
    shown += _read(ours, 1.0)
    if program.poll() is None:
        os.write(ours, b"q")
        shown += _read(ours, PATIENCE_S)
    program.kill()
    os.close(ours)
    return _ESCAPE.sub("", shown), program.wait()


def _read(terminal: int, limit_s: float, until: str | None = None) -> str:
    """What is written until `until` is, the program ends, or the time is over."""
    text, end = "", time.monotonic() + limit_s
    while until is None or until not in _ESCAPE.sub("", text):
        if not select.select([terminal], [], [], max(0.0, end - time.monotonic()))[0]:
            break
        try:
            more = os.read(terminal, 65536)
        except OSError:  # Linux's word for the end of a pseudo-terminal
            break
        if not more:
            break
        text += more.decode(errors="replace")
    return text
