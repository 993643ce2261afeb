"""What the dashboard does, it does by the command line: each action is a command that a person could type.

So there is one way to do a thing, its errors are those that a terminal shows, and an action that takes long or dies
takes nothing along: docs/decisions/0016.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ganstudio.workspace import Workspace

Progress = Callable[[str, int, int], None]  # what, done, in all

_PROGRESS = re.compile(r"(.*) (\d+)/(\d+)")
_ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Outcome:
    """`said` is stderr without its progress; `error` and `hint` are what it says went wrong."""

    code: int
    out: str
    said: str

    @property
    def error(self) -> str:
        """The message of a command that failed; '' of one that did not."""
        if self.code == 0:
            return ""
        lines = self.said.splitlines()
        begin = next((i for i, line in enumerate(lines) if line.startswith("error: ")), None)
        if begin is None:
            return self.said.strip() or f"it ended with code {self.code} and no word"
        told = [line.removeprefix("error: ").strip() for line in lines[begin:] if not line.startswith("try: ")]
        return "\n".join(told)

    @property
    def hint(self) -> str:
        """The command that the error ends with, if it does."""
        return next((line[5:] for line in self.said.splitlines() if line.startswith("try: ")), "")

    def json(self) -> Any:
        """The document on stdout. Raises ValueError where it is none."""
        return json.loads(self.out)


def line(arguments: Sequence[str]) -> str:
    """The command as a person types it."""
    return shlex.join(["ganstudio", *arguments])


class Running:
    """A command that runs; `cancel` ends it as Ctrl-C would."""

    def __init__(self, workspace: Workspace, arguments: Sequence[str]) -> None:
        self.arguments = tuple(arguments)
        plain = {"NO_COLOR": "1", "GANSTUDIO_WORKSPACE": str(workspace.root), "GANSTUDIO_PROGRESS": "lines"}
        # a file, not a second pipe: whoever reads one pipe to its end leaves the other to fill up
        self._out = tempfile.TemporaryFile()  # noqa: SIM115 — `wait` closes it
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ganstudio", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, **plain},
            start_new_session=True,
        )

    def wait(self, progress: Progress | None = None) -> Outcome:
        """How it ended. Lines of progress are told to `progress` as they come."""
        assert self._process.stderr is not None
        said = []
        with self._process.stderr as lines:
            for text in lines:
                text = _ESCAPE.sub("", text).rstrip("\n")
                if match := _PROGRESS.fullmatch(text):
                    if progress:
                        progress(match[1], int(match[2]), int(match[3]))
                else:
                    said.append(text)
        code = self._process.wait()
        with self._out as file:
            file.seek(0)
            out = file.read().decode(errors="replace")
        return Outcome(code, out, "\n".join(said))

    def cancel(self) -> None:
        self._process.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGINT)
