"""Copies of training images are found, as they are, noisy, moved or mirrored; fresh images are not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from ganstudio.data.obtain import open_set
from ganstudio.engine.evaluation import lenet
from ganstudio.engine.evaluation.memorized import (
    FEWEST,
    Images,
    Memorized,
    Nearest,
    judged,
    memorized,
    nearest,
    pairs,
    still,
)
from ganstudio.errors import UsageError
from ganstudio.inference.augmentation.novelty import QUANTILE

Pixels = NDArray[np.uint8]
TRAINED, JUDGES, SAMPLES = 5000, 1000, 300


class Digits:
    """Half of the held-out digits as a training set, a part of the rest as judges and a part to draw from."""

    def __init__(self) -> None:
        network, pixels = lenet.load(), np.array(open_set("mnist-test").images())
        shuffled = pixels[np.random.default_rng(0).permutation(len(pixels))]
        self.network = network
        self.training = self.images(shuffled[:TRAINED])
        self.judges = self.images(shuffled[TRAINED : TRAINED + JUDGES])
        self.fresh = shuffled[TRAINED + JUDGES : TRAINED + JUDGES + SAMPLES]
        self.copied = self.training.pixels[np.random.default_rng(1).permutation(TRAINED)[:SAMPLES]]

    def images(self, pixels: Pixels) -> Images:
        parts = torch.split(torch.from_numpy(pixels).movedim(-1, 1).float() / 127.5 - 1, 250)
        with torch.inference_mode():
            return Images(pixels, np.concatenate([self.network.features(part).numpy() for part in parts]))

    def judged(self, pixels: Pixels, mirrored: bool = False) -> Memorized:
        return memorized(self.images(pixels), self.training, self.judges, mirrored)


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Digits]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANSTUDIO_DATA", str(tmp_path_factory.mktemp("data")))
        torch.set_num_threads(1)
        yield Digits()


def noisy(pixels: Pixels, strength: float) -> Pixels:
    noise = np.random.default_rng(2).normal(0, strength, pixels.shape)
    return np.clip(pixels + noise, 0, 255).round().astype(np.uint8)


def moved(pixels: Pixels, down: int, right: int) -> Pixels:
    return np.roll(pixels, (down, right), axis=(1, 2))


def test_a_generator_that_copies_is_found_and_so_is_each_source(digits: Digits) -> None:
    found = digits.judged(digits.copied)
    assert found.share == 1.0
    assert found.found.closeness.max() == 0
    np.testing.assert_array_equal(digits.training.pixels[found.found.rows], digits.copied)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pixels", "least"),
    [
        (lambda copied: noisy(copied, 8), 0.98),
        (lambda copied: noisy(copied, 16), 0.85),
        (lambda copied: moved(copied, 0, 1), 0.85),
        (lambda copied: noisy(moved(copied, 1, 0), 8), 0.7),
    ],
    ids=["little noise", "noise", "moved", "moved and noisy"],
)
def test_copies_with_noise_or_moved_by_a_pixel_are_found(digits: Digits, pixels, least: float) -> None:
    found = digits.judged(pixels(digits.copied))
    assert found.share >= least > found.chance


def test_a_generator_that_draws_fresh_images_has_no_more_than_chance(digits: Digits) -> None:
    found = digits.judged(digits.fresh)
    assert found.share <= found.chance < 0.04
    assert abs(found.share - QUANTILE) < 0.02


@pytest.mark.slow
def test_a_generator_that_copies_one_time_in_ten_is_found(digits: Digits) -> None:
    tenth = SAMPLES // 10
    found = digits.judged(np.concatenate([noisy(digits.copied[:tenth], 8), digits.fresh[tenth:]]))
    assert found.share > found.chance
    assert found.suspicious[:tenth].mean() > 0.95
    assert found.as_json()["suspicious"] == found.suspicious.sum()


def test_the_level_that_shows_an_excess_most_clearly_is_taken() -> None:
    """Real images are spread evenly over (0, 1]; three samples in ten are copies with a little noise, at 0.04."""
    fresh, rows = np.arange(1, 1001) / 1000, np.zeros(1000, np.int64)
    honest = np.arange(1, 1001) / 1000
    assert judged(Nearest(rows, honest, honest), fresh).expected == pytest.approx(QUANTILE, rel=0.01)
    copied = np.where(np.arange(1000) % 10 < 3, 0.04, honest)
    found = judged(Nearest(rows, copied, copied), fresh)
    assert found.expected == pytest.approx(0.05, rel=0.01)
    assert found.copied == pytest.approx(0.3, abs=0.02)
    assert judged(Nearest(rows, copied, copied), np.empty(0)).share == 0


@pytest.mark.parametrize(("count", "judges"), [(1000, 1000), (1000, FEWEST), (FEWEST, 2000)])
def test_fresh_samples_are_hardly_ever_called_copies(count: int, judges: int) -> None:
    """Of 200 sets, four chances in a thousand each: one at most, and eight never."""
    draw, rows = np.random.default_rng(0), np.zeros(count, np.int64)
    sets = ((draw.random(count), draw.random(judges)) for _ in range(200))
    assert sum(judged(Nearest(rows, some, some), real).copied > 0 for some, real in sets) < 8


@pytest.mark.slow
def test_blurred_images_are_no_copies(digits: Digits) -> None:
    """A generator that draws smooth averages is bad, and near to much; it did not copy."""
    blurred = sum(moved(digits.fresh, y, x).astype(float) for y in (-1, 0, 1) for x in (-1, 0, 1)) / 9
    found = digits.judged(blurred.round().astype(np.uint8))
    assert found.share <= found.chance


@pytest.mark.slow
def test_without_held_out_images_the_training_images_judge_one_another(digits: Digits) -> None:
    some = digits.images(digits.training.pixels[:1000])
    pixels = np.concatenate([noisy(some.pixels[:100], 8), digits.fresh[:200]])
    found = memorized(digits.images(pixels), some)
    assert found.judges == 1000
    assert found.suspicious[:100].mean() > 0.95
    assert found.suspicious[100:].mean() <= found.chance


@pytest.mark.slow
def test_repeats_in_the_data_hide_no_copies(digits: Digits) -> None:
    """Of each training image three: its nearest neighbour is then itself, and a limit of 0 would find nothing."""
    training = digits.training
    thrice = Images(*(np.concatenate([part] * 3) for part in (training.pixels[:500], training.features[:500])))
    found = memorized(digits.images(noisy(training.pixels[:200], 8)), thrice)
    assert found.limit > 0
    assert found.share > 0.9


def test_a_move_of_half_a_thumbnails_pixel_is_taken_back() -> None:
    """At 64 px a pixel is half a thumbnail's. Features tell nothing here: all images are candidates."""
    draw = np.random.default_rng(0)
    pixels = draw.integers(0, 256, (FEWEST, 64, 64, 1), np.uint8)
    blank = np.zeros((FEWEST, 1), np.float32)
    pixels[:, :4], pixels[:, -4:], pixels[:, :, :4], pixels[:, :, -4:] = 0, 0, 0, 0
    few = Images(pixels[:40], blank[:40])
    for move in ((1, 0), (0, 3), (-2, 1)):
        found = nearest(Images(moved(pixels[:40], *move), blank[:40]), few, still(few.pixels))
        np.testing.assert_array_equal(found.rows, np.arange(40))
        assert found.distance.max() == 0


