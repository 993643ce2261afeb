"""pix2pix: sizes as published, what its critic is shown, and pairs from a folder to an export's answer."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ganstudio.data.pack import add
from ganstudio.engine import architectures
from ganstudio.engine.architectures.pix2pix import Pix2pixOptions, check
from ganstudio.engine.conformance import CPU
from ganstudio.engine.contract import Condition, DataShape
from ganstudio.engine.distributed import World
from ganstudio.engine.layers.patch_critic import PatchCritic
from ganstudio.engine.session import Session
from ganstudio.engine.step import iterate
from ganstudio.errors import RecipeError
from ganstudio.recipe.load import resolve
from tests.data.pictures import BLUE, RED, plain


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where data is packed."""
    monkeypatch.setenv("GANSTUDIO_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_a_logit_of_the_critic_is_of_a_patch_of_70_pixels() -> None:
    critic = PatchCritic(2, 3, "none", DataShape(1, (128, 128)))
    image = torch.zeros(1, 1, 128, 128, requires_grad=True)
    logits = critic(image, Condition()).logits
    middle = logits.shape[-1] // 2
    (slope,) = torch.autograd.grad(logits[0, 0, middle, middle], image)
    rows = slope[0, 0].abs().sum(1).nonzero().flatten()
    assert rows[-1] - rows[0] + 1 == 70


def test_a_size_that_cannot_be_halved_twice_is_refused_with_the_nearest() -> None:
    problem = next(check(Pix2pixOptions(critic_levels=2), DataShape(3, (30, 30), (), (3, 30, 30))))
    assert problem.startswith("data.resolution: pix2pix takes multiples of 4, the short side 16 to 1024 px; got")


def session(folder: Path, *settings: str) -> Session:
    """A tiny pix2pix on one pair of pictures, red to blue."""
    for number in range(16):
        plain(folder / "a" / f"{number}.png", RED, (32, 32))
        plain(folder / "b" / f"{number}.png", BLUE, (32, 32))
    data = add(folder / "a", "pairs", layout="paired", beside=(str(folder / "b"),))
    architecture = architectures.find("pix2pix")
    small = ["architecture.channels=4", "architecture.critic_channels=4", "architecture.critic_levels=2"]
    fast = ["training.batch=4", "training.precision=fp32", "generator_optimizer.lr=5e-3", *settings]
    recipe = resolve({**architecture.recipe, "architecture": {"id": "pix2pix"}}, [*small, *fast], "test")
    return Session(recipe, architecture, data, 0, CPU, World())


def test_pairs_of_two_folders_teach_what_becomes_of_a_picture(home: Path, tmp_path: Path) -> None:
    made = session(tmp_path)
    for _ in range(40):
        list(iterate(made))
    held = made.batches.fixed("test", 2, made.stage)
    answer = made.task.generate(made.previewed(), None, made.stage, None, held)  # type: ignore[arg-type]
    assert (answer - held.images).abs().mean() < 0.3 * (held.source - held.images).abs().mean()


def test_pictures_without_pairs_are_refused_before_anything_is_built(home: Path, tmp_path: Path) -> None:
    plain(tmp_path / "alone" / "1.png", RED, (32, 32))
    data = add(tmp_path / "alone")
    architecture = architectures.find("pix2pix")
    recipe = resolve({**architecture.recipe, "architecture": {"id": "pix2pix"}}, [], "test")
    with pytest.raises(RecipeError, match="this task needs pictures that come in pairs"):
        Session(recipe, architecture, data, 0, CPU, World())
