"""Graphs in half precision and in eight bits, through onnxruntime's own tools. Inputs and outputs stay float32.

Why eight bits are made as they are is in docs/decisions/0012-eight-bits.md.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from ganstudio.engine.export import parity
from ganstudio.engine.export.graph import quiet
from ganstudio.engine.export.transposed_convolutions import as_convolutions
from ganstudio.errors import StudioError
from ganstudio.inference.manifest import LEAST_DB

_BATCH = 16


def lowered(model: onnx.ModelProto, precision: str, calibration: parity.Feed) -> onnx.ModelProto:
    """`model` in `fp16` or `int8`, checked. `calibration` inputs tell the range of each activation."""
    changed = onnx.ModelProto.FromString(model.SerializeToString())
    del changed.graph.value_info[:]  # the exporter leaves shapes of weights there that folding has turned
    with quiet():
        changed = _half(changed) if precision == "fp16" else _eight_bits(changed, calibration)
    del changed.metadata_props[:]  # the tools' own
    onnx.checker.check_model(changed, full_check=True)
    return changed


def require_likeness(expected: np.ndarray, answer: np.ndarray, precision: str) -> float:
    """The PSNR in dB of images made in `precision` against fp32's. Raises StudioError below the bound."""
    found, least = parity.psnr_db(expected, answer), LEAST_DB[precision]
    if not found >= least:
        raise StudioError(
            f"export: {precision} images are {found:.1f} dB from those of fp32 (at least {least:g} dB is let through); "
            "no file was written.",
            hint=f"--precision {'fp16' if precision == 'int8' else 'fp32'}",
        )
    return found


def _half(model: onnx.ModelProto) -> onnx.ModelProto:
    from onnxruntime.transformers.float16 import convert_float_to_float16
    from onnxruntime.transformers.onnx_model import OnnxModel

    sorted_ = OnnxModel(convert_float_to_float16(model, keep_io_types=True))
    sorted_.topological_sort()  # it appends the casts of the inputs
    return sorted_.model


def _eight_bits(model: onnx.ModelProto, calibration: parity.Feed) -> onnx.ModelProto:
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.registry import QDQRegistry

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            count = max(len(value) for value in calibration.values() if value.ndim)
            self.parts = (parity.rows(calibration, slice(at, at + _BATCH)) for at in range(0, count, _BATCH))

        def get_next(self) -> parity.Feed | None:
            return next(self.parts, None)

    as_convolutions(model)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        quantize_static(
            model,
            path,
            Reader(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            # Weights of seven bits: without VNNI two products are added up in 16 bits, and saturate.
            reduce_range=True,
            op_types_to_quantize=sorted(set(QDQRegistry) - {"ConvTranspose"}),
        )
        made = onnx.load(path)
    _store_transposed(made.graph)
    return made


def _store_transposed(graph: onnx.GraphProto) -> None:
    """Stores the weights of transposed convolutions in eight bits, one scale an output channel."""
    constants = {one.name: one for one in graph.initializer}
    uses = [name for node in graph.node for name in node.input]
    dequantize = []
    for node in graph.node:
        if node.op_type != "ConvTranspose" or node.input[1] not in constants or uses.count(node.input[1]) > 1:
            continue
        name = node.input[1]
        weight = numpy_helper.to_array(constants[name])
        group = next((one.i for one in node.attribute if one.name == "group"), 1)
        scale = _scales(weight, axis=0 if group > 1 else 1)  # with groups, axis 1 repeats for each of them
        stored = np.rint(weight / scale).astype(np.int8)
        graph.initializer.remove(constants[name])
        graph.initializer.append(numpy_helper.from_array(stored, f"{name}_int8"))
        graph.initializer.append(numpy_helper.from_array(scale.ravel(), f"{name}_scale"))
        parts = [f"{name}_int8", f"{name}_scale"]
        dequantize.append(helper.make_node("DequantizeLinear", parts, [name], axis=0 if group > 1 else 1))
    for node in reversed(dequantize):
        graph.node.insert(0, node)


def _scales(weight: np.ndarray, axis: int) -> np.ndarray:
    """What 127 stands for in each slice along `axis`, shaped to divide `weight`."""
    largest = np.abs(weight).max(tuple(other for other in range(weight.ndim) if other != axis), keepdims=True)
    return np.where(largest > 0, largest / 127, 1).astype(np.float32)
