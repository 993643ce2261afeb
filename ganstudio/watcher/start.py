"""Starts a watcher: a process that outlives this one and its terminal, and only reads what the runs write.

What it is to do goes through its stdin. A command line can be read by every user of the machine, and a file stays.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ganstudio.errors import StudioError
from ganstudio.runs import events, log

MODULE = "ganstudio.watcher.process"

# Kept so that Popen does not complain of being forgotten.
_started: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class Wishes:
    """What is to be done when a run has ended: `command` is run by the shell, `url` gets messages.

    Findings of `diagnose` are sent too, from `severity` on. Nothing of this is ever written to a file.
    """

    command: str | None = None
    url: str | None = None
    severity: str = "warning"

    def __bool__(self) -> bool:
        return self.command is not None or self.url is not None


def offset_of(run: Path) -> int:
    """Where the events of a run end now. What comes later is of the start that is to be watched."""
    try:
        return (run / events.NAME).stat().st_size
    except FileNotFoundError:
        return 0


def start(offsets: dict[Path, int], wishes: Wishes) -> None:
    """Starts one watcher for all runs of `offsets`, each with what `offset_of` said before it was started.

    Raises StudioError where it cannot be started; the runs go on without.
    """
    if not wishes or not offsets:
        return
    orders = {"wishes": asdict(wishes), "folder": _folder(), "offsets": list(offsets.values())}
    first = next(iter(offsets))
    try:
        with (first / log.NAME).open("ab") as errors:
            child = subprocess.Popen(
                _command(list(offsets)),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
            )
        _started.append(child)
        assert child.stdin is not None
        with child.stdin as pipe:
            pipe.write(json.dumps(orders).encode())
    except OSError as error:
        raise StudioError(
            f"{first.name} goes on, but nothing will tell of its end: the watcher cannot be started: {error.strerror}.",
            hint=f"ganstudio runs logs -f {first.name}",
        ) from None


def _command(runs: Sequence[Path]) -> list[str]:
    """-P: no module is taken from the folder that the user stands in."""
    return [sys.executable, "-P", "-m", MODULE, *map(str, runs)]


def _folder() -> str | None:
    """The folder that the user stands in, for the command; None where it is gone."""
    try:
        return os.getcwd()  # noqa: PTH109
    except FileNotFoundError:
        return None
