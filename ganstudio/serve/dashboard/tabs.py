"""Tabs of browsers, each with a dashboard in a process of its own, which begins and ends with the tab.

textual-serve speaks with the process, in packets on stdin and stdout, and has the script that draws what it says. It
neither bounds how many there are nor ends one that hangs: that is done here.
"""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from starlette.websockets import WebSocket, WebSocketDisconnect
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from ganstudio import bridge

FREE_S = 5.0  # that a tab waits for another one to end: one that is loaded again comes before it has gone
END_S = 5.0  # for a dashboard to end by itself
LARGEST = 600  # columns, or rows
LEFT, REFUSED, FAULT, FULL = 1000, 1008, 1011, 1013  # codes that a WebSocket is closed with
# The browser, in place of the terminal that the server was started in: see ganstudio.terminal.
_BROWSER = {
    "TEXTUAL_DRIVER": "ganstudio.tui.browser_driver:BrowserDriver",
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
    "KITTY_WINDOW_ID": None,
    "WT_SESSION": None,
    "TMUX": None,
}
T = TypeVar("T")


class Tabs:
    """At most `most` dashboards at once, each run by `command`. Made in the event loop that serves."""

    def __init__(self, command: Sequence[str], most: int) -> None:
        self.downloads = DownloadManager()
        self._command, self._most = tuple(command), most
        self._free = asyncio.Semaphore(most)

    async def serve(self, websocket: WebSocket) -> None:
        """Runs a dashboard until the tab is closed, or the dashboard ends."""
        await websocket.accept()
        try:
            await asyncio.wait_for(self._free.acquire(), FREE_S)
        except TimeoutError:
            why = f"No dashboard is free: --max-tabs is {self._most}. Close another tab, then open this again."
            await _close(websocket, FULL, why)
            return
        try:
            await self._run(_Tab(self._command, websocket, self.downloads), websocket)
        finally:
            self._free.release()

    async def _run(self, tab: _Tab, websocket: WebSocket) -> None:
        width, height = _number(websocket, "width", 80), _number(websocket, "height", 24)
        reading: asyncio.Future[None] | None = None
        try:
            await tab.start(*_size(width, height))
            reading = asyncio.ensure_future(tab.read())
            await asyncio.wait([reading, tab.drawing], return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                left = (LEFT, "The dashboard is closed. Runs go on.")
                failed = (FAULT, "The dashboard has failed: the log says why.")
                await _close(websocket, *(left if await tab.has_quit() else failed))
            elif isinstance(reading.exception(), WebSocketDisconnect):
                return
            else:
                await _close(websocket, REFUSED, "The server does not understand what this page sends.")
        finally:
            await tab.end()
            if reading is not None:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)


class _Tab(AppService):
    """textual-serve's process of one tab, without a shell between, and with an end."""

    def __init__(self, command: Sequence[str], websocket: WebSocket, downloads: DownloadManager) -> None:
        super().__init__(
            " ".join(command),
            write_bytes=_while_there(websocket.send_bytes),
            write_str=_while_there(websocket.send_text),
            close=self._wait_for_exit,
            download_manager=downloads,
        )
        self._words, self._websocket = command, websocket

    @property
    def drawing(self) -> asyncio.Task[None]:
        """Passes on what the dashboard draws, until its process ends."""
        assert self._task is not None
        return self._task

    async def read(self) -> None:
        """Passes on what the tab sends. Raises WebSocketDisconnect at its end, something else for what is no message.

        A message is ["stdin", keys], ["resize", {width, height}], ["ping", text], ["focus"] or ["blur"].
        """
        while True:
            match json.loads(await self._websocket.receive_text()):
                case ["stdin", str(keys)]:
                    await self.send_bytes(keys.encode())
                case ["resize", {"width": int(width), "height": int(height)}]:
                    await self.set_terminal_size(*_size(width, height))
                case ["ping", str(sent)]:
                    await self._websocket.send_json(["pong", sent])
                case ["focus"]:
                    await self.focus()
                case ["blur"]:
                    await self.blur()
                case _:
                    raise ValueError("no message of a tab")

    async def has_quit(self) -> bool:
        """Whether the process, which draws no more, ends as one does that was told to quit."""
        assert self._process is not None
        with suppress(TimeoutError):
            return await asyncio.wait_for(self._process.wait(), END_S) == 0
        return False

    async def end(self) -> None:
        """Asks the dashboard to quit, and kills one that has not after END_S."""
        process = self._process
        if process is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await self.stop()
                await process.wait()
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _wait_for_exit(self) -> None:
        """Nothing: a dashboard says that it leaves where it fails too, so that its process's end is waited for."""

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """The dashboard, in a session of its own: Ctrl-C in the server's terminal is the server's."""
        environment = bridge.environment() | self._build_environment(width, height) | _BROWSER
        self._process = await asyncio.create_subprocess_exec(
            *self._words,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,  # which is written to stdout in the end
            env={name: value for name, value in environment.items() if value is not None},
            start_new_session=True,
        )
        self._stdin = self._process.stdin
        return self._process


def _while_there(send: Callable[[T], Awaitable[None]]) -> Callable[[T], Awaitable[None]]:
    """`send`, which drops what is sent to a tab that has gone: what draws must be read until its process ends."""

    async def sent(content: T) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):
            await send(content)

    return sent


async def _close(websocket: WebSocket, code: int, why: str) -> None:
    """Shows `why` in the place of the dashboard."""
    with suppress(WebSocketDisconnect, RuntimeError):
        await websocket.send_bytes(f"\x1b[0m\x1b[?25l\x1b[2J\x1b[H{why}".encode())
        await websocket.close(code, why)


def _number(websocket: WebSocket, name: str, otherwise: int) -> int:
    given = websocket.query_params.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 6 else otherwise


def _size(width: int, height: int) -> tuple[int, int]:
    """Columns and rows that a dashboard can be drawn in."""
    return min(max(width, 1), LARGEST), min(max(height, 1), LARGEST)
