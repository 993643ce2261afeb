"""Which picture a name in a file of labels means.

Names are written in many ways: with folders above the data set or without its own, with "\\", from the file's own
folder, without an extension, in other letters. A picture is meant where one of the two paths is the end of the other.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from ganstudio.data.sources.source import Listing, Picture

NO_SUCH_FILE = "there is no such file"
EXACT, BY_LAST_PART, BY_STEM, UNKNOWN = 3, 2, 1, 0


class Names:
    """The pictures of a listing by name. `file`, whose folder names may start from, holds the labels."""

    def __init__(self, listing: Listing, file: Path) -> None:
        self._root, self._folder = str(listing.root), str(file.resolve().parent)
        self._pictures = listing.pictures
        self._exact = {picture.name: picture for picture in listing.pictures}

    def find(self, name: str) -> tuple[Picture | None, str]:
        """The picture, or None and why there is none."""
        found, _ = self._matches(name)
        if len(found) == 1:
            return found[0], ""
        return None, f"{len(found)} files are called so: give their folders too" if found else NO_SUCH_FILE

    def likeness(self, name: str) -> int:
        """How well `name` fits a picture: EXACT, BY_LAST_PART, BY_STEM or UNKNOWN."""
        return self._matches(name)[1]

    def _matches(self, given: str) -> tuple[Sequence[Picture], int]:
        """Those that `given` may mean, and how well it fits them."""
        name = posix(given)
        exact = self._exact.get(given) or self._exact.get(name) or self._exact.get(self._inside(name))
        if exact is not None:
            return [exact], EXACT
        *folders, last = [part for part in name.split("/") if part not in ("", ".", "..")] or [""]
        near = [(picture, *_split(picture.name)) for picture in self._by_last_part.get(_folded(last), ())]
        near = [one for one in near if _ends_alike(one[1], folders)]
        for kind, same in ((BY_LAST_PART, lambda part: part), (BY_STEM, _stem)):
            fitting = [one for one in near if _folded(same(one[2])) == _folded(last)]
            fitting = [one for one in fitting if same(one[2]) == last] or fitting
            if fitting:
                longest = max(min(len(one[1]), len(folders)) for one in fitting)
                return [one[0] for one in fitting if min(len(one[1]), len(folders)) == longest], kind
        return (), UNKNOWN

    def _inside(self, name: str) -> str:
        """`name`, taken from the folder of the file of labels, as a path inside the listing; "" where it is none."""
        path = os.path.normpath(f"{self._folder}/{name}" if not name.startswith("/") else name)
        inside = path.removeprefix(f"{self._root}/")
        return "" if inside == path else inside

    @cached_property
    def _by_last_part(self) -> dict[str, list[Picture]]:
        """By the last part of the name, with its extension and without."""
        pictures: dict[str, list[Picture]] = {}
        for picture in self._pictures:
            last = picture.name.rpartition("/")[2]
            for key in {_folded(last), _folded(_stem(last))}:
                pictures.setdefault(key, []).append(picture)
        return pictures


def posix(name: str) -> str:
    """`name` with "/" between its parts."""
    return name.strip().replace("\\", "/").removeprefix("./")


def _split(name: str) -> tuple[list[str], str]:
    *folders, last = name.split("/")
    return folders, last


def _stem(last: str) -> str:
    return last.rpartition(".")[0] or last


def _folded(text: str) -> str:
    """`text` without case and with accents in one form: a Mac writes them in another."""
    return unicodedata.normalize("NFC", text).casefold()


def _ends_alike(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether one of two lists of folders is the end of the other."""
    return all(_folded(a) == _folded(b) for a, b in zip(reversed(one), reversed(other), strict=False))
