"""Statistics of features, and what is painted by them, against numbers worked by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.data.whole_picture import WholePicture
from ganstudio.errors import DataError, UsageError
from ganstudio.inference.images.render import Cut
from ganstudio.inference.manifest import read_manifest
from ganstudio.inference.style.chosen_styles import Style, mix_name, mixed
from ganstudio.inference.style.statistics import Statistics, Sums, blended
from ganstudio.inference.style.style_pictures import read_style
from ganstudio.inference.style.stylize import Stylize
from ganstudio.inference.style.stylizer import Stylizer
from tests.cli.images.conftest import noise
from tests.inference.style.networks import features_of, write_stylizer

ALL = Cut(10**6)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Stylizer:
    return Stylizer.open(write_stylizer(tmp_path_factory.mktemp("models") / "paint.onnx"), "stylize", "cpu")


def moments(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation [4] of the features of pixels, by the formula of the paper."""
    flat = features_of(pixels).reshape(4, -1)
    return flat.mean(1), np.sqrt(flat.var(1) + 1e-5)


def style_of(pixels: np.ndarray, weight: float = 1.0, name: str = "a") -> Style:
    mean, std = moments(pixels)
    statistics = Statistics(mean.astype(np.float32), std.astype(np.float32))
    return Style(name, weight, statistics, np.zeros((256, 256, 3), np.uint8))


def test_two_channels_by_hand() -> None:
    sums = Sums()
    sums.add(np.array([[[1, 3]], [[2, 2]]], np.float32))
    sums.add(np.array([[[5, 7, 9]], [[2, 2, 2]]], np.float32))
    found = sums.statistics()
    assert found.mean.tolist() == [5, 2]  # 25 / 5
    assert found.std == pytest.approx([np.sqrt(8 + 1e-5), np.sqrt(1e-5)])  # 16 + 4 + 0 + 4 + 16 over 5


def test_parts_add_up_to_the_whole_where_means_are_far_from_zero() -> None:
    features = (1000 + np.random.RandomState(0).randn(3, 40, 7)).astype(np.float32)
    parts, whole = Sums(), Sums()
    whole.add(features)
    for rows in (slice(0, 1), slice(1, 9), slice(9, 40)):
        parts.add(features[:, rows])
    assert parts.statistics().std == pytest.approx(whole.statistics().std, rel=1e-6)
    assert whole.statistics().std == pytest.approx(features.reshape(3, -1).std(1, dtype=np.float64), rel=1e-4)


def test_a_blend_is_the_mean_of_the_statistics_by_weights_that_are_normalized() -> None:
    one, other = (Statistics(np.full(2, at, np.float32), np.full(2, at + 1, np.float32)) for at in (0, 4))
    found = blended([(one, 3.0), (other, 1.0)])
    assert found.mean.tolist() == [1, 1]
    assert found.std.tolist() == [2, 2]
    styles = [Style(n, w, s, np.zeros(0, np.uint8)) for n, w, s in (("a", 3.0, one), ("b", 1.0, other))]
    assert mixed(styles).mean.tolist() == [1, 1]
    assert mix_name(styles) == "a 0.75 + b 0.25"


@pytest.mark.parametrize("cut", [ALL, Cut(10**6, side=24), Cut(400)])
def test_the_statistics_of_a_picture_are_those_of_its_features_in_tiles_too(model: Stylizer, cut: Cut) -> None:
    pixels = noise(64, 96)
    mean, std = moments(pixels)
    found = model.statistics_of(pixels, cut)
    assert found.mean == pytest.approx(mean, abs=1e-6)
    assert found.std == pytest.approx(std, abs=1e-6)


def test_what_is_painted_has_the_style_s_moments_by_the_formula(model: Stylizer) -> None:
    content, style = noise(32, 48, seed=1) // 2 + 60, noise(40, 40, seed=2) // 3
    work = Stylize(model, ALL, [style_of(style)], strength=0.75)
    made = work.make(WholePicture(content, None), Path("/tmp")).pixels
    own, (own_mean, own_std), (mean, std) = features_of(content), moments(content), moments(style)
    full = (own - own_mean[:, None, None]) / own_std[:, None, None] * std[:, None, None] + mean[:, None, None]
    wanted = np.clip(own + 0.75 * (full - own), -1, 1)[:3].transpose(1, 2, 0).repeat(4, 0).repeat(4, 1)
    assert np.abs(made - (wanted + 1) * 127.5).max() <= 0.51


