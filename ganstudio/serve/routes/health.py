"""Whether the server lives and can work, its numbers, and the way in with a token."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from ganstudio.serve.answers import Status
from ganstudio.serve.guard import COOKIE
from ganstudio.serve.problems import ProblemError
from ganstudio.serve.requests import Login
from ganstudio.serve.state import state_of

router = APIRouter(tags=["server"])
_COOKIE_S = 30 * 24 * 3600


@router.get("/healthz", response_model=Status)
async def healthz() -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


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


@router.post("/login", status_code=204, response_class=Response)
async def login(request: Request, asked: Login) -> Response:
    """Keeps a token in a cookie that no script can read."""
    tokens = state_of(request).settings.access.tokens
    if tokens is not None and tokens.name_of(asked.token) is None:
        raise ProblemError(401, "token: it is none of this server's.")
    answer = Response(status_code=204)
    secure = bool(request.scope["ganstudio.https"])
    if tokens is not None:
        answer.set_cookie(COOKIE, asked.token, _COOKIE_S, httponly=True, samesite="strict", secure=secure)
    return answer


@router.post("/logout", status_code=204, response_class=Response)
async def logout() -> Response:
    """Forgets the cookie."""
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer
