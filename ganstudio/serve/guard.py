"""The door: every request passes it before the application sees it.

It knows the client, checks Host, Origin, rate and token, reads the body up to its limit, ends what takes too long or
whose client has gone, adds the headers of every answer, and tells metrics and log.
"""

from __future__ import annotations

import asyncio
import logging
import re
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ganstudio.serve.access.bodies import Held
from ganstudio.serve.access.hosts import client_of, host_allowed, is_https, origin_allowed
from ganstudio.serve.door import Door
from ganstudio.serve.json_values import MOST, check_values
from ganstudio.serve.problems import FAULT, ProblemError, busy, response_of
from ganstudio.serve.settings import RETRY_S, Access

COOKIE = "ganstudio_token"
OPEN_PATHS = ("/healthz", "/readyz", "/login", "/page/login.css", "/page/login.js")  # that need no token
_MOST_HEADERS = 100
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_SAFE = ("GET", "HEAD", "OPTIONS")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_CLOSE = {"Connection": "close"}
_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
    "content-security-policy": POLICY,
}
_log = logging.getLogger("ganstudio.serve")


@dataclass
class Visit:
    """One request at the door."""

    scope: Scope
    headers: dict[str, str]
    id: str
    client: str
    https: bool
    token: str | None = None
    status: int = 0
    sent: int = 0
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def of(cls, scope: Scope, access: Access) -> Visit:
        headers: dict[str, str] = {}
        for name, value in scope["headers"][:_MOST_HEADERS]:
            key, text = name.decode("latin-1"), value.decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
        peer = (scope.get("client") or ("",))[0]
        given = headers.get("x-request-id", "")
        return cls(
            scope,
            headers,
            given if _ID.fullmatch(given) else uuid.uuid4().hex,
            client_of(access, peer, headers),
            is_https(access, peer, scope.get("scheme", "http"), headers),
        )

    @property
    def method(self) -> str:
        return str(self.scope.get("method", "GET"))[:16]  # a WebSocket has none

    @property
    def owner(self) -> str:
        """Whose rate and whose jobs these are."""
        return f"token {self.token}" if self.token else self.client


