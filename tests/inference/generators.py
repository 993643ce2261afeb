"""Small generators in ONNX, made without torch: the shapes of DCGAN at 32 px, with weights that nobody trained."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from ganstudio.inference.latent.mean import KEY as MEAN
from ganstudio.inference.latent.mean import dumped_mean
from ganstudio.inference.latent.projection.encoder import KEY as ENCODER
from ganstudio.inference.manifest import KEY, ExportManifest, TensorSpec, content_hash, read_manifest
from ganstudio.inference.recorded_answers import KEY as PAIRS
from ganstudio.inference.recorded_answers import SEEDS, AnswerPairs, proof_inputs
from ganstudio.inference.sessions import cpu_session

Z_DIM = 100


def write_generator(
    path: Path, *, classes: tuple[str, ...] = (), noise: bool = False, psi: bool = False, channels: int = 1, **told: Any
) -> Path:
    """z [N, 100] -> images [N, channels, 32, 32]; `told` replaces fields of the manifest that goes inside."""
    nodes, inputs, specs = [], [_input("z", ["N", Z_DIM])], [TensorSpec("z", ("N", Z_DIM), "float32")]
    weights = _weights(channels, len(classes))
    x = "z"
    if classes:
        inputs.append(_input("labels", ["N"], TensorProto.INT64))
        specs.append(TensorSpec("labels", ("N",), "int64"))
        nodes += [helper.make_node("Gather", ["embedding", "labels"], ["embedded"])]
        nodes += [helper.make_node("Add", [x, "embedded"], ["conditioned"])]
        x = "conditioned"
    if psi:
        inputs.append(_input("psi", []))
        specs.append(TensorSpec("psi", (), "float32"))
        nodes.append(helper.make_node("Mul", [x, "psi"], ["truncated"]))
        x = "truncated"
    nodes += [
        helper.make_node("MatMul", [x, "project"], ["flat"]),
        helper.make_node("Reshape", ["flat", "at4"], ["x0"]),
    ]
    x = "x0"
    if noise:
        inputs.append(_input("noise_0", ["N", 1, 4, 4]))
        specs.append(TensorSpec("noise_0", ("N", 1, 4, 4), "float32"))
        nodes.append(helper.make_node("Add", [x, "noise_0"], ["noised"]))
        x = "noised"
    for layer, act in enumerate(("Relu", "Relu", "Tanh")):
        grown = helper.make_node("ConvTranspose", [x, f"w{layer}"], [f"y{layer}"], strides=[2, 2], pads=[1, 1, 1, 1])
        x = "images" if act == "Tanh" else f"x{layer + 1}"
        nodes += [grown, helper.make_node(act, [f"y{layer}"], [x])]
    output = _input("images", ["N", channels, 32, 32])
    graph = helper.make_graph(nodes, "generator", inputs, [output], weights)
    manifest = replace(_manifest(path.stem, specs, classes, channels), **told)
    return _save(path, graph, {KEY: manifest.dumps()})


def write_proved(path: Path, **options: Any) -> Path:
    """As write_generator, with the hash and the pairs that `ganstudio export` leaves in a file."""
    write_generator(path, **options)
    manifest = read_manifest(path)
    assert manifest is not None
    feed = proof_inputs(manifest.inputs, SEEDS, len(manifest.classes))
    pairs = AnswerPairs.of(cpu_session(path).run(None, feed)[0])
    told = replace(manifest, sha256=content_hash(path))
    return with_metadata(path, {KEY: told.dumps(), PAIRS: pairs.dumps()})


def with_metadata(path: Path, metadata: dict[str, str]) -> Path:
    """The file with other words in it and the same graph."""
    model = onnx.load(path)
    del model.metadata_props[:]
    helper.set_model_props(model, metadata)
    onnx.save(model, path)
    return path


def write_clips(path: Path, frames: int = 16, side: int = 8) -> Path:
    """z [N, 100] -> images [N, 1, frames, side, side], by one matrix."""
    shape = (1, frames, side, side)
    weights: NDArray[np.float32] = np.random.RandomState(0).randn(Z_DIM, frames * side * side).astype(np.float32)
    stored = [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(np.array([-1, *shape]), "shape")]
    nodes = [
        helper.make_node("MatMul", ["z", "w"], ["flat"]),
        helper.make_node("Reshape", ["flat", "shape"], ["clips"]),
        helper.make_node("Tanh", ["clips"], ["images"]),
    ]
    inputs, output = [_input("z", ["N", Z_DIM])], _input("images", ["N", *shape])
    graph = helper.make_graph(nodes, "generator", inputs, [output], stored)
    manifest = _manifest(path.stem, [TensorSpec("z", ("N", Z_DIM), "float32")], (), 1)
    told = replace(manifest, outputs=(TensorSpec("images", ("N", *shape), "float32"),), image_shape=shape)
    return _save(path, graph, {KEY: told.dumps()})


STYLES = (4, 6)  # layers, and numbers in each, of write_styled
STYLE_Z, STYLE_NOISE = 8, (4, 8, 8)


def write_styled(path: Path, mean: bool = True, classes: tuple[str, ...] = ()) -> Path:
    """A generator with styles and its halves: z [N, 8] -> ws [N, 4, 6] -> images [N, 1, 8, 8]; noise of 4, 8 and 8 px.

    ws are tanh(z @ M + 1) in each layer; an image is tanh of the sum of each layer's ws @ W, and of the noises' means.
    A class adds numbers of its own to z.
    """
    draw, (layers, size) = np.random.RandomState(7), STYLES
    into = draw.randn(STYLE_Z, size).astype(np.float32)
    out = (0.2 * draw.randn(layers * size, 64)).astype(np.float32)
    tensors = {"into": into, "one": np.ones(1, np.float32), "out": out, "side": np.array([-1, 1, 8, 8])}
    tensors |= {"axis": np.array([1]), "many": np.array([1, layers, 1]), "flat": np.array([-1, layers * size])}
    tensors |= {"pixels": np.array([1, 2, 3])}
    stored = [numpy_helper.from_array(value, name) for name, value in tensors.items()]
    if classes:
        own = np.random.RandomState(8).randn(len(classes), STYLE_Z).astype(np.float32)
        stored.append(numpy_helper.from_array(own, "own"))
    half = [
        *([helper.make_node("Gather", ["own", "labels"], ["offset"])] if classes else []),
        *([helper.make_node("Add", ["z", "offset"], ["of_class"])] if classes else []),
        helper.make_node("MatMul", ["of_class" if classes else "z", "into"], ["w0"]),
        helper.make_node("Add", ["w0", "one"], ["w1"]),
        helper.make_node("Tanh", ["w1"], ["w"]),
        helper.make_node("Unsqueeze", ["w", "axis"], ["w_layer"]),
        helper.make_node("Tile", ["w_layer", "many"], ["ws"]),
    ]
    names = [f"noise_{n}" for n in range(len(STYLE_NOISE))]
    other = [
        helper.make_node("Reshape", ["ws", "flat"], ["ws_flat"]),
        helper.make_node("MatMul", ["ws_flat", "out"], ["x0"]),
        helper.make_node("Reshape", ["x0", "side"], ["x1"]),
        *(helper.make_node("ReduceMean", [name, "pixels"], [f"{name}_mean"], keepdims=1) for name in names),
        helper.make_node("Sum", ["x1", *(f"{name}_mean" for name in names)], ["x2"]),
        helper.make_node("Tanh", ["x2"], ["images"]),
    ]
    noise = [_input(name, ["N", 1, side, side]) for name, side in zip(names, STYLE_NOISE, strict=True)]
    ws, images = _input("ws", ["N", layers, size]), _input("images", ["N", 1, 8, 8])
    z = [_input("z", ["N", STYLE_Z]), *([_input("labels", ["N"], TensorProto.INT64)] if classes else [])]
    cut = [
        helper.make_node("Sub", ["ws_full", "centre"], ["away"]),
        helper.make_node("Mul", ["away", "psi"], ["nearer"]),
        helper.make_node("Add", ["nearer", "centre"], ["ws"]),
    ]
    around = np.random.RandomState(0).randn(10_000, STYLE_Z).astype(np.float32)
    centre = np.tile(np.tanh(around @ into + 1).mean(0), (layers, 1)).astype(np.float32)
    whole_half = [*half[:-1], helper.make_node("Tile", ["w_layer", "many"], ["ws_full"]), *cut, *other]
    whole_stored = [*stored, numpy_helper.from_array(centre, "centre")]
    graphs = {
        "": helper.make_graph(whole_half, "whole", [*z, _input("psi", []), *noise], [images], whole_stored),
        ".mapping": helper.make_graph(half, "mapping", z, [ws], stored),
        ".synthesis": helper.make_graph(other, "synthesis", [ws, *noise], [images], stored),
    }
    for suffix, graph in graphs.items():
        inputs = tuple(_spec(one) for one in graph.input)
        outputs = tuple(_spec(one) for one in graph.output)
        told = replace(_manifest(path.stem, [], classes, 1), inputs=inputs, outputs=outputs, image_shape=(1, 8, 8))
        told = replace(told, z_dim=STYLE_Z if suffix != ".synthesis" else None)
        words = {KEY: told.dumps()} | ({MEAN: dumped_mean(centre)} if mean and suffix == ".mapping" else {})
        _save(path.with_name(f"{path.stem}{suffix}.onnx"), graph, words)
    return path


def _spec(value: onnx.ValueInfoProto) -> TensorSpec:
    sides = [side.dim_param or side.dim_value for side in value.type.tensor_type.shape.dim]
    return TensorSpec(value.name, tuple(sides), "float32")


def write_foreign(path: Path) -> Path:
    """An ONNX file of somebody else's: a valid graph and no manifest."""
    x, y = _input("x", [1]), _input("y", [1])
    return _save(path, helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "neg", [x], [y]), {})


