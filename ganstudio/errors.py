"""Every error that a user may see; `cli/app.py` alone prints them.

    StudioError            exit 1   the work failed
    ├── UsageError         exit 2   bad flags, an unknown name, input that cannot be used
    │   ├── RecipeError             knobs, keyframes of a film or settings are wrong; carries every problem at once
    │   └── DataError               images or a data set that cannot be used
    ├── TrainingError               a training that cannot go on (a NaN; memory; a file that is damaged)
    └── Interrupted        exit 130 Ctrl-C

Anything else that is raised is a fault of the program and is shown as one.

A hint is what to do next. It is one of three, and `   # ...` behind the first two explains or names another way:

    ganstudio runs resume RUN       a command, as a shell reads it, or several with ` && `; RUN is to be filled in
    --set training.batch=32         options that the command which failed is to be given, `instead of --other` or not
    Save it as UTF-8                a sentence, which begins with a capital

What stands behind `ganstudio` is a whole command in each of them; tests/cli/hints types all that there are.
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any


class StudioError(Exception):
    """The work failed; the base of every error that a user may see.

    `message` says what, where and what was given; `hint` is the next command to type, or None.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        message = message.rstrip()  # a phrase at its end may be empty: see `nearest`
        super().__init__(message)
        self.message = message
        self.hint = hint

    def as_json(self) -> dict[str, Any]:
        return {"type": type(self).__name__, "message": self.message, "hint": self.hint, "exit_code": self.exit_code}

    def report(self, **details: Any) -> dict[str, Any]:
        """The error as a command prints it on stderr under `--json`."""
        kind = type(self).__name__
        fields = {"exit_code": self.exit_code, **details}
        return {"error": kind, "message": self.message, "hint": self.hint, "details": fields}


class UsageError(StudioError):
    """Bad flags, an unknown name, a value out of range, or input that cannot be used."""

    exit_code = 2


class RecipeError(UsageError):
    """Knobs, keyframes or settings are wrong.

    `problems` are lines, one a wrong knob or key: where it stands, what was given, the nearest legal thing.
    """

    def __init__(self, problems: Iterable[str], hint: str | None = None) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems), hint)

    def report(self, **details: Any) -> dict[str, Any]:
        return super().report(problems=list(self.problems), **details)


class DataError(UsageError):
    """Images or a data set that cannot be used."""


class TrainingError(StudioError):
    """A training that cannot go on: a NaN, too little memory, a damaged file."""


class Interrupted(StudioError):
    exit_code = 130


def from_json(error: dict[str, Any]) -> StudioError:
    """The error that a worker or a command reported, as this process can raise it."""
    kinds: dict[str, type[StudioError]] = {k.__name__: k for k in (UsageError, DataError, TrainingError, Interrupted)}
    kind = error["error"] if "error" in error else error["type"]
    if kind == RecipeError.__name__:
        return RecipeError(error["message"].splitlines(), error["hint"])
    return kinds.get(kind, StudioError)(error["message"], error["hint"])


def quoted(value: object) -> str:
    """`value` as a shell reads it, for a command that a hint suggests."""
    text = f"./{value}" if isinstance(value, PurePath) and str(value).startswith("-") else str(value)
    if text.isprintable():
        return shlex.quote(text)
    return f"$'{''.join(map(_escaped, text))}'"


def _escaped(character: str) -> str:
    """A character as it stands within `$'...'`."""
    if character.isprintable():
        return f"\\{character}" if character in "\\'" else character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file's name that is no UTF-8, as Python keeps it
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 and not 0x80 <= ord(character) < 0x100 else f"\\u{code:04x}"


_LONGEST_NAME = 500  # letters that are compared: megabytes of them would take minutes


def closest(given: str, known: Iterable[str], cutoff: float = 0.5) -> str | None:
    """The one of `known` that is most like `given`, capitals aside; None where none is like it."""
    folded: dict[str, str] = {}
    for name in sorted(known):
        folded.setdefault(name.casefold(), name)
    match = difflib.get_close_matches(given.casefold()[:_LONGEST_NAME], folded, n=1, cutoff=cutoff)
    return folded[match[0]] if match else None


def nearest(given: str, known: Iterable[str], above: str = "") -> str:
    """A phrase to end an error with: the nearest legal name, or all of them where none is near.

    A name that is suggested stands with what is `above` it, as the whole key of a knob.
    """
    names = sorted(known)
    if match := closest(given, names):
        return f"Did you mean {'.'.join(filter(None, (above, match)))!r}?"
    return f"Known: {', '.join(names)}." if names else "None is known yet."


def nearest_number(given: float, legal: Iterable[int]) -> int:
    """The legal number, all being above 0, that is nearest by ratio: 48 is nearer 64 than 32."""
    return min(legal, key=lambda number: (max(number, given) / max(min(number, given), 1e-9), number))
