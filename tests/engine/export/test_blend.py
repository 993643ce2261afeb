"""Super-resolution from a training to exports: of any size, and between two runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from ganstudio.engine.conformance import CPU, advance
from ganstudio.engine.distributed import World
from ganstudio.engine.export.blend import Blend
from ganstudio.engine.export.compare_with_run import against
from ganstudio.engine.export.onnx import export
from ganstudio.engine.run_folder import checkpoint
from ganstudio.engine.training import assemble
from ganstudio.errors import UsageError
from ganstudio.inference.exports import Export
from ganstudio.recipe.load import resolve
from ganstudio.runs.record import load_record
from tests.engine.conftest import Runs

TABLE = {"task": "superres", "architecture": {"id": "srresnet", "channels": 4, "blocks": 1, "critic_channels": 2}}


def trained(runs: Runs, name: str, *settings: str) -> Path:
    small = ["data.resolution=16", "training.batch=4", "training.kimg=0.008", "training.precision=fp32"]
    recipe = resolve(TABLE, [*small, "training.critic_steps=0", *settings], "test")
    run = runs.write(name, recipe, "srresnet")
    session, _ = assemble(load_record(run / "run.json"), run, CPU, World())
    checkpoint.save(run, advance(session, 2).state_dict())
    return run


def weights(run: Path) -> dict[str, torch.Tensor]:
    return checkpoint.load(checkpoint.choose(run, "last"))["nets"]["ema"]["generator"]


def test_an_export_enlarges_pictures_of_any_size_and_a_blend_is_between_two_runs(runs: Runs, tmp_path: Path) -> None:
    run, other = trained(runs, "pixels"), trained(runs, "critic", "generator_optimizer.lr=1e-2")
    (file,) = export(run, "last", tmp_path / "sr.onnx")
    assert Export.load(file).manifest.scale == 4
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    for height, width in ((4, 4), (7, 11)):
        (images,) = session.run(None, {"source": np.zeros((1, 1, height, width), np.float32)})
        assert images.shape == (1, 1, 4 * height, 4 * width)
    (mixed,) = export(run, "last", tmp_path / "mixed.onnx", blend=Blend.of(other, "last", 0.75))
    told = Export.load(mixed).manifest.blend
    assert told == {"run": "critic", "checkpoint_nimg": 8, "share": 0.75, "fakes": 0}
    state = checkpoint.load(checkpoint.choose(run, "last"))
    Blend.of(other, "last", 0.75).mix_into(state, load_record(run / "run.json"))
    for key, value in state["nets"]["ema"]["generator"].items():
        torch.testing.assert_close(value, 0.25 * weights(run)[key] + 0.75 * weights(other)[key])
    assert against(run, mixed)["max_abs"] <= 1e-4


def test_a_blend_of_other_networks_is_refused_with_the_first_difference(runs: Runs, tmp_path: Path) -> None:
    run, other = trained(runs, "small"), trained(runs, "wide", "architecture.channels=8")
    with pytest.raises(
        UsageError, match=r"wide and small have other networks, whose generator\.first\.0\.weight is \[8, "
    ):
        export(run, "last", tmp_path / "mixed.onnx", blend=Blend.of(other, "last", 0.5))
    assert not (tmp_path / "mixed.onnx").exists()
