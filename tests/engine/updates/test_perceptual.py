"""The perceptual loss: its layers as torchvision orders them, its distances, and what it needs of the machine."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from ganstudio.engine.contract import JudgedPair, Pair
from ganstudio.engine.evaluation.imagenet.trunks import VGG16
from ganstudio.engine.terms.losses import perceptual
from ganstudio.engine.terms.losses.perceptual import Features, Perceptual
from ganstudio.errors import RecipeError
from ganstudio.recipe.numbers import value_at
from ganstudio.recipe.task_choices import SuperresTask


@pytest.fixture(scope="module")
def state() -> dict[str, Tensor]:
    """Convolutions of VGG16's shapes, drawn."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return {name: 0.1 * torch.randn(shape) for name, shape in VGG16.shapes().items() if int(name.split(".")[1]) < 8}


def layer(images: Tensor, state: dict[str, Tensor], place: int) -> Tensor:
    return F.conv2d(images, state[f"features.{place}.weight"], state[f"features.{place}.bias"], padding=1)


def test_a_layer_is_where_torchvision_has_it_with_or_without_its_activation(state: dict[str, Tensor]) -> None:
    images = torch.rand(2, 3, 8, 8) * 2 - 1
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x = ((images + 1) / 2 - mean[:, None, None]) / deviation[:, None, None]  # ImageNet's scale, of values in [0, 1]
    second = layer(F.relu(layer(x, state, 0)), state, 2)
    fourth = layer(F.relu(layer(F.max_pool2d(F.relu(second), 2), state, 5)), state, 7)
    torch.testing.assert_close(Features(state, "conv1_2", True)(images), second, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(Features(state, "conv2_2", False)(images), F.relu(fourth), rtol=1e-4, atol=1e-4)


def test_grey_pictures_are_seen_as_three_equal_channels(state: dict[str, Tensor]) -> None:
    net, grey = Features(state, "conv1_2", True), torch.rand(1, 1, 4, 4)
    torch.testing.assert_close(net(grey), net(grey.expand(-1, 3, -1, -1)))


@pytest.mark.parametrize(("distance", "wanted"), [("l1", 0.5), ("l2", 0.25)])
def test_it_is_the_mean_over_features_and_looks_at_nothing_while_it_weighs_nothing(
    distance: str, wanted: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(perceptual, "_frozen", lambda *_: lambda images: images)  # its features are the pixels
    weight = {"start": 0.0, "end": 1.0, "shape": "step", "until": 0.5}
    term = Perceptual(SuperresTask.model_validate({"perceptual": weight, "perceptual_distance": distance}))
    fake = torch.zeros(2, 1, 4, 4, requires_grad=True)
    judged: Any = [JudgedPair(Pair("critic", fake, torch.full((2, 1, 4, 4), 0.5)))]
    early, late = (SimpleNamespace(value=lambda number, at=at: value_at(number, at, 1.0)) for at in (100, 900))
    assert term(early, judged) is None
    result = term(late, judged)
    assert result is not None
    assert result.value.tolist() == [wanted, wanted]
    result.value.sum().backward()
    assert fake.grad is not None
    assert fake.grad.abs().min() > 0
    assert term.reads == {"vgg16"}


def test_without_its_weights_it_is_refused_with_the_command_unless_it_never_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANSTUDIO_DATA", str(tmp_path))
    Perceptual(SuperresTask()).require()
    later = SuperresTask.model_validate({"perceptual": {"points": [[0, 0.0], [10, 0.006]]}})
    with pytest.raises(RecipeError, match=r"task.perceptual: above 0 .* Nearest: 0.") as refused:
        Perceptual(later).require()
    assert refused.value.hint is not None
    assert "ganstudio weights import lpips-vgg16 FILE.npz" in refused.value.hint
