"""/v1/models: what is served."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from ganstudio.errors import nearest
from ganstudio.inference.pixels import png
from ganstudio.serve import answers
from ganstudio.serve.models.model_info import model_info
from ganstudio.serve.models.saved_styles import saved_styles_of
from ganstudio.serve.problems import ProblemError
from ganstudio.serve.state import state_of

router = APIRouter(prefix="/v1", tags=["models"])


@router.get("/models")
async def models(request: Request) -> answers.Models:
    """All models, the one that a request means which names none, and what a request may ask for."""
    state = state_of(request)
    known, names = state.catalog.all(), answers.RequestLimits.model_fields
    found = await asyncio.to_thread(lambda: [model_info(one, known) for one in known])
    limits = answers.RequestLimits(**{name: getattr(state.settings.limits, name) for name in names})
    return answers.Models(models=found, default=state.catalog.default, limits=limits)


@router.get("/models/{name}")
async def model(request: Request, name: str) -> answers.ModelInfo:
    """One model: what it takes, and what can be asked of it."""
    catalog = state_of(request).catalog
    return await asyncio.to_thread(model_info, catalog.served(name), catalog.all())


@router.get("/models/{name}/styles/{style}", response_class=Response)
async def thumbnail(request: Request, name: str, style: str) -> Response:
    """A picture of a saved style, a PNG of 256 pixels a side."""
    export = state_of(request).catalog.served(name).export
    saved = await asyncio.to_thread(saved_styles_of, export)
    if (found := saved.get(style)) is None:
        known = nearest(style, saved.names) if saved.names else "None is saved."
        raise ProblemError(404, f"style: {style[:100]!r} is no saved style of {name}. {known}")
    return Response(await asyncio.to_thread(png, found.thumbnail, {}), media_type="image/png")
