"""`ganstudio tui --web`: serves the dashboard to browsers."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

from ganstudio.cli.output import note
from ganstudio.cli.serve.server_options import access_of, check_extra, check_port, print_address
from ganstudio.errors import UsageError
from ganstudio.workspace import Workspace

AccessOptions = tuple[str, Path | None, bool, Sequence[str], Sequence[str]]  # what `access_of` takes


def serve_dashboard(
    readonly: bool, light: bool, access_options: AccessOptions, port: int, max_tabs: int, quiet: bool, as_json: bool
) -> None:
    """Serves until it is stopped; prints its address. Raises UsageError for what nothing can be served with."""
    modules = ("textual_serve", "websockets", "fastapi", "uvicorn", "python_multipart", "prometheus_client")
    check_extra("tui --web", *modules)
    from ganstudio.serve.dashboard.app import create_dashboard_app
    from ganstudio.serve.listening import bind
    from ganstudio.serve.server import run, url_of
    from ganstudio.serve.settings import Limits, Settings

    host, _, public, _, _ = access_options
    access = access_of(*access_options, flags_for_strangers="--public --readonly")
    if public and access.tokens is None and not readonly:
        raise UsageError(
            "--public: strangers could start trainings, which run code of theirs as you.",
            "--public --readonly   # or --token-file FILE, to ask for a token",
        )
    check_port(port, "--port 8001")
    if max_tabs < 1:
        raise UsageError(f"--max-tabs: must be above 0; got {max_tabs}.", "--max-tabs 4")
    settings = Settings(Limits(), access, log=not quiet)
    app = create_dashboard_app(_command(readonly, light), settings, max_tabs)
    bound = bind(host, port, settings)
    address = url_of(bound, host)
    with contextlib.ExitStack() as stack:

        def started() -> None:
            print_address(address, as_json)
            if access.tokens is None and not public:
                note("Every user of this machine may open it; --token-file FILE asks for a token.")
            note("Ctrl-C stops it; runs go on.")
            # textual-serve prints to stdout what a dashboard said on stderr
            stack.enter_context(contextlib.redirect_stdout(sys.stderr))

        run(app, settings, bound, started, websockets=True)


def _command(readonly: bool, light: bool) -> list[str]:
    """The command that a tab runs."""
    flags = [flag for flag, given in (("--readonly", readonly), ("--light", light)) if given]
    return [sys.executable, "-m", "ganstudio", "--workspace", str(Workspace.locate().root), "tui", *flags]
