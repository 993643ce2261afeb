"""What pydantic finds wrong in a request, in our words, with the nearest legal thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError

from ganstudio.serve import requests
from ganstudio.serve.answers import FieldError
from ganstudio.serve.problems import ProblemError, nearest_field, shown

_MOST = 20  # errors that are told


def problem_of_fields(error: RequestValidationError) -> ProblemError:
    """400 where the body is no JSON, 415 where it is none at all, else 422 with each field that is wrong."""
    found = error.errors()
    if any(one["type"] == "json_invalid" for one in found):
        return ProblemError(400, f"The body is no JSON: {found[0].get('ctx', {}).get('error', 'it cannot be read')}.")
    if found[0]["loc"] == ("body",) and isinstance(found[0].get("input"), bytes):
        return ProblemError(415, "Content-Type: send application/json.")
    told = [FieldError(field=_field(one), detail=_detail(one)) for one in found[:_MOST]]
    return ProblemError(422, told[0].detail, told)


def _field(one: Mapping[str, Any]) -> str:
    """`seeds.0` of ("body", "seeds", 0); "body" of the whole."""
    return ".".join(str(part) for part in one["loc"][1:])[:200] or "body"


def _detail(one: Mapping[str, Any]) -> str:
    field = _field(one)
    if one["type"] == "extra_forbidden":
        return f"{field}: there is no such key. {nearest_field(field.rpartition('.')[2], _keys())}"
    if one["type"] == "missing":
        return "The body is missing: send JSON." if field == "body" else f"{field}: is missing."
    given = one.get("input")
    text = str(one["msg"])
    short = repr(given) if isinstance(given, str | int | float | bool) else type(given).__name__
    return shown(f"{field}: {text[:1].lower()}{text[1:]}; got {short[:100]}.")


def _keys() -> Sequence[str]:
    """The keys of all requests."""
    classes = [one for one in vars(requests).values() if isinstance(one, type) and issubclass(one, requests.Message)]
    fields = {info.alias or name for one in classes for name, info in one.model_fields.items()}
    return sorted(fields)
