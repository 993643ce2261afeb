"""A generator whose pictures are known: a bar whose width, place and lean follow three numbers of z, or of ws."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from ganstudio.inference.manifest import KEY, TensorSpec, content_hash, read_manifest
from tests.inference.generators import _input, _manifest, _save, with_metadata

Z = 6  # numbers of a latent; those after the third change nothing
WIDTH, PLACE, LEAN = range(3)
SIDE = 16
KINDS = ("left", "right")


def write_bars(path: Path, gain: float = 1.0) -> Path:
    """z [N, 6] -> images [N, 1, 16, 16]: z goes through weights of 3, 1 and 2 (times `gain`), then into a soft bar.

    The bar is 4 + z0 / 2 px wide, its middle is z1 px right of the picture's, and it leans by z2 / 8.
    """
    weights = np.zeros((Z, 3), np.float32)
    weights[[WIDTH, PLACE, LEAN], range(3)] = [3 * gain, 1, 2]
    rows, columns = (np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2).astype(np.float32)
    inside = (np.abs(rows) < 6).astype(np.float32)
    stored = {"weights": weights, "columns": columns, "rows": rows, "inside": inside}
    stored |= {"third": np.float32([1 / (6 * gain)]), "eighth": np.float32([1 / 16]), "half": np.float32([2.5])}
    stored |= {"scale": np.float32([2]), "one": np.float32([1]), "shape": np.array([-1, 1, 1])}
    stored |= {"low": np.float32(0), "high": np.float32(1), "picture": np.array([-1, 1, SIDE, SIDE])}
    stored |= {"at": np.array([1, 1, 1])}
    nodes = [
        helper.make_node("MatMul", ["z", "weights"], ["weighted"]),
        helper.make_node("LeakyRelu", ["weighted"], ["sums"], alpha=1.0),  # changes nothing
        helper.make_node("Split", ["sums", "at"], ["w0", "p0", "l0"], axis=1),
        *(helper.make_node("Reshape", [name, "shape"], [name[0]]) for name in ("w0", "p0", "l0")),
        helper.make_node("Mul", ["w", "third"], ["wide"]),
        helper.make_node("Add", ["wide", "half"], ["reach"]),
        helper.make_node("Mul", ["l", "eighth"], ["lean"]),
        helper.make_node("Mul", ["rows", "lean"], ["sheared"]),
        helper.make_node("Add", ["columns", "sheared"], ["upright"]),
        helper.make_node("Sub", ["upright", "p"], ["across"]),
        helper.make_node("Abs", ["across"], ["away"]),
        helper.make_node("Sub", ["reach", "away"], ["edge"]),
        helper.make_node("Clip", ["edge", "low", "high"], ["soft"]),
        helper.make_node("Mul", ["soft", "inside"], ["bar"]),
        helper.make_node("Mul", ["bar", "scale"], ["doubled"]),
        helper.make_node("Sub", ["doubled", "one"], ["flat"]),
        helper.make_node("Reshape", ["flat", "picture"], ["images"]),
    ]
    initializers = [numpy_helper.from_array(np.asarray(value), name) for name, value in stored.items()]
    graph = helper.make_graph(
        nodes, "bars", [_input("z", ["N", Z])], [_input("images", ["N", 1, SIDE, SIDE])], initializers
    )
    told = _manifest(path.stem, [TensorSpec("z", ("N", Z), "float32")], (), 1)
    told = replace(told, z_dim=Z, image_shape=(1, SIDE, SIDE))
    _save(path, graph, {KEY: told.dumps()})
    manifest = read_manifest(path)
    assert manifest is not None
    return with_metadata(path, {KEY: replace(manifest, sha256=content_hash(path)).dumps()})


def write_judge(path: Path, inputs: int = 1, kind: int = TensorProto.FLOAT, shift: float = 0.0) -> Path:
    """images [N, 1, 16, 16] -> logits [N, 2]: is the picture's mass on the left, or on the right?"""
    columns = np.tile(np.linspace(-1, 1, SIDE, dtype=np.float32), SIDE)
    weights: NDArray[np.float32] = np.stack([-columns, columns], axis=1) / 4
    bias = np.float32([0, shift])
    names = ["images", *(f"more{n}" for n in range(1, inputs))]
    nodes = [
        helper.make_node("Cast", ["images"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["floats"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights", "bias"], ["logits"]),
    ]
    given = [_input(name, ["N", 1, SIDE, SIDE], kind) for name in names]
    stored = [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(bias, "bias")]
    graph = helper.make_graph(nodes, "judge", given, [_input("logits", ["N", 2])], stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.save(model, path)
    return path