def _save(path: Path, graph: onnx.GraphProto, metadata: dict[str, str]) -> Path:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    return path


def _weights(channels: int, classes: int) -> list[onnx.TensorProto]:
    draw = np.random.RandomState(0)

    def normal(name: str, *shape: int) -> onnx.TensorProto:
        values: NDArray[np.float32] = (draw.randn(*shape) * 0.05).astype(np.float32)
        return numpy_helper.from_array(values, name)

    made = [normal("project", Z_DIM, 256 * 16), numpy_helper.from_array(np.array([-1, 256, 4, 4]), "at4")]
    made += [normal("w0", 256, 128, 4, 4), normal("w1", 128, 64, 4, 4), normal("w2", 64, channels, 4, 4)]
    if classes:
        made.append(numpy_helper.from_array((3 * draw.randn(classes, Z_DIM)).astype(np.float32), "embedding"))
    return made


def _manifest(name: str, inputs: list[TensorSpec], classes: tuple[str, ...], channels: int) -> ExportManifest:
    shape = (channels, 32, 32)
    return ExportManifest(
        name=name,
        task="synthesis",
        inputs=tuple(inputs),
        outputs=(TensorSpec("images", ("N", *shape), "float32"),),
        z_dim=Z_DIM,
        classes=classes,
        image_shape=shape,
        value_range=(-1.0, 1.0),
        opset=20,
        precision="fp32",
        run="dcgan-mnist-1",
        checkpoint_nimg=48_000,
        recipe_fingerprint="0" * 64,
        ganstudio="0.1.0",
        parity={"n": 64, "max_abs": 1.2e-6, "mean_abs": 1.1e-7},
        latency_ms={"torch": {"1": 4.1, "64": 90.2}, "onnxruntime": {"1": 1.1, "64": 38.0}},
        sha256="ab" * 32,
    )


