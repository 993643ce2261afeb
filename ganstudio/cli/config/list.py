"""`ganstudio config list`: every setting with its value, and where that comes from."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from ganstudio.cli.output import paint, print_json, print_table
from ganstudio.errors import RecipeError, UsageError
from ganstudio.settings import WORKSPACE_FILE
from ganstudio.settings.files import SettingsFile, read_own, read_workspace
from ganstudio.settings.known import KEYS, SETTINGS, Setting
from ganstudio.settings.values import Source, Value, from_environment
from ganstudio.workspace import Workspace, data_home, expand_home, state_home

_OPTIONS_OF = ("train", "sample", "tui", "serve")  # commands whose options are settings; the last has the last word


class _Option(NamedTuple):
    default: Any
    means: str


def list_settings(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Print every setting: its value, and where that comes from. The part of a webhook's URL that is secret is hidden.

    A command's option comes first, then the environment, the workspace's ganstudio.toml, the user's own file, and the
    default. Exit code 2 where something in a file or in the environment cannot be used; all of it is named.

    \b
    Examples:
      ganstudio config
      ganstudio config list --json
    """
    workspace = Workspace.locate()
    files = [read_workspace(workspace.root), read_own("config.toml"), read_own("tui.toml")]
    problems = [problem for file in files for problem in file.problems]
    options = _options()
    found: dict[str, Value] = {}
    for key, setting in SETTINGS.items():
        try:
            found[key] = _value(setting, files, options, workspace)
        except UsageError as error:
            problems.append(error.message)
    keys = files[-1].keys if isinstance(files[-1].keys, dict) else {}
    found |= {f"{KEYS}.{name}": Value(key, "user", str(files[-1].path)) for name, key in keys.items()}
    if as_json:
        print_json([_as_json(key, value, options) for key, value in found.items()])
    else:
        _print(found)
    if problems:
        raise RecipeError(problems, hint="ganstudio config path   # the files to mend")


def _options() -> dict[str, _Option]:
    """The options of commands that are settings, by their variable."""
    from ganstudio.cli.lazy_group import root_group

    group = root_group()
    parameters = [one for name in _OPTIONS_OF for one in group.get_command(None, name).params]
    return {one.envvar: _Option(one.default, one.help or "") for one in parameters if isinstance(one.envvar, str)}


def _value(setting: Setting, files: list[SettingsFile], options: dict[str, _Option], workspace: Workspace) -> Value:
    """What holds for a setting, from files that have been read. Raises UsageError where the environment is wrong."""
    if setting.key == "workspace":
        return _workspace(workspace)
    if found := from_environment(setting):
        return found
    for file, source in zip(files, ("workspace", "user", "user"), strict=True):
        if setting.key in file.values:
            value = file.values[setting.key]
            return Value(expand_home(value) if setting.kind.is_path else value, _as_source(source), str(file.path))
    match setting.key:
        case "data":
            default: Any = None if any(file.problems for file in files) else str(data_home())
        case "state":
            default = str(state_home())
        case _:
            default = options[setting.variable].default if setting.variable in options else setting.default
    return Value(default, "default", "")


def _as_source(name: str) -> Source:
    return "workspace" if name == "workspace" else "user"


def _workspace(workspace: Workspace) -> Value:
    """The workspace's folder. --workspace sets its variable, so both are one here."""
    root = str(workspace.root)
    if os.environ.get(SETTINGS["workspace"].variable):
        return Value(root, "environment", SETTINGS["workspace"].variable)
    if (marker := workspace.root / WORKSPACE_FILE).exists():
        return Value(root, "found", str(marker))
    return Value(root, "default", "the current folder")


def _as_json(key: str, found: Value, options: dict[str, _Option]) -> dict[str, Any]:
    setting = SETTINGS.get(key)
    table = {"key": key, "value": found.value, "source": found.source, "where": found.where or None}
    if setting is None:
        return {**table, "variable": None, "file": "tui.toml", "in_workspace": False, "means": "a key of the dashboard"}
    option = options.get(setting.variable)
    means = setting.means or (option.means if option else None)
    more = {"variable": setting.variable, "file": setting.file, "in_workspace": setting.in_workspace, "means": means}
    return {**table, "value": setting.kind.shown(found.value), **more}


def _print(found: dict[str, Value]) -> None:
    rows = []
    for key, (value, source, where) in found.items():
        setting = SETTINGS.get(key)
        shown = _text(setting.kind.shown(value) if setting else value)
        origin = source if not where else where if source == "default" else f"{source}: {_short(where)}"
        plain = source == "default"
        rows.append([key, shown, paint(origin, "dim", sys.stdout) if plain else origin])
    print_table(["setting", "value", "from"], rows)


def _text(value: Any) -> str:
    match value:
        case None:
            return "-"
        case list() | tuple():
            return ", ".join(map(str, value)) or "-"
        case _:
            return str(value)


def _short(where: str) -> str:
    """A path with `~` for the home folder."""
    home = os.path.expanduser("~")  # noqa: PTH111
    return f"~{where[len(home) :]}" if where.startswith(f"{home}{os.sep}") and Path(home) != Path("/") else where
