"""/v1/jobs: long work, told of, cancelled, and what came of it. A client sees its own jobs alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from ganstudio.serve import answers
from ganstudio.serve.jobs import Job
from ganstudio.serve.problems import ProblemError
from ganstudio.serve.rendering import event, owner_of
from ganstudio.serve.state import state_of

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.get("")
async def jobs(request: Request) -> answers.Jobs:
    """The client's jobs, those that ended within ten minutes too."""
    return answers.Jobs(jobs=[job.answer() for job in state_of(request).jobs.of(owner_of(request))])


@router.get("/{job}")
async def job_state(request: Request, job: str) -> answers.Job:
    """How far a job is."""
    return _named(request, job).answer()


@router.delete("/{job}")
async def cancel(request: Request, job: str) -> answers.Job:
    """Ends a job; what it works on is dropped."""
    found = _named(request, job)
    await state_of(request).jobs.cancel(found)
    return found.answer()


@router.get("/{job}/result", response_class=Response)
async def result(request: Request, job: str) -> Response:
    """What the request would have answered: pictures, a zip, or the error. 409 while it is not there."""
    found = _named(request, job)
    if found.error is not None:
        raise found.error
    if found.result is None:
        raise ProblemError(409, f"The job is {found.state}: there is no result.", headers={"Retry-After": "1"})
    return found.result


@router.get("/{job}/events", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}})
async def events(request: Request, job: str) -> Response:
    """`progress` events as it goes on, and `done` at its end, each with the Job."""
    return StreamingResponse(_events(_named(request, job)), media_type="text/event-stream")


async def _events(job: Job) -> AsyncIterator[bytes]:
    while not job.over:
        news = job.news
        yield event("progress", job.answer().model_dump())
        await news.wait()
        await asyncio.sleep(_BETWEEN_S)
    yield event("done", job.answer().model_dump())


_BETWEEN_S = 0.1  # at least, between two events


def _named(request: Request, job: str) -> Job:
    return state_of(request).jobs.named(job, owner_of(request))
