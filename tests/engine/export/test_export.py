"""Exports of real checkpoints: what is in the file, and that it is proved."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
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
from ganstudio.engine.contract import DataShape, ExportSpec, Stage, StyleGenerator
from ganstudio.engine.export import parity
from ganstudio.engine.export import precision as lowering
from ganstudio.engine.export.compare_with_run import against
from ganstudio.engine.export.graph import to_graph
from ganstudio.engine.export.onnx import check_parity, export, restored
from ganstudio.engine.run_folder import checkpoint
from ganstudio.engine.tasks.synthesis import Styled, Whole
from ganstudio.errors import StudioError, UsageError
from ganstudio.inference import OnnxModel, recorded_answers
from ganstudio.inference.exports import Export
from ganstudio.inference.latents import latents
from ganstudio.inference.verify import verify
from ganstudio.recipe.schema import ArchitectureChoice, Recipe
from ganstudio.runs.record import load_record
from tests.engine.conftest import WITNESSES, Runs
from tests.engine.export.small_generators import Flat, Grown
from tests.engine.workers import work


@pytest.fixture
def trained(runs: Runs, request: pytest.FixtureRequest) -> Path:
    run = runs.make("trained", next(w for w in WITNESSES if w.stem == request.param))
    assert work(run) == 0, (run / "log.txt").read_text()
    return run


@pytest.mark.parametrize("trained", ["class_head"], indirect=True)
def test_an_export_answers_as_torch_does_for_any_seed_and_class(trained: Path, tmp_path: Path) -> None:
    (file,) = export(trained, "last", tmp_path / "exports" / "mine.onnx")
    model = OnnxModel.open(file)
    z, labels = latents([3, 5, 3], 8), np.array([0, 2, 1])
    record = load_record(trained / "run.json")
    state = checkpoint.load(checkpoint.choose(trained, "last"))
    _, nets, _ = restored(record, Recipe.model_validate(record.recipe), trained, state)
    with torch.inference_mode():
        expected = nets.ema["generator"](torch.from_numpy(z), torch.from_numpy(labels)).numpy()
    np.testing.assert_allclose(model.generate(z, labels), expected, atol=1e-5)
    assert model.manifest.classes == ("0", "1", "2")
    assert model.manifest.run == "trained"
    assert model.manifest.parity["max_abs"] <= 1e-4
    assert model.manifest.parity["n"] == 64


@pytest.mark.parametrize("trained", ["staged_styles"], indirect=True)
def test_a_generator_with_styles_is_exported_whole_and_in_halves_that_agree(trained: Path, tmp_path: Path) -> None:
    whole, mapping, synthesis = export(trained, "last", tmp_path / "s.onnx")
    assert [f.name for f in (whole, mapping, synthesis)] == ["s.onnx", "s.mapping.onnx", "s.synthesis.onnx"]
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


@pytest.mark.parametrize("trained", ["relativistic_pair"], indirect=True)
def test_the_file_is_checked_hashed_and_holds_no_batch_norm_of_training(trained: Path, tmp_path: Path) -> None:
    (file,) = export(trained, "best", tmp_path / "r.onnx")
    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)
    manifest = json.loads(next(p.value for p in model.metadata_props if p.key == "ganstudio"))
    del model.metadata_props[:]
    assert manifest["sha256"] == hashlib.sha256(model.SerializeToString(deterministic=True)).hexdigest()
    assert [i["name"] for i in manifest["inputs"]] == ["z"]


@pytest.mark.parametrize("trained", ["relativistic_pair"], indirect=True)
def test_an_export_that_disagrees_leaves_no_file(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parity, "TOLERANCE", 1e-12)
    with pytest.raises(StudioError, match="differs from torch"):
        export(trained, "last", tmp_path / "exports" / "r.onnx")
    assert not list(tmp_path.rglob("*.onnx*"))


@pytest.mark.parametrize("trained", ["staged_styles"], indirect=True)
def test_truncation_pulls_to_the_mean_of_the_mapping_and_at_1_changes_no_bit(trained: Path, tmp_path: Path) -> None:
    whole, mapping, synthesis = export(trained, "last", tmp_path / "s.onnx")
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


@pytest.mark.parametrize("trained", ["staged_styles", "class_head"], indirect=True)
@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_lower_precision_takes_and_gives_float32_and_says_how_close_it_is(
    trained: Path, tmp_path: Path, precision: str
) -> None:
    exact = OnnxModel.open(export(trained, "last", tmp_path / "exact.onnx")[0])
    made = export(trained, "last", tmp_path / "low.onnx", precision)
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


@pytest.mark.parametrize("trained", ["relativistic_pair"], indirect=True)
def test_images_below_the_bound_are_refused_and_leave_no_file(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(lowering.LEAST_DB, "int8", 150.0)
    with pytest.raises(StudioError, match=r"int8 images are \d+\.\d dB from those of fp32 \(at least 150 dB"):
        export(trained, "last", tmp_path / "exports" / "r.onnx", "int8")
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


FROM_NOISE = [name for name in architectures.names() if "task" not in architectures.find(name).recipe]
# whose batch norms all stand behind a convolution or a dense layer, and go into its weights
FOLDED = ("dcgan", "gan3d", "infogan", "mlp", "videogan")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *((name, {}) for name in FROM_NOISE),
        ("dcgan", {"stem": "dense", "generator_activation": "leaky_relu"}),
    ],
)
def test_shipped_generators_are_graphs_without_batch_norms_identities_or_leftovers(
    name: str, options: dict[str, str]
) -> None:
    architecture = architectures.find(name)
    shape = DataShape(1, (32, 32) if architecture.flat else (8, 32, 32), (1, 1))
    small = {key: value for key, value in architecture.recipe.get("architecture", {}).items() if key != "label_dim"}
    chosen = architectures.options(architecture, ArchitectureChoice(id=name, **{**small, **options}), shape)
    net = architecture.generator(chosen, shape).train()
    stage = {"stage": Stage(0, 1.0)} if architecture.staged else {}
    z = {"z": torch.zeros(2, net.z_dim)}
    if isinstance(net, StyleGenerator):
        noise = {f"noise_{n}": torch.zeros(2, *one) for n, one in enumerate(net.noise_shapes)}
        mean = torch.zeros(1, *net.ws_shape)
        spec = ExportSpec("", Styled(net.eval(), stage, 32, mean), z | {"psi": torch.ones(())} | noise)
    else:
        for _ in range(3):
            net(5 * torch.randn(16, net.z_dim) + 1, None, **stage)
        spec = ExportSpec("", Whole(net.eval(), stage, 32), z)
    operators = {node.op_type for node in to_graph(spec).graph.node}
    assert not operators & {"Identity", "Dropout", *(["BatchNormalization"] if name in FOLDED else [])}
    assert check_parity(spec, 0) < 1e-4


@pytest.mark.parametrize("trained", ["two_domains"], indirect=True)
def test_each_direction_of_a_translator_is_a_file_that_verifies(trained: Path, tmp_path: Path) -> None:
    files = export(trained, "last", tmp_path / "t.onnx")
    assert [file.name for file in files] == ["t.a_to_b.onnx", "t.b_to_a.onnx"]
    for file in files:
        assert verify(Export.load(file)).seeds == 2
        assert against(trained, file)["max_abs"] <= 1e-4


@pytest.mark.parametrize("trained", ["staged_styles"], indirect=True)
def test_a_file_is_held_against_the_checkpoint_that_it_was_made_of(trained: Path, runs: Runs, tmp_path: Path) -> None:
    files = export(trained, "last", tmp_path / "s.onnx")
    for file in files:
        assert against(trained, file)["max_abs"] <= 1e-4
    other = runs.make("other", next(w for w in WITNESSES if w.stem == "staged_styles"), seed=1)
    assert work(other) == 0
    with pytest.raises(StudioError, match=r"onnxruntime differs from torch on other at 0\.256 kimg by"):
        against(other, files[0])
    checkpoint.choose(other, "last").unlink()
    with pytest.raises(UsageError, match=r"no longer keeps its checkpoint at 0\.256 kimg|no checkpoint at"):
        against(other, files[0])


@pytest.mark.parametrize("trained", ["staged_styles"], indirect=True)
def test_a_full_disk_leaves_the_export_that_was_there_and_no_other_file(trained: Path, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    export(trained, "last", folder / "s.onnx")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    program = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000));"
        "from ganstudio.engine.worker import main; sys.exit(main(sys.argv[1:]))"
    )
    arguments = ["export", str(trained), "--out", str(folder / "s.onnx")]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "File too large" in json.loads(done.stdout)["error"]["message"]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("trained", ["relativistic_pair"], indirect=True)
def test_what_a_killed_export_left_half_written_is_gone_after_the_next(trained: Path, tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / f".r.onnx.{gone.pid}.tmp").write_bytes(b"half")
    (tmp_path / f".r.onnx.{os.getpid()}.tmp").write_bytes(b"at work")
    (tmp_path / f".other.onnx.{gone.pid}.tmp").write_bytes(b"not ours")
    export(trained, "last", tmp_path / "r.onnx")
    assert not (tmp_path / f".r.onnx.{gone.pid}.tmp").exists()
    assert (tmp_path / f".other.onnx.{gone.pid}.tmp").exists()
