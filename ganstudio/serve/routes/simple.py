"""The two simple interfaces: a picture of a seed, and the pictures between two seeds, as base64 in JSON."""

from __future__ import annotations

import asyncio
import base64

from fastapi import APIRouter, Request
from starlette.responses import Response

from ganstudio.progress import no_progress
from ganstudio.serve import answers, requests
from ganstudio.serve.rendering import encoded
from ganstudio.serve.state import state_of
from ganstudio.serve.work.styles import plan_simple
from ganstudio.serve.work.walk import plan_interpolate
from ganstudio.serve.work.work import Tile, Work

router = APIRouter(tags=["simple"])


@router.post("/generate", response_model=answers.SimplePicture, response_model_by_alias=True)
async def generate(request: Request, asked: requests.SimpleGenerate) -> Response:
    """A picture, or n of them, of seeds counted up. Without a seed one is drawn, and answered."""
    state = state_of(request)
    async with state.catalog.use_lease(asked.model) as lease:
        work, style = await plan_simple(lease, asked, state.settings.limits, state.catalog)
        try:
            tiles = [tile async for tile in work.tiles(no_progress)]
        finally:
            work.close()
        images = await asyncio.to_thread(_images, work, tiles)
    first = tiles[0]
    answer = answers.SimplePicture.model_construct(
        image=images[0] if len(images) == 1 else None,
        images=images if len(images) > 1 else None,
        seed=first.seed or 0,
        style=style,
        model=work.model,
        class_=first.class_name,
        format=asked.format,
    )
    return _json(answer, {"images"} if len(images) == 1 else {"image"})


@router.post("/interpolate", response_model=answers.SimpleFrames, response_model_by_alias=True)
async def interpolate(request: Request, asked: requests.SimpleInterpolate) -> Response:
    """`steps` pictures on the way from one seed to another, both ends with them."""
    state = state_of(request)
    walk = requests.Interpolate(
        seeds=[asked.seed1, asked.seed2],
        steps=asked.steps - 1,
        **asked.model_dump(include={"model", "path", "class_", "psi", "size", "format"}),
    )
    async with state.catalog.use_lease(asked.model) as lease:
        work = await plan_interpolate(lease, walk, state.settings.limits)
        tiles = [tile async for tile in work.tiles(no_progress)]
        images = await asyncio.to_thread(_images, work, tiles)
    answer = answers.SimpleFrames.model_construct(
        images=images,
        class_=tiles[0].class_name,
        model=work.model,
        **asked.model_dump(include={"seed1", "seed2", "steps", "path", "format"}),
    )
    return _json(answer)


def _images(work: Work, tiles: list[Tile]) -> list[str]:
    return [base64.b64encode(encoded(work, tile)).decode() for tile in tiles]


def _json(answer: requests.Message, left_out: set[str] | None = None) -> Response:
    return Response(answer.model_dump_json(by_alias=True, exclude=left_out), media_type="application/json")
