"""Every error that a user may see; `cli/app.py` alone prints them.

    StudioError            exit 1   the work failed
    ├── UsageError         exit 2   bad flags, an unknown name, input that cannot be used
    │   ├── RecipeError             one or more knobs are wrong; carries every problem at once
    │   └── DataError               images or a data set that cannot be used
    ├── TrainingError               a training that cannot go on (a NaN; memory; a file that is damaged)
    └── Interrupted        exit 130 Ctrl-C

Anything else that is raised is a fault of the program and is shown as one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class StudioError(Exception):
    """`message` says what, where and what was given; `hint` is the next command to type, or None."""

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def as_json(self) -> dict[str, Any]:
        return {"type": type(self).__name__, "message": self.message, "hint": self.hint, "exit_code": self.exit_code}


class UsageError(StudioError):
    exit_code = 2


class RecipeError(UsageError):
    """`problems` are lines, one a wrong knob: where it stands, what was given, the nearest legal thing."""

    def __init__(self, problems: Iterable[str], hint: str | None = None) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems), hint)


class DataError(UsageError):
    pass


class TrainingError(StudioError):
    pass


class Interrupted(StudioError):
    exit_code = 130


def from_json(error: dict[str, Any]) -> StudioError:
    """The error that a worker process reported, as this process can raise it."""
    kinds: dict[str, type[StudioError]] = {k.__name__: k for k in (UsageError, DataError, TrainingError, Interrupted)}
    if error["type"] == RecipeError.__name__:
        return RecipeError(error["message"].splitlines(), error["hint"])
    return kinds.get(error["type"], StudioError)(error["message"], error["hint"])


def nearest(given: str, known: Iterable[str]) -> str:
    """A phrase to end an error with: the nearest legal name, or all of them where none is near."""
    names = sorted(known)
    match = difflib.get_close_matches(given, names, n=1, cutoff=0.5)
    if match:
        return f"Did you mean {match[0]!r}?"
    return f"Known: {', '.join(names)}." if names else "None is known yet."
