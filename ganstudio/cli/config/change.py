"""`ganstudio config set` and `unset`: change one setting in its file, and leave the rest as it is written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ganstudio.cli.config.toml_edit import with_entry, without_entry, write_private
from ganstudio.cli.output import print_made
from ganstudio.errors import RecipeError, UsageError, nearest
from ganstudio.settings import WORKSPACE_FILE
from ganstudio.settings.files import own_file, place_of, read_own, read_workspace
from ganstudio.settings.known import KEYS, SETTINGS, File, Setting
from ganstudio.workspace import Workspace

_Key = Annotated[str, typer.Argument(metavar="KEY", help="As `ganstudio config` lists it.")]
_InWorkspace = Annotated[
    bool, typer.Option("--in-workspace", help="In the workspace's ganstudio.toml, which makes the folder one.")
]


def set_value(
    key: _Key,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="Several, where it is a list, between commas.")],
    in_workspace: _InWorkspace = False,
) -> None:
    """Set a setting in the user's own file, or the workspace's. Prints the file's path.

    \b
    Examples:
      ganstudio config set device cuda:1
      ganstudio config set theme light --in-workspace
      ganstudio config set notify.url https://hooks.example.org/services/T0/B0/x
      ganstudio config set keys.runs.stop ctrl+t
    """
    path = _file_of(key, in_workspace)
    if key in SETTINGS:
        kind = SETTINGS[key].kind
        parsed: Any = kind.read(value)
        if problem := kind.problem(parsed):
            raise UsageError(f"{key} {problem}", hint="ganstudio config set --help")
    else:
        parsed = _legal_key(key, value, path)
    _write(path, with_entry(_text(path), key, parsed, path), in_workspace)


def unset(key: _Key, in_workspace: _InWorkspace = False) -> None:
    """Take a setting out of the user's own file, or the workspace's. Prints the file's path.

    \b
    Examples:
      ganstudio config unset device
      ganstudio config unset theme --in-workspace
    """
    path = _file_of(key, in_workspace)
    text = without_entry(_text(path), key, path)
    if text is None:
        raise UsageError(f"{key} is not set in {path}.", hint="ganstudio config   # where it comes from")
    _write(path, text, in_workspace)


def _file_of(key: str, in_workspace: bool) -> Path:
    """The file that `key` is to stand in. Raises UsageError where there is no such setting, or it may not."""
    setting = SETTINGS.get(key) or (SETTINGS["theme"] if key.startswith(f"{KEYS}.") and key != f"{KEYS}." else None)
    if setting is None:
        raise UsageError(f"there is no setting {key!r}. {nearest(key, SETTINGS)}", hint="ganstudio config")
    if in_workspace:
        if not setting.in_workspace or key not in SETTINGS:
            allowed = " and ".join(one.key for one in SETTINGS.values() if one.in_workspace)
            raise UsageError(
                f"{key} may not be set by a workspace, whose files can come from strangers: {allowed} may.",
                hint=f"ganstudio config set {key} VALUE" if setting.file else None,
            )
        return Workspace.locate().root / WORKSPACE_FILE
    return _own(setting)


def _own(setting: Setting) -> Path:
    if setting.file is None:
        hint = f"export {setting.variable}=VALUE"
        raise UsageError(f"{setting.key} stands in no file: {place_of(setting)}.", hint=hint)
    return own_file(setting.file)


def _legal_key(key: str, value: str, path: Path) -> str:
    """A key of the dashboard. Raises UsageError for an action that it does not have, or a key that it cannot take."""
    from ganstudio.tui import keys

    _, problems = keys.legal_keys({key.removeprefix(f"{KEYS}."): value}, str(path))
    if problems:
        raise RecipeError(
            [one.removeprefix(f"{path}: ") for one in problems], hint="ganstudio tui   # ? lists its keys"
        )
    return value


def _text(path: Path) -> str:
    """What stands in the file, '' where it is not there. Raises RecipeError with every problem where it is damaged."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise RecipeError([f"{path}: {error}"]) from None


def _write(path: Path, text: str, in_workspace: bool) -> None:
    """Replaces a file and prints its path. Raises RecipeError where something else in it is wrong."""
    write_private(path, text)
    print_made(path)
    name: File = "tui.toml" if path.name == "tui.toml" else "config.toml"
    (read_workspace(path.parent) if in_workspace else read_own(name)).require_right()
