"""Looking at a training changes nothing of it, in several processes too, and these never come apart unseen."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch

from ganstudio.engine import architectures
from ganstudio.engine.conformance import advance, differing
from ganstudio.engine.distributed import World
from ganstudio.engine.run_folder import checkpoint, inheritance
from ganstudio.engine.tensor_hash import digest_of
from ganstudio.runs import requests
from tests.engine.conftest import Runs, told
from tests.engine.test_training import last, log
from tests.engine.toys import LINEAR, session
from tests.engine.workers import work

DRAWS = """\
import os

import torch
import torch.distributed as dist
from torch import nn

from ganstudio.engine.contract import Architecture, CriticOutput, Options

RANK = int(os.environ.get("RANK", 0))


class Waits(nn.Module):
    def forward(self, x):
        if self.training and dist.is_initialized():
            dist.all_reduce(x.detach().mean())
        return x


class Generator(nn.Module):
    z_dim, conditional = 4, False

    def __init__(self, options, shape):
        super().__init__()
        self.image = (shape.channels, *shape.size)
        self.net = nn.Sequential(nn.Linear(4, 16), Waits(), nn.Dropout(0.5), nn.Linear(16, 16 * 16), nn.Tanh())
        nn.init.constant_(self.net[0].bias, 0.1 * RANK)

    def forward(self, z, labels):
        return self.net(z).view(-1, *self.image)


class Critic(nn.Module):
    def __init__(self, options, shape):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(16 * 16, 8), Waits(), nn.Dropout(0.5), nn.Linear(8, 1))

    def forward(self, images, condition):
        return CriticOutput(self.net(images))


ARCHITECTURE = Architecture(
    "draws and waits",
    {
        "data": {"resolution": 16, "held_out": 0.5},
        "objective": {"kind": "hinge"},
        "training": {"batch": 8, "kimg": 0.128, "precision": "fp32", "ema_kimg": 0.05, "micro_batch": 4},
    },
    Options,
    Generator,
    Critic,
)
"""
MARKS = (
    *("evaluation.features=lenet", "evaluation.every_kimg=0.016", "evaluation.probe_kimg=0.008"),
    *("training.sample_kimg=0.024", "training.checkpoint_kimg=0.04"),
)
SELDOM = (
    *("evaluation.features=none", "evaluation.probe_kimg=1000", "training.sample_kimg=1000"),
    "training.checkpoint_kimg=1000",
)


@pytest.fixture
def draws(tmp_path: Path) -> Path:
    """Networks with dropout that differ as they begin, and that wait for the other processes in train mode."""
    file = tmp_path / "draws.py"
    file.write_text(DRAWS)
    return file


def test_all_that_looks_switched_on_or_off_leaves_the_same_weights_in_two_processes(runs: Runs, draws: Path) -> None:
    blind = runs.make("blind", draws, *SELDOM, processes=2)
    looked_at = runs.make("looked-at", draws, *MARKS, processes=2)
    for kind in ("evaluate", "snapshot"):
        requests.post(looked_at, kind)
    for run in (blind, looked_at):
        assert work(run, processes=2) == 0, log(run)
    parts = ("nets", "optimizers", "adaptive", "task")
    assert [differing(last(blind)[part], last(looked_at)[part]) for part in parts] == [[]] * len(parts)
    assert len(told(looked_at, "evaluated")) > 2
    assert "held_auc" in told(looked_at, "probed")[-1]


def test_a_checkpoint_of_an_earlier_version_that_holds_a_generators_state_goes_on_alike(
    draws: Path, tmp_path: Path
) -> None:
    architecture = architectures.load_file(draws)
    straight, resumed = (session(tmp_path, architecture) for _ in range(2))
    kept = copy.deepcopy(advance(straight, 2).state_dict())
    assert "rng" not in kept
    del kept["held_out"]
    resumed.load_state_dict({**kept, "rng": {"cpu": torch.get_rng_state()}})
    assert differing(advance(straight, 2).state_dict(), advance(resumed, 2).state_dict()) == []
    assert any("an earlier version trained on images" in note for note in inheritance.seen_before(resumed, kept))
    assert inheritance.seen_before(resumed, straight.state_dict()) == []


def test_without_averaging_what_the_leader_alone_has_shown_is_no_difference_between_processes(tmp_path: Path) -> None:
    compared: dict[str, str] = {}

    class Listening(World):
        def require_equal(self, named: dict[str, list[torch.Tensor]]) -> None:
            compared.update({name: digest_of(tensors) for name, tensors in named.items()})

    toy = advance(session(tmp_path, LINEAR, "training.ema_kimg=0"), 1)
    toy.world = Listening()
    toy.state_dict()
    assert compared["averaged generator"] == compared["generator"]


def test_a_fork_that_holds_out_more_is_told_what_its_parent_trained_on(tmp_path: Path) -> None:
    parent, fork = (session(tmp_path, LINEAR, f"data.held_out={share}") for share in (0.1, 0.5))
    [note] = inheritance.seen_before(fork, parent.state_dict())
    assert note.startswith("16 of the 20 images held out were trained on before")
    assert inheritance.seen_before(parent, fork.state_dict()) == []


@pytest.mark.slow
def test_processes_whose_networks_come_apart_save_nothing_and_name_them(runs: Runs, draws: Path) -> None:
    drifting = "        with torch.no_grad():\n            self.net[1].bias += RANK\n        return CriticOutput"
    draws.write_text(DRAWS.replace("        return CriticOutput", drifting))
    run = runs.make("run", draws, *SELDOM, processes=2)
    assert work(run, processes=2) == 1
    [failed] = told(run, "failed")
    assert "no longer train the same networks: not as in process 0 are critic (process 1)" in failed["error"]["message"]
    assert [checkpoint.nimg_of(path) for path in checkpoint.all_checkpoints(run)] == []
