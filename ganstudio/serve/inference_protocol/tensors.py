"""Tensors of the open inference protocol: read out of a request, and written into an answer.

A request is JSON, `{"inputs": [{"name", "shape", "datatype", "data"}]}`. With the binary extension (Triton's protocol
documents, extension_binary_data.md) an input says `{"parameters": {"binary_data_size": n}}` instead of `data`, and its
bytes, little end first, follow the JSON in the order of the inputs; the header `Inference-Header-Content-Length` tells
how long the JSON is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import nearest
from ganstudio.serve.json_values import MOST_OF_TENSORS, check_values
from ganstudio.serve.problems import ProblemError, nearest_field, refused

HEADER = "inference-header-content-length"
DATATYPES = {"float32": "FP32", "int64": "INT64", "float16": "FP16", "uint8": "UINT8"}
_LITTLE = {"FP32": "<f4", "INT64": "<i8"}
_KEYS = ("id", "inputs", "outputs", "parameters")
_MOST_TENSORS, _MOST_AXES = 64, 8


@dataclass(frozen=True)
class InferRequest:
    """What a client sent: tensors by name, and which outputs it wants, each with whether as bytes."""

    id: str | None
    inputs: Mapping[str, NDArray[Any]]
    outputs: tuple[tuple[str, bool], ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)


def read_request(body: bytes, header: str | None) -> InferRequest:
    """Raises ProblemError: 400 where the JSON cannot be read, 413 for too much of it, 422 where a tensor is none."""
    end = len(body)
    if header is not None:
        if not header.isdecimal() or int(header[:20]) > len(body):
            raise ProblemError(
                400, f"{HEADER}: must be a length within the body's {len(body)} bytes; got {header[:40]!r}."
            )
        end = int(header[:20])
    check_values(body[:end], MOST_OF_TENSORS)
    try:
        content = json.loads(body[:end], parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ProblemError(400, f"The body is no JSON: {str(error)[:100]}.") from None
    if not isinstance(content, dict):
        raise refused("body: an object with `inputs` is needed.", "body")
    for key in content:
        if key not in _KEYS:
            raise refused(f"{str(key)[:100]}: there is no such key. {nearest_field(str(key), _KEYS)}", str(key)[:100])
    inputs = _list(content, "inputs")
    tensors: dict[str, NDArray[Any]] = {}
    rest = memoryview(body)[end:]
    for place, one in enumerate(inputs):
        name, array, used = _tensor(one, place, rest)
        if name in tensors:
            raise refused(f"inputs: {name!r} is there twice.", "inputs")
        tensors[name], rest = array, rest[used:]
    if len(rest):
        raise refused(f"inputs: {len(rest)} bytes behind the JSON belong to no input.", "inputs")
    parameters = _parameters(content)
    binary = parameters.get("binary_data_output") is True
    wanted = tuple(_wanted(one, binary) for one in (_list(content, "outputs") if "outputs" in content else ()))
    id_ = content.get("id")
    return InferRequest(
        str(id_)[:200] if id_ is not None else None, tensors, wanted or (("images", binary),), parameters
    )


def write_answer(
    model: str, version: str, asked: InferRequest, outputs: Mapping[str, NDArray[Any]]
) -> tuple[bytes, dict[str, str]]:
    """The body and the headers of an answer. Raises ProblemError where an output that is wanted is none."""
    told, parts = [], []
    for name, binary in asked.outputs:
        if name not in outputs:
            raise refused(f"outputs: there is no {name[:100]!r}. {nearest(name, outputs)}", "outputs")
        array = outputs[name]
        one: dict[str, Any] = {"name": name, "shape": list(array.shape), "datatype": DATATYPES[str(array.dtype)]}
        if binary:
            content = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
            parts.append(content)
            one["parameters"] = {"binary_data_size": len(content)}
        else:
            one["data"] = array.reshape(-1).tolist()
        told.append(one)
    head: dict[str, Any] = {"model_name": model, "model_version": version, "outputs": told}
    if asked.id is not None:
        head["id"] = asked.id
    text = json.dumps(head, allow_nan=False).encode()
    if not parts:
        return text, {"content-type": "application/json"}
    return b"".join([text, *parts]), {"content-type": "application/octet-stream", HEADER: str(len(text))}


def _tensor(one: Any, place: int, rest: memoryview) -> tuple[str, NDArray[Any], int]:
    """Name and values of an input, and how many of the bytes behind the JSON are its own."""
    if not isinstance(one, dict) or not isinstance(one.get("name"), str):
        raise refused(f"inputs.{place}: an object with name, shape, datatype and data is needed.", f"inputs.{place}")
    name, shape, datatype = one["name"][:100], one.get("shape"), one.get("datatype")
    if datatype not in _LITTLE:
        raise refused(
            f"inputs.{name}: datatype {str(datatype)[:40]!r} is none of {', '.join(_LITTLE)}.", f"inputs.{name}"
        )
    if not isinstance(shape, list) or len(shape) > _MOST_AXES or not all(map(_is_size, shape)):
        raise refused(f"inputs.{name}: shape must be a list of sizes.", f"inputs.{name}")
    count, dtype = math.prod(shape), np.dtype(_LITTLE[datatype])
    size = _parameters(one).get("binary_data_size")
    if size is not None:
        if size != count * dtype.itemsize or len(rest) < size or "data" in one:
            need = f"{count * dtype.itemsize} bytes of a tensor {shape}"
            raise refused(
                f"inputs.{name}: binary_data_size must be the {need}, which follow the JSON.", f"inputs.{name}"
            )
        return name, np.frombuffer(rest[:size], dtype).reshape(shape), int(size)
    return name, _of_numbers(one.get("data"), name, shape, count, dtype), 0


def _is_size(side: Any) -> bool:
    return type(side) is int and 0 <= side < 2**31


def _of_numbers(data: Any, name: str, shape: list[int], count: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Values of a list of numbers, flat or nested as the shape is."""
    try:
        array = np.asarray(data, np.float64 if dtype.kind == "f" else None)
        fits = array.size == count and (dtype.kind == "f" or array.dtype.kind in "iu" or count == 0)
    except (ValueError, TypeError, OverflowError):
        fits = False
    if not fits:
        what = "numbers" if dtype.kind == "f" else "whole numbers"
        raise refused(f"inputs.{name}: data must be the {count} {what} of a tensor {shape}.", f"inputs.{name}")
    with np.errstate(over="ignore"):
        return array.reshape(shape).astype(dtype)


def _wanted(one: Any, binary: bool) -> tuple[str, bool]:
    if not isinstance(one, dict) or not isinstance(one.get("name"), str):
        raise refused("outputs: objects with a name are needed.", "outputs")
    own = _parameters(one)
    if "classification" in own:
        raise refused("outputs: there is no classification; pictures have no classes to be sorted by.", "outputs")
    return one["name"], own.get("binary_data", binary) is True


def _list(content: Mapping[str, Any], key: str) -> Sequence[Any]:
    found = content.get(key)
    if not isinstance(found, list) or len(found) > _MOST_TENSORS:
        raise refused(f"{key}: a list of tensors is needed.", key)
    return found


def _parameters(content: Mapping[str, Any]) -> dict[str, Any]:
    found = content.get("parameters", {})
    if not isinstance(found, dict):
        raise refused("parameters: an object is needed.", "parameters")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")
