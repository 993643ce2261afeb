"""`ganstudio tui`: opens the dashboard."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ganstudio.cli.output import note
from ganstudio.errors import UsageError
from ganstudio.terminal import moves_cursor, places_pictures
from ganstudio.workspace import Workspace

_NO_KITTY = "whole pictures need kitty or ghostty, and no tmux in between."


def tui(
    readonly: Annotated[bool, typer.Option("--readonly", help="Look only: nothing is started or removed.")] = False,
    sharp: Annotated[
        bool, typer.Option("--sharp", help="Whole pictures instead of half-blocks: kitty and ghostty.")
    ] = False,
    light: Annotated[bool, typer.Option("--light", help="Dark letters on a light ground.")] = False,
) -> None:
    """Open the dashboard. Runs go on when it is closed, and those that others started are in it.

    \b
    Examples:
      ganstudio tui
      ganstudio --workspace ~/gans tui --readonly
    """
    if not (sys.stdin.isatty() and moves_cursor(sys.stdout)):
        raise UsageError("the dashboard needs a terminal that moves its cursor.", hint="ganstudio runs list")
    from dataclasses import replace

    from ganstudio.tui import settings
    from ganstudio.tui.app import Dashboard

    preferences = settings.load()
    preferences = replace(preferences, theme="light") if light else preferences
    preferences = replace(preferences, pictures="kitty") if sharp else preferences
    if preferences.pictures == "kitty" and not places_pictures():
        if sharp:
            raise UsageError(_NO_KITTY, hint="ganstudio tui   # with half-blocks")
        problems = (*preferences.problems, f"tui.toml: {_NO_KITTY}")
        preferences = replace(preferences, pictures="blocks", problems=problems)
    app = Dashboard(Workspace.locate(), readonly, preferences)
    sys.setswitchinterval(0.001)  # the thread that looks lets a key through five times as soon
    app.run()
    live = [row.id for row in app.runs.rows if row.view.live]
    if live:
        note(f"{', '.join(live[:5])}{' and more' if live[5:] else ''} {'go' if live[1:] else 'goes'} on.")
        note("  ganstudio tui         looks again")
        note(f"  ganstudio runs stop {live[0]}")
    if app.fault is not None:
        raise app.fault
    if app.return_code:
        raise typer.Exit(app.return_code)  # a signal ended it
