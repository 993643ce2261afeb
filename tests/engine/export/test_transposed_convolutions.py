"""Transposed convolutions of graphs, in other words: the answers stay."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import helper, numpy_helper
from torch import nn

from ganstudio.engine.contract import ExportSpec
from ganstudio.engine.export import parity
from ganstudio.engine.export import precision as lowering
from ganstudio.engine.export.graph import OPSET, to_graph
from ganstudio.engine.export.transposed_convolutions import as_convolutions
from tests.engine.export.small_generators import Flat, Grown


def pair(kernel: int, stride: int, pad: int, relu: bool) -> nn.Sequential:
    between = nn.ReLU() if relu else nn.Tanh()
    return nn.Sequential(
        nn.ConvTranspose2d(3, 5, kernel, stride, pad), between, nn.ConvTranspose2d(5, 2, 4, 2, 1, bias=False)
    )


def written_down(net: nn.Sequential, size: int) -> onnx.ModelProto:
    """The graph of such a pair on images of that size, as the exporter, which takes far longer, would write it."""
    first, second = (layer for layer in net if isinstance(layer, nn.ConvTranspose2d))
    assert first.bias is not None
    stored = {"w0": first.weight, "b0": first.bias, "w1": second.weight}
    nodes = [
        helper.make_node("ConvTranspose", ["z", "w0", "b0"], ["grown"], **_attributes(first)),
        helper.make_node("Relu" if isinstance(net[1], nn.ReLU) else "Tanh", ["grown"], ["between"]),
        helper.make_node("ConvTranspose", ["between", "w1"], ["images"], **_attributes(second)),
    ]
    given = helper.make_tensor_value_info("z", onnx.TensorProto.FLOAT, ["batch", 3, size, size])
    answer = helper.make_tensor_value_info("images", onnx.TensorProto.FLOAT, ["batch", 2, None, None])
    weights = [numpy_helper.from_array(value.detach().numpy(), name) for name, value in stored.items()]
    graph = helper.make_graph(nodes, "pair", [given], [answer], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)


def _attributes(layer: nn.ConvTranspose2d) -> dict[str, Any]:
    return {"kernel_shape": [*layer.kernel_size], "strides": [*layer.stride], "pads": [*layer.padding, *layer.padding]}


def require_convolutions(model: onnx.ModelProto, module: nn.Module, feed: parity.Feed) -> None:
    """Rewrites the graph, and asserts that it holds convolutions alone and answers as `module` does."""
    as_convolutions(model)
    onnx.checker.check_model(model, full_check=True)
    assert "ConvTranspose" not in {node.op_type for node in model.graph.node}
    answer = parity.by_onnxruntime(parity.session_of(model), feed)
    np.testing.assert_allclose(answer, parity.by_torch(module, feed), atol=1e-6)


@pytest.mark.parametrize("size", [1, 5])
@pytest.mark.parametrize("relu", [True, False])
@pytest.mark.parametrize(
    ("kernel", "stride", "pad"), [(4, 2, 1), (2, 2, 0), (6, 3, 2), (6, 2, 0), (3, 1, 1), (4, 1, 0), (3, 3, 0)]
)
def test_a_transposed_convolution_is_a_convolution(kernel: int, stride: int, pad: int, relu: bool, size: int) -> None:
    net = pair(kernel, stride, pad, relu)
    images = np.random.RandomState(0).randn(64, 3, size, size).astype(np.float32)
    require_convolutions(written_down(net, size), net, {"z": images})


def test_transposed_convolutions_of_an_exported_module_are_convolutions() -> None:
    spec = ExportSpec("", Grown(pair(4, 2, 1, True), 5), {"z": torch.randn(4, 3)})
    require_convolutions(to_graph(spec), spec.module, parity.inputs(spec, 0))


def test_a_transposed_convolution_that_is_none_of_those_stays() -> None:
    net = nn.Sequential(
        nn.ConvTranspose2d(4, 4, 3, 2), nn.ConvTranspose2d(4, 4, 4, 2, groups=2), nn.ConvTranspose2d(4, 1, 4, 4, 0, 1)
    )
    model = to_graph(ExportSpec("", Grown(net, 3), {"z": torch.randn(4, 4)}))
    as_convolutions(model)
    assert [node.op_type for node in model.graph.node].count("ConvTranspose") == 3


def test_a_first_map_from_one_pixel_is_a_dense_layer_in_any_precision() -> None:
    net = nn.Sequential(nn.ConvTranspose2d(8, 6, 4), nn.ReLU(), nn.ConvTranspose2d(6, 1, 4, 2, 1))
    kinds = [node.op_type for node in to_graph(ExportSpec("", Flat(net), {"z": torch.randn(4, 8)})).graph.node]
    assert kinds.count("Gemm") == kinds.count("ConvTranspose") == 1


def test_a_transposed_convolution_in_groups_keeps_its_scales_apart() -> None:
    net = nn.ConvTranspose2d(16, 8, 4, groups=4)
    with torch.no_grad():
        net.weight.mul_(torch.logspace(-3, 0, 16)[:, None, None, None])
    spec = ExportSpec("", Flat(net), {"z": torch.zeros(2, 16)})
    feed = parity.inputs(spec, 0)
    answer = parity.by_onnxruntime(parity.session_of(lowering.lowered(to_graph(spec), "int8", feed)), feed)
    exact = parity.by_torch(spec.module, feed)
    for channel in range(8):
        assert np.abs(answer - exact)[:, channel].max() < 0.03 * np.abs(exact[:, channel]).max()
