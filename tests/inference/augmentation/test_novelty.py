from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganstudio.inference.augmentation.novelty import QUANTILE, Novelty, thumbnails
from tests.inference.stores import noise, pack


def test_the_distance_is_the_rms_of_mean_removed_thumbnails(tmp_path: Path) -> None:
    """By hand: one of 256 thumbnail pixels is 160 levels apart; the means differ by 160 / 256."""
    black = np.zeros((1, 32, 32, 1), np.uint8)
    spot = black.copy()
    spot[0, :2, :2] = 160
    novelty = Novelty(pack("one", spot), tmp_path)
    (distance,) = novelty.distances(thumbnails(black))
    assert distance == pytest.approx(np.sqrt(160**2 / 256 - (160 / 256) ** 2), abs=0.05)


def test_brightness_does_not_count_and_a_shift_does(tmp_path: Path) -> None:
    pixels = noise(20) // 2
    novelty = Novelty(pack("noise", pixels), tmp_path)
    assert novelty.distances(thumbnails(pixels + 50)).max() < 1
    assert novelty.distances(thumbnails(np.roll(pixels, 4, axis=2))).min() > 10


def test_copies_with_a_little_noise_are_near_and_fresh_pictures_are_not(tmp_path: Path) -> None:
    pixels = noise(300)
    novelty = Novelty(pack("noise", pixels), tmp_path)
    jitter = np.random.default_rng(1).integers(-8, 9, pixels.shape)
    copies = np.clip(pixels + jitter, 0, 255).astype(np.uint8)
    assert novelty.near(copies, 0).all()
    assert novelty.near(noise(300, seed=2), 0).mean() < 3 * QUANTILE


def test_about_one_in_a_hundred_held_out_images_is_near(tmp_path: Path) -> None:
    """Points on a line: the nearest of their neighbours are as near as those that are drawn like them."""
    draw = np.random.default_rng(0)
    ends = noise(8, seed=3).astype(float)
    weights = draw.dirichlet(np.ones(8), 4000)
    pixels = np.tensordot(weights, ends, 1).round().astype(np.uint8)
    novelty = Novelty(pack("mixtures", pixels[:2000]), tmp_path)
    share = novelty.near(pixels[2000:], 0).mean()
    assert 0.002 < share < 0.04


def test_what_is_near_does_not_depend_on_how_many_are_asked_for(tmp_path: Path) -> None:
    novelty = Novelty(pack("noise", noise(9000)), tmp_path)  # more than one block of rows
    queries = thumbnails(noise(70, seed=5))
    together = novelty.distances(queries)
    alone = np.concatenate([novelty.distances(queries[n : n + 1]) for n in range(70)])
    np.testing.assert_array_equal(together, alone)
    real = thumbnails(noise(9000)).astype(np.int32)
    exact = [((real - query) ** 2).mean(axis=1).min() ** 0.5 for query in queries]  # all at once take a gigabyte
    np.testing.assert_array_equal(together, exact)


def test_each_class_has_its_own_limit_and_repeats_do_not_lower_it(tmp_path: Path) -> None:
    varied, alike = noise(200), (noise(200, seed=1) // 8 + 100).astype(np.uint8)
    repeated = np.concatenate([varied, alike, varied[:50]])
    labels = [0] * 200 + [1] * 200 + [0] * 50
    wide, narrow = Novelty(pack("two", repeated, ["varied", "alike"], labels), tmp_path).limits
    assert wide > 3 * narrow > 0


def test_a_class_without_images_takes_the_limit_of_all(tmp_path: Path) -> None:
    limits = Novelty(pack("gap", noise(50), ["a", "none"], [0] * 50), tmp_path).limits
    assert limits[1] == limits[0] > 0


def test_a_single_image_is_near_to_its_exact_copy_alone(tmp_path: Path) -> None:
    novelty = Novelty(pack("single", noise(1)), tmp_path)
    assert novelty.limits == [0.0]
    assert novelty.near(noise(1), 0).all()
    assert not novelty.near(noise(1, seed=1), 0).any()


def test_grey_and_coloured_pictures_are_compared_by_their_light(tmp_path: Path) -> None:
    grey = noise(5)
    novelty = Novelty(pack("rgb", grey.repeat(3, axis=3)), tmp_path)
    assert novelty.distances(thumbnails(grey)).max() == 0


def test_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    Novelty(pack("noise", noise(20)), tmp_path / "scratch").near(noise(3), 0)
    assert list((tmp_path / "scratch").iterdir()) == []
