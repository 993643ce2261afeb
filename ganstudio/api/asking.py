"""Asks the program by its commands: what a call takes becomes options, an error that it reports is raised."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ganstudio.commands import Outcome, RunningCommand
from ganstudio.errors import StudioError, from_json
from ganstudio.recipe.settings import as_setting
from ganstudio.workspace import Workspace as Folders


def ask(folders: Folders, *arguments: str) -> Any:
    """What `ganstudio ARGUMENTS --json` answers. Raises StudioError, of the kind that the command reported."""
    outcome = call(folders, *arguments, "--json")
    try:
        return outcome.json()
    except ValueError:
        raise StudioError(outcome.error or f"ganstudio {arguments[0]} gave no answer.") from None


def call(folders: Folders, *arguments: str) -> Outcome:
    """Runs `ganstudio ARGUMENTS`; its notes go to stderr. Interrupted, it ends as by Ctrl-C.

    Raises StudioError, of the kind that the command reported.
    """
    command = RunningCommand(folders, arguments)
    try:
        outcome = command.wait()
    except KeyboardInterrupt:
        command.cancel()
        command.wait()
        raise
    if outcome.error_report is not None:
        raise from_json(outcome.error_report)
    if outcome.stderr:
        print(outcome.stderr, file=sys.stderr)
    return outcome


def options(settings: Mapping[str, Any] | None = None, **given: Any) -> list[str]:
    """Options as a person types them: `minutes=4` is `--minutes 4`, True is the option alone, None and False are none.

    A list repeats its option. `settings` are knobs by keys: `{"training.batch": 32}` is `--set training.batch=32`.
    """
    typed: list[str] = []
    for name, value in given.items():
        flag = f"--{name.strip('_').replace('_', '-')}"
        if value is True:
            typed.append(flag)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            typed += [part for one in value for part in (flag, str(one))]
        elif value is not None and value is not False:
            typed += [flag, str(value)]
    return typed + [part for key, value in (settings or {}).items() for part in ("--set", f"{key}={as_setting(value)}")]


def path_text(path: str | Path) -> str:
    """A path as a command is given it, from whatever folder: with the home folder for a `~`."""
    return str(Path(path).expanduser().absolute())
