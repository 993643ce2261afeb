"""Paths that a person types: completed while they are typed, and looked for."""

from __future__ import annotations

import itertools
import os

from textual.suggester import Suggester

from ganstudio.errors import UsageError, nearest
from ganstudio.workspace import expand_path, names_beside

_MOST_ENTRIES = 2000  # entries of a folder


class PathSuggester(Suggester):
    """Suggests the first name in the folder that begins with the text typed so far."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        folder, prefix = os.path.split(value)
        if not prefix:
            return None
        try:
            with os.scandir(os.path.expanduser(folder) or ".") as entries:  # noqa: PTH111  # never raises
                names = [
                    f"{entry.name}/" if entry.is_dir() else entry.name
                    for entry in itertools.islice(entries, _MOST_ENTRIES)
                    if entry.name.startswith(prefix)
                ]
        except OSError:
            return None
        return os.path.join(folder, min(names)) if names else None  # noqa: PTH118  # "./" stays


def existing_path(text: str) -> str:
    """Returns the path that a person typed, made absolute. Raises UsageError where there is none, with the nearest."""
    if not text:
        raise UsageError("Which folder or file?")
    # os.path: a Path raises on names that are too long, or ~ of nobody
    path = expand_path(text)
    if os.path.exists(path):  # noqa: PTH110
        return str(path.absolute())
    while not os.path.exists(path.parent):  # noqa: PTH110
        path = path.parent
    inside = names_beside(path)
    suggestion = nearest(path.name, inside) if inside else "It is empty."
    if suggestion.startswith("Known: ") and len(inside) > 5:  # a whole folder is no help
        suggestion = ""
    raise UsageError(f"There is no {path.name!r} in {path.parent}. {suggestion}".rstrip())
