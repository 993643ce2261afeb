"""Runs work in several processes, which always end with this one and whose death is always noticed.

Not concurrent.futures: its workers share one pipe for their answers, and where one of them dies in the middle of an
answer (memory, a kill) the reader waits for the other half for ever. Here each worker has a pipe, whose end is seen.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any, NoReturn, TypeVar, cast

from ganstudio import bridge
from ganstudio.cpu_count import cores
from ganstudio.errors import StudioError


class MemoryBudget:
    """Memory that the workers of a pool share: together at most `total` bytes, but one alone may take any amount."""

    def __init__(self, context: BaseContext, total: float) -> None:
        self.total = total
        self._taken = context.Value("d", 0.0, lock=False)
        self._changed = context.Condition()

    @contextmanager
    def reserve(self, amount: float) -> Iterator[None]:
        """Waits until there is enough left."""
        with self._changed:
            self._changed.wait_for(lambda: not self._taken.value or self._taken.value + amount <= self.total)
            self._taken.value += amount
        try:
            yield
        finally:
            with self._changed:
                self._taken.value -= amount
                self._changed.notify_all()


_memory: MemoryBudget | None = None  # of the pool that this process belongs to


def reserve_memory(amount: float) -> AbstractContextManager[object]:
    """Waits until the pool may take so many bytes more; a process outside a pool does not wait."""
    return _memory.reserve(amount) if _memory else nullcontext()


MEMORY = 1_250_000_000  # bytes that the pictures which the workers of a pool have open may take

Part = TypeVar("Part")
Result = TypeVar("Result")


def default_workers(most: int | None = None) -> int:
    """One a core and at most `most`; one alone where this machine gives no lock that several could share."""
    return min(cores(), most or cores()) if lock_problem() is None else 1


def lock_problem() -> str | None:
    """Why processes cannot share a lock here, None where they can: on Linux locks lie in /dev/shm."""
    try:
        with bridge.as_environment():  # a lock starts the process that removes it at the end
            multiprocessing.get_context("spawn").Lock()
    except (OSError, ImportError) as error:
        return f"/dev/shm: {getattr(error, 'strerror', None) or error}"
    return None


class WorkerPool:
    """`workers` processes; with one, the work is done in this process, and no other and no lock is made."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._members: dict[Connection, BaseProcess] = {}

    def __enter__(self) -> WorkerPool:
        if self.workers == 1:
            return self
        if problem := lock_problem():
            raise StudioError(
                f"{self.workers} processes need a lock that they share, and none can be made ({problem}).",
                hint="ganstudio data add PATH --workers 1   # or make /dev/shm writable",
            )
        # spawned, not forked: a fork of a process with threads may hang
        context = multiprocessing.get_context("spawn")
        # kept, because a lock that its maker forgets is gone before a worker has opened it
        with bridge.as_environment():  # a lock starts the process that removes it at the end
            self._budget = MemoryBudget(context, MEMORY)
        for _ in range(self.workers):
            ours, theirs = context.Pipe()
            member = context.Process(target=_serve, args=(theirs, self._budget), daemon=True)
            with _interrupts_blocked(), bridge.as_environment():
                member.start()
                self._members[ours] = member
            theirs.close()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for pipe, member in self._members.items():
            if kind:
                member.kill()
            pipe.close()
        for member in self._members.values():
            member.join()

    def map(self, work: Callable[[Part], Result], parts: Iterable[Part]) -> Iterator[Result]:
        """work(part) for each part, in order; at most two a worker are under way or waiting, whatever their number.

        Raises what `work` raises, and StudioError where a worker died.
        """
        if not self._members:
            yield from map(work, parts)
            return
        left = enumerate(parts)
        idle, busy = list(self._members), dict[Connection, int]()
        answers = dict[int, Result]()
        due = 0
        while True:
            while idle and len(busy) + len(answers) < 2 * self.workers and (task := next(left, None)):
                pipe = idle.pop()
                busy[pipe], part = task
                self._send(pipe, (work, part))
            if not busy:
                return
            for pipe in cast("list[Connection]", wait(busy)):
                answers[busy.pop(pipe)] = self._receive(pipe)
                idle.append(pipe)
            while due in answers:
                yield answers.pop(due)
                due += 1

    def _send(self, pipe: Connection, task: Any) -> None:
        try:
            pipe.send(task)
        except OSError:
            self._raise_worker_ended(pipe)

    def _receive(self, pipe: Connection) -> Any:
        try:
            answer, error = pipe.recv()
        except (EOFError, OSError):
            self._raise_worker_ended(pipe)
        if error:
            raise error
        return answer

    def _raise_worker_ended(self, pipe: Connection) -> NoReturn:
        member = self._members[pipe]
        member.join()
        raise StudioError(
            f"a worker process ended with {member.exitcode}; the system may have run out of memory.",
            hint="ganstudio data add PATH --workers 1",
        )


def _serve(pipe: Connection, budget: MemoryBudget) -> None:
    """Answers tasks until the other end is closed; a parent that is gone ends a task half-way."""
    global _memory
    _memory = budget

    def watch() -> None:
        if parent := multiprocessing.parent_process():
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    with suppress(EOFError, OSError):
        while True:
            work, part = pipe.recv()
            try:
                answer, error = work(part), None
            except Exception as raised:
                answer, error = None, raised
            pipe.send((answer, error))


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Processes started inside never see Ctrl-C. This one, whose it is to handle, sees it when they are whole."""
    # Python starts this process of its own beside the first child, and would let interrupts through again.
    resource_tracker.ensure_running()
    signals: list[int] = []
    # The mask is for the children. It does not hold here, where a thread of numpy's takes the signal.
    in_main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGINT, lambda number, _: signals.append(number)) if in_main else None
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if in_main:
            signal.signal(signal.SIGINT, handler)
    if signals:
        signal.raise_signal(signal.SIGINT)
