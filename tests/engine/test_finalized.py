"""Generators with `finalize`: every look sees its effect, and neither training nor a checkpoint does."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import nn

from ganstudio.engine import conformance
from ganstudio.engine.architectures import load_file
from ganstudio.engine.conformance import CPU, Subject, advance, default_recipe, differing
from ganstudio.engine.contract import Nets
from ganstudio.engine.distributed import World, without_synchronization
from ganstudio.engine.draws import Draw
from ganstudio.engine.evaluation.sampling import samples
from ganstudio.engine.export.onnx import specs_at
from ganstudio.engine.finalized import finalized, standing_statistics
from ganstudio.engine.probes.probe import Probe
from ganstudio.engine.run_folder import checkpoint, previews
from ganstudio.engine.session import Session
from ganstudio.engine.training import assemble
from ganstudio.runs.record import NAME, RunRecord, load_record
from tests.engine.conftest import Runs

BIGGAN = """\
import torch
from torch import nn

from ganstudio.engine.contract import Architecture, CriticOutput, Options
from ganstudio.engine.finalized import standing_statistics


class Generator(nn.Module):
    conditional = True

    def __init__(self, options, shape):
        super().__init__()
        self.z_dim, self.classes, self.size = 4, shape.classes, shape.resolution
        self.embedding = nn.Embedding(shape.classes, 4)
        self.start = nn.utils.parametrizations.spectral_norm(nn.Linear(8, 4 * self.size**2))
        self.norm, self.to_image = nn.BatchNorm2d(4), nn.Conv2d(4, shape.channels, 1)

    def forward(self, z, labels):
        x = self.start(torch.cat([z, self.embedding(labels)], 1)).unflatten(1, (4, self.size, self.size))
        return self.to_image(self.norm(x).relu()).tanh()

    def finalize(self, draw):
        inputs = ((draw.normal(f"z{n}", 4), draw.integers(f"labels{n}", self.classes)) for n in range(4))
        standing_statistics(self, (self(z, labels) for z, labels in inputs))


class Critic(nn.Module):
    def __init__(self, options, shape):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(shape.channels * shape.resolution**2, 1))

    def forward(self, images, condition):
        return CriticOutput(self.net(images))


