"""Errors as clients see them: RFC 9457, in the words of the command line, without any path of the server.

What a client may read is chosen here, at one door. Work on a model that is open raises errors that call it by its name;
what fails while files are opened is never shown (see catalog.py). As a last net, text that holds a path is replaced.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

from ganstudio.errors import DataError, StudioError, UsageError, closest
from ganstudio.serve.answers import FieldError, Problem

MEDIA_TYPE = "application/problem+json"
NO_ID = "none"
FAULT = "This is a fault of the server; its log says more."
_FLAG = re.compile(r"--([a-z][a-z-]*)")
_PATH = re.compile(r"(?<![\w.*])~?/[^\s/'\"]+/")


class ProblemError(Exception):
    """A request that is answered with an error; `detail` says what was wrong and the nearest legal thing."""

    def __init__(
        self, status: int, detail: str, errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors, self.headers = status, detail, tuple(errors), dict(headers or {})


def refused(detail: str, field: str | None = None) -> ProblemError:
    """A request that was read and cannot be done: 422."""
    return ProblemError(422, detail, [FieldError(field=field, detail=detail)] if field else [])


def busy(status: int, detail: str, retry_s: float = 1.0) -> ProblemError:
    """429 or 503, with when to try again."""
    return ProblemError(status, detail, headers={"Retry-After": str(max(1, round(retry_s)))})


def problem_of(error: StudioError) -> ProblemError:
    """What a client is shown of an error that work on an open model raised."""
    if isinstance(error, UsageError | DataError):
        text = shown(error.message)
        flag = _FLAG.match(error.message)
        return refused(text, flag[1] if flag else None)
    return ProblemError(500, shown(error.message))


def shown(message: str) -> str:
    """`message` with options called as fields are; of one that holds a path, which none should, no word."""
    if _PATH.search(message):
        return "The server could not do it; its log says why."
    text = _FLAG.sub(lambda match: match[1].replace("-", "_"), message)
    return text if re.match(r"[\w. ]+:", text) else text[:1].upper() + text[1:]


def nearest_field(given: str, known: Sequence[str]) -> str:
    """A phrase with the key that is most like the one that was given."""
    match = closest(given, [one for one in known if one != given])
    return f"Did you mean {match!r}?" if match else f"Known: {', '.join(known)}."


def problem(status: int, detail: str, request_id: str, errors: Sequence[FieldError] = ()) -> Problem:
    try:
        title = HTTPStatus(status).phrase
    except ValueError:
        title = "Error"
    return Problem(title=title, status=status, detail=detail, instance=request_id, errors=list(errors))


def response_of(error: ProblemError, request_id: str, path: str) -> JSONResponse:
    """The answer to a request for `path`; clients of /v2 look for `error`, which RFC 9457 allows beside the rest."""
    content: dict[str, Any] = problem(error.status, error.detail, request_id, error.errors).model_dump()
    if path.startswith("/v2"):
        content["error"] = error.detail
    return JSONResponse(content, error.status, error.headers, MEDIA_TYPE)
