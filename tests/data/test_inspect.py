from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ganstudio.data import inspect as inspecting
from ganstudio.data.inspect import NEAR, check, earlier_findings, inspect
from ganstudio.data.pack import add
from ganstudio.data.store import DataSet
from tests.data.pictures import plain


def photos(count: int, side: int = 32, seed: int = 0) -> NDArray[np.uint8]:
    """Smooth pictures [N, side, side, 3] of their own."""
    coarse = np.random.default_rng(seed).integers(0, 256, (count, 6, 6, 3), np.uint8)
    return np.stack([np.asarray(Image.fromarray(one).resize((side, side), Image.Resampling.BICUBIC)) for one in coarse])


def saved_again(image: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """What a JPEG, made at four times the size, leaves of a picture."""
    large = Image.fromarray(image).resize((128, 128), Image.Resampling.BICUBIC)
    kept = io.BytesIO()
    large.save(kept, "JPEG", quality=quality)
    return np.asarray(Image.open(kept).resize((32, 32), Image.Resampling.LANCZOS))


def standardized(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    return (image - image.mean()) / image.std()


def test_equal_images_are_one_group_and_others_none() -> None:
    images = photos(10)[[0, 1, 2, 1, 3, 0, 1, 4]]
    found = inspect(images)
    assert found.duplicates == ((0, 5), (1, 3, 6))
    assert (found.near, found.blank) == ((), ())


def test_one_grey_value_of_one_pixel_makes_equal_near() -> None:
    images = photos(3)[[0, 1, 0]]
    images[2, 5, 5, 1] ^= 1
    found = inspect(images)
    assert (found.duplicates, found.near) == ((), ((0, 2),))


@pytest.mark.parametrize("quality", [90, 60, 30])
def test_a_picture_that_was_saved_again_is_near(quality: int) -> None:
    images = photos(20)
    assert inspect(np.concatenate([images, saved_again(images[7], quality)[None]])).near == ((7, 20),)


def test_more_contrast_and_light_is_near_and_a_mirror_image_is_not() -> None:
    images = photos(20)
    dull = (images[7] * 0.6 + 40).astype(np.uint8)
    mirrored = images[8, :, ::-1]
    assert inspect(np.concatenate([images, dull[None], mirrored[None]])).near == ((7, 20),)


def test_digits_are_not_near_though_they_are_alike(mnist_test: DataSet) -> None:
    found = inspect(mnist_test.images())
    assert (found.duplicates, found.near, found.blank) == ((), (), ())


def test_no_pair_is_missed_and_none_is_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(1)
    images = photos(60)
    noise = draw.normal(0, 1, (60, 32, 32, 3)) * np.linspace(1, 12, 60)[:, None, None, None]
    images = np.concatenate([images, np.clip(images + noise, 0, 255).astype(np.uint8)])
    flat = np.stack([standardized(image).ravel() for image in images])
    distances = np.sqrt(np.square(flat[:, None] - flat).mean(2))
    expected = {(i, j) for i in range(120) for j in range(i + 1, 120) if distances[i, j] <= NEAR}
    assert 10 < len(expected) < 50
    for block in (16, 50, 1024):
        monkeypatch.setattr(inspecting, "_BLOCK", block)
        assert set(inspect(images).near or ()) == expected


def test_a_chain_of_small_steps_is_one_group() -> None:
    first, last = photos(2).astype(float)
    steps = np.stack([first + (last - first) * share for share in np.linspace(0, 1, 40)]).astype(np.uint8)
    assert inspect(steps).near == (tuple(range(40)),)


def test_parts_of_any_size_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    images = photos(30)[[*range(30), 3]]
    images = np.concatenate([images, saved_again(images[9], 80)[None], np.full((1, 32, 32, 3), 7, np.uint8)])
    whole = inspect(images)
    monkeypatch.setattr(inspecting, "_VALUES", 5000)
    assert inspect(images) == whole
    assert whole.blank == (32,)


def test_constant_and_nearly_constant_images_are_blank_whatever_their_grey() -> None:
    images = photos(5)
    images[1], images[2], images[4] = 0, 255, 128
    images[4, ::2] += 2
    assert inspect(images).blank == (1, 2, 4)
    assert inspect(images).near == ()


def test_where_too_many_are_alike_at_a_glance_near_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    # fine noise: all boxes have one mean and one deviation
    images = np.random.default_rng(0).integers(0, 256, (40, 128, 128, 3), np.uint8)
    assert inspect(images).near == ()
    monkeypatch.setattr(inspecting, "_COMPARED", 1000)
    assert inspect(images).near is None


def test_clips_and_voxel_grids_are_compared_whole() -> None:
    clips = np.random.default_rng(0).integers(0, 256, (6, 4, 9, 9, 1), np.uint8)
    clips[3] = clips[1]
    clips[4] = clips[2]
    clips[4, 3, 0, 0] ^= 1
    found = inspect(clips)
    assert (found.duplicates, found.near) == (((1, 3),), ((2, 4),))


@pytest.mark.parametrize("count", [1, 2])
def test_a_set_of_blanks_alone_can_be_checked(count: int) -> None:
    found = inspect(np.zeros((count, 8, 8, 1), np.uint8))
    assert found.blank == tuple(range(count))
    assert found.near == ()


def test_progress_ends_at_its_end() -> None:
    seen: list[tuple[int, int]] = []
    inspect(photos(5), lambda *at: seen.append(at))
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]


def test_what_was_found_is_remembered_until_the_pixels_are_others(home: Path, tmp_path: Path) -> None:
    for n in (1, 2):
        plain(tmp_path / "set" / f"{n}.png")
    data = add(tmp_path / "set")
    assert earlier_findings(data) is None
    found = check(data)
    assert found.duplicates == ((0, 1),)
    assert earlier_findings(data) == found
    other = add(tmp_path / "set", "other", size=32)
    (other.path / "check.json").write_bytes((data.path / "check.json").read_bytes())
    assert earlier_findings(other) is None
    (data.path / "check.json").write_text("{")
    assert earlier_findings(data) is None
