"""One inference: a request's tensors checked against a model's inputs, and what the network makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import nearest
from ganstudio.inference.images.model import kind_of
from ganstudio.inference.latents import noise
from ganstudio.inference.manifest import TensorSpec
from ganstudio.serve.inference_protocol.tensors import DATATYPES, InferRequest
from ganstudio.serve.models.batching import Floats, Wanted
from ganstudio.serve.models.opened import Opened
from ganstudio.serve.problems import refused
from ganstudio.serve.settings import Limits

_MAY_MISS = ("psi",)  # 1 where it is left out; noise is that of seed 0


async def infer(opened: Opened, asked: InferRequest, limits: Limits) -> dict[str, NDArray[Any]]:
    """The outputs by name. Raises ProblemError for tensors that the model does not take."""
    specs = {spec.name: spec for spec in opened.export.manifest.inputs}
    for name in asked.inputs:
        if name not in specs:
            raise refused(f"inputs: {opened.name} takes no {name!r}. {nearest(name, specs)}", "inputs")
    for name, spec in specs.items():
        if name in asked.inputs:
            _check(opened.name, spec, asked.inputs[name])
        elif name not in _MAY_MISS and not name.startswith("noise_"):
            raise refused(f"inputs: {name} is missing; {opened.name} takes {', '.join(specs)}.", "inputs")
    count = _count(asked.inputs, limits)
    if kind_of(opened.export.manifest) == "sample":
        return {"images": await opened.images(_wanted(opened, asked.inputs, specs, count))}
    return {"images": await _network(opened, asked.inputs, count, limits)}


def _check(model: str, spec: TensorSpec, array: NDArray[Any]) -> None:
    """Raises ProblemError where an array is not of the spec's type or shape, or not finite."""
    kind = DATATYPES[str(array.dtype)]
    if str(array.dtype) != spec.dtype:
        wanted = DATATYPES.get(spec.dtype, spec.dtype)
        raise refused(f"inputs.{spec.name}: {model} takes {wanted}; got {kind}.", f"inputs.{spec.name}")
    scalar = not spec.shape and array.size == 1
    fits = array.ndim == len(spec.shape) and all(
        isinstance(side, str) or side == given for side, given in zip(spec.shape, array.shape, strict=False)
    )
    if not (fits or scalar):
        raise refused(
            f"inputs.{spec.name}: {model} takes {list(spec.shape)}; got {list(array.shape)}.", f"inputs.{spec.name}"
        )
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise refused(f"inputs.{spec.name}: holds NaN or infinite values.", f"inputs.{spec.name}")


def _count(inputs: Mapping[str, NDArray[Any]], limits: Limits) -> int:
    """How many images are wanted: all inputs have as many rows."""
    rows = {len(array) for name, array in inputs.items() if name != "psi"}
    if len(rows) != 1:
        raise refused(f"inputs: all must have as many rows; got {sorted(rows)}.", "inputs")
    [count] = rows
    if not 1 <= count <= limits.images:
        raise refused(f"inputs: from 1 to {limits.images} images a request; got {count}.", "inputs")
    return count


def _wanted(opened: Opened, inputs: Mapping[str, NDArray[Any]], specs: Mapping[str, TensorSpec], count: int) -> Wanted:
    given = {name: array for name, array in inputs.items() if name.startswith("noise_")}
    names = [name for name in specs if name.startswith("noise_")] if given else []
    zeros = np.zeros(count, np.int64)
    noises = {name: given[name] if name in given else _noise_of_zero(specs[name], count) for name in names}
    labels = inputs.get("labels")
    classes = len(opened.generator.classes)
    if labels is not None and (labels.min() < 0 or labels.max() >= classes):
        raise refused(f"inputs.labels: must be from 0 to {classes - 1}.", "inputs.labels")
    psi = float(inputs["psi"].reshape(-1)[0]) if "psi" in inputs else 1.0
    return Wanted(inputs["z"], labels, zeros, psi, noises or None)


def _noise_of_zero(spec: TensorSpec, count: int) -> Floats:
    sides = [int(side) for side in spec.shape[1:]]
    return noise([0] * count, int(spec.name.removeprefix("noise_")), sides)


async def _network(opened: Opened, inputs: Mapping[str, NDArray[Any]], count: int, limits: Limits) -> Floats:
    """Images that a network makes of others, one after the other: each may be for another domain."""
    network, source = opened.network, inputs["source"]
    step = 1 if network.fixed else network.manifest.multiple
    if source.shape[2] * source.shape[3] > limits.pixels or 0 in source.shape:
        raise refused(f"inputs.source: from 1 to {limits.pixels:,} pixels an image.", "inputs.source")
    if source.shape[2] % step or source.shape[3] % step:
        raise refused(
            f"inputs.source: sides must be multiples of {step}; got {list(source.shape[2:])}.", "inputs.source"
        )
    labels, masks = inputs.get("labels"), inputs.get("mask")
    if masks is not None and masks.shape[2:] != source.shape[2:]:
        raise refused("inputs.mask: must be as high and wide as source.", "inputs.mask")
    domains = len(network.manifest.classes)
    if labels is not None and (labels.min() < 0 or labels.max() >= domains):
        raise refused(f"inputs.labels: must be from 0 to {domains - 1}.", "inputs.labels")
    made = []
    for place in range(count):
        row = slice(place, place + 1)
        given = {name: value[place] for name, value in inputs.items() if name not in ("source", "mask")}
        made.append(await opened.run(network.run, source[row], given, None if masks is None else masks[row]))
    return np.concatenate(made)
