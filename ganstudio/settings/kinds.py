"""What the value of a setting may be, and how it is read from the text that a person types."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ganstudio.errors import closest
from ganstudio.settings.urls import WEBHOOK_WORDS, is_webhook, redacted


@dataclass(frozen=True)
class Kind:
    """A kind of value: `words` say what is legal; `choices` are all that are, where they can be listed."""

    words: str
    legal: Callable[[Any], bool]
    read: Callable[[str], Any] = str
    choices: tuple[str, ...] = ()
    redact: Callable[[Any], str] | None = None  # how a secret is shown
    is_path: bool = False

    def problem(self, value: Any) -> str:
        """What is wrong with `value`, to stand after the setting's key; '' where nothing is."""
        if self.legal(value):
            return ""
        if self.redact:
            return f"must be {self.words}."
        match = closest(str(value), self.choices) if isinstance(value, str) else None
        return f"must be {self.words}; got {value!r}.{f' Did you mean {match!r}?' if match else ''}"

    def shown(self, value: Any) -> Any:
        """`value` as it may be printed."""
        return self.redact(value) if self.redact and value is not None else value


def choice(*names: str) -> Kind:
    return Kind(" or ".join(names), lambda value: isinstance(value, str) and value in names, choices=names)


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) and one for one in value)


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("/", "~"))


_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")
DEVICE = Kind(
    "auto, cpu, cuda, cuda:N or mps",
    lambda value: isinstance(value, str) and _DEVICE.fullmatch(value) is not None,
    choices=("auto", "cpu", "cuda", "cuda:0", "mps"),
)
TEXT = Kind("text", lambda value: isinstance(value, str) and bool(value))
PATH = Kind("a path that begins with / or ~", _is_path, is_path=True)
WHOLE = Kind("a whole number", lambda value: type(value) is int, _number)
NUMBER = Kind("a number", lambda value: type(value) in (int, float), _number)
TEXTS = Kind("a list of texts", _texts, lambda text: [one for one in re.split(r"[\s,]+", text) if one])
WEBHOOK = Kind(WEBHOOK_WORDS, lambda value: isinstance(value, str) and is_webhook(value), redact=redacted)
SECRET = Kind("text", TEXT.legal, redact=lambda _: "(hidden)")
