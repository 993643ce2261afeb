"""Work that goes on after its request was answered: started, told of, cancelled, its answer kept for a while."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from starlette.responses import Response

from ganstudio.errors import StudioError
from ganstudio.serve import answers
from ganstudio.serve.problems import FAULT, ProblemError, busy, problem, problem_of

KEPT_S = 600.0
_MOST_KEPT_BYTES = 200_000_000
WAITING = 4  # jobs that may wait, for each that may run

_log = logging.getLogger("ganstudio.serve")
State = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(eq=False)
class Job:
    """`owner` is the token's name, or the address, of who asked; nobody else is told of it."""

    id: str
    kind: str
    model: str
    owner: str
    state: State = "queued"
    done: int = 0
    total: int = 0
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None
    error: ProblemError | None = None
    result: Response | None = None
    task: asyncio.Task[None] | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def progress(self, done: int, total: int) -> None:
        """Told from the event loop's thread."""
        self.done, self.total = done, total
        self._tell()

    def end(self, state: State, result: Response | None = None, error: ProblemError | None = None) -> None:
        self.state, self.result, self.error, self.ended = state, result, error, time.monotonic()
        self._tell()

    def _tell(self) -> None:
        self.news.set()
        self.news = asyncio.Event()

    @property
    def over(self) -> bool:
        return self.ended is not None

    def answer(self) -> answers.Job:
        seconds = round((self.ended or time.monotonic()) - self.began, 3)
        error = self.error and problem(self.error.status, self.error.detail, self.id, self.error.errors)
        return answers.Job(
            id=self.id,
            kind=self.kind,
            model=self.model,
            state=self.state,
            done=self.done,
            total=self.total,
            seconds=seconds,
            error=error,
        )


class Jobs:
    """All jobs of a server, of which `most` run at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._running = asyncio.Semaphore(most)
        self._jobs: dict[str, Job] = {}

    @property
    def active(self) -> int:
        """Jobs that run or wait."""
        return sum(not job.over for job in self._jobs.values())

    def start(self, kind: str, model: str, owner: str, work: Callable[[Job], Awaitable[Response]]) -> Job:
        """Raises ProblemError (429) where too many wait."""
        self._forget_old()
        if self.active >= self._most * (1 + WAITING):
            raise busy(429, f"{self.active} jobs run or wait already. Try again once one is done.", 5)
        job = Job(secrets.token_urlsafe(16), kind, model, owner)
        self._jobs[job.id] = job
        job.task = asyncio.create_task(self._run(job, work))
        return job

    def of(self, owner: str) -> list[Job]:
        self._forget_old()
        return [job for job in self._jobs.values() if job.owner == owner]

    def named(self, given: str, owner: str) -> Job:
        """Raises ProblemError (404) where there is none, or it is another client's."""
        job = self._jobs.get(given)
        if job is None or job.owner != owner:
            raise ProblemError(404, f"There is no such job; those that ended are kept for {KEPT_S / 60:.0f} minutes.")
        return job

    async def cancel(self, job: Job) -> None:
        """Ends a job, and waits until it has ended."""
        if job.task is not None and not job.over:
            job.task.cancel()
            await asyncio.gather(job.task, return_exceptions=True)
            if not job.over:  # it had not begun
                job.end("cancelled")

    async def cancel_all(self) -> None:
        await asyncio.gather(*(self.cancel(job) for job in self._jobs.values()))

    async def _run(self, job: Job, work: Callable[[Job], Awaitable[Response]]) -> None:
        try:
            async with self._running:
                job.state = "running"
                job.end("done", await work(job))
        except asyncio.CancelledError:
            job.end("cancelled")
        except ProblemError as error:
            job.end("failed", error=error)
        except StudioError as error:
            job.end("failed", error=problem_of(error))
        except Exception:
            _log.exception("job %s failed", job.id)
            job.end("failed", error=ProblemError(500, FAULT))

    def _forget_old(self) -> None:
        """Drops jobs that ended long ago, and the oldest answers where all of them take too much memory."""
        now, kept = time.monotonic(), 0
        for job in reversed(list(self._jobs.values())):
            if job.ended is None:
                continue
            kept += 0 if job.result is None else len(job.result.body)
            if now - job.ended > KEPT_S or kept > _MOST_KEPT_BYTES:
                del self._jobs[job.id]
