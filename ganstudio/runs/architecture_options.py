"""Which options an architecture has, as the worker describes it; remembered, for that takes it seconds.

It may take seconds: a screen calls it beside its own thread.
"""

from __future__ import annotations

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
    file = code or ARCHITECTURES / f"{name}.py"
    try:
        content = file.read_bytes().decode(errors="replace")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}.") from None
    # an answer is of the file and of the program that it was asked of
    answer_file = state_home() / "describe" / f"{file.stem}-{digest_of((ganstudio.__version__, content))[:24]}.json"
    try:
        answer: dict[str, Any] = json.loads(answer_file.read_bytes())
        if {"recipe", "options"} <= answer.keys():
            return answer
    except (OSError, ValueError, AttributeError):
        pass
    answer = bridge.call_worker("describe", name if code is None else str(code.resolve()), quiet=True)
    if not keep:
        return answer
    try:
        answer_file.parent.mkdir(parents=True, exist_ok=True)
        write_json(answer_file, answer)
    except OSError:
        pass  # it is asked again the next time
    return answer
