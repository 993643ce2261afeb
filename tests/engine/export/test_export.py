"""Exports of real checkpoints: what is in the file, and that it is proved."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from torch import nn

from ganstudio.engine import architectures
from ganstudio.engine.contract import DataShape, ExportSpec
from ganstudio.engine.export import parity
from ganstudio.engine.export import precision as lowering
from ganstudio.engine.export.compare_with_run import against
from ganstudio.engine.export.graph import to_graph
from ganstudio.engine.export.onnx import check_parity, export, restored
from ganstudio.engine.run_folder import checkpoint
from ganstudio.engine.tasks.synthesis import Whole
from ganstudio.errors import StudioError, UsageError
from ganstudio.inference import OnnxModel, recorded_answers
from ganstudio.inference.exports import Export
from ganstudio.inference.latents import latents
from ganstudio.inference.verify import verify
from ganstudio.recipe.schema import ArchitectureChoice, Recipe
from ganstudio.runs.record import load_record
from tests.engine.conftest import WITNESSES, Runs
from tests.engine.export.small_generators import Flat, Grown
from tests.engine.workers import ask, work

Trained = Callable[[str], Path]
Exported = Callable[[str], tuple[Path, ...]]


def test_an_export_answers_as_torch_does_for_any_seed_and_class(trained_once: Trained, exported_once: Exported) -> None:
    trained, (file,) = trained_once("class_head"), exported_once("class_head")
    model = OnnxModel.open(file)
    z, labels = latents([3, 5, 3], 8), np.array([0, 2, 1])
    record = load_record(trained / "run.json")
    state = checkpoint.load(checkpoint.choose(trained, "last"))
    _, nets, _ = restored(record, Recipe.model_validate(record.recipe), trained, state)
    with torch.inference_mode():
        expected = nets.ema["generator"](torch.from_numpy(z), torch.from_numpy(labels)).numpy()
    np.testing.assert_allclose(model.generate(z, labels), expected, atol=1e-5)
    assert model.manifest.classes == ("0", "1", "2")
    assert model.manifest.run == "class_head"
    assert model.manifest.parity["max_abs"] <= 1e-4
    assert model.manifest.parity["n"] == 64


def test_a_generator_with_styles_is_exported_whole_and_in_halves_that_agree(exported_once: Exported) -> None:
    whole, mapping, synthesis = exported_once("staged_styles")
    assert [f.name.removeprefix("staged_styles") for f in (whole, mapping, synthesis)] == [
        *(".onnx", ".mapping.onnx", ".synthesis.onnx")
    ]
    sessions = [
        onnxruntime.InferenceSession(f, providers=["CPUExecutionProvider"]) for f in (whole, mapping, synthesis)
    ]
    z = latents(range(5), 8)
    drawn = np.random.RandomState(0)
    noise = {f"noise_{i}": drawn.randn(5, 1, s, s).astype(np.float32) for i, s in enumerate((8, 16))}
    (images,) = sessions[0].run(None, {"z": z, "psi": np.array(1, np.float32), **noise})
    (ws,) = sessions[1].run(None, {"z": z})
    (again,) = sessions[2].run(None, {"ws": ws, **noise})
    assert ws.shape == (5, 2, 8)
    assert images.shape == (5, 1, 16, 16)
    np.testing.assert_allclose(images, again, atol=1e-6)


def test_the_file_is_checked_hashed_and_holds_no_batch_norm_of_training(trained_once: Trained, tmp_path: Path) -> None:
    (file,) = export(trained_once("relativistic_pair"), "best", tmp_path / "r.onnx")
    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)
    manifest = json.loads(next(p.value for p in model.metadata_props if p.key == "ganstudio"))
    del model.metadata_props[:]
    assert manifest["sha256"] == hashlib.sha256(model.SerializeToString(deterministic=True)).hexdigest()
    assert [i["name"] for i in manifest["inputs"]] == ["z"]


def test_an_export_that_disagrees_leaves_no_file(
    trained_once: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parity, "TOLERANCE", 1e-12)
    with pytest.raises(StudioError, match="differs from torch"):
        export(trained_once("relativistic_pair"), "last", tmp_path / "exports" / "r.onnx")
    assert not list(tmp_path.rglob("*.onnx*"))


def test_truncation_pulls_to_the_mean_of_the_mapping_and_at_1_changes_no_bit(exported_once: Exported) -> None:
    whole, mapping, synthesis = exported_once("staged_styles")
    model = OnnxModel.open(whole)
    halves = [onnxruntime.InferenceSession(f, providers=["CPUExecutionProvider"]) for f in (mapping, synthesis)]
    z, noise = latents([3, 4], 8), proof_noise(model, [7, 7])
    (ws,) = halves[0].run(None, {"z": z})
    (many,) = halves[0].run(None, {"z": np.random.RandomState(0).randn(10_000, 8).astype(np.float32)})
    mean = many.mean(0, keepdims=True)
    for psi, expected in ((1.0, ws), (0.0, mean.repeat(2, 0)), (0.4, mean + 0.4 * (ws - mean))):
        (images,) = halves[1].run(None, {"ws": expected, **noise})
        np.testing.assert_allclose(model.generate(z, psi=psi, seeds=[7, 7]), images, atol=1e-5)
    np.testing.assert_array_equal(
        model.generate(z, psi=0.0, seeds=[7, 7])[0], model.generate(z, psi=0.0, seeds=[7, 7])[1]
    )


def proof_noise(model: OnnxModel, seeds: list[int]) -> dict[str, np.ndarray]:
    specs = [spec for spec in model.manifest.inputs if spec.name.startswith("noise_")]
    return recorded_answers.proof_inputs(specs, seeds, 0)


@pytest.mark.parametrize("name", ["staged_styles", "class_head"])
@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_lower_precision_takes_and_gives_float32_and_says_how_close_it_is(
    trained_once: Trained, exported_once: Exported, tmp_path: Path, name: str, precision: str
) -> None:
    exact = OnnxModel.open(exported_once(name)[0])
    made = export(trained_once(name), "last", tmp_path / "low.onnx", precision)
    low = OnnxModel.open(made[0])
    seeds = list(range(100, 132))
    labels = [seed % 3 for seed in seeds] if exact.manifest.classes else None
    first, second = (model.generate(latents(seeds, 8), labels, seeds=seeds) for model in (exact, low))
    assert low.manifest.precision == precision
    assert {spec.dtype for spec in low.manifest.inputs} <= {"float32", "int64"}
    assert low.manifest.outputs == exact.manifest.outputs
    found = 20 * np.log10(2 / np.sqrt(np.mean((first - second) ** 2)))
    assert found == pytest.approx(low.manifest.parity["psnr_db"], abs=6)
    for file in made:
        verify(Export.load(file))


def test_int8_stores_every_large_weight_in_a_byte(tmp_path: Path) -> None:
    net = nn.Sequential(nn.ConvTranspose2d(16, 32, 4), nn.ReLU(), nn.Upsample(scale_factor=2), nn.Conv2d(32, 3, 3))
    spec = ExportSpec("", Flat(net), {"z": torch.zeros(2, 16)})
    feed = parity.inputs(spec, 0)
    low = lowering.lowered(to_graph(spec), "int8", feed)
    large = {i.data_type for i in low.graph.initializer if np.prod(i.dims) > 600}
    assert large == {onnx.TensorProto.INT8}
    exact = parity.by_torch(spec.module, feed)
    answer = parity.by_onnxruntime(parity.session_of(low), feed)
    assert np.abs(answer - exact).max() < 0.05 * np.abs(exact).max()


def test_no_pair_of_int8_products_saturates_the_16_bits_that_cpus_without_vnni_add_it_up_in() -> None:
    """255 x 64 twice is 32,640, and 16 bits hold 32,767; weights up to 127 would reach 64,770."""
    net = nn.Sequential(
        nn.ConvTranspose2d(16, 32, 4, 2, 1), nn.ReLU(), nn.Conv2d(32, 3, 3), nn.ReLU(), nn.Conv2d(3, 2, 1)
    )
    spec = ExportSpec("", Grown(net, 2), {"z": torch.zeros(2, 16)})
    low = lowering.lowered(to_graph(spec), "int8", parity.inputs(spec, 0))
    constants = {i.name: numpy_helper.to_array(i) for i in low.graph.initializer}
    sources = {output: node for node in low.graph.node for output in node.output}
    multiplied = [
        constants[sources[node.input[1]].input[0]]
        for node in low.graph.node
        if node.op_type in ("Conv", "Gemm", "MatMul")
    ]
    assert len(multiplied) == 3
    for weight in multiplied:
        assert weight.dtype == np.int8
        assert 60 < np.abs(weight.astype(int)).max() <= 64


def test_images_below_the_bound_are_refused_and_leave_no_file(
    trained_once: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(lowering.LEAST_DB, "int8", 150.0)
    with pytest.raises(StudioError, match=r"int8 images are \d+\.\d dB from those of fp32 \(at least 150 dB"):
        export(trained_once("relativistic_pair"), "last", tmp_path / "exports" / "r.onnx", "int8")
    assert not list(tmp_path.rglob("*.onnx*"))


class Dropping(nn.Module):
    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return F.dropout(z, 0.5).reshape(-1, 1, 4, 4)


class Measuring(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(16, track_running_stats=False)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.norm(z).reshape(-1, 1, 4, 4)


@pytest.mark.parametrize("module", [Dropping(), Measuring()], ids=lambda m: type(m).__name__)
def test_what_only_training_needs_is_refused(module: nn.Module) -> None:
    with pytest.raises(StudioError, match=r"export: "):
        check_parity(ExportSpec("", module, {"z": torch.zeros(2, 16)}), 0)


def test_a_batch_norm_behind_a_dense_layer_or_a_convolution_goes_into_its_weights() -> None:
    """Of every network that ships: networks/test_conformance.py."""
    architecture, shape = architectures.find("dcgan"), DataShape(1, (16, 16), (1, 1))
    options = {"stem": "dense", "generator_activation": "leaky_relu", "channels": 8}
    chosen = architectures.options(architecture, ArchitectureChoice(id="dcgan", **options), shape)
    net = architecture.generator(chosen, shape).train()
    for _ in range(3):
        net(5 * torch.randn(16, net.z_dim) + 1, None)
    spec = ExportSpec("", Whole(net.eval(), {}, 16), {"z": torch.zeros(2, net.z_dim)})
    assert "BatchNormalization" not in {node.op_type for node in to_graph(spec).graph.node}
    assert check_parity(spec, 0) < 1e-4


def test_each_direction_of_a_translator_is_a_file_that_verifies(trained_once: Trained, exported_once: Exported) -> None:
    files = exported_once("two_domains")
    assert [file.name for file in files] == ["two_domains.a_to_b.onnx", "two_domains.b_to_a.onnx"]
    for file in files:
        assert verify(Export.load(file)).seeds == 2
        assert against(trained_once("two_domains"), file)["max_abs"] <= 1e-4


def test_a_file_is_held_against_the_checkpoint_that_it_was_made_of(
    trained_once: Trained, exported_once: Exported, runs: Runs
) -> None:
    files = exported_once("staged_styles")
    for file in files:
        assert against(trained_once("staged_styles"), file)["max_abs"] <= 1e-4
    other = runs.make("other", next(w for w in WITNESSES if w.stem == "staged_styles"), seed=1)
    assert work(other) == 0
    with pytest.raises(StudioError, match=r"onnxruntime differs from torch on other at 0\.256 kimg by"):
        against(other, files[0])
    checkpoint.choose(other, "last").unlink()
    with pytest.raises(UsageError, match=r"no longer keeps its checkpoint at 0\.256 kimg|no checkpoint at"):
        against(other, files[0])


def test_a_full_disk_leaves_the_export_that_was_there_and_no_other_file(
    trained_once: Trained, exported_once: Exported, tmp_path: Path
) -> None:
    for file in exported_once("staged_styles"):
        shutil.copy(file, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    out = str(tmp_path / "staged_styles.onnx")
    code, answer = ask("export", str(trained_once("staged_styles")), "--out", out, file_bytes=20_000)
    assert code == 1
    assert "File too large" in answer["error"]["message"]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_a_killed_export_left_half_written_is_gone_after_the_next(trained_once: Trained, tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / f".r.onnx.{gone.pid}.tmp").write_bytes(b"half")
    (tmp_path / f".r.onnx.{os.getpid()}.tmp").write_bytes(b"at work")
    (tmp_path / f".other.onnx.{gone.pid}.tmp").write_bytes(b"not ours")
    export(trained_once("relativistic_pair"), "last", tmp_path / "r.onnx")
    assert not (tmp_path / f".r.onnx.{gone.pid}.tmp").exists()
    assert (tmp_path / f".other.onnx.{gone.pid}.tmp").exists()
