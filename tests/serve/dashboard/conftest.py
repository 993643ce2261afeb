"""The real server on loopback, in a thread, with small dashboards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import uvicorn
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

from ganstudio.serve.dashboard.app import create_dashboard_app
from ganstudio.serve.listening import bind
from ganstudio.serve.protocol import protocol_for
from ganstudio.serve.settings import Access, Limits, Settings
from ganstudio.workspace import Workspace

SMALL = Path(__file__).parent / "small_dashboard.py"
PATIENCE_S = 60.0

Serve = Callable[..., str]


@contextmanager
def running(access: Access, most_tabs: int) -> Iterator[str]:
    settings = Settings(Limits(rate=0), access, log=False)
    app = create_dashboard_app([sys.executable, str(SMALL)], settings, most_tabs)
    config = uvicorn.Config(app, http=protocol_for(), ws="websockets-sansio", log_config=None)
    server, bound = uvicorn.Server(config), bind("127.0.0.1", 0, settings)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        bound.close()


@contextmanager
def serving(workspace: Workspace, stderr: Path, *flags: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command itself, with the real dashboard; and its address."""
    words = [sys.executable, "-m", "ganstudio", "--workspace", str(workspace.root)]
    words += ["tui", "--web", "--port", "0", "--json", *flags]
    with (
        stderr.open("w") as file,
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=file, text=True, env=os.environ) as process,
    ):
        try:
            assert process.stdout is not None
            document = "".join(process.stdout.readline() for _ in range(3))
            yield process, json.loads(document)["url"].rstrip("/")
        finally:
            process.kill()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """`serve(most_tabs=1)`: the address of a server."""
    with ExitStack() as stack:
        yield lambda access=None, most_tabs=2: stack.enter_context(running(access or Access(), most_tabs))


class Tab:
    """A tab: what textual.js sends and is sent."""

    def __init__(self, url: str, query: str = "width=80&height=24", **more: Any) -> None:
        self._opened = connect(f"ws{url.removeprefix('http')}/ws?{query}", open_timeout=PATIENCE_S, **more)
        self.socket = self._opened.__enter__()
        self.drawn = b""

    def send(self, *message: object) -> None:
        self.socket.send(json.dumps(message))

    def wait_for(self, text: str) -> None:
        """Raises AssertionError where it is not drawn in time."""
        while text.encode() not in self.drawn:
            self.drawn += _bytes(self.socket.recv(timeout=PATIENCE_S))

    def told(self, what: str) -> Any:
        """The content of the next message of that kind."""
        while True:
            message = self.socket.recv(timeout=PATIENCE_S)
            if isinstance(message, str) and (found := json.loads(message))[0] == what:
                return found[1]

    def end(self) -> tuple[int, str, str]:
        """Waits for the server to close it: the code, the reason, what was shown last."""
        last = b""
        with suppress(ConnectionClosedError):
            for message in self.socket:
                last = _bytes(message)
        self.close()
        return self.socket.close_code, self.socket.close_reason, last.decode()

    def close(self) -> None:
        self._opened.__exit__(None, None, None)


def _bytes(message: str | bytes) -> bytes:
    return message if isinstance(message, bytes) else b""


def dashboards() -> list[psutil.Process]:
    """The small dashboards that this process, or a server that it has started, runs."""
    return [one for one in psutil.Process().children(recursive=True) if _is_dashboard(one)]


def _is_dashboard(process: psutil.Process) -> bool:
    try:
        return str(SMALL) in process.cmdline()
    except psutil.Error:
        return False


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until, "not in time"
        time.sleep(0.05)
