"""The queue before a model: what goes together, what waits, what is refused and what is taken out."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from ganstudio.serve.models.batching import Batcher, Floats, QueueFullError, Wanted


def wanted(*numbers: int, psi: float = 1.0) -> Wanted:
    z = np.array([[number] for number in numbers], np.float32)
    return Wanted(z, None, np.array(numbers), psi)


class Network:
    """Images that are their latents times psi. `free` lets the next call through."""

    def __init__(self, free: bool = True) -> None:
        self.batches: list[list[float]] = []
        self.free = asyncio.Event()
        if free:
            self.free.set()

    async def draw(self, batch: Wanted) -> Floats:
        await self.free.wait()
        self.batches.append(batch.z[:, 0].tolist())
        return batch.z * np.float32(batch.psi)


def test_requests_that_come_together_are_drawn_together_and_each_gets_its_own() -> None:
    async def run() -> None:
        network = Network()
        batcher = Batcher(network.draw, 64, 0.01, 100)
        found = await asyncio.gather(batcher.images(wanted(1, 2)), batcher.images(wanted(3)), batcher.images(wanted(4)))
        assert [one[:, 0].tolist() for one in found] == [[1, 2], [3], [4]]
        assert network.batches == [[1, 2, 3, 4]]

    asyncio.run(run())


def test_a_full_batch_does_not_wait_and_a_large_request_is_cut() -> None:
    async def run() -> None:
        network = Network()
        sizes: list[int] = []
        batcher = Batcher(network.draw, 2, 0.001, 100, sizes.append)
        async with asyncio.timeout(5):
            found = await batcher.images(wanted(1, 2, 3, 4, 5))
        assert found[:, 0].tolist() == [1, 2, 3, 4, 5]
        assert sizes == [2, 2, 1]

    asyncio.run(run())


def test_truncations_are_not_mixed() -> None:
    async def run() -> None:
        network = Network()
        batcher = Batcher(network.draw, 64, 0.001, 100)
        found = await asyncio.gather(batcher.images(wanted(1)), batcher.images(wanted(2, psi=0.5)))
        assert [one[0, 0] for one in found] == [1, 1]
        assert network.batches == [[1], [2]]

    asyncio.run(run())


def test_a_full_queue_refuses_and_an_empty_one_takes_what_is_larger_than_it() -> None:
    async def run() -> None:
        network = Network(free=False)
        batcher = Batcher(network.draw, 1, 0.0, 2)
        first = asyncio.ensure_future(batcher.images(wanted(1, 2, 3)))
        await asyncio.sleep(0.01)
        with pytest.raises(QueueFullError):
            await batcher.images(wanted(9))
        network.free.set()
        assert (await first)[:, 0].tolist() == [1, 2, 3]
        assert batcher.queued == 0

    asyncio.run(run())


def test_what_is_cancelled_is_drawn_no_more() -> None:
    async def run() -> None:
        network = Network(free=False)
        batcher = Batcher(network.draw, 2, 0.0, 100)
        first, gone, last = (asyncio.ensure_future(batcher.images(wanted(*n))) for n in ((1, 2), (3, 4), (5,)))
        await asyncio.sleep(0.01)
        gone.cancel()
        await asyncio.sleep(0)
        assert batcher.queued == 1
        network.free.set()
        await asyncio.gather(first, last)
        assert network.batches == [[1, 2], [5]]

    asyncio.run(run())


def test_a_failure_reaches_all_of_its_batch_and_none_of_the_next() -> None:
    async def run() -> None:
        calls = []

        async def draw(batch: Wanted) -> Floats:
            calls.append(len(batch))
            if len(calls) == 1:
                raise ValueError("no memory")
            return batch.z

        batcher = Batcher(draw, 2, 0.0, 100)
        found = await asyncio.gather(*(batcher.images(wanted(n)) for n in range(4)), return_exceptions=True)
        assert [isinstance(one, ValueError) for one in found] == [True, True, False, False]

    asyncio.run(run())


def test_a_request_that_is_cut_and_fails_in_part_leaves_nothing_in_the_queue() -> None:
    async def run() -> None:
        async def draw(batch: Wanted) -> Floats:
            raise ValueError("no memory")

        batcher = Batcher(draw, 2, 0.0, 100)
        with pytest.raises(ValueError, match="no memory"):
            await batcher.images(wanted(1, 2, 3, 4, 5))
        assert batcher.queued == 0

    asyncio.run(run())
