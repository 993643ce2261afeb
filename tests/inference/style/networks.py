"""A small network in ONNX that paints in styles: what it makes can be worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from ganstudio.inference.images.model import STYLE_INPUTS
from ganstudio.inference.manifest import KEY, ExportManifest, TensorSpec

CHANNELS, CELL = 4, 4  # features, and the pixels of a side that one is of
_SIZE = ("height", "width")
_RAMP = 2.0 / 3  # what the last feature weighs the columns of a cell by: from -_RAMP to _RAMP


def write_stylizer(path: Path, features: bool = True, channels: int = CHANNELS, **told: Any) -> Path:
    """Both files, of features that are of squares of 4 px: their mean red, green and blue, and how bright the right is.

    The features get the style's moments; the picture is their first three, each a square again, cut to [-1, 1].
    """
    encode = helper.make_node("Conv", ["source", "w"], ["f"], strides=[CELL, CELL])
    nodes = [
        encode,
        *(
            helper.make_node("Unsqueeze", [name, "places"], [f"{name}4"])
            for name in STYLE_INPUTS
            if name != "strength"
        ),
        helper.make_node("Unsqueeze", ["strength", "places3"], ["strength4"]),
        helper.make_node("Sub", ["f", "content_mean4"], ["apart"]),
        helper.make_node("Div", ["apart", "content_std4"], ["plain"]),
        helper.make_node("Mul", ["plain", "style_std4"], ["spread"]),
        helper.make_node("Add", ["spread", "style_mean4"], ["styled"]),
        helper.make_node("Sub", ["styled", "f"], ["change"]),
        helper.make_node("Mul", ["change", "strength4"], ["some"]),
        helper.make_node("Add", ["f", "some"], ["mixed"]),
        helper.make_node("Conv", ["mixed", "back"], ["small"]),
        helper.make_node("Resize", ["small", "", "factors"], ["large"], mode="nearest", nearest_mode="floor",
                         coordinate_transformation_mode="asymmetric"),
        helper.make_node("Clip", ["large", "low", "high"], ["images"]),
    ]  # fmt: skip
    stored = {
        "w": kernel(channels),
        "back": np.eye(3, channels, dtype=np.float32)[:, :, None, None],
        "places": np.array([2, 3]),
        "places3": np.array([1, 2, 3]),
        "factors": np.array([1, 1, CELL, CELL], np.float32),
        "low": np.float32(-1),
        "high": np.float32(1),
    }
    inputs: dict[str, tuple[int | str, ...]] = {"source": ("N", 3, *_SIZE)}
    inputs |= {name: ("N",) if name == "strength" else ("N", channels) for name in STYLE_INPUTS}
    told = {"task": "stylization", "multiple": CELL, "radius": CELL - 1} | told
    _write(path, nodes, stored, inputs, ("images", ("N", 3, "high", "wide")), told)
    if features:
        encode = helper.make_node("Conv", ["images", "w"], ["features"], strides=[CELL, CELL])
        beside = path.with_name(f"{path.stem}.features.onnx")
        given: dict[str, tuple[int | str, ...]] = {"images": ("N", 3, *_SIZE)}
        _write(beside, [encode], {"w": kernel(channels)}, given, ("features", ("N", channels, "high", "wide")), told)
    return path


def kernel(channels: int = CHANNELS) -> NDArray[np.float32]:
    """The encoder's weights [channels, 3, 4, 4]."""
    weights = np.zeros((channels, 3, CELL, CELL), np.float32)
    for colour in range(3):
        weights[colour, colour] = 1 / CELL**2
    weights[3:] = np.linspace(-_RAMP, _RAMP, CELL, dtype=np.float32) / CELL
    return weights


def features_of(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Features [4, h, w] of pixels [H, W, 3] whose sides are multiples of 4."""
    images = pixels.astype(np.float64) / 127.5 - 1
    height, width, _ = pixels.shape
    cells = images.reshape(height // CELL, CELL, width // CELL, CELL, 3)
    found: NDArray[np.float64] = np.einsum("aybxc,fcyx->fab", cells, kernel().astype(np.float64))
    return found


def _write(
    path: Path,
    nodes: list[onnx.NodeProto],
    stored: dict[str, Any],
    inputs: dict[str, tuple[int | str, ...]],
    output: tuple[str, tuple[int | str, ...]],
    told: dict[str, Any],
) -> None:
    weights = [numpy_helper.from_array(np.asarray(values), name) for name, values in stored.items()]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, sides) for name, sides in inputs.items()]
    made = helper.make_tensor_value_info(output[0], TensorProto.FLOAT, output[1])
    graph = helper.make_graph(nodes, "network", values, [made], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    fields: dict[str, Any] = {
        **{"name": path.stem, "inputs": tuple(TensorSpec(name, sides, "float32") for name, sides in inputs.items())},
        **{"outputs": (TensorSpec(*output, "float32"),), "z_dim": None, "classes": (), "image_shape": (3, 32, 32)},
        **{"value_range": (-1.0, 1.0), "opset": 20, "precision": "fp32", "run": None, "checkpoint_nimg": None},
        **{"recipe_fingerprint": None, "ganstudio": "0.1.0", "parity": None, "latency_ms": None, "sha256": "cd" * 32},
    }
    helper.set_model_props(model, {KEY: ExportManifest(**(fields | told)).dumps()})
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
