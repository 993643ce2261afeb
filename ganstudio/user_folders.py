"""The user's own folders: for data, for state, and for configuration."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from ganstudio.errors import StudioError


def user_folder(kind: Literal["data", "state", "config"]) -> Path:
    """The user's own directory for what is of that kind. Raises StudioError where this user has no home."""
    import platformdirs

    try:
        return Path(expand_home(getattr(platformdirs, f"user_{kind}_dir")("ganstudio")))
    except RuntimeError:  # from the first versions that look
        raise _no_home_error() from None


def user_file(kind: Literal["data", "config"], name: str) -> Path:
    """A file of the user's own; beside the state, whose place can be chosen, where this user has no home."""
    try:
        return user_folder(kind) / name
    except StudioError:
        return state_home() / name


def state_home() -> Path:
    """Where it is noted which run uses which device: $GANSTUDIO_STATE, else the user's state directory."""
    if chosen := os.environ.get("GANSTUDIO_STATE"):
        return Path(expand_home(chosen))
    return user_folder("state")


def expand_home(path: str) -> str:
    """`path` with the home folder in place of a `~`, which no shell has seen where it is quoted or set elsewhere.

    Raises StudioError where this user has no home.
    """
    if path.partition("/")[0] != "~":
        return os.path.expanduser(path)  # noqa: PTH111  # Path's own raises RuntimeError where a name is unknown
    home = os.path.expanduser("~")  # noqa: PTH111
    if not home.startswith("/"):
        raise _no_home_error()
    return home.rstrip("/") + path[1:] or "/"


def _no_home_error() -> StudioError:
    return StudioError(
        f"there is no home folder: user {os.getuid()} is not in the passwd file and HOME is not set. Set "
        "GANSTUDIO_DATA and GANSTUDIO_STATE to folders that this user may write.",
        hint="export GANSTUDIO_DATA=/tmp/ganstudio/data GANSTUDIO_STATE=/tmp/ganstudio/state",
    )
