"""Parses the filter of the table of runs: `state:running fd<30 not name:old`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable

from ganstudio.errors import UsageError, nearest
from ganstudio.tui.snapshots import RunRow

_WORDS: dict[str, Callable[[RunRow], str]] = {
    "name": lambda row: row.view.record.name,
    "id": lambda row: row.id,
    "state": lambda row: row.view.status,
    "preset": lambda row: row.view.record.preset,
    "data": lambda row: str(row.view.record.data["name"]),
    "device": lambda row: row.view.state.device or row.view.record.device,
    "sweep": lambda row: row.view.record.group or "",
    "parent": lambda row: row.view.record.parent or "",
    "finding": lambda row: " ".join(finding.rule for finding in row.findings or ()),
}
_NUMBERS: dict[str, Callable[[RunRow], float | None]] = {
    "kimg": lambda row: row.view.state.nimg / 1000,
    "score": lambda row: _last_score(row),
    "fd": lambda row: _last_score(row),
    "best": lambda row: row.view.state.best.value if row.view.state.best else None,
    "acc": lambda row: row.d_accuracy,
    "speed": lambda row: row.view.state.img_per_s,
    "minutes": lambda row: row.view.state.elapsed_s / 60,
}
_OPERATORS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq}
_TERM = re.compile(r"([a-z]+)(<=|>=|<|>|=|:)(.*)")

Test = Callable[[RunRow], bool]


def _last_score(row: RunRow) -> float | None:
    return next((score.value for score in row.view.state.scores.values()), None)


def parse(text: str) -> Test:
    """Returns the test that a row must pass to be shown. All terms must hold; `not` negates the next one; a bare word
    is searched in all texts. Raises UsageError for a term that is not legal.
    """
    tests: list[Test] = []
    negated = False
    for word in text.split():
        if word == "not":
            negated = not negated
            continue
        test = _term(word)
        tests.append(_negated(test) if negated else test)
        negated = False
    return lambda row: all(test(row) for test in tests)


def _negated(test: Test) -> Test:
    return lambda row: not test(row)


def _term(word: str) -> Test:
    match = _TERM.fullmatch(word)
    if match is None:
        return lambda row: any(word.lower() in text_of(row).lower() for text_of in _WORDS.values())
    key, sign, value = match.groups()
    if key in _WORDS and sign in (":", "="):
        text_of = _WORDS[key]
        return lambda row: value.lower() in text_of(row).lower()
    if key in _NUMBERS and sign != ":":
        try:
            limit = float(value)
        except ValueError:
            raise UsageError(f"{word}: a number must follow {sign}") from None
        number, operation = _NUMBERS[key], _OPERATORS[sign]
        return lambda row: (found := number(row)) is not None and bool(operation(found, limit))
    if key in _NUMBERS:
        raise UsageError(f"{word}: {key} is a number; write {key}<{value or '30'}")
    raise UsageError(f"{word}: {nearest(key, keys())}")


def keys() -> Iterable[str]:
    return (*_WORDS, *_NUMBERS)