@pytest.mark.slow
def test_mirrored_copies_are_found_where_they_are_looked_for(digits: Digits) -> None:
    """In features that see an image and its mirror image alike, as those of an ImageNet network nearly do."""
    training, sources = digits.training.pixels[:600], slice(0, 100)
    alike = digits.images(training).features + digits.images(np.ascontiguousarray(training[:, :, ::-1])).features
    samples = Images(training[sources, :, ::-1], alike[sources])
    assert memorized(samples, Images(training, alike), mirrored=True).share == 1.0
    assert memorized(samples, Images(training, alike)).share < 0.5


def test_what_is_found_does_not_depend_on_how_many_are_asked_for(digits: Digits) -> None:
    samples, known = digits.images(digits.fresh[:150]), still(digits.training.pixels)
    together = nearest(samples, digits.training, known)
    for row in (0, 127, 149):
        alone = nearest(Images(samples.pixels[row : row + 1], samples.features[row : row + 1]), digits.training, known)
        assert (alone.rows[0], alone.closeness[0]) == (together.rows[row], together.closeness[row])


def test_candidates_are_the_nearest_in_features_across_blocks(digits: Digits, monkeypatch: pytest.MonkeyPatch) -> None:
    samples, known = digits.images(digits.fresh[:20]), still(digits.training.pixels)
    whole = nearest(samples, digits.training, known)
    monkeypatch.setattr("ganstudio.engine.evaluation.memorized._ROWS", 700)
    np.testing.assert_array_equal(nearest(samples, digits.training, known).rows, whole.rows)


def test_a_picture_shows_the_closest_pairs_first_side_by_side() -> None:
    draw = np.random.default_rng(0)
    samples, training = (draw.integers(0, 256, (count, 8, 8, 1), np.uint8) for count in (5, 9))
    closeness = np.array([0.5, 0.1, 0.9, 0.3, 0.7])
    found = type("Found", (), {"rows": np.array([4, 3, 2, 1, 0]), "closeness": closeness})
    picture = pairs(samples, training.repeat(3, axis=3), found, most=3, columns=2)
    assert picture.shape == (2 * 10, 2 * 18, 3)
    np.testing.assert_array_equal(picture[:8, :8, 0], samples[1, :, :, 0])
    np.testing.assert_array_equal(picture[:8, 8:16, 0], training[3, :, :, 0])
    np.testing.assert_array_equal(picture[:8, 18:26, 0], samples[3, :, :, 0])
    np.testing.assert_array_equal(picture[10:18, :8, 0], samples[0, :, :, 0])
    assert (picture[8:10, :18] == 255).all()


def test_a_collapsed_generator_is_judged_without_dividing_by_nothing() -> None:
    blank = Images(np.zeros((FEWEST, 16, 16, 1), np.uint8), np.zeros((FEWEST, 4), np.float32))
    found = memorized(blank, blank)
    assert found.share == 1.0
    assert np.isfinite(found.found.closeness).all()


@pytest.mark.parametrize("short", ["samples", "training images", "held-out images"])
def test_too_few_images_are_refused(short: str) -> None:
    sides = {
        name: Images(np.zeros((count, 8, 8, 1), np.uint8), np.zeros((count, 2), np.float32))
        for name in ("samples", "training images", "held-out images")
        for count in [FEWEST - 1 if name == short else FEWEST]
    }
    with pytest.raises(UsageError, match=f"{FEWEST} {short} or more are needed; got {FEWEST - 1}"):
        memorized(*sides.values())
