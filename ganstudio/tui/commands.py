"""What the dashboard does, it does by the command line: each action is a command that a person could type.

So there is one way to do a thing, its errors are those that a terminal shows, and an action that takes long or dies
takes nothing along: docs/decisions/0016.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any

from ganstudio import bridge
from ganstudio.errors import quoted
from ganstudio.workspace import Workspace

Progress = Callable[[str, int, int], None]  # what, done, in all

_PROGRESS = re.compile(r"(.*) (\d+)/(\d+)")
_ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Outcome:
    """`said` is stderr without its progress and without `report`, the JSON object that says what went wrong."""

    code: int
    out: str
    said: str
    report: dict[str, Any] | None = None

    @property
    def error(self) -> str:
        """The message of a command that failed; '' of one that did not."""
        if self.code == 0:
            return ""
        if self.report is not None:
            return str(self.report["message"])
        return self.said.strip() or f"it ended with code {self.code} and no word"

    @property
    def hint(self) -> str:
        """The command that the error ends with, if it does."""
        return str((self.report or {}).get("hint") or "")

    def json(self) -> Any:
        """The document on stdout. Raises ValueError where it is none."""
        return json.loads(self.out)


def line(arguments: Sequence[str]) -> str:
    """The command as a person types it."""
    return " ".join(["ganstudio", *map(quoted, arguments)])


class Running:
    """A command that runs; `cancel` ends it as Ctrl-C would.

    One that is `heard` tells its progress. One that is not needs nobody to listen: it goes on if the dashboard ends.
    """

    def __init__(self, workspace: Workspace, arguments: Sequence[str], heard: bool = False) -> None:
        self.arguments = tuple(arguments)
        self.heard = heard
        plain = {
            "NO_COLOR": "1",
            "GANSTUDIO_ERRORS": "json",
            "GANSTUDIO_WORKSPACE": str(workspace.root),
            **({"GANSTUDIO_PROGRESS": "lines"} if heard else {}),
        }
        # Files, not pipes: two pipes are not read at once, and a pipe ends with its reader. `wait` closes them.
        self._out = tempfile.TemporaryFile()  # noqa: SIM115
        self._said = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ganstudio", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=subprocess.PIPE if heard else self._said,
            text=True,
            encoding="utf-8",
            errors="replace",
            env={**bridge.environment(), **plain},
            start_new_session=True,
        )

    def wait(self, progress: Progress | None = None) -> Outcome:
        """How it ended. Lines of progress are told to `progress` as they come."""
        said: list[str] = []
        if self._process.stderr is not None:
            said = self._listen(self._process.stderr, progress)
        code = self._process.wait()
        out, rest = _content(self._out), _content(self._said)
        lines, report = _reported([*said, *_ESCAPE.sub("", rest).splitlines()])
        return Outcome(code, out, "\n".join(lines), report)

    def _listen(self, stderr: IO[str], progress: Progress | None) -> list[str]:
        """What is said beside the progress."""
        said = []
        with stderr as lines:
            for text in lines:
                text = _ESCAPE.sub("", text).rstrip("\n")
                if match := _PROGRESS.fullmatch(text):
                    if progress:
                        progress(match[1], int(match[2]), int(match[3]))
                else:
                    said.append(text)
        return said

    def ended(self) -> int:
        """The exit code, once it has ended."""
        return self._process.wait()

    def cancel(self) -> None:
        self._process.send_signal(signal.SIGINT)


def _reported(lines: list[str]) -> tuple[list[str], dict[str, Any] | None]:
    """The lines of stderr without the error that they end with, and that error: an object on one line."""
    try:
        report = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else None
    except ValueError:
        report = None
    return (lines[:-1], report) if isinstance(report, dict) and "message" in report else (lines, None)


def _content(file: IO[bytes]) -> str:
    """All of a temporary file, which is gone then."""
    with file:
        file.seek(0)
        return file.read().decode(errors="replace")
