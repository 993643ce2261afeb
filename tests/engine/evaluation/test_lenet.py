"""The shipped classifier: what it knows, and that distances in its features rise with what is wrong."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.data.obtain import open_set
from ganstudio.engine.evaluation import lenet
from ganstudio.engine.evaluation.frechet import Moments, frechet_distance

Pixels = NDArray[np.uint8]
SLICE = 4000
JUDGED = 1500  # images on each side of a distance


@pytest.fixture(scope="module")
def network() -> lenet.LeNet:
    return lenet.load()


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Pixels, NDArray[np.int64]]]:
    """Held-out digits uint8 [SLICE, H, W] and what they are, packed in a place of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANSTUDIO_DATA", str(tmp_path_factory.mktemp("data")))
        data = open_set("mnist-test")
        labels = data.labels()
        assert labels is not None
        # the first half of the published file is the cleaner one; every other image is fair to both
        yield np.array(data.images()[: 2 * SLICE : 2, :, :, 0]), labels[: 2 * SLICE : 2]


def as_images(pixels: Pixels) -> Tensor:
    """[N, 1, H, W] in [-1, 1]."""
    return torch.from_numpy(pixels)[:, None].float() / 127.5 - 1


def moments(network: lenet.LeNet, pixels: Pixels) -> Moments:
    parts = torch.split(as_images(pixels), 250)
    return Moments.streamed((network.features(part).numpy() for part in parts), lenet.FEATURES)


def test_the_weights_are_under_a_megabyte() -> None:
    assert lenet.WEIGHTS.stat().st_size < 1_000_000


def test_it_is_loaded_frozen_in_eval_mode_and_float32(network: lenet.LeNet) -> None:
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())
    assert {parameter.dtype for parameter in network.parameters()} == {torch.float32}


def test_it_reads_at_least_985_of_1000_held_out_digits(
    network: lenet.LeNet, digits: tuple[Pixels, NDArray[np.int64]]
) -> None:
    pixels, labels = digits
    guesses = network(as_images(pixels)).argmax(1).numpy()
    assert (guesses == labels).mean() >= 0.985


def test_a_small_image_is_seen_as_the_same_image_in_a_black_margin(network: lenet.LeNet) -> None:
    small = torch.rand(3, 1, 28, 27) * 2 - 1
    framed = F.pad(small, (2, 3, 2, 2), value=-1.0)
    torch.testing.assert_close(network.features(small), network.features(framed), rtol=0, atol=0)


def test_features_are_128_and_logits_20(network: lenet.LeNet) -> None:
    images = torch.zeros(2, 1, 32, 32)
    assert network.features(images).shape == (2, 128)
    assert network(images).shape == (2, 20)
    assert (network.features(images) >= 0).all()


@pytest.mark.parametrize("shape", [(2, 1, 33, 32), (2, 1, 32, 64), (2, 3, 32, 32), (1, 32, 32)])
def test_images_that_are_large_or_coloured_are_refused(network: lenet.LeNet, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="grey images"):
        network.features(torch.zeros(shape))


def noisy(pixels: Pixels, strength: float) -> Pixels:
    noise = np.random.default_rng(0).normal(0, strength, pixels.shape)
    return np.clip(pixels + noise, 0, 255).round().astype(np.uint8)


def blurred(pixels: Pixels, sigma: float) -> Pixels:
    offsets = torch.arange(-6, 7)
    kernel = torch.exp(-(offsets**2) / (2 * sigma**2))
    kernel /= kernel.sum()
    images = torch.from_numpy(pixels)[:, None].float()
    images = F.conv2d(
        F.conv2d(images, kernel.view(1, 1, 1, -1), padding=(0, 6)), kernel.view(1, 1, -1, 1), padding=(6, 0)
    )
    return images[:, 0].round().clamp(0, 255).byte().numpy()


def repeated(pixels: Pixels, share: float) -> Pixels:
    """As many images, of which `share` are repeats of the few that are left: a generator that collapses."""
    kept = round(len(pixels) * (1 - share))
    return np.resize(pixels[:kept], pixels.shape)


@pytest.mark.parametrize(
    ("worsen", "strengths"),
    [
        (noisy, (8, 16, 32, 64, 128)),
        (blurred, (0.5, 0.75, 1.0, 1.5, 2.0)),
        (repeated, (0.9, 0.97, 0.99, 0.995, 0.998)),
    ],
    ids=["noise", "blur", "repetition"],
)
def test_the_distance_rises_with_what_is_done_to_the_images(
    network: lenet.LeNet,
    digits: tuple[Pixels, NDArray[np.int64]],
    worsen: Callable[[Pixels, float], Pixels],
    strengths: tuple[float, ...],
) -> None:
    real, other = moments(network, digits[0][:JUDGED]), digits[0][JUDGED : 2 * JUDGED]
    distances = [frechet_distance(moments(network, other), real)]
    distances += [frechet_distance(moments(network, worsen(other, strength)), real) for strength in strengths]
    assert all(before < after for before, after in itertools.pairwise(distances)), distances


def test_two_halves_of_the_data_are_near_zero_beside_noise(
    network: lenet.LeNet, digits: tuple[Pixels, NDArray[np.int64]]
) -> None:
    other = digits[0][JUDGED : 2 * JUDGED]
    a, b = moments(network, digits[0][:JUDGED]), moments(network, other)
    noise = moments(network, noisy(other, 64))
    uniform = moments(network, np.random.default_rng(1).integers(0, 256, (500, 32, 32), dtype=np.uint8))
    assert frechet_distance(a, b) < 0.02 * frechet_distance(a, noise)
    assert frechet_distance(a, b) < 0.02 * frechet_distance(a, uniform)
