"""Images of many requests in one call of a network: a batch goes when it is full, or when its oldest has waited enough.

All runs in the event loop but the network, which has a thread of its own: see opened.py.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Wanted:
    """What a request wants drawn: z [N, z_dim], and a class, and a seed for noise inputs, of each.

    `noise` are the noise inputs themselves, by name [N, ...], where a client sent them.
    """

    z: Floats
    labels: NDArray[np.int64] | None
    seeds: NDArray[np.int64]
    psi: float = 1.0
    noise: Mapping[str, Floats] | None = None

    def __len__(self) -> int:
        return len(self.z)

    def part(self, start: int, stop: int) -> Wanted:
        rows = slice(start, stop)
        labels = None if self.labels is None else self.labels[rows]
        noise = None if self.noise is None else {name: values[rows] for name, values in self.noise.items()}
        return Wanted(self.z[rows], labels, self.seeds[rows], self.psi, noise)

    @classmethod
    def joined(cls, parts: list[Wanted]) -> Wanted:
        """Several that are drawn alike, as one."""
        first = parts[0]
        if len(parts) == 1:
            return first
        labels = (
            None if first.labels is None else np.concatenate([one.labels for one in parts if one.labels is not None])
        )
        noise = None
        if first.noise is not None:
            noise = {name: np.concatenate([one.noise[name] for one in parts if one.noise]) for name in first.noise}
        z, seeds = (np.concatenate(arrays) for arrays in zip(*((one.z, one.seeds) for one in parts), strict=True))
        return cls(z, labels, seeds, first.psi, noise)

    @property
    def alike(self) -> tuple[float, bool]:
        """What two have in common that may be drawn in one call."""
        return self.psi, self.noise is not None


class QueueFullError(Exception):
    """Too many images wait; `wait_s` is when there may be room."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"the queue is full for {wait_s:.1f} s")
        self.wait_s = wait_s


@dataclass(eq=False)
class _Waiting:
    """A request in the queue: `taken` images of it are in batches, `drawn` are those that are done, in order."""

    wanted: Wanted
    since: float
    answer: asyncio.Future[list[Floats]]
    taken: int = 0
    drawn: list[Floats] = field(default_factory=list)
    missing: int = 0


Draw = Callable[[Wanted], Awaitable[Floats]]


class Batcher:
    """The queue of one model. `draw` makes images [N, C, H, W] of a batch; `told` hears how large each one is."""

    def __init__(
        self, draw: Draw, most: int, wait_s: float, room: int, told: Callable[[int], None] = lambda _size: None
    ) -> None:
        self._draw, self._most, self._wait_s, self._room, self._told = draw, most, wait_s, room, told
        self._queues: dict[tuple[float, bool], deque[_Waiting]] = {}
        self._queued = 0
        self._news = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._image_s = 0.01  # what an image took lately

    @property
    def queued(self) -> int:
        """Images that wait for a batch."""
        return self._queued

    async def images(self, wanted: Wanted) -> Floats:
        """The images of a request, [N, C, H, W] in [-1, 1]. Where it is cancelled, what of it waits is taken out.

        Raises QueueFullError, and what `draw` raises.
        """
        if self._queued and self._queued + len(wanted) > self._room:
            raise QueueFullError(self._queued * self._image_s)
        loop = asyncio.get_running_loop()
        one = _Waiting(wanted, loop.time(), loop.create_future(), missing=len(wanted))
        self._queues.setdefault(wanted.alike, deque()).append(one)
        self._queued += len(wanted)
        if self._worker is None or self._worker.done():
            self._worker = loop.create_task(self._work())
        self._news.set()
        try:
            parts = await one.answer
        finally:
            self._forget(one)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _forget(self, one: _Waiting) -> None:
        """Takes what waits of a request out of the queue."""
        queue = self._queues.get(one.wanted.alike)
        if queue and one in queue:
            queue.remove(one)
            self._queued -= len(one.wanted) - one.taken

    async def _work(self) -> None:
        """Draws batch after batch until nothing waits."""
        loop = asyncio.get_running_loop()
        while queue := self._oldest():
            left = queue[0].since + self._wait_s - loop.time()
            if left > 0 and sum(len(one.wanted) - one.taken for one in queue) < self._most:
                self._news.clear()
                try:
                    async with asyncio.timeout(left):
                        await self._news.wait()
                except TimeoutError:
                    pass
                continue
            await self._one_batch(queue)

    def _oldest(self) -> deque[_Waiting] | None:
        """The queue whose first request has waited longest; None where nothing waits."""
        for alike in [alike for alike, queue in self._queues.items() if not queue]:
            del self._queues[alike]
        return min(self._queues.values(), key=lambda queue: queue[0].since, default=None)

    async def _one_batch(self, queue: deque[_Waiting]) -> None:
        """Draws the first images of a queue, and gives each request its own."""
        loop = asyncio.get_running_loop()
        parts, room = [], self._most
        while queue and room:
            one = queue[0]
            count = min(room, len(one.wanted) - one.taken)
            parts.append((one, one.wanted.part(one.taken, one.taken + count)))
            one.taken += count
            room -= count
            self._queued -= count
            if one.taken == len(one.wanted):
                queue.popleft()
        batch = Wanted.joined([part for _, part in parts])
        began = loop.time()
        try:
            images = await self._draw(batch)
        except Exception as error:
            for one, _ in parts:
                if not one.answer.done():
                    one.answer.set_exception(error)
            return
        self._image_s = 0.8 * self._image_s + 0.2 * (loop.time() - began) / len(batch)
        self._told(len(batch))
        place = 0
        for one, part in parts:
            one.drawn.append(images[place : place + len(part)])
            place += len(part)
            one.missing -= len(part)
            if not one.missing and not one.answer.done():
                one.answer.set_result(one.drawn)