def _input(name: str, shape: list[Any], kind: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)


def write_copier(path: Path, pixels: NDArray[np.uint8]) -> Path:
    """z [N, 100] -> one of the hundred `pixels` [100, 32, 32, 1], byte for byte: a generator that learnt by heart."""
    images = (pixels.transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1).astype(np.float32)
    nodes = [
        helper.make_node("ArgMax", ["z"], ["place"], axis=1, keepdims=0),
        helper.make_node("Gather", ["known", "place"], ["images"]),
    ]
    output = _input("images", ["N", 1, 32, 32])
    weights = [numpy_helper.from_array(images, "known")]
    graph = helper.make_graph(nodes, "copier", [_input("z", ["N", Z_DIM])], [output], weights)
    manifest = _manifest(path.stem, [TensorSpec("z", ("N", Z_DIM), "float32")], (), 1)
    return _save(path, graph, {KEY: manifest.dumps()})


LINEAR_Z, LINEAR_SCALE = 4, 0.25


def linear_weights() -> NDArray[np.float32]:
    """[4, 16], its rows 4 LINEAR_SCALE long and at right angles: what z are apart, scaled, images are apart."""
    rows = np.linalg.qr(np.random.RandomState(3).randn(16, LINEAR_Z))[0].T
    return (4 * LINEAR_SCALE * rows).astype(np.float32)


