"""Runs the server in this process until it is told to stop. SIGTERM drains: what was begun is answered first."""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Callable

import uvicorn

from ganstudio.errors import StudioError
from ganstudio.serve.guard import Guard
from ganstudio.serve.listening import Listener
from ganstudio.serve.protocol import protocol_for
from ganstudio.serve.settings import Settings

KEEP_ALIVE_S = 15
_MESSAGE_BYTES = 1_000_000  # of a WebSocket's client: keys, and what is pasted


def url_of(bound: socket.socket, host: str) -> str:
    """Where a browser finds it."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{bound.getsockname()[1]}/"


def run(app: Guard, settings: Settings, bound: Listener, started: Callable[[], None], websockets: bool = False) -> None:
    """Serves `app` until SIGTERM or SIGINT; `started` is called once requests are taken.

    `websockets` is whether the application has routes for them.

    Raises StudioError where the server cannot start, KeyboardInterrupt after SIGINT.
    """
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # what it tells there is in the answers already
    config = uvicorn.Config(
        app,
        http=protocol_for(),
        ws="websockets-sansio" if websockets else "none",
        ws_max_size=_MESSAGE_BYTES,
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=int(settings.limits.request_s) + 1,
    )
    server = _Server(config, app, started)
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: None)  # uvicorn raises it again once all is drained
    try:
        server.run(sockets=[bound])
    finally:
        signal.signal(signal.SIGTERM, before)
        bound.close()
    if not server.started:
        raise StudioError("the server did not start.")


class _Server(uvicorn.Server):
    """uvicorn's, which says when it has started, and ends jobs before it waits for those who hear of them."""

    def __init__(self, config: uvicorn.Config, app: Guard, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._app, self._on_started = app, started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._app.drain()
        await super().shutdown(sockets)
