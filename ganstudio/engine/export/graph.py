"""Graphs as torch's exporter makes them, with batch norms folded and nothing left of training."""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import onnx
import torch
from torch import nn

from ganstudio.engine.contract import ExportSpec
from ganstudio.engine.export.folding import fold_batch_norms
from ganstudio.engine.export.transposed_convolutions import over_one_pixel
from ganstudio.errors import StudioError

OPSET = 20
FIXED_SIZE = "In forward, take sizes from x.shape where you need them; else leave free_axes out of the ExportSpec"

_OUTPUTS = {"mapping": "ws", "classifier": "logits"}  # by the graph's suffix; of all others it is images

# Operators that draw: what they give can be neither proved nor repeated.
_DRAW = ("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial")


def to_graph(spec: ExportSpec) -> onnx.ModelProto:
    """A checked graph whose batch, and what else the spec says, may have any size.

    Raises StudioError where it holds what only training needs.
    """
    names = list(spec.inputs)
    module = spec.module.eval().to(torch.float32, memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    dynamic = _dynamic_shapes(spec)
    with quiet(), _free_axes_named(spec):
        program = torch.onnx.export(
            module,
            tuple(spec.inputs.values()),
            dynamo=True,
            verbose=False,
            opset_version=OPSET,
            input_names=names,
            output_names=[_OUTPUTS.get(spec.suffix, "images")],
            dynamic_shapes=(dynamic,) if _takes_any(module) else dynamic,
        )
    buffer = io.BytesIO()
    onnx.save_model(program.model_proto, buffer)
    model = onnx.load_model_from_string(buffer.getvalue())
    del model.metadata_props[:]
    for given in model.graph.input:  # an input that this stage ignores would keep the example's batch
        for axis in given.type.tensor_type.shape.dim[:1]:
            axis.dim_param = "batch"
    fold_batch_norms(model.graph)
    over_one_pixel(model)
    onnx.checker.check_model(model, full_check=True)
    if found := list(leftovers(model.graph)):
        raise StudioError(
            f"export: the graph holds {', '.join(found)}.",
            hint="F.dropout takes training=self.training; noise must be an input (StyleGenerator.noise_shapes)",
        )
    return model


def leftovers(graph: onnx.GraphProto) -> Iterator[str]:
    """What a graph for use must not hold, a word or two each."""
    for node in graph.node:
        attributes = {attribute.name: attribute.i for attribute in node.attribute}
        if node.op_type == "Dropout":
            yield "Dropout"
        elif node.op_type in _DRAW:
            yield f"{node.op_type}, which draws numbers of its own"
        elif node.op_type == "BatchNormalization" and (attributes.get("training_mode") or len(node.output) > 1):
            yield "a BatchNormalization that measures its batch"


def opset_of(model: onnx.ModelProto) -> int:
    return next(one.version for one in model.opset_import if one.domain in ("", "ai.onnx"))


def _dynamic_shapes(spec: ExportSpec) -> tuple[dict[int, Any] | None, ...]:
    """What the exporter is told of each input's axes: by name, so that it finds out itself what sizes they may have."""
    batch = torch.export.Dim("batch", min=1)
    return tuple(
        {0: batch, **spec.free_axes.get(name, {})} if example.dim() else None for name, example in spec.inputs.items()
    )


@contextmanager
def _free_axes_named(spec: ExportSpec) -> Iterator[None]:
    """Raises StudioError where the exporter finds one size alone for an axis that the spec calls free."""
    try:
        yield
    except torch.onnx.OnnxExporterError as error:
        fixed = re.findall(r"a static shape of (\d+) for dimension inputs\['(\w+)'\]\.shape\[(\d+)\]", str(error))
        named = [
            f"{spec.free_axes[name][int(axis)]} {size}"
            for size, name, axis in dict.fromkeys(fixed)
            if int(axis) in spec.free_axes.get(name, {})
        ]
        if not named:
            raise
        raise StudioError(f"export: the network works at {', '.join(named)} alone.", hint=FIXED_SIZE) from error


def _takes_any(module: nn.Module) -> bool:
    """Does forward take `*inputs`? The exporter wants their axes one level deeper then."""
    code = type(module).forward.__code__
    return bool(code.co_flags & 0x04)


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps the exporters' own deprecations and advice from the user: nothing in them is for her to act on."""
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logging.disable(disabled)
