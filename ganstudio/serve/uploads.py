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
from ganstudio.serve.requests import Message, StyleGiven
from ganstudio.serve.settings import Limits

M = TypeVar("M", bound=Message)
_FILES = ("image", "mask")
_STYLE = "style"  # a file or a text each
_MOST_FIELDS = 100


@dataclass(frozen=True)
class Upload(Generic[M]):
    """A request with its pictures; `asked` holds all but these. A style is a picture's bytes, or a saved one's name."""

    asked: M
    images: list[bytes]
    mask: bytes | None = None
    styles: tuple[bytes | str, ...] = ()


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
    if b"" in found.styles:
        field = f"{_STYLE}.{found.styles.index(b'')}"
        raise refused(f"{field}: it is empty.", field)
    if len(found.images) > (limits.images if several else 1):
        most = f"{limits.images} pictures" if several else "one picture"
        raise refused(f"image: {most} a request; got {len(found.images)}.", "image")
    if len(found.styles) > limits.images:
        raise refused(f"{_STYLE}: {limits.images} a request; got {len(found.styles)}.", _STYLE)
    return found


async def _of_form(request: Request, kind: type[M], limits: Limits) -> Upload[M]:
    files: dict[str, list[bytes]] = {name: [] for name in _FILES}
    styles: list[bytes | str] = []
    fields: dict[str, Any] = {}
    async with request.form(
        max_files=2 * limits.images + 1, max_fields=_MOST_FIELDS, max_part_size=limits.body_bytes
    ) as form:
        for name, value in form.multi_items():
            content = await value.read() if isinstance(value, UploadFile) else value
            if name == _STYLE:
                styles.append(content)
            elif isinstance(content, bytes) and name in _FILES:
                files[name].append(content)
            elif isinstance(content, str) and name not in _FILES:
                fields[name] = content
            else:
                raise refused(
                    f"{name[:100]}: {'send a file' if name in _FILES else 'send text, not a file'}.", name[:100]
                )
    if not files["image"]:
        raise refused("image: is missing: send a file.", "image")
    fields["image"] = ""
    if files["mask"]:
        fields["mask"] = ""
    if styles:
        fields[_STYLE] = [{"name": one} if isinstance(one, str) else {"image": ""} for one in styles]
    return Upload(_checked(kind, fields), files["image"], files["mask"][0] if files["mask"] else None, tuple(styles))


def _of_json(body: bytes, kind: type[M]) -> Upload[M]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ProblemError(400, f"The body is no JSON: {str(error)[:100]}.") from None
    asked = _checked(kind, content)
    image, mask = getattr(asked, "image", ""), getattr(asked, "mask", None)
    images = [_decoded("image", one) for one in ([image] if isinstance(image, str) else image)]
    styles = tuple(_style(place, one) for place, one in enumerate(getattr(asked, _STYLE, ())))
    return Upload(asked, images, None if mask is None else _decoded("mask", mask), styles)


def _style(place: int, given: StyleGiven) -> bytes | str:
    """A style of JSON. Raises ProblemError where it is neither a picture nor a name, or both."""
    field = f"{_STYLE}.{place}"
    if given.name is not None and given.image is None:
        return given.name
    if given.image is not None and given.name is None:
        return _decoded(f"{field}.image", given.image)
    raise refused(f"{field}: give name or image.", field)


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
