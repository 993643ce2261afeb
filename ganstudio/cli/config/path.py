"""`ganstudio config path`: the files that settings stand in."""

from __future__ import annotations

from typing import Annotated

import typer

from ganstudio.cli.output import print_json, print_made
from ganstudio.settings import WORKSPACE_FILE
from ganstudio.settings.files import own_file
from ganstudio.workspace import Workspace


def path(as_json: Annotated[bool, typer.Option("--json", help="JSON, with which are there.")] = False) -> None:
    """Print the paths of the files that settings stand in: the workspace's, then the user's own, there or not.

    \b
    Example:
      ganstudio config path
    """
    files = [Workspace.locate().root / WORKSPACE_FILE, own_file("config.toml"), own_file("tui.toml")]
    if as_json:
        print_json([{"path": str(file), "exists": file.exists()} for file in files])
    else:
        print_made(*files)
