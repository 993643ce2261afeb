"""Pictures that a request brings: files of a multipart form, or base64 in JSON."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from ganstudio.serve.problems import ProblemError, refused
from ganstudio.serve.requests import Message
from ganstudio.serve.settings import Limits

M = TypeVar("M", bound=Message)
_FILES = ("image", "mask")
_MOST_FIELDS = 20


@dataclass(frozen=True)
class Upload(Generic[M]):
    """A request with its pictures; `asked` holds all but these."""

    asked: M
    images: list[bytes]
    mask: bytes | None


async def read_upload(request: Request, kind: type[M], limits: Limits, several: bool = True) -> Upload[M]:
    """Raises ProblemError, or RequestValidationError for fields that are wrong."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        found = await _of_form(request, kind, limits)
    elif request.headers.get("content-type", "").startswith("application/json"):
        found = _of_json(await request.body(), kind)
    else:
        raise ProblemError(415, "Content-Type: send multipart/form-data, or application/json with base64.")
    if not all(found.images) or found.mask == b"":
        raise refused("image: it is empty.", "image")
    if len(found.images) > (limits.images if several else 1):
        most = f"{limits.images} pictures" if several else "one picture"
        raise refused(f"image: {most} a request; got {len(found.images)}.", "image")
    return found


async def _of_form(request: Request, kind: type[M], limits: Limits) -> Upload[M]:
    files: dict[str, list[bytes]] = {name: [] for name in _FILES}
    fields: dict[str, Any] = {}
    async with request.form(
        max_files=limits.images + 1, max_fields=_MOST_FIELDS, max_part_size=limits.body_bytes
    ) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile) and name in _FILES:
                files[name].append(await value.read())
            elif isinstance(value, str) and name not in _FILES:
                fields[name] = value
            else:
                raise refused(
                    f"{name[:100]}: {'send a file' if name in _FILES else 'send text, not a file'}.", name[:100]
                )
    if not files["image"]:
        raise refused("image: is missing: send a file.", "image")
    masks = {"mask": ""} if files["mask"] else {}
    asked = _checked(kind, fields | {"image": ""} | masks)
    return Upload(asked, files["image"], files["mask"][0] if files["mask"] else None)


def _of_json(body: bytes, kind: type[M]) -> Upload[M]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ProblemError(400, f"The body is no JSON: {str(error)[:100]}.") from None
    asked = _checked(kind, content)
    image, mask = getattr(asked, "image", ""), getattr(asked, "mask", None)
    return Upload(asked, [_decoded("image", image)], None if mask is None else _decoded("mask", mask))


def _checked(kind: type[M], content: Any) -> M:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        raise RequestValidationError([one | {"loc": ("body", *one["loc"])} for one in found]) from None


def _decoded(field: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise refused(f"{field}: it is no base64 of a file.", field) from None
