"""/v2: the open inference protocol."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from ganstudio import __version__
from ganstudio.inference.manifest import TensorSpec
from ganstudio.serve.inference_protocol.infer import infer
from ganstudio.serve.inference_protocol.tensors import DATATYPES, HEADER, read_request, write_answer
from ganstudio.serve.problems import ProblemError
from ganstudio.serve.state import state_of

router = APIRouter(prefix="/v2", tags=["open inference protocol"])
VERSION = "1"
_BODY: dict[str, Any] = {"requestBody": {"content": {"application/json": {}, "application/octet-stream": {}}}}
_NOT_READY: dict[int | str, dict[str, Any]] = {503: {"content": {"application/json": {}}}}
_IN_A_THREAD = 1_000_000  # bytes of a body that are read, and written, beside the event loop


@router.get("")
async def server() -> dict[str, Any]:
    """The server's name, version and extensions."""
    return {"name": "ganstudio", "version": __version__, "extensions": ["binary_tensor_data"]}


@router.get("/health/live")
async def live() -> dict[str, bool]:
    """200: the process answers."""
    return {"live": True}


@router.get("/health/ready", responses=_NOT_READY)
async def ready(request: Request) -> Response:
    """200 where a model can be used."""
    catalog = state_of(request).catalog
    found = any(catalog.ready(name) for name in catalog.names) and not state_of(request).draining
    return JSONResponse({"ready": found}, 200 if found else 503)


@router.get("/models/{name}")
@router.get("/models/{name}/versions/{version}", include_in_schema=False)
async def model(request: Request, name: str, version: str = VERSION) -> dict[str, Any]:
    """The inputs and outputs of a model; -1 is a size that each call chooses."""
    export = _served(request, name, version).export
    manifest = export.manifest
    return {
        "name": export.name,
        "versions": [VERSION],
        "platform": "onnxruntime_onnx",
        "inputs": [_tensor(spec) for spec in manifest.inputs],
        "outputs": [_tensor(spec) for spec in manifest.outputs],
    }


@router.get("/models/{name}/ready", responses=_NOT_READY)
@router.get("/models/{name}/versions/{version}/ready", include_in_schema=False)
async def model_ready(request: Request, name: str, version: str = VERSION) -> Response:
    """200 where this model can be used."""
    found = state_of(request).catalog.ready(_served(request, name, version).export.name)
    return JSONResponse({"name": name, "ready": found}, 200 if found else 503)


@router.post(
    "/models/{name}/infer",
    response_class=Response,
    responses={200: {"content": {"application/json": {}, "application/octet-stream": {}}}},
    openapi_extra=_BODY,
)
@router.post("/models/{name}/versions/{version}/infer", include_in_schema=False)
async def model_infer(request: Request, name: str, version: str = VERSION) -> Response:
    """What a model makes of tensors. psi may be left out, and noise, which is then that of seed 0."""
    state = state_of(request)
    _served(request, name, version)
    if request.headers.get("content-encoding", "identity") != "identity":
        raise ProblemError(415, "Content-Encoding: send bodies as they are.")
    body, header = await request.body(), request.headers.get(HEADER)
    large = len(body) > _IN_A_THREAD
    asked = await asyncio.to_thread(read_request, body, header) if large else read_request(body, header)
    async with state.catalog.use_lease(name) as lease:
        outputs = await infer(lease.opened, asked, state.settings.limits)
    as_text = any(not binary for _, binary in asked.outputs)
    write = (name, VERSION, asked, outputs)
    content, headers = await asyncio.to_thread(write_answer, *write) if as_text or large else write_answer(*write)
    return Response(content, headers=headers)


def _served(request: Request, name: str, version: str) -> Any:
    if version != VERSION:
        raise ProblemError(404, f"version: there is {VERSION} alone, what the file is now; got {version[:40]!r}.")
    return state_of(request).catalog.served(name)


def _tensor(spec: TensorSpec) -> dict[str, Any]:
    shape = [side if isinstance(side, int) else -1 for side in spec.shape]
    return {"name": spec.name, "datatype": DATATYPES.get(spec.dtype, spec.dtype.upper()), "shape": shape}
