"""The application: all paths, their errors as JSON, and the guard around them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import FastAPI

from ganstudio import __version__
from ganstudio.inference.exports import Export
from ganstudio.serve.error_answers import answer_errors
from ganstudio.serve.guard import Guard
from ganstudio.serve.models.exports_folder import ExportsFolder, watch
from ganstudio.serve.openapi import Application
from ganstudio.serve.routes import draw, entry, health, images, jobs, models, page, simple, v2
from ganstudio.serve.settings import Settings
from ganstudio.serve.state import ServerState
from ganstudio.serve.telemetry import SENDS_NOTHING

_ROUTERS = (
    page.router,
    simple.router,
    models.router,
    draw.router,
    images.router,
    jobs.router,
    v2.router,
    health.router,
    entry.router,
)


def create_app(exports: Sequence[Export], settings: Settings, folder: ExportsFolder | None = None) -> Guard:
    """The ASGI application that serves `exports`, of which the first is what a request means that names none.

    What comes into `folder` is served from then on, what goes is not. Raises UsageError where two have one name.
    """
    state = ServerState(exports, settings, folder)
    app = Application(
        title="ganstudio",
        version=__version__,
        description="Pictures of generative adversarial networks.",
        docs_url=None,  # they would be loaded from elsewhere
        redoc_url=None,
        lifespan=_lifespan,
        telemetry=SENDS_NOTHING,
    )
    app.state.server = state
    for router in _ROUTERS:
        app.include_router(router)
    answer_errors(app)
    return Guard(app, state)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    state: ServerState = app.state.server
    watching = asyncio.create_task(watch(state.folder, state.catalog)) if state.folder else None
    yield
    if watching:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    await state.drain()
    await state.decoders.close()
    state.catalog.close()
