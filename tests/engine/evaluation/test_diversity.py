"""Mean pairwise LPIPS: equal to the mean over all pairs, with an error that is as large as it says."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import Tensor

from ganstudio.engine.evaluation.diversity import FEWEST, Spread, diversity
from ganstudio.engine.evaluation.imagenet.trunks import ALEXNET
from ganstudio.engine.evaluation.lpips import Lpips
from ganstudio.errors import UsageError
from tests.engine.evaluation.perceptual import random_lpips
from tests.inference.stores import noise


def pictures(count: int, seed: int = 0, channels: int = 1) -> Tensor:
    """Pictures of coarse noise, uint8 [count, channels, 32, 32]."""
    return torch.from_numpy(noise(count, channels=channels, seed=seed)).movedim(-1, 1)


@pytest.fixture(scope="module")
def lpips() -> Lpips:
    return random_lpips(ALEXNET)


def pairwise(lpips: Lpips, pixels: Tensor) -> float:
    """The mean over all pairs, one by one."""
    images = pixels.float() / 127.5 - 1
    pairs = list(itertools.combinations(range(len(images)), 2))
    left, right = ([pair[end] for pair in pairs] for end in (0, 1))
    return float(lpips(images[left], images[right]).mean())


def test_it_is_the_mean_over_all_pairs(lpips: Lpips) -> None:
    pixels = pictures(25, channels=3)
    found = diversity(lpips, pixels)
    assert found.value == pytest.approx(pairwise(lpips, pixels), rel=1e-5)
    assert found.as_json() == {
        "score": "LPIPS-diversity[alexnet]-25",
        **{"value": found.value, "error": found.error, "n": 25},
    }


def test_three_points_on_a_line_are_as_far_apart_as_worked_by_hand() -> None:
    # squared distances 1, 4 and 9
    points = torch.tensor([[0.0], [1.0], [3.0]])
    assert Spread.of(points).mean_distance() == pytest.approx((1 + 4 + 9) / 3)
    assert (Spread.of(points[:1]) + Spread.of(points[1:])).mean_distance() == pytest.approx(14 / 3)
    assert (Spread.of(points) - Spread.of(points[2:])).mean_distance() == pytest.approx(1)


def test_a_collapsed_generator_has_none_and_a_partly_collapsed_one_less(lpips: Lpips) -> None:
    pixels = pictures(40)
    healthy = diversity(lpips, pixels)
    assert diversity(lpips, pixels[:1].expand(40, -1, -1, -1)).value == pytest.approx(0, abs=1e-9)
    half = diversity(lpips, pixels[:4].repeat(10, 1, 1, 1))
    assert half.value < healthy.value - 3 * healthy.error


def test_each_class_is_measured_alone_and_the_whole_over_all(lpips: Lpips) -> None:
    """The second class has collapsed: over all images that is a half, in its own number it is everything."""
    pixels = torch.cat([pictures(10), pictures(1, seed=1).expand(10, -1, -1, -1), pictures(2, seed=2)])
    labels = torch.tensor([0] * 10 + [1] * 10 + [2] * 2)
    shuffled = torch.randperm(len(pixels), generator=torch.Generator().manual_seed(0))
    told: list[tuple[int, int]] = []
    found = diversity(
        lpips, pixels[shuffled], labels[shuffled], progress=lambda done, total: told.append((done, total))
    )
    assert told[-1] == (22, 22)
    assert found.value == pytest.approx(pairwise(lpips, pixels), rel=1e-5)
    assert found.classes[0].value == pytest.approx(pairwise(lpips, pixels[:10]), rel=1e-5)
    assert found.classes[1].value == pytest.approx(0, abs=1e-9)
    assert set(found.classes) == {0, 1}  # two images are no class to judge
    assert found.within is not None
    assert found.within[0] == pytest.approx(found.classes[0].value / 2)
    shown = found.as_json(["a", "b", "c"])
    assert shown["classes"]["b"]["n"] == 10
    assert shown["within"]["value"] == found.within[0]


def test_the_error_is_how_far_repeated_measurements_scatter(lpips: Lpips) -> None:
    """Thirty sets of fresh images, of very unequal contrast: their figures scatter by what each says of its own."""
    draw = np.random.default_rng(0)

    def fresh(seed: int) -> Tensor:
        contrast = torch.from_numpy(draw.beta(0.5, 0.5, (40, 1, 1, 1)))
        return (127 + (pictures(40, seed) - 127.0) * contrast).byte()

    found = [diversity(lpips, fresh(seed)) for seed in range(30)]
    scatter = np.std([one.value for one in found], ddof=1)
    assert np.mean([one.error for one in found]) == pytest.approx(scatter, rel=0.4)


def test_fewer_images_than_groups_still_have_an_error(lpips: Lpips) -> None:
    assert diversity(lpips, pictures(FEWEST)).error > 0


@pytest.mark.parametrize("count", range(FEWEST))
def test_too_few_images_are_refused(lpips: Lpips, count: int) -> None:
    with pytest.raises(UsageError, match=f"3 images or more are needed; got {count}"):
        diversity(lpips, pictures(3)[:count])
