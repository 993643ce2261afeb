"""Turns pydantic's complaints into lines that name the file, the key and the nearest legal key."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from ganstudio.errors import nearest


def explain(error: ValidationError, model: type[BaseModel], source: str) -> list[str]:
    """One line a problem, each beginning with `source: key:`."""
    lines = []
    for problem in error.errors(include_url=False):
        path = [part for part in problem["loc"] if part not in _TAGS]
        key = ".".join(str(part) for part in path)
        if problem["type"] == "value_error" and not path:
            lines += [f"{source}: {line}" for line in str(problem["ctx"]["error"]).splitlines()]
            continue
        lines.append(f"{source}: {key}: {_reason(problem, path, model)}")
    return lines


def _reason(problem: Any, path: list[Any], model: type[BaseModel]) -> str:
    match problem["type"]:
        case "extra_forbidden":
            legal = _keys_at(model, problem["loc"][:-1])
            return f"unknown key. {nearest(str(path[-1]), legal)}"
        case "missing":
            return "is missing."
        case "union_tag_invalid":
            known = problem["ctx"]["expected_tags"].replace("'", "").split(", ")
            return f"unknown kind {problem['ctx']['tag']!r}. {nearest(str(problem['ctx']['tag']), known)}"
        case "union_tag_not_found":
            return "needs a `kind`."
        case _:
            return f"{problem['msg'][0].lower()}{problem['msg'][1:]}; got {problem['input']!r}."


def _keys_at(model: type[BaseModel], location: tuple[Any, ...]) -> set[str]:
    """Legal keys of the table at `location`, which holds field names, list positions and union tags."""
    here: set[type[BaseModel]] = {model}
    for part in location:
        if isinstance(part, int):
            continue
        tagged = {m for m in here if "kind" in m.model_fields and m.model_fields["kind"].default == part}
        here = tagged or {
            inner for m in here if part in m.model_fields for inner in _models(m.model_fields[part].annotation)
        }
    return {name for m in here for name in m.model_fields}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _models(inner)


_TAGS = {
    *("non_saturating", "minimax", "least_squares", "hinge", "wasserstein", "relativistic"),
    *("gradient_penalty", "r1", "r2", "path_length", "feature_matching", "weight_clip"),
    *("constant", "ramp", "adaptive"),
}
