"""The OpenAPI document as the server answers: errors are RFC 9457, and pictures come in the ways that Accept names.

FastAPI tells of errors of its own, which no client of this server ever sees.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from ganstudio.serve.answers import Job, Problem
from ganstudio.serve.problems import MEDIA_TYPE

_SCHEMAS = "#/components/schemas/"
_OF_FASTAPI = ("HTTPValidationError", "ValidationError")
_FILE = {"schema": {"type": "string", "format": "binary"}}
_WAYS = ("image/png", "image/webp", "image/jpeg", "application/zip", "text/event-stream")


class Application(FastAPI):
    """FastAPI whose document tells what is answered."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = _as_answered(super().openapi())
        return self.openapi_schema


def _as_answered(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document["components"]["schemas"]
    for name in _OF_FASTAPI:
        schemas.pop(name, None)
    schemas[Problem.__name__].pop("additionalProperties", None)  # /v2 has `error` beside the rest
    for operations in document["paths"].values():
        for operation in operations.values():
            _tell_answers(operation["responses"])
    return document


def _tell_answers(responses: dict[str, Any]) -> None:
    """Adds errors, and the ways of pictures, to the answers of one path."""
    responses.pop("422", None)
    responses["4XX"] = _error("What was wrong, and the nearest legal thing.")
    responses.setdefault("503", _error("It takes too long, or cannot be done now: Retry-After says when to ask again."))
    content = responses.get("200", {}).get("content", {})
    if content.get("application/json", {}).get("schema", {}).get("$ref") == f"{_SCHEMAS}Pictures":
        content |= dict.fromkeys(_WAYS, _FILE)
        job = {"schema": {"$ref": f"{_SCHEMAS}{Job.__name__}"}}
        responses["202"] = {"description": "With Prefer: respond-async.", "content": {"application/json": job}}


def _error(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": {"$ref": f"{_SCHEMAS}{Problem.__name__}"}}}}
