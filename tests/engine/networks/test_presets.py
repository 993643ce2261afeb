"""Every preset that ships, made small, trained by the real worker in two processes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import torch

from ganstudio.engine import architectures
from ganstudio.engine.run_folder import checkpoint
from ganstudio.recipe.load import resolve
from ganstudio.runs.state import load_summary
from tests.engine.conftest import Runs, told, work

PRESETS = sorted((Path(__file__).parents[3] / "presets").glob("*.toml"))
BATCH = 8
WIDTHS = {"channels": 8, "base": 8, "width": 8, "channel_base": 256}  # what makes networks large
GROUPS = {"stddev_group": 4}  # and what has to divide half a batch
LARGEST = 64  # pixels: presets for larger images are tried at 32, with attention where maps are of 16

pytestmark = pytest.mark.slow


def small(table: dict) -> list[str]:
    """Settings under which a preset takes two iterations in seconds."""
    steps = table["training"].get("critic_steps", 1) or 1
    known = architectures.find(table["architecture"]["id"]).options.model_fields
    side = table["data"]["resolution"]
    large = isinstance(side, int) and side > LARGEST
    return [
        *(f"architecture.{name}={value}" for name, value in (WIDTHS | GROUPS).items() if name in known),
        *(["data.resolution=32"] if large or side == "data" else []),
        *(["data.crop=none"] if "crop" in table["data"] else []),
        *(["task.perceptual=0"] if "perceptual" in table.get("task", {}) else []),  # for which no weights are here
        *(["architecture.attention=[16]"] if large and "attention" in known else []),
        *(["architecture.critic_levels=3"] if large and "critic_levels" in known else []),
        *(
            ["objective.weight=1"] if "weight" in table.get("objective", {}) else []
        ),  # the critic trains from the beginning
        *(["architecture.passes=1"] if "passes" in known else []),
        *("training.micro_batch=none", f"training.batch={BATCH}", f"training.kimg={2 * BATCH * steps / 1000}"),
        *("training.precision=fp32", "training.ema_kimg=0.01", "evaluation.n=16"),
    ]


@pytest.mark.parametrize("file", PRESETS, ids=lambda file: file.stem)
def test_every_preset_trains_in_two_processes(runs: Runs, file: Path) -> None:
    table = tomllib.loads(file.read_text())
    recipe = resolve(table, small(table), file.stem)
    flat = architectures.find(recipe.architecture.id).flat
    shape = {"resolution": recipe.data.resolution, "frames": None if flat else 8}
    run = runs.write("run", recipe, file.stem, processes=2, data=shape)
    assert work(run, processes=2) == 0, (run / "log.txt").read_text()
    assert load_summary(run)[0].phase == "finished"
    assert told(run, "started")[0]["processes"] == 2
    first, last = (checkpoint.load(checkpoint.all_checkpoints(run)[place]) for place in (0, -1))
    assert last["progress"]["updates"]["g"] >= 2
    trained = ("generators", "critics") if recipe.training.critic_steps else ("generators",)
    for kind in trained:
        for net, state in last["nets"][kind].items():
            assert all(value.isfinite().all() for value in state.values())
            assert any(not torch.equal(value, first["nets"][kind][net][key]) for key, value in state.items())
