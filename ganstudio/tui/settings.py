"""The settings of the dashboard: those of `tui.toml` in the user's configuration folder, and changed keys.

    theme = "light"
    pictures = "kitty"
    enlarged = "smooth"
    alert = "bell"
    [keys]
    "runs.stop" = "ctrl+t"

The names of keys are those that `docs/dashboard.md` lists. The environment, and for the theme the workspace's
`ganstudio.toml`, come before the file: docs/configuration.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ganstudio.errors import UsageError
from ganstudio.settings.files import read_own, read_workspace
from ganstudio.settings.known import SETTINGS
from ganstudio.settings.values import from_environment

Alert = Literal["all", "bell", "notification", "none"]


@dataclass(frozen=True)
class Settings:
    """The user's settings. `problems` has a line for each entry of a file that cannot be used and is ignored."""

    theme: Literal["dark", "light"] = "dark"
    pictures: Literal["blocks", "kitty"] = "blocks"
    keys: dict[str, str] = field(default_factory=dict)
    enlarged: Literal["bricks", "smooth"] = "bricks"
    alert: Alert = "all"
    problems: tuple[str, ...] = ()


def load(path: Path | None = None, root: Path | None = None) -> Settings:
    """Returns what holds in the workspace at `root`; the default of what is not set, or cannot be used."""
    own = read_own("tui.toml", path)
    chosen, problems = dict(own.values), list(own.problems)
    if root is not None:
        marked = read_workspace(root)
        problems += marked.problems
        chosen |= {key: value for key, value in marked.values.items() if SETTINGS[key].file == "tui.toml"}
    for setting in SETTINGS.values():
        if setting.file == "tui.toml":
            try:
                found = from_environment(setting)
            except UsageError as error:
                problems.append(error.message)
            else:
                chosen |= {setting.key: found.value} if found else {}
    chosen["keys"], wrong = _legal_keys({} if own.keys is None else own.keys, str(own.path))
    return Settings(**chosen, problems=(*problems, *wrong))


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
