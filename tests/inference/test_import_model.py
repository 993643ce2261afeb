"""Generators as other programs export them, brought in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from ganstudio.errors import UsageError
from ganstudio.inference import OnnxModel
from ganstudio.inference.exports import Export
from ganstudio.inference.import_model import imported_export
from ganstudio.inference.latents import latents
from ganstudio.inference.verify import verify
from tests.inference.generators import write_generator

Z = 6


def write_theirs(
    path: Path,
    *,
    shape: tuple[int, ...] = (3, 8, 8),
    ends: tuple[str, str] = ("input", "output"),
    square: bool = False,
    frozen: bool = False,
    scale: float = 1.0,
    offset: float = 0.0,
    kind: int = TensorProto.FLOAT,
    more_inputs: tuple[str, ...] = (),
    more_outputs: tuple[str, ...] = (),
    opset: int = 11,
) -> Path:
    """tanh(z W), times `scale`, plus `offset`, shaped; inner tensors are called `z` and `images` to be in the way."""
    dtype = helper.tensor_dtype_to_np_dtype(kind)
    weights = np.random.RandomState(0).randn(Z, int(np.prod(shape))).astype(np.float32)
    stored = [
        numpy_helper.from_array(weights.astype(dtype), "w"),
        numpy_helper.from_array(np.array([-1, Z]), "flat"),
        numpy_helper.from_array(np.array([1 if frozen else -1, *shape]), "shape"),
        numpy_helper.from_array(np.array(scale, dtype), "scale"),
        numpy_helper.from_array(np.array(offset, dtype), "offset"),
    ]
    source, target = ends
    bounded, moved = (name if name not in ends else f"inner_{name}" for name in ("z", "images"))
    nodes = [
        helper.make_node("Reshape", [source, "flat"], ["inner"]),
        helper.make_node("MatMul", ["inner", "w"], ["products"]),
        helper.make_node("Tanh", ["products"], [bounded]),
        helper.make_node("Mul", [bounded, "scale"], ["scaled"]),
        helper.make_node("Add", ["scaled", "offset"], [moved]),
        helper.make_node("Reshape", [moved, "shape"], [target]),
        *(helper.make_node("Neg", ["products"], [name]) for name in more_outputs),
    ]
    batch = 1 if frozen else "n"
    z = helper.make_tensor_value_info(source, kind, [batch, Z, 1, 1] if square else [batch, Z])
    others = [helper.make_tensor_value_info(name, TensorProto.INT64, [batch]) for name in more_inputs]
    outputs = [helper.make_tensor_value_info(name, kind, [batch, weights.shape[1]]) for name in more_outputs]
    outputs.append(helper.make_tensor_value_info(target, kind, [batch, *shape]))
    graph = helper.make_graph(nodes, "theirs", [z, *others], outputs, stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=7)
    helper.set_model_props(model, {"author": "somebody"})
    onnx.save(model, path)
    return path


def brought_in(file: Path, low: float = -1, high: float = 1) -> tuple[OnnxModel, tuple[str, ...]]:
    content, notes = imported_export(file, low, high, "theirs")
    path = file.with_name("theirs.onnx")
    path.write_bytes(content)
    onnx.checker.check_model(onnx.load(path), full_check=True)
    verify(Export.load(path))
    return OnnxModel.open(path), notes


def as_it_was(file: Path, seeds: range) -> NDArray[Any]:
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    z = latents(seeds, Z).reshape(len(seeds), Z, *given.shape[2:])
    dtype = np.float16 if given.type == "tensor(float16)" else np.float32
    (answer,) = session.run(["output"], {given.name: z.astype(dtype)})
    return np.asarray(answer)


@pytest.mark.parametrize("ends", [("input", "output"), ("z", "images"), ("images", "z"), ("z", "output")])
def test_names_do_not_matter_even_where_they_are_swapped(tmp_path: Path, ends: tuple[str, str]) -> None:
    plain = write_theirs(tmp_path / "plain.onnx")
    model, _ = brought_in(write_theirs(tmp_path / "a.onnx", ends=ends))
    assert [spec.name for spec in model.manifest.inputs] == ["z"]
    np.testing.assert_allclose(model.generate(latents(range(5), Z)), as_it_was(plain, range(5)), atol=1e-6)


def test_what_is_the_same_already_is_not_wrapped(tmp_path: Path) -> None:
    file = write_theirs(tmp_path / "a.onnx")
    before = [node.op_type for node in onnx.load(file).graph.node]
    brought_in(file)
    assert [node.op_type for node in onnx.load(tmp_path / "theirs.onnx").graph.node] == before


def test_the_manifest_tells_what_was_found(tmp_path: Path) -> None:
    model, notes = brought_in(write_theirs(tmp_path / "a.onnx", square=True, opset=13))
    told = model.manifest
    assert (told.z_dim, told.image_shape, told.opset, told.precision) == (Z, (3, 8, 8), 13, "fp32")
    assert (told.run, told.classes, told.parity, told.value_range) == (None, (), None, (-1.0, 1.0))
    assert notes == ()


def test_channels_that_come_last_are_brought_first(tmp_path: Path) -> None:
    file = write_theirs(tmp_path / "a.onnx", shape=(8, 4, 3))
    model, _ = brought_in(file)
    assert model.manifest.image_shape == (3, 8, 4)
    expected = as_it_was(file, range(3)).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(model.generate(latents(range(3), Z)), expected, atol=1e-6)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.0, 255.0), (-0.5, 0.5)])
def test_another_range_becomes_minus_1_to_1_inside_the_graph(tmp_path: Path, low: float, high: float) -> None:
    plain = write_theirs(tmp_path / "plain.onnx")
    half = (high - low) / 2
    model, notes = brought_in(write_theirs(tmp_path / "a.onnx", scale=half, offset=low + half), low, high)
    np.testing.assert_allclose(model.generate(latents(range(5), Z)), as_it_was(plain, range(5)), atol=1e-5)
    assert notes == ()


def test_half_precision_ends_become_float32(tmp_path: Path) -> None:
    file = write_theirs(tmp_path / "a.onnx", kind=TensorProto.FLOAT16, square=True)
    model, _ = brought_in(file)
    assert model.manifest.precision == "fp16"
    assert {spec.dtype for spec in (*model.manifest.inputs, *model.manifest.outputs)} == {"float32"}
    np.testing.assert_allclose(model.generate(latents(range(3), Z)), as_it_was(file, range(3)), atol=1e-3)


def test_clips_are_let_in(tmp_path: Path) -> None:
    model, _ = brought_in(write_theirs(tmp_path / "a.onnx", shape=(1, 4, 8, 8)))
    assert model.manifest.image_shape == (1, 4, 8, 8)


def test_of_several_outputs_the_image_is_taken_and_said(tmp_path: Path) -> None:
    model, notes = brought_in(write_theirs(tmp_path / "a.onnx", more_outputs=("styles",)))
    assert notes == ("Of its outputs output is taken; styles is left out.",)
    assert [spec.name for spec in model.manifest.outputs] == ["images"]


def test_a_range_that_is_too_wide_is_let_in_with_a_note(tmp_path: Path) -> None:
    _, notes = brought_in(write_theirs(tmp_path / "a.onnx", scale=0.5, offset=0.5))
    assert len(notes) == 1
    assert "that looks like --range 0,1" in notes[0]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"more_inputs": ("labels",)}, r"takes input \[n, 6\] float, labels \[n\] int64; only a generator with one"),
        ({"shape": (8, 8)}, r"gives output \[n, 8, 8\] float; images are \[N, C, H, W\]"),
        ({"shape": (5, 8, 8)}, "neither axis 1 nor the last is 1 or 3"),
        ({"frozen": True}, "does not run on 16 latents at once"),
        ({"scale": 100.0}, r"--range -1,1: in a\.onnx the values of 16 images go from -100 to 100"),
        ({"scale": 127.5, "offset": 127.5}, "Did you mean --range 0,255?"),
        ({"offset": np.nan}, "NaN or infinite"),
    ],
)
def test_what_is_no_generator_of_images_is_refused(tmp_path: Path, options: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        imported_export(write_theirs(tmp_path / "a.onnx", **options), -1, 1, "theirs")


def test_an_image_that_depends_on_its_batch_is_refused(tmp_path: Path) -> None:
    file = write_theirs(tmp_path / "a.onnx", opset=13)
    model = onnx.load(file)
    mean = helper.make_node("ReduceMean", ["input"], ["mean"], axes=[0], keepdims=1)
    centred = helper.make_node("Sub", ["input", "mean"], ["centred"])
    model.graph.node[0].input[0] = "centred"
    for node in (centred, mean):
        model.graph.node.insert(0, node)
    onnx.save(model, file)
    with pytest.raises(UsageError, match="an image depends on the others in its batch"):
        imported_export(file, -1, 1, "theirs")


def test_an_export_needs_no_import(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is an export of ganstudio already"):
        imported_export(write_generator(tmp_path / "a.onnx"), -1, 1, "theirs")


def test_a_file_cut_short_is_refused_and_never_a_traceback(tmp_path: Path) -> None:
    whole = write_theirs(tmp_path / "a.onnx").read_bytes()
    cut = tmp_path / "cut.onnx"
    for length in [*range(0, len(whole), 97), len(whole) - 1]:
        cut.write_bytes(whole[:length])
        with pytest.raises(UsageError):
            imported_export(cut, -1, 1, "theirs")


def test_weights_that_lie_in_a_file_of_their_own_come_along_or_are_missed(tmp_path: Path) -> None:
    file = write_theirs(tmp_path / "a.onnx", shape=(3, 32, 32))
    onnx.save(onnx.load(file), file, save_as_external_data=True, location="weights.bin", size_threshold=1000)
    assert (tmp_path / "weights.bin").exists()
    content, _ = imported_export(file, -1, 1, "theirs")
    (tmp_path / "weights.bin").unlink()
    (tmp_path / "whole.onnx").write_bytes(content)
    assert verify(Export.load(tmp_path / "whole.onnx")).seeds == 2
    with pytest.raises(UsageError, match="cannot be read"):
        imported_export(file, -1, 1, "theirs")


def noisy(path: Path, *drawing: onnx.NodeProto, subgraph: bool = False, opset: int = 15) -> Path:
    """A generator whose image has noise added that its own graph draws: the output of `drawing` is `noise`."""
    nodes = list(drawing)
    if subgraph:
        bodies = [helper.make_graph(nodes, f"body{n}", [], [_noise("noise")]) for n in range(2)]
        nodes = [helper.make_node("If", ["yes"], ["noise"], then_branch=bodies[0], else_branch=bodies[1])]
    stored = [
        numpy_helper.from_array(np.random.RandomState(0).randn(Z, 192).astype(np.float32), "w"),
        numpy_helper.from_array(np.array([-1, 3, 8, 8]), "shape"),
        numpy_helper.from_array(np.array(0.5, np.float32), "half"),
        numpy_helper.from_array(np.array(True), "yes"),
        numpy_helper.from_array(np.full((1, 8), 0.5, np.float32), "chances"),
    ]
    nodes = [
        helper.make_node("MatMul", ["z", "w"], ["products"]),
        helper.make_node("Sigmoid", ["products"], ["flat"]),
        helper.make_node("Reshape", ["flat", "shape"], ["plain"]),
        *nodes,
        helper.make_node("Mul", ["noise", "half"], ["less"]),
        helper.make_node("Mul", ["plain", "less"], ["images"]),
    ]
    inputs = [helper.make_tensor_value_info("z", TensorProto.FLOAT, ["n", Z])]
    outputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", 3, 8, 8])]
    graph = helper.make_graph(nodes, "noisy", inputs, outputs, stored)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8), path)
    return path


def _noise(name: str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, None)


DRAWING = {
    "RandomNormalLike": [helper.make_node("RandomNormalLike", ["plain"], ["noise"])],
    "RandomUniformLike": [helper.make_node("RandomUniformLike", ["plain"], ["noise"], seed=1.0)],
    "RandomNormal": [helper.make_node("RandomNormal", [], ["noise"], shape=[1, 3, 8, 8])],
    "RandomUniform": [helper.make_node("RandomUniform", [], ["noise"], shape=[1, 1, 8, 8], seed=3.0)],
    "Bernoulli": [helper.make_node("Bernoulli", ["plain"], ["noise"])],
    "Dropout": [helper.make_node("Dropout", ["plain", "half", "yes"], ["noise"])],
    "Multinomial": [
        helper.make_node("Multinomial", ["chances"], ["drawn"], sample_size=8),
        helper.make_node("Cast", ["drawn"], ["noise"], to=TensorProto.FLOAT),
    ],
}


@pytest.mark.parametrize("kind", DRAWING)
def test_a_graph_that_draws_by_itself_is_refused_for_that(tmp_path: Path, kind: str) -> None:
    for subgraph in (False, True):
        with pytest.raises(UsageError, match=rf"the same latent gives two pictures: .* by {kind}"):
            imported_export(noisy(tmp_path / "noisy.onnx", *DRAWING[kind], subgraph=subgraph), -1, 1, "noisy")


def test_dropout_that_is_off_and_noise_that_reaches_no_picture_are_let_in(tmp_path: Path) -> None:
    off = helper.make_node("Dropout", ["plain", "half"], ["noise"])
    unused = helper.make_node("RandomNormalLike", ["plain"], ["nobody"])
    imported_export(noisy(tmp_path / "quiet.onnx", off, unused), -1, 1, "quiet")
