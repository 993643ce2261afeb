"""EfficientNet-Lite0 as it ships: it is the published network, and its distance rises with what is wrong."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter

from ganstudio.engine.evaluation import metrics
from ganstudio.engine.evaluation.efficientnet import WEIGHTS, EfficientNet, EfficientNetLite0
from ganstudio.engine.evaluation.extractors import state_of
from ganstudio.engine.evaluation.frechet import Moments, frechet_distance
from tests.engine.evaluation.conftest import Pixels, scenes

JUDGED = 250  # images on each side
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def network() -> EfficientNet:
    return EfficientNet(CPU)


@pytest.fixture(scope="module")
def drawings() -> Pixels:
    """Pictures uint8 [2 * JUDGED, 64, 64, 3]."""
    return scenes(2 * JUDGED, seed=0, side=64)


def features(network: EfficientNet, pixels: Pixels) -> torch.Tensor:
    with torch.inference_mode():
        return torch.cat([network.features(part) for part in torch.tensor(pixels).movedim(-1, 1).split(50)])


def moments(network: EfficientNet, pixels: Pixels) -> Moments:
    return Moments.of(features(network, pixels).numpy())


def noisy(pixels: Pixels, strength: float) -> Pixels:
    noise = np.random.default_rng(0).normal(0, strength, pixels.shape)
    return np.clip(pixels + noise, 0, 255).round().astype(np.uint8)


def blurred(pixels: Pixels, sigma: float) -> Pixels:
    return np.stack([np.asarray(Image.fromarray(p).filter(ImageFilter.GaussianBlur(sigma))) for p in pixels])


def repeated(pixels: Pixels, share: float) -> Pixels:
    return np.resize(pixels[: round(len(pixels) * (1 - share))], pixels.shape)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("worsen", "strengths"),
    [(noisy, (8, 32, 96)), (blurred, (1.0, 2.0, 4.0)), (repeated, (0.8, 0.95, 0.99))],
    ids=["noise", "blur", "repetition"],
)
def test_the_distance_rises_with_what_is_done_to_the_images(
    network: EfficientNet, drawings: Pixels, worsen: Callable[[Pixels, float], Pixels], strengths: tuple[float, ...]
) -> None:
    real, other = moments(network, drawings[:JUDGED]), drawings[JUDGED:]
    distances = [frechet_distance(moments(network, other), real)]
    distances += [frechet_distance(moments(network, worsen(other, strength)), real) for strength in strengths]
    assert all(before < after for before, after in itertools.pairwise(distances)), distances


@pytest.mark.slow
def test_two_halves_of_the_data_are_near_zero_beside_noise(
    network: EfficientNet, drawings: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the kernel distance, which few images do not bias."""
    monkeypatch.setattr(metrics, "KID_SUBSET", JUDGED)
    halves = (drawings[:JUDGED], drawings[JUDGED:], noisy(drawings[JUDGED:], 32))
    real, other, noise = (features(network, pixels) for pixels in halves)
    near, far = (metrics.kid(SimpleNamespace(fake=fake, real=real))["kid"].value for fake in (other, noise))
    assert abs(near) < 0.05 * far


def test_the_published_state_dict_is_loaded_strictly_and_names_what_it_sees(network: EfficientNet) -> None:
    grey, colour = (
        torch.full((1, 1, 32, 32), 128, dtype=torch.uint8),
        torch.full((1, 3, 32, 32), 128, dtype=torch.uint8),
    )
    with torch.inference_mode():
        torch.testing.assert_close(network.features(grey), network.features(colour))
        assert network.logits(network.features(colour)).shape == (1, 1000)
    assert network.stamp == "efficientnet-lite0@96"


def test_notice_credits_the_file_that_ships() -> None:
    digest = hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
    assert digest in (Path(__file__).parents[3] / "NOTICE").read_text()


def test_scores_are_those_of_the_full_weights_within_half_a_percent(network: EfficientNet) -> None:
    """The published file in full precision; benchmarks/half_efficientnet.py compares more of them."""
    file = Path(os.environ.get("GANSTUDIO_REAL_DATA", "")) / "weights" / "efficientnet_lite0.pth"
    if not file.is_file():
        pytest.skip("needs the published weights: set GANSTUDIO_REAL_DATA")
    full = EfficientNet(CPU, state=state_of(file))
    real, other = scenes(200, seed=0), scenes(200, seed=1)
    for judged in (other, noisy(other, 16)):
        half_score, full_score = (frechet_distance(moments(one, judged), moments(one, real)) for one in (network, full))
        assert half_score == pytest.approx(full_score, rel=5e-3)


@pytest.mark.slow
def test_onnxruntime_gives_the_features_that_torch_gives(network: EfficientNet) -> None:
    fast = EfficientNet(CPU, by_onnxruntime=True)
    pixels = torch.randint(0, 256, (5, 3, 40, 40), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        torch.testing.assert_close(fast.features(pixels), network.features(pixels), rtol=1e-3, atol=1e-4)


def test_an_odd_side_is_padded_below_and_right() -> None:
    """Worked by hand: 3 pixels at stride 2 and kernel 3 need one row before and one behind; 4 need one behind only."""
    from ganstudio.engine.evaluation.efficientnet import SameConv

    conv = SameConv(1, 1, 3, stride=2)
    torch.nn.init.ones_(conv.weight)
    with torch.inference_mode():
        assert conv(torch.ones(1, 1, 3, 3)).squeeze().tolist() == [[4, 4], [4, 4]]
        assert conv(torch.ones(1, 1, 4, 4)).squeeze().tolist() == [[9, 6], [6, 4]]


def test_it_has_as_many_weights_as_the_paper_says() -> None:
    """4.65 million, as the Lite models' table has it."""
    count = sum(parameter.numel() for parameter in EfficientNetLite0().parameters())
    assert round(count / 1e6, 2) == 4.65
