"""The application: all paths, their errors as JSON, and the guard around them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from ganstudio import __version__
from ganstudio.errors import StudioError
from ganstudio.inference.exports import Export
from ganstudio.serve.exports_folder import ExportsFolder, watch
from ganstudio.serve.guard import Guard
from ganstudio.serve.problems import FAULT, ProblemError, problem_of, response_of
from ganstudio.serve.routes import draw, health, images, jobs, models, page, simple, v2
from ganstudio.serve.settings import Settings
from ganstudio.serve.state import ServerState
from ganstudio.serve.validation import problem_of_fields

_ROUTERS = (
    page.router,
    simple.router,
    models.router,
    draw.router,
    images.router,
    jobs.router,
    v2.router,
    health.router,
)


def create_app(exports: Sequence[Export], settings: Settings, folder: ExportsFolder | None = None) -> ASGIApp:
    """The ASGI application that serves `exports`, of which the first is what a request means that names none.

    What comes into `folder` is served from then on, what goes is not. Raises UsageError where two have one name.
    """
    state = ServerState.of(exports, settings, folder)
    app = FastAPI(
        title="ganstudio",
        version=__version__,
        description="Pictures of generative adversarial networks.",
        docs_url=None,  # they would be loaded from elsewhere
        redoc_url=None,
        lifespan=_lifespan,
        # else what OpenTelemetry sees of requests could be sent where environment variables say
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    app.state.server = state
    for router in _ROUTERS:
        app.include_router(router)
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(StudioError, _studio_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _fault)
    return Guard(app, state)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    state: ServerState = app.state.server
    watching = asyncio.create_task(watch(state.folder, state.catalog)) if state.folder else None
    yield
    state.draining = True
    if watching:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    await state.jobs.cancel_all()
    await state.decoders.close()
    state.catalog.close()


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return response_of(error, request.scope["ganstudio.id"], request.scope["path"])


async def _studio_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, StudioError)
    return await _problem(request, problem_of(error))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return await _problem(request, problem_of_fields(error))


async def _http_error(request: Request, error: Exception) -> Response:
    """What the framework refuses itself: an unknown path, a method that a path does not know."""
    assert isinstance(error, HTTPException)
    details = {404: "There is no such path. GET /openapi.json tells of all.", 405: "This path is not asked so."}
    detail = details.get(error.status_code, str(error.detail))
    return await _problem(request, ProblemError(error.status_code, detail, headers=error.headers))


async def _fault(request: Request, _error: Exception) -> Response:
    """Anything else: the guard writes it to the log."""
    return await _problem(request, ProblemError(500, FAULT))
