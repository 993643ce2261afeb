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


def canonical_part(given: str) -> str:
    """`train`, `test`, `val` or `unlabeled`, of any of their names; "" where none was given. Raises UsageError."""
    if given and given.lower() not in _PART_OF:
        raise UsageError(f"--part: {given!r} is none. {nearest(given, _WORDS)}")
    return _PART_OF[given.lower()] if given else ""


def part_of(name: str) -> str:
    """The part that a file or array called `name` belongs to; "" where its name holds none."""
    parts = (_PART_OF.get(word) for word in re.split(r"[^a-z0-9]+", name.lower()))
    return next((part for part in parts if part), "")


def choose_part(parts: Iterable[str], wanted: str, where: str) -> tuple[str, str]:
    """The one of `parts` that is read, `wanted` or the training part, and a note where others are there.

    Raises UsageError, which begins with `where`, if there is no such part.
    """
    present = sorted(set(parts))
    if wanted and wanted not in present:
        known = nearest(wanted, [part for part in present if part]) if any(present) else "It has no parts."
        raise UsageError(f"--part {wanted}: {where} has none. {known}", hint="Leave --part out")
    part = wanted or next((part for part in ("train", "") if part in present), present[0])
    others = [other for other in present if other != part]
    if wanted or not others:
        return part, ""
    named = f"the {part} part" if part else "the part without a name"
    ways = " or ".join(f"--part {other}" for other in others if other)
    return part, f"This is {named} of {where}; {ways} packs another." if ways else ""
