"""Answers errors as problems: what an application refuses, what its work raises, what the framework refuses."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ganstudio.errors import StudioError
from ganstudio.serve.problems import FAULT, ProblemError, problem_of, response_of
from ganstudio.serve.validation import problem_of_fields


def answer_errors(app: FastAPI) -> None:
    """Makes every error of `app` a problem; the guard stands around it and gives requests their ids."""
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(StudioError, _studio_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _fault)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return response_of(error, request.scope["ganstudio.id"], request.scope["path"])


async def _studio_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, StudioError)
    return await _problem(request, problem_of(error))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return await _problem(request, problem_of_fields(error))


async def _http_error(request: Request, error: Exception) -> Response:
    """What the framework refuses itself: an unknown path, a method that a path does not know."""
    assert isinstance(error, HTTPException)
    all_paths = " GET /openapi.json tells of all." if request.app.openapi_url else ""
    details = {404: f"There is no such path.{all_paths}", 405: "This path is not asked so."}
    detail = details.get(error.status_code, str(error.detail))
    return await _problem(request, ProblemError(error.status_code, detail, headers=error.headers))


async def _fault(request: Request, _error: Exception) -> Response:
    """Anything else: the guard writes it to the log."""
    return await _problem(request, ProblemError(500, FAULT))
