"""Minibatch standard deviation against numpy, in whole, cut and uneven batches."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ganstudio.engine import preflight
from ganstudio.engine.contract import CriticOutput
from ganstudio.engine.layers.minibatch_stddev import MinibatchStddev, uneven_groups
from ganstudio.errors import RecipeError
from tests.engine.toys import LINEAR, session


def images(count: int, channels: int = 4) -> Tensor:
    return torch.randn(count, channels, 3, 5, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("maps", [1, 2])
def test_a_group_is_told_the_mean_deviation_of_its_own_samples(maps: int) -> None:
    x = images(8)
    told = MinibatchStddev(4, maps)(x).numpy()
    np.testing.assert_array_equal(told[:, :4], x.numpy())
    for group in (slice(0, 4), slice(4, 8)):
        for number, channels in enumerate(np.split(np.arange(4), maps)):
            by_hand = x.numpy()[group][:, channels].std(0).mean()
            np.testing.assert_allclose(told[group, 4 + number], by_hand, rtol=1e-5)


def test_parts_of_a_batch_are_told_what_the_whole_is() -> None:
    layer, x = MinibatchStddev(4), images(12)
    torch.testing.assert_close(torch.cat([layer(x[:4]), layer(x[4:])]), layer(x), rtol=0, atol=0)


def test_samples_beyond_the_last_whole_group_join_the_groups() -> None:
    layer, x = MinibatchStddev(4), images(9)
    told = layer(x)[:, -1, 0, 0]
    assert told[:5].tolist() == pytest.approx([x[:5].std(0, correction=0).mean().item()] * 5, rel=1e-5)
    assert told[5:].tolist() == pytest.approx([x[5:].std(0, correction=0).mean().item()] * 4, rel=1e-5)


def test_equal_samples_have_finite_gradients_twice() -> None:
    x = torch.ones(4, 2, 3, 3, requires_grad=True)
    (gradient,) = torch.autograd.grad(MinibatchStddev(4)(x).square().sum(), x, create_graph=True)
    gradient.square().sum().backward()
    assert x.grad.isfinite().all()


def test_groups_that_do_not_divide_the_images_are_found_in_any_network() -> None:
    net = nn.Sequential(nn.Conv2d(1, 4, 1), nn.Sequential(MinibatchStddev(4)))
    assert list(uneven_groups([net], 6)) == [4]
    assert not list(uneven_groups([net], 8))


class Comparing(nn.Module):
    def __init__(self, options, shape):
        super().__init__()
        self.stddev, self.head = MinibatchStddev(4), nn.Conv2d(2, 1, 1)

    def forward(self, images, condition):
        return CriticOutput(self.head(self.stddev(images)))


@pytest.mark.parametrize(
    ("batch", "micro", "processes", "says"),
    [
        (10, None, 1, "training.batch: .* 4 images .* got 10. Nearest: 8."),
        (12, None, 2, "training.batch: .* 4 images .* got 12, in 2 processes. Nearest: 16."),
        (16, 2, 1, "training.micro_batch: .* 4 images .* got 2. Nearest: 4."),
    ],
)
def test_a_group_that_would_be_cut_is_refused_by_name(
    batch: int, micro: int | None, processes: int, says: str, tmp_path: Path
) -> None:
    made = session(tmp_path, replace(LINEAR, critic=Comparing), f"training.batch={batch}")
    training = made.recipe.training.model_copy(update={"micro_batch": micro})
    made.recipe = made.recipe.model_copy(update={"training": training})
    with pytest.raises(RecipeError, match=says):
        preflight.check_recipe(made, processes)


def test_whole_groups_pass(tmp_path: Path) -> None:
    made = session(tmp_path, replace(LINEAR, critic=Comparing), "training.batch=16", "training.micro_batch=4")
    preflight.check_recipe(made, 2)
