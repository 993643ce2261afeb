"""What holds for a setting now, and where that comes from: environment, workspace's file, user's file, in that order.

An option on the command line comes before all of them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ganstudio.errors import UsageError
from ganstudio.settings.files import read_own, read_workspace
from ganstudio.settings.known import SETTINGS, Setting
from ganstudio.user_folders import expand_home

Source = Literal["option", "environment", "workspace", "user", "found", "default"]


class Value(NamedTuple):
    """The value of a setting; `where` is the option, the variable or the file that it comes from."""

    value: Any
    source: Source
    where: str


def value_of(key: str, root: Path | None = None) -> Any:
    """What holds for a setting, its default where nothing is set; `root` is the workspace's folder.

    Raises UsageError where what is set cannot be used, RecipeError with every problem of a file.
    """
    setting = SETTINGS[key]
    found = from_environment(setting) or from_files(setting, root)
    return setting.default if found is None else found.value


def from_environment(setting: Setting) -> Value | None:
    """What the environment says; an empty variable says nothing. Raises UsageError where it cannot be used."""
    text = os.environ.get(setting.variable)
    if not text:
        return None
    value = text if setting.kind.is_path else setting.kind.read(text)
    if not setting.kind.is_path and (problem := setting.kind.problem(value)):
        raise UsageError(f"{setting.variable}: {problem}", hint=f"unset {setting.variable}")
    return Value(value, "environment", setting.variable)


def from_files(setting: Setting, root: Path | None = None) -> Value | None:
    """What the workspace's file or the user's says, with `~` expanded. Raises RecipeError with every problem of one."""
    if setting.in_workspace and root is not None:
        file = read_workspace(root).require_right()
        if setting.key in file.values:
            return Value(file.values[setting.key], "workspace", str(file.path))
    if setting.file is None:
        return None
    file = read_own(setting.file).require_right()
    if setting.key not in file.values:
        return None
    value = file.values[setting.key]
    return Value(expand_home(value) if setting.kind.is_path else value, "user", str(file.path))
