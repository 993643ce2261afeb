"""/v1/generate, interpolate, edit and mix: pictures of seeds. How they are answered is Accept's choice and Prefer's."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from ganstudio.serve import answers, requests
from ganstudio.serve.rendering import respond
from ganstudio.serve.state import state_of
from ganstudio.serve.work.draw import plan_generate
from ganstudio.serve.work.edit import plan_edit, plan_mix
from ganstudio.serve.work.walk import plan_interpolate

router = APIRouter(prefix="/v1", tags=["draw"])


@router.post("/generate", response_model=answers.Pictures)
async def generate(request: Request, asked: requests.Generate) -> Response:
    """Pictures of seeds, the same bytes as `ganstudio sample` writes."""
    state = state_of(request)
    async with state.catalog.plan_lease(asked.model) as lease:
        work = plan_generate(lease, asked, state.settings.limits)
    return await respond(request, work)


@router.post("/interpolate", response_model=answers.Pictures)
async def interpolate(request: Request, asked: requests.Interpolate) -> Response:
    """A walk from seed to seed, or from latent to latent, a picture a frame; moved along directions all the way."""
    state = state_of(request)
    async with state.catalog.plan_lease(asked.model) as lease:
        work = await plan_interpolate(lease, asked, state.settings.limits)
    return await respond(request, work)


@router.post("/edit", response_model=answers.Pictures)
async def edit(request: Request, asked: requests.Edit) -> Response:
    """Pictures moved along directions with names; of seeds, or of a latent that a projection found."""
    state = state_of(request)
    async with state.catalog.plan_lease(asked.model) as lease:
        work = await plan_edit(lease, asked, state.settings.limits)
    return await respond(request, work)


@router.post("/mix", response_model=answers.Pictures)
async def mix(request: Request, asked: requests.Mix) -> Response:
    """One picture: a grid whose tiles have the styles of their column's seed in some layers, else their row's."""
    state = state_of(request)
    async with state.catalog.plan_lease(asked.model) as lease:
        work = await plan_mix(lease, asked, state.settings.limits)
    return await respond(request, work)
