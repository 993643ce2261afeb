"""/v1/upscale, translate, inpaint, stylize and project: work on pictures that a client sends."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from ganstudio.serve import answers, requests
from ganstudio.serve.rendering import respond, start_job
from ganstudio.serve.state import state_of
from ganstudio.serve.uploads import read_upload
from ganstudio.serve.work.images import plan_inpaint, plan_translate, plan_upscale
from ganstudio.serve.work.project import Projection
from ganstudio.serve.work.stylize import plan_stylize

router = APIRouter(prefix="/v1", tags=["pictures"])


def _body(kind: type[requests.Message], several: bool = True) -> dict[str, object]:
    """What OpenAPI is told of a body that is a form or JSON."""
    schema = kind.model_json_schema(by_alias=True)
    fields = dict(schema["properties"])
    file: dict[str, object] = {"type": "string", "format": "binary"}
    own = {"mask": file, "style": {"type": "array", "items": {"anyOf": [file, {"type": "string"}]}}}
    files = {"image": {"type": "array", "items": file} if several else file} | {
        name: told for name, told in own.items() if name in fields
    }
    form = {"type": "object", "properties": fields | files, "required": ["image"]}
    content = {"multipart/form-data": {"schema": form}, "application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


@router.post("/upscale", response_model=answers.Pictures, openapi_extra=_body(requests.ImageWork))
async def upscale(request: Request) -> Response:
    """Pictures enlarged by a super-resolution model."""
    state = state_of(request)
    upload = await read_upload(request, requests.ImageWork, state.settings.limits)
    async with state.catalog.plan_lease(upload.asked.model) as lease:
        work = plan_upscale(lease, upload, state.settings.limits, state.decoders)
    return await respond(request, work)


@router.post("/translate", response_model=answers.Pictures, openapi_extra=_body(requests.Translate))
async def translate(request: Request) -> Response:
    """Pictures made of pictures, as pix2pix does."""
    state = state_of(request)
    upload = await read_upload(request, requests.Translate, state.settings.limits)
    async with state.catalog.plan_lease(upload.asked.model) as lease:
        work = plan_translate(lease, upload, state.settings.limits, state.decoders)
    return await respond(request, work)


@router.post("/stylize", response_model=answers.Pictures, openapi_extra=_body(requests.Stylize))
async def stylize(request: Request) -> Response:
    """Pictures painted in a style: a picture's, a saved one, or a mixture of several."""
    state = state_of(request)
    upload = await read_upload(request, requests.Stylize, state.settings.limits)
    async with state.catalog.plan_lease(upload.asked.model) as lease:
        work = plan_stylize(lease, upload, state.settings.limits, state.decoders)
    return await respond(request, work)


@router.post("/inpaint", response_model=answers.Pictures, openapi_extra=_body(requests.Inpaint, several=False))
async def inpaint(request: Request) -> Response:
    """A picture with what a mask marks, or what is clear in it, filled in."""
    state = state_of(request)
    upload = await read_upload(request, requests.Inpaint, state.settings.limits, several=False)
    async with state.catalog.plan_lease(upload.asked.model) as lease:
        work = plan_inpaint(lease, upload, state.settings.limits, state.decoders)
    return await respond(request, work)


@router.post(
    "/project", status_code=202, response_model=answers.Job, openapi_extra=_body(requests.Project, several=False)
)
async def project(request: Request) -> Response:
    """Searches for the latent that draws a picture. Always a job: it takes seconds, or a minute."""
    state = state_of(request)
    upload = await read_upload(request, requests.Project, state.settings.limits, several=False)
    async with state.catalog.plan_lease(upload.asked.model) as lease:
        search = Projection(lease, upload, state.settings)
        return start_job(request, "project", lease.opened.name, lambda job: search.run(job.progress), lease.release)
