"""Reads `tui.toml` in the user's configuration folder: the theme, how pictures are drawn, and changed keys.

    theme = "light"
    pictures = "kitty"
    enlarged = "smooth"
    [keys]
    "runs.stop" = "ctrl+t"

The names of keys are those that `docs/dashboard.md` lists.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ganstudio.errors import nearest
from ganstudio.workspace import user_file

_KNOWN = ("theme", "pictures", "enlarged", "keys")
_CHOICES = {"theme": ("dark", "light"), "pictures": ("blocks", "kitty"), "enlarged": ("bricks", "smooth")}


@dataclass(frozen=True)
class Settings:
    """The user's settings. `problems` has a line for each entry of the file that cannot be used and is ignored."""

    theme: Literal["dark", "light"] = "dark"
    pictures: Literal["blocks", "kitty"] = "blocks"
    keys: dict[str, str] = field(default_factory=dict)
    enlarged: Literal["bricks", "smooth"] = "bricks"
    problems: tuple[str, ...] = ()


def settings_file() -> Path:
    return user_file("config", "tui.toml")


def load(path: Path | None = None) -> Settings:
    """Returns the user's settings; the defaults where there is no file, or an entry of it cannot be used."""
    path = path or settings_file()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        return Settings(problems=(f"{path}: {error}",))
    problems = [f"{path}: there is no setting {name!r}. {nearest(name, _KNOWN)}" for name in table.keys() - set(_KNOWN)]
    chosen: dict[str, Any] = {}
    for name, legal in _CHOICES.items():
        if (value := table.get(name, legal[0])) in legal:
            chosen[name] = value
        else:
            problems.append(f"{path}: {name} must be {' or '.join(legal)}; got {value!r}.")
    chosen["keys"], wrong = _legal_keys(table.get("keys", {}), str(path))
    return Settings(**chosen, problems=(*sorted(problems), *wrong))


def _legal_keys(given: Any, where: str) -> tuple[dict[str, str], list[str]]:
    """Returns the keys that can be used, and a line on what is wrong with each other one."""
    if not isinstance(given, dict):
        return {}, [f"{where}: [keys] is a table of names and keys."]
    if not given:
        return {}, []
    from ganstudio.tui import keys

    good, problems = keys.legal_keys({name: key for name, key in given.items() if isinstance(key, str)}, where)
    others = [name for name, key in given.items() if not isinstance(key, str)]
    return good, problems + [f"{where}: keys.{name} must be a key, as text; got {given[name]!r}." for name in others]