ARCHITECTURE = Architecture(
    "standing statistics",
    {
        "data": {"resolution": 16},
        "objective": {"kind": "hinge"},
        "training": {"batch": 8, "kimg": 0.128, "precision": "fp32"},
    },
    Options,
    Generator,
    Critic,
)
"""
PAINTS = ("standing_statistics(self, (self(z, labels) for z, labels in inputs))", "self.to_image.bias.fill_(9.0)")


class Trained:
    """A run on disk and the training in memory that its checkpoint is of."""

    def __init__(self, runs: Runs, *changes: tuple[str, str]) -> None:
        file = runs.folder / "biggan.py"
        text = BIGGAN
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        file.write_text(text)
        self.run = runs.make("biggan", file)
        self.record: RunRecord = load_record(self.run / NAME)
        self.session: Session = advance(assemble(self.record, self.run, CPU, World())[0], 2)

    def exported(self) -> nn.Module:
        path = checkpoint.save(self.run, self.session.state_dict())
        specs, _, _ = specs_at(self.run, self.record, path)
        return specs[0].module


def drawn(session: Session) -> torch.Tensor:
    counts = session.shape.class_counts
    task, nets, stage = session.task, session.previewed(), session.stage
    return next(samples(task, nets, stage, session.seed, 8, 8, counts, torch.device("cpu")))


def test_previews_probes_scores_and_exports_see_a_finalized_generator(runs: Runs, tmp_path: Path) -> None:
    toy = Trained(runs, PAINTS)
    with Image.open(previews.write_samples(toy.session, tmp_path)) as grid:
        assert grid.getextrema() == (255, 255)
    assert Probe(toy.session)()["diversity"] == pytest.approx(0.0, abs=1e-4)
    assert drawn(toy.session).min() == 255
    assert toy.exported()(torch.randn(2, 4), torch.tensor([0, 1])).min() > 0.99
    assert toy.session.task.generate(toy.session.nets, draw(8), toy.session.stage, None, None).mean() < 0.9


def draw(count: int) -> Draw:
    return Draw(0, "test", 0, count, slice(0, count), torch.device("cpu"))


def test_an_export_has_the_very_statistics_that_previews_show(runs: Runs) -> None:
    toy = Trained(runs)
    z, labels = torch.randn(5, 4), torch.tensor([0, 1, 2, 0, 1])
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        shown = toy.session.previewed().ema["generator"]
    with torch.inference_mode():
        torch.testing.assert_close(toy.exported()(z, labels), shown(z, labels), rtol=0, atol=1e-6)


def test_looking_at_a_finalized_generator_leaves_checkpoint_and_next_update_as_they_were(
    runs: Runs, tmp_path: Path
) -> None:
    toy = Trained(runs)
    blind = assemble(toy.record, toy.run, CPU, World())[0]
    blind.load_state_dict(copy.deepcopy(toy.session.state_dict()))
    previews.write_samples(toy.session, tmp_path)
    Probe(toy.session)()
    drawn(toy.session)
    assert differing(toy.session.state_dict(), blind.state_dict()) == []
    assert differing(advance(toy.session, 1).state_dict(), advance(blind, 1).state_dict()) == []


def test_networks_without_finalize_are_not_copied() -> None:
    nets = Nets({}, {}, {"generator": nn.Linear(1, 1)})
    assert finalized(nets, 0, torch.device("cpu")) is nets


def test_finalize_runs_in_train_mode_without_gradients_and_ends_in_eval_mode() -> None:
    seen = {}

    class Net(nn.Linear):
        def finalize(self, draw: Draw) -> None:
            seen["modes"] = (self.training, torch.is_grad_enabled(), torch.is_inference_mode_enabled())
            seen["draws"] = (draw.normal("z", 1), torch.rand(1))

    net = Net(1, 1).eval()
    looks = []
    for _ in range(2):
        state = torch.get_rng_state()
        copied = finalized(Nets({}, {}, {"generator": net}), 0, torch.device("cpu")).ema["generator"]
        assert torch.equal(torch.get_rng_state(), state)
        assert not copied.training
        looks.append(seen["draws"])
        torch.rand(1)
    assert seen["modes"] == (True, False, False)
    assert all(torch.equal(a, b) for a, b in zip(*looks, strict=True))


def test_standing_statistics_are_plain_means_over_the_passes() -> None:
    norm = nn.BatchNorm1d(1).train()
    norm(torch.full((4, 1), 100.0))
    batches = [torch.tensor([[0.0], [2.0]]), torch.tensor([[1.0], [5.0]])]
    standing_statistics(norm, (norm(batch) for batch in batches))
    assert norm.running_mean.item() == pytest.approx((1 + 3) / 2)
    assert norm.running_var.item() == pytest.approx((2 + 8) / 2)
    assert norm.momentum == 0.1


def test_a_copy_to_look_at_waits_for_no_other_process() -> None:
    waiting = nn.Sequential(nn.SyncBatchNorm(3)).train()
    local, plain = without_synchronization(copy.deepcopy(waiting)), nn.BatchNorm2d(3)
    images = torch.randn(4, 3, 5, 5)
    assert torch.equal(local(images), plain(images))
    assert not any(isinstance(module, nn.SyncBatchNorm) for module in local.modules())
    assert isinstance(waiting[0], nn.SyncBatchNorm)


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ("standing_statistics(self, [self(torch.randn(8, 4), torch.randint(3, (8,)))])", None),
        ("self.norm.running_mean += next(LEVELS)", "finalize gives another generator.norm.running_mean"),
        (
            "CRITICS[0].net[1].weight.data.add_(1.0)",
            "finalize changes what is trained: nets.critics.critic.net.1.weight",
        ),
    ],
    ids=["pure", "another each time", "changes another network"],
)
def test_check_holds_finalize_to_one_result_that_training_does_not_see(
    new: str, says: str | None, tmp_path: Path
) -> None:
    text = BIGGAN.replace(PAINTS[0], new).replace(
        "class Generator", "LEVELS, CRITICS = iter(range(9)), []\nclass Generator"
    )
    file = tmp_path / "biggan.py"
    file.write_text(text.replace("self.net = nn", "CRITICS[:] = [self]\n        self.net = nn"))
    architecture = load_file(file)
    subject = Subject(architecture, default_recipe("biggan", architecture), tmp_path, file)
    if says is None:
        assert conformance.CHECKS["finalize"](subject) == "generator"
    else:
        with pytest.raises(conformance.StudioError) as error:
            conformance.CHECKS["finalize"](subject)
        assert error.value.message.startswith(says)


def test_a_generator_with_standing_statistics_keeps_the_contract(tmp_path: Path) -> None:
    file = tmp_path / "biggan.py"
    file.write_text(BIGGAN)
    architecture = load_file(file)
    for verify in conformance.CHECKS.values():
        try:
            verify(Subject(architecture, default_recipe("biggan", architecture), tmp_path, file))
        except conformance.NotApplicable:
            assert verify is conformance.micro_batches
