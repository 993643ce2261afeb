"""Options of every command that listens: where, and who may ask."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganstudio.cli.output import print_json, print_made
from ganstudio.errors import UsageError

if TYPE_CHECKING:
    from ganstudio.serve.settings import Access

_EXTRA = "pip install 'ganstudio[serve]'"


def environment_option(metavar: str, text: str, name: str) -> typer.models.OptionInfo:
    """An option that the environment variable GANSTUDIO_SERVE_`name` may give."""
    option: typer.models.OptionInfo = typer.Option(metavar=metavar, help=text, envvar=f"GANSTUDIO_SERVE_{name}")
    return option


Host = Annotated[str, environment_option("H", "The address to listen at.", "HOST")]
Port = Annotated[int, environment_option("N", "The port; 0 is any that is free.", "PORT")]
TokenFile = Annotated[
    Path | None, environment_option("FILE", "Ask for a token: a line each, NAME TOKEN.", "TOKEN_FILE")
]
Public = Annotated[bool, typer.Option("--public", help="Serve strangers without any token.")]
AllowedHost = Annotated[
    list[str] | None, environment_option("NAME", "A name that requests may call this server by.", "ALLOWED_HOST")
]
TrustedProxy = Annotated[
    list[str] | None, environment_option("IP", "A proxy whose X-Forwarded-For is believed.", "TRUSTED_PROXY")
]
AddressJson = Annotated[bool, typer.Option("--json", help="Print the address as one JSON document.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No line a request on stderr.")]


def access_of(
    host: str,
    token_file: Path | None,
    public: bool,
    allowed_host: Sequence[str],
    trusted_proxy: Sequence[str],
    flags_for_strangers: str = "--public",
) -> Access:
    """Who may ask. Raises UsageError where strangers could, and nobody said so by `flags_for_strangers`."""
    from ganstudio.serve.access.hosts import is_loopback, parse_networks
    from ganstudio.serve.access.tokens import Tokens
    from ganstudio.serve.settings import Access

    tokens = Tokens.read(token_file) if token_file else None
    if tokens is None and not public and not is_loopback(host):
        raise UsageError(
            f"--host {host}: others would reach it, and nothing asks them for a token.",
            f"--token-file FILE   # or {flags_for_strangers}, to serve strangers",
        )
    hosts = frozenset(name.lower() for name in [*allowed_host, host])
    return Access(tokens, hosts, parse_networks(trusted_proxy))


def check_port(port: int, hint: str) -> None:
    """Raises UsageError for what is no port."""
    if not 0 <= port <= 65535:
        raise UsageError(f"--port: from 0 to 65535; got {port}.", hint)


def print_address(address: str, as_json: bool, **more: object) -> None:
    """Prints where it listens, at once: whoever reads it through a pipe waits for it. `more` is in the JSON alone."""
    if as_json:
        print_json({"url": address, **more})
    else:
        print_made(address)
    sys.stdout.flush()


def check_extra(command: str, *modules: str) -> None:
    """Raises UsageError where the extra of servers is not installed."""
    import importlib.util

    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(f"`{command}` needs {', '.join(missing)}, which come with an extra of their own.", _EXTRA)
