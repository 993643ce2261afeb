"""Whether the server can work, and its numbers."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from ganstudio.serve.answers import Status
from ganstudio.serve.state import state_of

router = APIRouter(tags=["server"])


@router.get("/readyz", response_model=Status, responses={503: {"model": Status}})
async def readyz(request: Request) -> Response:
    """A model can be used: 200; else 503, while draining too."""
    state = state_of(request)
    if state.draining:
        return JSONResponse({"status": "draining"}, 503)
    if not any(state.catalog.ready(name) for name in state.catalog.names):
        return JSONResponse({"status": "starting"}, 503)
    return JSONResponse({"status": "ready"})


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Numbers for Prometheus."""
    state = state_of(request)
    state.metrics.queue.set(sum(one.opened.batcher.queued for one in state.catalog.all() if one.opened))
    state.metrics.jobs.set(state.jobs.active)
    return Response(state.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
