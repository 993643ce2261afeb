"""`tui.toml` in the user's configuration folder: which theme, how pictures are drawn, and keys that are to be others.

    theme = "light"
    pictures = "kitty"
    [keys]
    "runs.stop" = "ctrl+t"

The names of keys are those that `docs/dashboard.md` lists.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ganstudio.errors import UsageError, nearest
from ganstudio.workspace import user_file

_KNOWN = ("theme", "pictures", "keys")
_THEMES = ("dark", "light")
_PICTURES = ("blocks", "kitty")


@dataclass(frozen=True)
class Settings:
    theme: Literal["dark", "light"] = "dark"
    pictures: Literal["blocks", "kitty"] = "blocks"
    keys: dict[str, str] = field(default_factory=dict)


def settings_file() -> Path:
    return user_file("config", "tui.toml")


def load(path: Path | None = None) -> Settings:
    """The user's settings; the usual ones where there is no file. Raises UsageError where it cannot be used."""
    path = path or settings_file()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: {error}") from None
    if unknown := sorted(table.keys() - set(_KNOWN)):
        raise UsageError(f"{path}: there is no setting {unknown[0]!r}. {nearest(unknown[0], _KNOWN)}")
    theme, pictures, keys = table.get("theme", "dark"), table.get("pictures", "blocks"), table.get("keys", {})
    if theme not in _THEMES:
        raise UsageError(f"{path}: theme must be dark or light; got {theme!r}.")
    if pictures not in _PICTURES:
        raise UsageError(f"{path}: pictures must be blocks or kitty; got {pictures!r}.")
    if not isinstance(keys, dict) or not all(isinstance(key, str) for key in keys.values()):
        raise UsageError(f"{path}: [keys] holds names and keys, both as text.")
    return Settings(theme, pictures, keys)
