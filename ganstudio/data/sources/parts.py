"""Parts of a published data set, train and test, as files and arrays are called after them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ganstudio.errors import UsageError, nearest

_WORDS = {
    "train": ("train", "training"),
    "test": ("test", "testing", "t10k"),
    "val": ("val", "valid", "validation", "dev"),
    "unlabeled": ("unlabeled", "unlabelled", "extra"),
}
_PART_OF = {word: part for part, words in _WORDS.items() for word in words}
WORDS = tuple(_PART_OF)


def canonical(given: str) -> str:
    """`train`, `test`, `val` or `unlabeled`, of any of their names; "" where none was given. Raises UsageError."""
    if given and given.lower() not in _PART_OF:
        raise UsageError(f"--part: {given!r} is none. {nearest(given, _WORDS)}")
    return _PART_OF[given.lower()] if given else ""


def part_of(name: str) -> str:
    """The part that a file or array called `name` belongs to, "" where its name tells none."""
    found = (_PART_OF.get(word) for word in re.split(r"[^a-z0-9]+", name.lower()))
    return next((part for part in found if part), "")


def chosen(parts: Iterable[str], wanted: str, where: str) -> tuple[str, str]:
    """The one of `parts` that is read, `wanted` or the training part, and a note where others are there.

    Raises UsageError, which begins with `where`, if there is no such part.
    """
    there = sorted(set(parts))
    if wanted and wanted not in there:
        known = nearest(wanted, [part for part in there if part]) if any(there) else "It has no parts."
        raise UsageError(f"--part {wanted}: {where} has none. {known}", hint="Leave --part out")
    part = wanted or next((part for part in ("train", "") if part in there), there[0])
    others = [other for other in there if other != part]
    if wanted or not others:
        return part, ""
    named = f"the {part} part" if part else "the part without a name"
    ways = " or ".join(f"--part {other}" for other in others if other)
    return part, f"This is {named} of {where}; {ways} packs another." if ways else ""
