"""Transposed convolutions in other words: the same sums, as operators that have better kernels.

Over a map of one pixel, where a DCGAN begins, it is a dense layer: onnxruntime multiplies the whole batch at once then.

With stride s and a kernel of m s, each of the s x s phases of the answer is a convolution of m x m of its own (Shi et
al., arXiv 1609.07009). One convolution onto s s times the channels gives all phases, which are then laid out side by
side and cropped. The places are moved with the channels last, a run of them at a time, which is how onnxruntime's 8-bit
convolutions hold them anyway. Those exist; 8-bit transposed convolutions do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from ganstudio.engine.export.folding import drop_unused


@dataclass(frozen=True)
class _Transposed:
    """A ConvTranspose of two dimensions in one group. `weight` is [in, out, k, k], `size` that of its input."""

    node: onnx.NodeProto
    weight: np.ndarray
    bias: np.ndarray
    size: tuple[int, int]
    stride: int
    pads: tuple[int, int, int, int]  # top, left, bottom, right

    @property
    def kernel(self) -> int:
        return int(self.weight.shape[2])

    @property
    def answer(self) -> str:
        return str(self.node.output[0])


def over_one_pixel(model: onnx.ModelProto) -> None:
    """Makes those over a single pixel dense layers, in place."""
    for one in list(_found(model)):
        if one.size == (1, 1) and not any(one.pads):
            _replace(model.graph, one, list(_dense(model.graph, one)))


def as_convolutions(model: onnx.ModelProto) -> None:
    """Makes convolutions of those whose kernel is a multiple of their stride, in place; others stay as they are."""
    for one in list(_found(model)):
        if one.stride == 1 and all(pad < one.kernel for pad in one.pads):
            _replace(model.graph, one, list(_turned(model.graph, one)))
        elif one.stride > 1 and one.kernel % one.stride == 0:
            _replace(model.graph, one, list(_phases(model.graph, one)))


def _found(model: onnx.ModelProto) -> Iterator[_Transposed]:
    shapes = onnx.shape_inference.infer_shapes(model).graph
    sizes = {
        value.name: tuple(axis.dim_value for axis in value.type.tensor_type.shape.dim[2:])
        for value in (*shapes.input, *shapes.value_info)
    }
    constants = {one.name: one for one in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type != "ConvTranspose" or any(name not in constants for name in node.input[1:]):
            continue
        told = {one.name: helper.get_attribute_value(one) for one in node.attribute}
        weight, *bias = (numpy_helper.to_array(constants[name]) for name in node.input[1:])
        strides, size = told.get("strides", [1, 1]), sizes.get(node.input[0], ())
        usual = (
            told.get("group", 1) == 1 and told.get("auto_pad", b"NOTSET") == b"NOTSET" and "output_shape" not in told
        )
        plain = usual and set(told.get("dilations", [1])) == {1} and not any(told.get("output_padding", [0]))
        square = weight.ndim == 4 and weight.shape[2] == weight.shape[3] and len(set(strides)) == 1
        if plain and square and len(size) == 2 and all(size):
            added = bias[0] if bias else np.zeros(weight.shape[1], weight.dtype)
            yield _Transposed(node, weight, added, size, strides[0], tuple(told.get("pads", [0, 0, 0, 0])))


def _dense(graph: onnx.GraphProto, one: _Transposed) -> Iterator[onnx.NodeProto]:
    entering, outgoing, kernel, _ = one.weight.shape
    flat, product = (f"{one.answer}_{part}" for part in ("flat", "dense"))
    weight = _constant(graph, f"{one.answer}_weight", one.weight.reshape(entering, -1))
    bias = _constant(graph, f"{one.answer}_bias", np.repeat(one.bias, kernel * kernel))
    shape = _constant(graph, f"{one.answer}_shape", np.array([-1, outgoing, kernel, kernel]))
    yield helper.make_node("Flatten", [one.node.input[0]], [flat])
    yield helper.make_node("Gemm", [flat, weight, bias], [product])
    yield helper.make_node("Reshape", [product, shape], [one.answer])


def _turned(graph: onnx.GraphProto, one: _Transposed) -> Iterator[onnx.NodeProto]:
    """With stride 1: a convolution by the kernel turned around, with as much padding as it does not take away."""
    turned = one.weight[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    weight = _constant(graph, f"{one.answer}_weight", turned)
    bias = _constant(graph, f"{one.answer}_bias", one.bias)
    pads = [one.kernel - 1 - pad for pad in one.pads]
    yield _convolution([one.node.input[0], weight, bias], one.answer, one.kernel, pads)


def _phases(graph: onnx.GraphProto, one: _Transposed) -> Iterator[onnx.NodeProto]:
    """A phase's place y = s q + r takes the kernel's rows s j + r from the input's rows q - j, for j below m."""
    entering, outgoing, kernel, _ = one.weight.shape
    s, m = one.stride, kernel // one.stride
    taps = one.weight.reshape(entering, outgoing, m, s, m, s)[:, :, ::-1, :, ::-1]
    phases = taps.transpose(3, 5, 1, 0, 2, 4).reshape(s * s * outgoing, entering, m, m)
    high, wide = (side + m - 1 for side in one.size)
    top, left, bottom, right = one.pads
    constants = {
        "weight": phases,
        "bias": np.tile(one.bias, s * s),
        "rows": np.array([-1, wide, s, s * outgoing]),
        "map": np.array([-1, s * high, s * wide, outgoing]),
        "from": np.array([top, left]),
        "to": np.array([s * high - bottom, s * wide - right]),
        "axes": np.array([1, 2]),
    }
    given = {name: _constant(graph, f"{one.answer}_{name}", values) for name, values in constants.items()}
    yield _convolution([one.node.input[0], given["weight"], given["bias"]], f"{one.answer}_phases", m, [m - 1] * 4)
    steps: list[tuple[str, list[str], dict[str, Any]]] = [
        ("Transpose", [], {"perm": [0, 2, 3, 1]}),
        ("Reshape", [given["rows"]], {}),
        ("Transpose", [], {"perm": [0, 2, 1, 3]}),
        ("Reshape", [given["map"]], {}),
        ("Slice", [given["from"], given["to"], given["axes"]], {}),
        ("Transpose", [], {"perm": [0, 3, 1, 2]}),
    ]
    at = f"{one.answer}_phases"
    for number, (kind, more, attributes) in enumerate(steps, 1):
        made = one.answer if number == len(steps) else f"{one.answer}_{number}"
        yield helper.make_node(kind, [at, *more], [made], **attributes)
        at = made


