"""Runs the server in this process until it is told to stop. SIGTERM drains: what was begun is answered first."""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Callable, Sequence

import uvicorn

from ganstudio.errors import StudioError, UsageError
from ganstudio.inference.exports import Export
from ganstudio.serve.app import create_app
from ganstudio.serve.exports_folder import ExportsFolder
from ganstudio.serve.protocol import protocol_for
from ganstudio.serve.settings import Settings

KEEP_ALIVE_S = 15
_BACKLOG = 2048


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises UsageError where it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError):
        raise UsageError(f"--host: {host!r} is no address of this machine.", "--host 127.0.0.1") from None
    bound = socket.socket(family, kind, protocol)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        hint = f"--port {port + 1}" if port else None
        raise UsageError(f"--host {host} --port {port}: cannot be had: {error.strerror}.", hint) from None
    return bound


def url_of(bound: socket.socket, host: str) -> str:
    """Where a browser finds it."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{bound.getsockname()[1]}/"


def run(
    exports: Sequence[Export],
    settings: Settings,
    bound: socket.socket,
    started: Callable[[], None],
    folder: ExportsFolder | None = None,
) -> None:
    """Serves until SIGTERM or SIGINT; `started` is called once requests are taken, `folder` watched for exports.

    Raises StudioError where the server cannot start, KeyboardInterrupt after SIGINT.
    """
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # what it tells there is in the answers already
    config = uvicorn.Config(
        create_app(exports, settings, folder),
        http=protocol_for(settings),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=int(settings.limits.request_s) + 1,
    )
    server = _Server(config, started)
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: None)  # uvicorn raises it again once all is drained
    try:
        server.run(sockets=[bound])
    finally:
        signal.signal(signal.SIGTERM, before)
        bound.close()
    if not server.started:
        raise StudioError("the server did not start.")


class _Server(uvicorn.Server):
    """uvicorn's, which says when it has started."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()