def write_linear(path: Path, classes: tuple[str, ...] = ()) -> Path:
    """z [N, 4] -> images [N, 1, 4, 4] = z @ linear_weights(), and where there are classes an offset of each."""
    names = [f"image{number}" for number in range(3)]
    stored = {"w": linear_weights(), "shape": np.array([-1, 1, 4, 4])}
    inputs, specs = [_input("z", ["N", LINEAR_Z])], [TensorSpec("z", ("N", LINEAR_Z), "float32")]
    nodes = [helper.make_node("MatMul", ["z", "w"], [names[0]])]
    if classes:
        stored["offsets"] = np.repeat(np.arange(len(classes), dtype=np.float32)[:, None] - 1, 16, 1)
        inputs.append(_input("labels", ["N"], TensorProto.INT64))
        specs.append(TensorSpec("labels", ("N",), "int64"))
        nodes += [helper.make_node("Gather", ["offsets", "labels"], [names[1]])]
        nodes += [helper.make_node("Add", names[:2], [names[2]])]
    nodes.append(helper.make_node("Reshape", [names[2] if classes else names[0], "shape"], ["images"]))
    tensors = [numpy_helper.from_array(value, name) for name, value in stored.items()]
    graph = helper.make_graph(nodes, "linear", inputs, [_input("images", ["N", 1, 4, 4])], tensors)
    told = replace(_manifest(path.stem, specs, classes, 1), z_dim=LINEAR_Z, image_shape=(1, 4, 4))
    return _save(path, graph, {KEY: replace(told, run=None, checkpoint_nimg=None).dumps()})


def write_linear_encoder(export: Path, sha256: str = "ab" * 32) -> Path:
    """The exact inverse of write_linear beside it, as an encoder of the export with that hash."""
    inverse = linear_weights().T / np.float32((4 * LINEAR_SCALE) ** 2)
    stored = [numpy_helper.from_array(inverse, "inverse"), numpy_helper.from_array(np.array([-1, 16]), "flat")]
    nodes = [
        helper.make_node("Reshape", ["images", "flat"], ["x"]),
        helper.make_node("MatMul", ["x", "inverse"], ["z"]),
    ]
    images, z = _input("images", ["N", 1, 4, 4]), _input("z", ["N", LINEAR_Z])
    graph = helper.make_graph(nodes, "encoder", [images], [z], stored)
    path = export.with_name(f"{export.stem}.encoder.onnx")
    told = replace(_manifest(path.stem, [_spec(images)], (), 1), task="encoder", outputs=(_spec(z),), z_dim=None)
    about = {"of": export.stem, "sha256": sha256, "space": "z", "trained": {}, "proof": {}}
    return _save(path, graph, {KEY: told.dumps(), ENCODER: json.dumps(about)})
