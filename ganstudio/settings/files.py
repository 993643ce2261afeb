"""Reads the files of settings: the user's `config.toml` and `tui.toml`, and a workspace's `ganstudio.toml`.

device = "cuda:1"
[notify]
url = "https://hooks.example.org/services/..."
severity = "error"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ganstudio.errors import RecipeError, nearest, quoted
from ganstudio.settings import WORKSPACE_FILE
from ganstudio.settings.known import KEYS, SETTINGS, File, Setting
from ganstudio.user_folders import user_file

HINT = "ganstudio config"


@dataclass(frozen=True)
class SettingsFile:
    """What a file sets, by key. `problems` has a line for each entry that cannot be used; `keys` is not checked."""

    path: Path
    values: dict[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    keys: Any = None  # the table [keys] of tui.toml

    def require_right(self) -> SettingsFile:
        """The file itself. Raises RecipeError with every problem where there is one."""
        if self.problems:
            raise RecipeError(self.problems, hint=HINT)
        return self


def own_file(name: File) -> Path:
    """The user's file of that name."""
    return user_file("config", name)


def read_own(name: File, path: Path | None = None) -> SettingsFile:
    """The user's file of that name, which need not be there; `path` is another place for it."""
    known = [key for key, setting in SETTINGS.items() if setting.file == name]
    return _read(path or own_file(name), [*known, *([KEYS] if name == "tui.toml" else [])])


def read_workspace(root: Path) -> SettingsFile:
    """The file of the workspace at `root`, which need not be there."""
    return _read(root / WORKSPACE_FILE, [key for key, setting in SETTINGS.items() if setting.in_workspace])


def _read(path: Path, known: list[str]) -> SettingsFile:
    try:
        text = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return SettingsFile(path)
    except OSError as error:
        return SettingsFile(path, problems=(f"{path}: {error.strerror}",))
    import tomllib

    try:
        table = tomllib.loads(text.decode())
    except (ValueError, RecursionError) as error:
        return SettingsFile(path, problems=(f"{path}: {error}",))
    keys = table.pop(KEYS, None) if KEYS in known else None
    values, problems = {}, []
    for key, value in _flat(table):
        if key not in known:
            problems.append(f"{path}: {_misplaced(path, key, known)}")
        elif problem := SETTINGS[key].kind.problem(value):
            problems.append(f"{path}: {key} {problem}")
        else:
            values[key] = value
    return SettingsFile(path, values, tuple(sorted(problems)), keys)


def _flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Every entry by its dotted key. What stands below a setting's own key is its value, and wrong."""
    for name, value in table.items():
        key = f"{above}{name}"
        is_section = any(known.startswith(f"{key}.") for known in SETTINGS)
        if isinstance(value, dict) and (value or is_section) and key not in SETTINGS:
            yield from _flat(value, f"{key}.")
        else:
            yield key, value


def _misplaced(path: Path, key: str, known: list[str]) -> str:
    """What is wrong with a key that this file does not have, and where it belongs."""
    setting = SETTINGS.get(key) or (SETTINGS["theme"] if key.partition(".")[0] == KEYS else None)
    if path.name == WORKSPACE_FILE and setting is not None:
        allowed = " and ".join(known)
        where = f"yours is {place_of(setting)}" if setting.file else place_of(setting)
        return f"{key} may not be set by a workspace, whose files can come from strangers: {allowed} may; {where}."
    if setting is not None:
        return f"{key} is no setting of this file: {place_of(setting)}."
    return f"there is no setting {key!r}. {nearest(key, known)}"


def place_of(setting: Setting) -> str:
    """Where a setting can be set."""
    if setting.file is None:
        return f"set {setting.variable} in the environment"
    return quoted(own_file(setting.file))
