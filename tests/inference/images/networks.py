"""Small networks in ONNX that are given pictures: what they make can be worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from ganstudio.inference.manifest import KEY, ExportManifest, TensorSpec

Size = tuple[int | str, int | str]
FREE: Size = ("height", "width")


def write_upscaler(
    path: Path, scale: int = 2, channels: int = 3, kernel: int = 3, size: Size = FREE, **told: Any
) -> Path:
    """A convolution of random weights, then depth to space: it looks `kernel // 2` pixels around."""
    draw = np.random.RandomState(0)
    weights: NDArray[np.float32] = (draw.randn(channels * scale**2, channels, kernel, kernel) / (2 * kernel)).astype(
        "f4"
    )
    nodes = [
        helper.make_node("Conv", ["source", "w"], ["x"], pads=[kernel // 2] * 4),
        helper.make_node("DepthToSpace", ["x"], ["y"], blocksize=scale),
        helper.make_node("Tanh", ["y"], ["images"]),
    ]
    told = {"task": "superres", "scale": scale, "radius": kernel // 2} | told
    return _write(path, nodes, {"w": weights}, channels, size, None, **told)


def write_copier(path: Path, channels: int = 3, made: int | None = None, size: Size = FREE, **told: Any) -> Path:
    """What it is given, in other channels where `made` says so: the mean of them."""
    made = made or channels
    weights = np.eye(channels, dtype=np.float32) if made == channels else np.full((made, channels), 1 / channels, "f4")
    nodes = [helper.make_node("Conv", ["source", "w"], ["images"])]
    return _write(path, nodes, {"w": weights[:, :, None, None]}, made, size, channels, task="paired", **told)


def write_greyer(path: Path, domains: tuple[str, ...], size: Size = FREE) -> Path:
    """Pictures of one grey: black for the first domain, white for the last."""
    greys = np.linspace(-1, 1, len(domains), dtype=np.float32)
    nodes = [
        helper.make_node("Gather", ["greys", "labels"], ["grey"]),
        helper.make_node("Reshape", ["grey", "shape"], ["greys4"]),
        helper.make_node("Mul", ["source", "zero"], ["black"]),
        helper.make_node("Add", ["black", "greys4"], ["images"]),
    ]
    stored = {"greys": greys, "shape": np.array([-1, 1, 1, 1]), "zero": np.zeros(1, np.float32)}
    return _write(path, nodes, stored, 3, size, task="multidomain", classes=domains)


def write_filler(path: Path, channels: int = 3, size: Size = FREE, **told: Any) -> Path:
    """The source and, wherever the mask is 1, 0.5 more: 0.5 in a hole, which is 0 when it is shown."""
    nodes = [
        helper.make_node("Mul", ["mask", "half"], ["more"]),
        helper.make_node("Add", ["source", "more"], ["images"]),
    ]
    return _write(path, nodes, {"half": np.full(1, 0.5, np.float32)}, channels, size, task="inpaint", **told)


def write_shrinker(path: Path, multiple: int = 4) -> Path:
    """The mean of squares of `multiple` px from the corner on, put back: it takes nothing but multiples of that."""
    nodes = [
        helper.make_node("AveragePool", ["source"], ["x"], kernel_shape=[multiple] * 2, strides=[multiple] * 2),
        helper.make_node(
            "Resize",
            ["x", "", "factors"],
            ["images"],
            mode="nearest",
            nearest_mode="floor",
            coordinate_transformation_mode="asymmetric",
        ),
    ]
    factors = np.array([1, 1, multiple, multiple], np.float32)
    return _write(path, nodes, {"factors": factors}, 3, FREE, task="paired", multiple=multiple, radius=multiple)


def _write(
    path: Path,
    nodes: list[onnx.NodeProto],
    stored: dict[str, NDArray[Any]],
    made: int,
    size: Size,
    channels: int | None = None,
    **told: Any,
) -> Path:
    channels = channels or made
    inputs = [helper.make_tensor_value_info("source", TensorProto.FLOAT, ["N", channels, *size])]
    specs = [TensorSpec("source", ("N", channels, *size), "float32")]
    used = {name for node in nodes for name in node.input}
    if "labels" in used:
        inputs.append(helper.make_tensor_value_info("labels", TensorProto.INT64, ["N"]))
        specs.append(TensorSpec("labels", ("N",), "int64"))
    if "mask" in used:
        inputs.append(helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["N", 1, *size]))
        specs.append(TensorSpec("mask", ("N", 1, *size), "float32"))
    output = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", made, "high", "wide"])
    weights = [numpy_helper.from_array(values, name) for name, values in stored.items()]
    graph = helper.make_graph(nodes, "network", inputs, [output], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    helper.set_model_props(model, {KEY: _manifest(path.stem, tuple(specs), made, told).dumps()})
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    return path


def _manifest(name: str, specs: tuple[TensorSpec, ...], made: int, told: dict[str, Any]) -> ExportManifest:
    fields: dict[str, Any] = {
        **{"name": name, "inputs": specs, "outputs": (TensorSpec("images", ("N", made, "high", "wide"), "float32"),)},
        **{"z_dim": None, "classes": (), "image_shape": (made, 32, 32), "value_range": (-1.0, 1.0), "opset": 20},
        **{"precision": "fp32", "run": None, "checkpoint_nimg": None, "recipe_fingerprint": None, "ganstudio": "0.1.0"},
        **{"parity": None, "latency_ms": None, "sha256": "cd" * 32},
    }
    return ExportManifest(**(fields | told))