class Guard:
    """The ASGI application around the application: of requests, and of WebSockets where it has routes for them."""

    def __init__(self, app: ASGIApp, state: Door) -> None:
        self._app, self._state = app, state

    async def drain(self) -> None:
        """Called once the server is to end, before what was begun is waited for."""
        await self._state.drain()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        visit = Visit.of(scope, self._state.settings.access)
        began = asyncio.get_running_loop().time()

        async def answer(message: Message) -> None:
            await self._send(visit, message, send)

        try:
            await self._answered(visit, receive, answer)
        finally:
            self._tell(visit, asyncio.get_running_loop().time() - began)

    async def _answered(self, visit: Visit, receive: Receive, answer: Send) -> None:
        try:
            self._admit(visit)
            if visit.scope["type"] == "websocket":
                await self._app(visit.scope, receive, answer)  # its route says how much it takes, and for how long
                return
            with self._state.bodies.held(visit.owner) as held:
                body = await self._body(visit, receive, held)
                if body is not None:
                    await self._served(visit, body, receive, answer)
        except ProblemError as error:
            if not visit.status:
                await response_of(error, visit.id, visit.scope["path"])(visit.scope, receive, answer)
        except Exception:
            _log.exception("request %s failed", visit.id)
            if not visit.status:
                fault = ProblemError(500, FAULT)
                await response_of(fault, visit.id, visit.scope["path"])(visit.scope, receive, answer)

    def _admit(self, visit: Visit) -> None:
        """Raises ProblemError for a request that is not to be served."""
        access, headers = self._state.settings.access, visit.headers
        if len(visit.scope["headers"]) > _MOST_HEADERS:
            raise ProblemError(431, f"The request has more than {_MOST_HEADERS} headers.", headers=_CLOSE)
        if "content-length" in headers and "transfer-encoding" in headers:  # servers disagree where such a body ends
            raise ProblemError(400, "Content-Length: Transfer-Encoding is there too. Send one.", headers=_CLOSE)
        host = headers.get("host")
        if not host_allowed(access, host):
            raise ProblemError(421, "Host: this server is not known by that name. Start it with --allowed-host NAME.")
        origin = headers.get("origin")
        if origin is not None and not origin_allowed(access, origin, host):
            raise ProblemError(403, "Origin: pages of other servers may not ask this one.")
        if headers.get("sec-fetch-site") == "cross-site" and visit.method not in _SAFE:
            raise ProblemError(403, "Sec-Fetch-Site: pages of other servers may not ask this one.")
        self._check_token(visit)
        path = visit.scope["path"]
        if path == "/login" and (wait := self._state.logins.wait_s(visit.client)):
            raise busy(429, f"Too many logins. Try again in {wait:.0f} s.", wait)
        if path not in OPEN_PATHS and (wait := self._state.rates.wait_s(visit.owner)):
            raise busy(429, f"More than {self._state.settings.limits.rate:g} requests a second.", wait)

    def _check_token(self, visit: Visit) -> None:
        tokens = self._state.settings.access.tokens
        if tokens is None:
            return
        given = _bearer(visit.headers.get("authorization", "")) or _cookie(visit.headers.get("cookie", ""))
        visit.token = tokens.name_of(given) if given else None
        if visit.token is None and visit.scope["path"] not in OPEN_PATHS:
            visit.scope["ganstudio.stranger"] = True
            if visit.scope["type"] == "http" and visit.scope["path"] == "/" and visit.method in _SAFE:
                return  # the application answers with the form that asks for a token
            why = "is none of this server's" if given else "is missing"
            raise ProblemError(
                401, f"Authorization: the token {why}. Send `Bearer TOKEN`.", headers={"WWW-Authenticate": "Bearer"}
            )

    async def _body(self, visit: Visit, receive: Receive, held: Held) -> bytes | None:
        """The whole body; None where the client went away while it was sent. Raises ProblemError: it is too large."""
        most = self._state.settings.limits.body_bytes
        told = visit.headers.get("content-length", "0")
        if told.isdecimal() and int(told[:20]) > most:
            raise self._too_long(most)
        parts: list[bytes] = []
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            parts.append(message.get("body", b""))
            if not held.add(len(parts[-1])):
                why = "Too many large requests are worked on: there is no room for this one."
                raise busy(429, why, RETRY_S)
            if held.size > most:
                raise self._too_long(most)
            if not message.get("more_body", False):
                break
        body = b"".join(parts)
        if "json" in visit.headers.get("content-type", "") and not visit.scope["path"].startswith("/v2"):
            check_values(body, MOST)
        return body

    @staticmethod
    def _too_long(most: int) -> ProblemError:
        return ProblemError(413, f"The request is larger than {most / 1e6:g} MB.")

    async def _served(self, visit: Visit, body: bytes, receive: Receive, answer: Send) -> None:
        """Runs the application; ends it where its client goes, or where it has not begun to answer in time."""
        given = [body]

        async def receive_again() -> Message:
            if given:
                return {"type": "http.request", "body": given.pop(), "more_body": False}
            await visit.gone.wait()
            return {"type": "http.disconnect"}

        scope: dict[str, Any] = dict(visit.scope)
        scope |= {"ganstudio.id": visit.id, "ganstudio.owner": visit.owner, "ganstudio.https": visit.https}
        work = asyncio.ensure_future(self._app(scope, receive_again, answer))
        watch = asyncio.ensure_future(self._watch(visit, receive, work))
        try:
            done, _ = await asyncio.wait([work], timeout=self._state.settings.limits.request_s)
            if not done and visit.status:
                await asyncio.wait([work])  # it is being sent
            elif not done:
                raise self._too_slow()
            with suppress(asyncio.CancelledError):
                work.result()
        finally:
            visit.scope["route"] = scope.get("route")
            for task in (watch, work):
                task.cancel()
            await asyncio.gather(watch, work, return_exceptions=True)

    def _too_slow(self) -> ProblemError:
        seconds = self._state.settings.limits.request_s
        why = f"It took longer than {seconds:g} s, which a request may here"
        return busy(503, f"{why}. Ask for less, or with `Prefer: respond-async`.", RETRY_S)

    @staticmethod
    async def _watch(visit: Visit, receive: Receive, work: asyncio.Future[None]) -> None:
        """Ends the work of a client that has gone."""
        while (await receive())["type"] != "http.disconnect":
            pass
        visit.gone.set()
        work.cancel()

    async def _send(self, visit: Visit, message: Message, send: Send) -> None:
        kind = message["type"].removeprefix("websocket.")  # one that is refused is answered as a request is
        if kind in ("accept", "close"):
            visit.status = visit.status or (101 if kind == "accept" else 403)
        elif kind == "http.response.start":
            visit.status = message["status"]
            own = {name for name, _ in message["headers"]}
            more = [(k.encode(), v.encode()) for k, v in _HEADERS.items() if k.encode() not in own]
            message["headers"] = [*message["headers"], *more, (b"x-request-id", visit.id.encode())]
        else:
            visit.sent += len(message.get("body") or message.get("bytes") or b"")
        await send(message)

    def _tell(self, visit: Visit, seconds: float) -> None:
        route = visit.scope.get("route")
        status = visit.status or 499  # its client went away
        self._state.metrics.request(getattr(route, "path", "other"), visit.method, status, seconds)
        self._state.log.write(
            id=visit.id,
            client=visit.client,
            token=visit.token,
            method=visit.method,
            path=visit.scope["path"][:200],
            status=status,
            ms=round(seconds * 1000, 2),
            bytes=visit.sent,
        )


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
