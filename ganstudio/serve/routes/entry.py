"""What every server answers, whatever it serves: whether it lives, and the way in with a token."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from ganstudio.serve.answers import Status
from ganstudio.serve.door import door_of
from ganstudio.serve.guard import COOKIE
from ganstudio.serve.problems import ProblemError
from ganstudio.serve.requests import Login

router = APIRouter(tags=["server"])
_COOKIE_S = 30 * 24 * 3600


@router.get("/healthz", response_model=Status)
async def healthz() -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


@router.post("/login", status_code=204, response_class=Response)
async def login(request: Request, asked: Login) -> Response:
    """Keeps a token in a cookie that no script can read."""
    tokens = door_of(request).settings.access.tokens
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
