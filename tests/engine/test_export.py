"""Exports of real checkpoints: what is in the file, and that it is proved."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from ganstudio.engine import checkpoint
from ganstudio.engine.export import onnx as exporting
from ganstudio.engine.export.onnx import export, restored
from ganstudio.errors import StudioError
from ganstudio.inference import OnnxModel
from ganstudio.inference.latents import latents
from ganstudio.recipe.schema import Recipe
from ganstudio.runs.record import load_record
from tests.engine.conftest import WITNESSES, Runs, work


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
    (images,) = sessions[0].run(None, {"z": z, **noise})
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
    monkeypatch.setattr(exporting, "TOLERANCE", 1e-12)
    with pytest.raises(StudioError, match="differs from torch"):
        export(trained, "last", tmp_path / "exports" / "r.onnx")
    assert not list(tmp_path.rglob("*.onnx*"))
