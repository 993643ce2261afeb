"""Which options an architecture has, as the worker describes it; remembered, for that takes it seconds.

It may take seconds: a screen calls it beside its own thread.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import ganstudio
from ganstudio import bridge
from ganstudio.errors import UsageError
from ganstudio.recipe.names import ARCHITECTURES, architecture_names, unknown_architecture_error
from ganstudio.workspace import digest_of, state_home, write_json


def describe(name: str, code: Path | None = None, keep: bool = True) -> dict[str, Any]:
    """The worker's description of a shipped architecture, or of the user's file `code`: its `recipe` and `options`.

    The answer is kept for the next time, unless `keep` is False. Raises UsageError where there is none of that name, or
    the file does not load.
    """
    if code is None and name not in architecture_names():
        raise unknown_architecture_error(name)
    answer_file = _answer_file(code or ARCHITECTURES / f"{name}.py")
    if answer := _kept(answer_file):
        return answer
    answer = bridge.call_worker("describe", name if code is None else str(code.resolve()), quiet=True)
    if keep:
        _keep(answer_file, answer)
    return answer


def describe_shipped() -> None:
    """Has one worker describe all shipped architectures that it has not described yet, and keeps the answers.

    Raises StudioError where one of them cannot be described; `describe` then says which.
    """
    files = {name: _answer_file(ARCHITECTURES / f"{name}.py") for name in architecture_names()}
    if missing := [name for name, file in files.items() if not _kept(file)]:
        answers = bridge.call_worker("describe", *missing, quiet=True)
        for name in missing:
            if answer := answers if len(missing) == 1 else answers.get(name):
                _keep(files[name], answer)


def _answer_file(file: Path) -> Path:
    """Where the answer on an architecture's file is kept: it is of that file, and of the program that was asked."""
    try:
        content = file.read_bytes().decode(errors="replace")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}.") from None
    return state_home() / "describe" / f"{file.stem}-{digest_of((ganstudio.__version__, content))[:24]}.json"


def _kept(answer_file: Path) -> dict[str, Any] | None:
    """The answer that was kept; None where there is none, or none that can be read."""
    try:
        answer: dict[str, Any] = json.loads(answer_file.read_bytes())
        return answer if {"recipe", "options"} <= answer.keys() else None
    except (OSError, ValueError, AttributeError):
        return None


def _keep(answer_file: Path, answer: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):  # it is asked again the next time
        answer_file.parent.mkdir(parents=True, exist_ok=True)
        write_json(answer_file, answer)
