"""/v1/models: what is served."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request

from ganstudio.serve import answers
from ganstudio.serve.model_info import model_info
from ganstudio.serve.state import state_of

router = APIRouter(prefix="/v1", tags=["models"])


@router.get("/models")
async def models(request: Request) -> answers.Models:
    """All models, and the one that a request means which names none."""
    catalog = state_of(request).catalog
    found = await asyncio.to_thread(lambda: [model_info(one) for one in catalog.all()])
    return answers.Models(models=found, default=catalog.default)


@router.get("/models/{name}")
async def model(request: Request, name: str) -> answers.ModelInfo:
    """One model: what it takes, and what can be asked of it."""
    return await asyncio.to_thread(model_info, state_of(request).catalog.served(name))
