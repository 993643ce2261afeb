"""Work spread over processes that are never left behind, whatever happens to this one."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import TypeVar

from ganstudio.errors import StudioError

Part = TypeVar("Part")
Result = TypeVar("Result")


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Crew:
    """`workers` processes; with one, the work is done in this process and none is started."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._leash: Connection | None = None

    def __enter__(self) -> Crew:
        if self.workers > 1:
            # spawned, not forked: a fork of a process with threads may hang, and Python 3.14 no longer forks either
            context = multiprocessing.get_context("spawn")
            theirs, self._leash = context.Pipe(duplex=False)
            self._pool = ProcessPoolExecutor(self.workers, context, _leashed, (theirs,))
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._pool is None or self._leash is None:
            return
        if kind:
            self._leash.close()
        self._pool.shutdown(cancel_futures=True)
        self._leash.close()

    def map(self, work: Callable[[Part], Result], parts: Iterable[Part]) -> Iterator[Result]:
        """work(part) for each part, in order; at most two a worker are under way, whatever their number.

        Raises StudioError where a worker process died.
        """
        if self._pool is None:
            yield from map(work, parts)
            return
        under_way: deque[Future[Result]] = deque()
        try:
            for part in parts:
                with _interrupts_held():
                    under_way.append(self._pool.submit(work, part))
                if len(under_way) > 2 * self.workers:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        except BrokenProcessPool:
            raise StudioError(
                "a worker process died; the system may have run out of memory.", hint="the same with --workers 1"
            ) from None


def _leashed(leash: Connection) -> None:
    """Ends this worker in the moment that its parent lets go of the other end, by an error, Ctrl-C or its own death."""

    def watch() -> None:
        with suppress(EOFError, OSError):
            leash.recv_bytes()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Processes started inside never see Ctrl-C, which is this one's to handle, and print no traceback of their own."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
