"""Paths that a person types: completed while they are typed, and looked for."""

from __future__ import annotations

import itertools
import os

from textual.suggester import Suggester

from ganstudio.errors import UsageError, nearest
from ganstudio.workspace import expanded_path, names_beside

_LOOKED_AT = 2000  # entries of a folder


class Paths(Suggester):
    """The first name in the folder that goes on as the person began."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        folder, begun = os.path.split(value)
        if not begun:
            return None
        try:
            with os.scandir(os.path.expanduser(folder) or ".") as entries:  # noqa: PTH111  # never raises
                names = [
                    f"{entry.name}/" if entry.is_dir() else entry.name
                    for entry in itertools.islice(entries, _LOOKED_AT)
                    if entry.name.startswith(begun)
                ]
        except OSError:
            return None
        return os.path.join(folder, min(names)) if names else None  # noqa: PTH118  # "./" stays


def existing(text: str) -> str:
    """The path that a person typed, made absolute. Raises UsageError where there is none, with the nearest."""
    if not text:
        raise UsageError("Which folder or file?")
    # os.path: a Path raises on names that are too long, or ~ of nobody
    path = expanded_path(text)
    if os.path.exists(path):  # noqa: PTH110
        return str(path.absolute())
    while not os.path.exists(path.parent):  # noqa: PTH110
        path = path.parent
    inside = names_beside(path)
    told = nearest(path.name, inside) if inside else "It is empty."
    if told.startswith("Known: ") and len(inside) > 5:  # a whole folder is no help
        told = ""
    raise UsageError(f"There is no {path.name!r} in {path.parent}. {told}".rstrip())
