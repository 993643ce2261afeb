"""Batch norms that torch's exporter leaves, folded into the layer before them.

It folds those that follow a convolution or a dense layer at once. A generator that begins with a dense layer reshapes
to a first map in between: one scale a channel is then one a row of the matrix, repeated for each of the map's places.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import numpy_helper


def fold_batch_norms(graph: onnx.GraphProto) -> None:
    """Changes `graph` in place; a batch norm that follows anything else stays as it is, in inference mode."""
    for norm in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        _fold(graph, norm)


def _fold(graph: onnx.GraphProto, norm: onnx.NodeProto) -> None:
    constants = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    reshape = _only_source(graph, norm, "Reshape")
    dense = reshape and _only_source(graph, reshape, "Gemm")
    if not dense or dense.input[1] not in constants or any(name not in constants for name in norm.input[1:]):
        return
    attributes = {one.name: onnx.helper.get_attribute_value(one) for one in (*dense.attribute, *norm.attribute)}
    scale, shift, mean, variance = (constants[name].astype(np.float64) for name in norm.input[1:])
    weight = constants[dense.input[1]]
    weight = weight if attributes.get("transB") else weight.T  # [out, in]
    shape = constants.get(reshape.input[1])
    plain = all(attributes.get(name, 1.0) == 1.0 for name in ("alpha", "beta"))
    if not plain or shape is None or len(shape) < 2 or shape[1] != len(scale) or np.prod(shape[1:]) != len(weight):
        return
    bias = constants[dense.input[2]] if len(dense.input) > 2 else np.zeros(len(weight))
    places = len(weight) // len(scale)
    factor = np.repeat(scale / np.sqrt(variance + attributes.get("epsilon", 1e-5)), places)
    folded = (bias - np.repeat(mean, places)) * factor + np.repeat(shift, places)
    _replace(graph, dense, weight * factor[:, None], folded)
    reshape.output[0] = norm.output[0]
    graph.node.remove(norm)
    drop_unused(graph)


def _only_source(graph: onnx.GraphProto, node: onnx.NodeProto, kind: str) -> onnx.NodeProto | None:
    """The node of this kind whose answer `node` takes first and alone."""
    name = node.input[0]
    users = sum(name in other.input for other in graph.node) + sum(name == out.name for out in graph.output)
    return next((one for one in graph.node if users == 1 and one.op_type == kind and name in one.output), None)


def _replace(graph: onnx.GraphProto, dense: onnx.NodeProto, weight: np.ndarray, bias: np.ndarray) -> None:
    """Gives a Gemm a weight [out, in] and a bias of its own: others may use the old ones."""
    names = [f"{dense.output[0]}_weight", f"{dense.output[0]}_bias"]
    for name, values in zip(names, (weight, bias), strict=True):
        graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values, np.float32), name))
    del dense.input[1:], dense.attribute[:]
    dense.input.extend(names)
    dense.attribute.append(onnx.helper.make_attribute("transB", 1))


def drop_unused(graph: onnx.GraphProto) -> None:
    """Leaves no constant, and no shape told, of what is in `graph` no more."""
    used = {name for node in graph.node for name in node.input}
    for part in (graph.initializer, graph.value_info):
        made = used | {name for node in graph.node for name in node.output}
        for one in [one for one in part if one.name not in made]:
            part.remove(one)
