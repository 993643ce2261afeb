"""Truncation in w: a cutoff, and several centres."""

from __future__ import annotations

import numpy as np
import pytest

from ganstudio.errors import UsageError
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent.truncation import Truncation, centres_of, k_means, nearest_centres, truncated
from ganstudio.inference.latents import latents
from tests.inference.generators import STYLE_Z, STYLES


def test_layers_from_the_cutoff_on_stay_and_the_others_move_by_psi(styled: LatentModel) -> None:
    ws = styled.latents(latents(range(3), STYLE_Z))
    found = truncated(ws, styled.mean[None], 0.25, cutoff=2)
    assert (found[:, 2:] == ws[:, 2:]).all()
    assert np.allclose(found[:, :2], styled.mean[:2] + 0.25 * (ws[:, :2] - styled.mean[:2]), atol=1e-6)


def test_truncation_to_the_mean_is_what_the_whole_network_does(styled: LatentModel) -> None:
    z = latents(range(4), STYLE_Z)
    half = styled.images(Truncation(0.5).of(styled)(styled.latents(z)), seeds=range(4))
    assert np.abs(half - styled.whole.generate(z, psi=0.5, seeds=range(4))).max() < 1e-5


def test_two_heaps_have_a_mean_each_and_their_points_go_there() -> None:
    draw = np.random.RandomState(3)
    points = np.concatenate([draw.randn(50, 4) * 0.1 + 5, draw.randn(30, 4) * 0.1 - 5])
    found = k_means(points, 2)
    assert sorted(found.mean(1).round().tolist()) == [-5, 5]
    assert np.allclose(found[found.mean(1).argmax()], points[:50].mean(0))
    means = found.astype(np.float32).reshape(2, 2, 2)
    near = nearest_centres(points.astype(np.float32).reshape(-1, 2, 2), means)
    assert (np.sign(near[:50]) == 1).all()
    assert (np.sign(near[50:]) == -1).all()


def test_more_means_than_points_that_differ_are_no_trouble() -> None:
    assert np.allclose(k_means(np.ones((9, 3)), 4), 1)


def test_with_more_centres_less_of_a_latent_is_lost(styled: LatentModel) -> None:
    ws = styled.latents(latents(range(40), STYLE_Z))
    lost = [np.abs(truncated(ws, centres_of(styled, count), 0.0) - ws).mean() for count in (1, 4, 16)]
    assert lost[0] > 1.1 * lost[1] > 1.2 * lost[2]
    assert centres_of(styled, 4).shape == (4, *STYLES)
    assert (centres_of(styled, 4) == centres_of(styled, 4)).all()


@pytest.mark.parametrize(
    ("truncation", "told"),
    [
        (Truncation(0.5, cutoff=0), "--cutoff: from 1 to 4, the layers of stylegan; got 0"),
        (Truncation(0.5, cutoff=5), "got 5"),
        (Truncation(1.0, cutoff=2), "--cutoff: changes nothing without a truncation"),
        (Truncation(1.0, centres=2), "--centres: changes nothing"),
        (Truncation(0.5, centres=0), "--centres: from 1 to 100; got 0"),
    ],
)
def test_what_cannot_be_is_refused_by_its_flag(styled: LatentModel, truncation: Truncation, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        truncation.check(styled)


def test_a_model_without_styles_has_neither_cutoff_nor_centres(plain: LatentModel) -> None:
    for truncation in (Truncation(0.5, cutoff=2), Truncation(0.5, centres=3)):
        with pytest.raises(UsageError, match="dcgan has no styles to work on"):
            truncation.check(plain)