def _convolution(inputs: list[str], answer: str, kernel: int, pads: list[int]) -> onnx.NodeProto:
    return helper.make_node("Conv", inputs, [answer], kernel_shape=[kernel, kernel], pads=pads)


def _constant(graph: onnx.GraphProto, name: str, values: np.ndarray) -> str:
    graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
    return name


def _replace(graph: onnx.GraphProto, one: _Transposed, nodes: list[onnx.NodeProto]) -> None:
    """Puts `nodes` where the transposed convolution was; a ReLU that alone takes its answer goes to their product."""
    users = [node for node in graph.node if one.answer in node.input]
    ends = [output.name for output in graph.output]
    product = next(place for place, node in enumerate(nodes) if node.op_type in ("Conv", "Gemm"))
    if product < len(nodes) - 1 and [user.op_type for user in users] == ["Relu"] and one.answer not in ends:
        made = nodes[product].output[0]
        nodes[product + 1].input[0] = f"{made}_relu"
        nodes[-1].output[0] = users[0].output[0]
        nodes.insert(product + 1, helper.make_node("Relu", [made], [f"{made}_relu"]))
        graph.node.remove(users[0])
    at = list(graph.node).index(one.node)
    graph.node.remove(one.node)
    for node in reversed(nodes):
        graph.node.insert(at, node)
    drop_unused(graph)
