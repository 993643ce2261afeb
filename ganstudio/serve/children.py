"""Child processes as the event loop has them: started when needed, killed when they hang, replaced when they die."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from typing import Any

import numpy as np

from ganstudio import bridge
from ganstudio.data.whole_picture import WholePicture
from ganstudio.progress import Progress
from ganstudio.serve.problems import ProblemError, busy, refused

DECODERS = 2
DECODE_S = 20.0
_GONE = "The process that worked on it ended; another takes its place. Ask again."
_MOST_BYTES = 2_000_000_000  # of one part of an answer
_THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # each has memory of its own


class Child:
    """One child process, which works on one message at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, **environment: str) -> Child:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ganstudio.serve.child"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=bridge.environment() | environment,
            start_new_session=True,  # Ctrl-C is the server's to handle
        )
        return cls(process)

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ask(self, message: dict[str, Any], content: bytes) -> None:
        """Sends a message with one part. Raises ProblemError (503) where the child is gone."""
        assert self._process.stdin is not None
        line = json.dumps(message | {"sizes": [len(content)]}).encode()
        try:
            self._process.stdin.write(line + b"\n" + content)
            await self._process.stdin.drain()
        except (ConnectionError, RuntimeError):
            raise busy(503, _GONE) from None

    async def answer(self) -> tuple[dict[str, Any], list[bytes]]:
        """The next message with its parts. Raises ProblemError (503) where the child is gone."""
        assert self._process.stdout is not None
        try:
            message = json.loads(await self._process.stdout.readuntil(b"\n"))
            sizes = message["sizes"]
            if not all(type(size) is int and 0 <= size < _MOST_BYTES for size in sizes):
                raise ValueError(f"sizes {sizes}")
            return message, [await self._process.stdout.readexactly(size) for size in sizes]
        except (
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            ConnectionError,
            ValueError,
            LookupError,
            TypeError,
        ):
            raise busy(503, _GONE) from None

    async def end(self) -> None:
        """Kills it, and waits for that, also where whoever waits is cancelled meanwhile: else nobody would reap it."""
        with suppress(ProcessLookupError):
            self._process.kill()
        waiting, cancelled = asyncio.ensure_future(self._process.wait()), False
        while not waiting.done():
            try:
                await asyncio.shield(waiting)
            except asyncio.CancelledError:
                cancelled = True
        if cancelled:
            raise asyncio.CancelledError


class Decoders:
    """Processes that decode pictures; `pixels` is how many a picture may have.

    `turn` is held by whoever has a decoded picture at work: a file of 75 KB may hold 75 MB of pixels, and hundreds of
    them may come while a network works on one.
    """

    def __init__(self, pixels: int, count: int = DECODERS) -> None:
        self._pixels = pixels
        self.turn = asyncio.Semaphore(count)
        self._started: list[Child] = []
        self._free: asyncio.LifoQueue[Child | None] = asyncio.LifoQueue()
        for _ in range(count):
            self._free.put_nowait(None)

    async def decode(self, content: bytes, srgb: bool, field: str = "image") -> WholePicture:
        """The picture in a file's bytes, as `read_whole` reads it.

        Raises ProblemError: it is none, it is too large (422); its process died or hung (503).
        """
        child = await self._free.get()
        done = False
        try:
            if child is None or not child.alive:
                child = await Child.start(**_THREADS)
                self._started = [*(one for one in self._started if one.alive), child]
            try:
                async with asyncio.timeout(DECODE_S):
                    await child.ask({"work": "decode", "srgb": srgb, "pixels": self._pixels}, content)
                    message, parts = await child.answer()
            except TimeoutError:
                raise refused(f"{field}: it could not be decoded within {DECODE_S:g} s.", field) from None
            done = True
        finally:
            try:
                if child is not None and not done:
                    await child.end()
            finally:
                self._free.put_nowait(child if done else None)
        if "error" in message:
            raise refused(f"{field}: {message['error']}.", field)
        return _whole(message, parts)

    async def close(self) -> None:
        """Ends all of them, those that are at work too."""
        for child in self._started:
            await child.end()


def _whole(message: dict[str, Any], parts: list[bytes]) -> WholePicture:
    colours, alpha, profile, exif, xmp = parts
    height, width, channels = message["shape"]
    return WholePicture(
        np.frombuffer(colours, np.uint8).reshape(height, width, channels),
        np.frombuffer(alpha, np.uint8).reshape(height, width) if alpha else None,
        profile or None,
        exif,
        xmp,
        tuple(map(str, message["notes"])),
    )


async def project_in_child(
    message: dict[str, Any],
    content: bytes,
    progress: Progress,
) -> tuple[dict[str, Any], list[bytes]]:
    """What a child answers that projects a picture; it ends with the work, however that ends. Raises ProblemError."""
    child = await Child.start()
    try:
        await child.ask(message | {"work": "project"}, content)
        while "done" in (found := await child.answer())[0]:
            progress(int(found[0]["done"]), int(found[0]["total"]))
    finally:
        await child.end()
    if "error" in found[0]:
        raise refused(f"image: {found[0]['error']}.", "image")
    if "failure" in found[0]:
        raise ProblemError(500, "The model could not project it; the server's log says why.")
    return found
