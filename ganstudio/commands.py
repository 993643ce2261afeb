"""Runs ganstudio commands for the dashboard: each of its actions is a command that a person could type.

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
    """How a command ended. `stderr` is without its progress lines and without `error_report`, the error as JSON."""

    code: int
    stdout: str
    stderr: str
    error_report: dict[str, Any] | None = None

    @property
    def error(self) -> str:
        """The message of a command that failed; '' of one that did not."""
        if self.code == 0:
            return ""
        if self.error_report is not None:
            return str(self.error_report["message"])
        return self.stderr.strip() or f"it ended with code {self.code} and no word"

    @property
    def hint(self) -> str:
        """The command that the error advises; '' where there is none."""
        return str((self.error_report or {}).get("hint") or "")

    def json(self) -> Any:
        """Returns the JSON document on stdout. Raises ValueError where there is none."""
        return json.loads(self.stdout)


def command_line(arguments: Sequence[str]) -> str:
    """Returns the command as a person types it."""
    return " ".join(["ganstudio", *map(quoted, arguments)])


class RunningCommand:
    """A command in a process of its own; `cancel` ends it as Ctrl-C would.

    With `reports_progress` the dashboard reads its progress, and it ends with the dashboard; without, it goes on.
    """

    def __init__(self, workspace: Workspace, arguments: Sequence[str], reports_progress: bool = False) -> None:
        self.arguments = tuple(arguments)
        self.reports_progress = reports_progress
        plain = {
            "NO_COLOR": "1",
            "GANSTUDIO_ERRORS": "json",
            "GANSTUDIO_WORKSPACE": str(workspace.root),
            **({"GANSTUDIO_PROGRESS": "lines"} if reports_progress else {}),
        }
        # Files, not pipes: two pipes are not read at once, and a pipe ends with its reader. `wait` closes them.
        self._stdout = tempfile.TemporaryFile()  # noqa: SIM115
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ganstudio", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=self._stdout,
            stderr=subprocess.PIPE if reports_progress else self._stderr,
            text=True,
            encoding="utf-8",
            errors="replace",
            env={**bridge.environment(), **plain},
            start_new_session=True,
        )

    def wait(self, progress: Progress | None = None) -> Outcome:
        """Waits for the end and returns how it ended. Calls `progress` for each progress line as it comes."""
        lines: list[str] = []
        if self._process.stderr is not None:
            lines = self._read_stderr(self._process.stderr, progress)
        code = self._process.wait()
        out, rest = _read_and_close(self._stdout), _read_and_close(self._stderr)
        lines, report = _split_error([*lines, *_ESCAPE.sub("", rest).splitlines()])
        return Outcome(code, out, "\n".join(lines), report)

    def _read_stderr(self, stderr: IO[str], progress: Progress | None) -> list[str]:
        """Returns the lines that are no progress."""
        others = []
        with stderr as lines:
            for text in lines:
                text = _ESCAPE.sub("", text).rstrip("\n")
                if match := _PROGRESS.fullmatch(text):
                    if progress:
                        progress(match[1], int(match[2]), int(match[3]))
                else:
                    others.append(text)
        return others

    def exit_code(self) -> int:
        """Waits for the end and returns the exit code."""
        return self._process.wait()

    def cancel(self) -> None:
        self._process.send_signal(signal.SIGINT)


def _split_error(lines: list[str]) -> tuple[list[str], dict[str, Any] | None]:
    """Returns the lines of stderr without the error on the last one; and that error, an object, or None."""
    try:
        report = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else None
    except ValueError:
        report = None
    return (lines[:-1], report) if isinstance(report, dict) and "message" in report else (lines, None)


def _read_and_close(file: IO[bytes]) -> str:
    """Returns the content of a temporary file, and closes it, which removes it."""
    with file:
        file.seek(0)
        return file.read().decode(errors="replace")
