"""`ganstudio tui`: opens the dashboard, in this terminal or for browsers."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from ganstudio.cli.output import note
from ganstudio.cli.serve.server_options import (
    AddressJson,
    AllowedHost,
    Host,
    Port,
    Public,
    Quiet,
    TokenFile,
    TrustedProxy,
    environment_option,
)
from ganstudio.errors import UsageError
from ganstudio.terminal import moves_cursor, places_pictures
from ganstudio.workspace import Workspace

_NO_KITTY = "whole pictures need kitty or ghostty, and no tmux in between."
_OF_WEB = ("host", "port", "token_file", "public", "allowed_host", "trusted_proxy", "max_tabs", "quiet", "as_json")


def tui(
    context: typer.Context,
    readonly: Annotated[bool, typer.Option("--readonly", help="Look only: nothing is started or removed.")] = False,
    sharp: Annotated[
        bool, typer.Option("--sharp", help="Whole pictures instead of half-blocks: kitty and ghostty.")
    ] = False,
    light: Annotated[bool, typer.Option("--light", help="Dark letters on a light ground.")] = False,
    web: Annotated[bool, typer.Option("--web", help="Serve it to browsers. What follows goes with --web.")] = False,
    host: Host = "127.0.0.1",
    port: Port = 8001,
    token_file: TokenFile = None,
    public: Public = False,
    allowed_host: AllowedHost = None,
    trusted_proxy: TrustedProxy = None,
    max_tabs: Annotated[int, environment_option("N", "Dashboards at once, a process each.", "MAX_TABS")] = 4,
    quiet: Quiet = False,
    as_json: AddressJson = False,
) -> None:
    """Open the dashboard. Runs go on when it is closed, and those that others started are in it.

    With --web it is opened in a browser, at the address that is printed; every tab is a dashboard of its own. Whoever
    opens it may do what you may, unless it is --readonly. Listens at 127.0.0.1 unless --host says otherwise, which
    needs --token-file, or --public and --readonly. Needs `pip install 'ganstudio[serve]'`.

    \b
    Examples:
      ganstudio tui
      ganstudio --workspace ~/gans tui --readonly
      ganstudio tui --web
      ganstudio tui --web --host 0.0.0.0 --token-file tokens.txt --allowed-host gans.example.org
    """
    if web:
        from ganstudio.cli.serve.web_dashboard import serve_dashboard

        if sharp:
            raise UsageError("--sharp: a browser shows half-blocks alone.", hint="ganstudio tui --web")
        access = (host, token_file, public, allowed_host or [], trusted_proxy or [])
        serve_dashboard(readonly, light, access, port, max_tabs, quiet, as_json)
        return
    given = [name for name in _OF_WEB if _is_given(context, name)]
    if given:
        flag = "--json" if given[0] == "as_json" else f"--{given[0].replace('_', '-')}"
        raise UsageError(f"{flag}: is for a dashboard in a browser.", hint="ganstudio tui --web")
    _open(readonly, sharp, light)


def _is_given(context: typer.Context, name: str) -> bool:
    """Whether a parameter was given on the command line; one that the environment gives is for whom it concerns."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _open(readonly: bool, sharp: bool, light: bool) -> None:
    """Runs the dashboard in this terminal, or for the browser's tab that --web has started this process for."""
    in_browser = os.environ.get("TEXTUAL_DRIVER", "").startswith("ganstudio.")
    if not in_browser and not (sys.stdin.isatty() and moves_cursor(sys.stdout)):
        raise UsageError("the dashboard needs a terminal that moves its cursor.", hint="ganstudio runs list")
    from dataclasses import replace

    from ganstudio.tui import settings
    from ganstudio.tui.app import Dashboard

    workspace = Workspace.locate()
    preferences = settings.load(root=workspace.root)
    preferences = replace(preferences, theme="light") if light else preferences
    preferences = replace(preferences, pictures="kitty") if sharp else preferences
    if preferences.pictures == "kitty" and not places_pictures():
        if sharp:
            raise UsageError(_NO_KITTY, hint="ganstudio tui   # with half-blocks")
        problems = (*preferences.problems, f"tui.toml: {_NO_KITTY}")
        preferences = replace(preferences, pictures="blocks", problems=problems)
    app = Dashboard(workspace, readonly, preferences)
    sys.setswitchinterval(0.001)  # the thread that looks lets a key through five times as soon
    app.run()
    live = [row.id for row in app.runs.rows if row.view.live]
    if live and not in_browser:
        note(f"{', '.join(live[:5])}{' and more' if live[5:] else ''} {'go' if live[1:] else 'goes'} on.")
        note("  ganstudio tui         looks again")
        note(f"  ganstudio runs stop {live[0]}")
    if app.fault is not None:
        raise app.fault
    if app.return_code:
        raise typer.Exit(app.return_code)  # a signal ended it