def test_tiles_agree_to_the_level_though_each_looks_different(model: Stylizer) -> None:
    pixels = np.concatenate([noise(64, 64) // 4, 255 - noise(64, 64) // 4], 1)  # dark at the left, bright at the right
    picture, styles = WholePicture(pixels, None), [style_of(noise(32, 32, seed=3))]
    whole = Stylize(model, ALL, styles).make(picture, Path("/tmp"))
    model._last = None
    tiled = Stylize(model, Cut(10**6, side=32), styles).make(picture, Path("/tmp"))
    assert tiled.tiling.count > 6
    assert np.abs(whole.pixels.astype(int) - tiled.pixels).max() <= 1
    assert tiled.seams is not None
    assert tiled.seams.levels <= 1


def test_a_content_s_statistics_are_taken_once_for_several_styles(
    model: Stylizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[int, ...]] = []
    reading = model._read

    def counted(canvas: np.ndarray) -> np.ndarray:
        read.append(canvas.shape)
        return reading(canvas)

    monkeypatch.setattr(model, "_read", counted)
    first, second = (WholePicture(noise(32, 32, seed=seed), None) for seed in (4, 5))
    for picture in (first, first, second):
        Stylize(model, ALL, [style_of(noise(32, 32, seed=6))]).make(picture, Path("/tmp"))
    assert len(read) == 2


@pytest.mark.parametrize("size", [(5, 7), (17, 90), (64, 64)])
def test_sizes_that_are_no_multiples_of_the_network_s_are_filled_up_and_cut_back(
    model: Stylizer, size: tuple[int, int]
) -> None:
    made = Stylize(model, ALL, [style_of(noise(32, 32))]).make(WholePicture(noise(*size), None), Path("/tmp"))
    assert made.pixels.shape == (*size, 3)


@pytest.mark.parametrize("size", [(1, 1), (4, 3)])
def test_a_content_that_the_network_sees_as_one_place_is_refused(model: Stylizer, size: tuple[int, int]) -> None:
    work = Stylize(model, ALL, [style_of(noise(32, 32))])
    with pytest.raises(DataError, match="no content"):
        work.make(WholePicture(noise(*size), None), Path("/tmp"))


def test_a_style_picture_says_what_was_done_to_it(model: Stylizer, tmp_path: Path) -> None:
    Image.fromarray(noise(20, 24)[..., 0]).save(tmp_path / "grey.png")
    Image.fromarray(noise(40, 40, 4)).save(tmp_path / "clear.png")
    Image.fromarray(noise(40, 2000)).save(tmp_path / "long.png")
    grey, clear, long = (read_style(tmp_path / f"{name}.png", model, ALL) for name in ("grey", "clear", "long"))
    assert grey.notes == (
        "grey, and paint takes colours: shown to it as three equal ones",
        "24x20 px, smaller than the 32x32 px that paint learned styles from",
    )
    assert clear.notes == ("transparent in part: laid over white, which is part of the style then",)
    assert long.notes[0] == "2000x40 px: its style is taken at 1024x20"
    assert grey.statistics.mean[0] == grey.statistics.mean[2]
    assert grey.thumbnail.shape == (256, 256, 3)


def test_a_style_of_one_colour_is_refused(model: Stylizer, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), (200, 30, 40)).save(tmp_path / "red.jpg")
    with pytest.raises(UsageError, match="all one colour: it has no style"):
        read_style(tmp_path / "red.jpg", model, ALL)


def test_features_that_are_missing_or_another_model_s_are_refused(tmp_path: Path) -> None:
    path = write_stylizer(tmp_path / "paint.onnx", features=False)
    with pytest.raises(UsageError, match=r"needs paint\.features\.onnx beside it") as caught:
        Stylizer.open(path, "stylize", "cpu")
    assert caught.value.hint is not None
    assert "export onnx RUN" in caught.value.hint
    other = write_stylizer(tmp_path / "other.onnx", channels=6)
    other.with_name("other.features.onnx").rename(path.with_name("paint.features.onnx"))
    with pytest.raises(UsageError, match=r"is of another model than paint\.onnx"):
        Stylizer.open(path, "stylize", "cpu")
    manifest = read_manifest(path)
    assert manifest is not None
    assert manifest.multiple == 4
