"""Density and coverage against counts made by hand; what a measure is called."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from ganstudio.engine.evaluation import metrics
from ganstudio.engine.evaluation.metrics import density_and_coverage
from ganstudio.engine.evaluation.names import score_name


def test_density_and_coverage_of_points_on_a_line() -> None:
    """k = 1. Real points 0, 1, 3, 7 have balls of radius 1, 1, 2, 4 about them.

    The fake 0.5 lies in those of 0 and 1 (it is 2.5 from 3), the fake 4 in those of 3 (1 < 2) and 7 (3 < 4), and
    100 in none: 4 hits over 1 x 3 fakes. Every real point has a fake in its ball: coverage 1.
    """
    real = torch.tensor([[0.0], [1.0], [3.0], [7.0]])
    fake = torch.tensor([[0.5], [4.0], [100.0]])
    density, coverage = density_and_coverage(fake, real, neighbours=1)
    assert density == pytest.approx(4 / 3)
    assert coverage == 1.0
    assert density_and_coverage(fake[2:], real, neighbours=1) == (0.0, 0.0)
    assert density_and_coverage(fake[:1], real, neighbours=1)[1] == 0.5


def test_they_are_about_one_for_equal_distributions() -> None:
    draw = np.random.default_rng(0)
    real, fake = (torch.from_numpy(draw.normal(size=(1500, 16)).astype(np.float32)) for _ in range(2))
    density, coverage = density_and_coverage(fake, real)
    assert density == pytest.approx(1, abs=0.1)
    assert coverage > 0.94  # 1 - 1/2^k, arXiv:2002.09797, lemma 2


@pytest.mark.parametrize(
    ("measure", "stamp", "n", "name"),
    [
        ("fid", "inception", 10_000, "FID-10k"),
        ("kid", "inception", 10_000, "KID-10k"),
        ("is", "inception", 5000, "IS-5k"),
        ("precision", "inception", 5000, "precision[inception]-5k"),
        ("fid", "lenet", 1234, "FD[lenet]-1234"),
        ("kid", "efficientnet-lite0@96", 10_000, "KD[efficientnet-lite0@96]-10k"),
        ("is", "lenet", 5000, "IS[lenet]-5k"),
        ("coverage", "dinov2-vits14", 5000, "coverage[dinov2-vits14]-5k"),
    ],
)
def test_only_the_published_inception_has_bare_names(measure: str, stamp: str, n: int, name: str) -> None:
    assert score_name(measure, stamp, n) == name


@pytest.mark.parametrize(("n", "spread"), [(20, False), (39, False), (40, True)])
def test_a_kernel_distance_has_a_spread_only_where_its_subsets_differ(
    monkeypatch: pytest.MonkeyPatch, n: int, spread: bool
) -> None:
    monkeypatch.setattr(metrics, "KID_SUBSET", 20)
    sides = SimpleNamespace(fake=torch.randn(n, 4), real=torch.randn(n, 4), logits=None)
    assert (metrics.kid(sides)["kid"].sd is not None) is spread


def test_a_frechet_distance_of_fewer_images_than_features_is_warned_of() -> None:
    assert "of 3 images in 128 features: so few" in (metrics.too_few(3, 128) or "")
    assert metrics.too_few(128, 128)
    assert metrics.too_few(129, 128) is None
