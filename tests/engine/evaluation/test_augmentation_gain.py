from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from ganstudio.engine.evaluation import augmentation_gain as proving
from ganstudio.engine.evaluation import small_classifier
from ganstudio.engine.evaluation.augmentation_gain import report, split, thinned
from ganstudio.engine.evaluation.small_classifier import Classifier, small
from ganstudio.inference.augmentation.destinations import DataSetDestination, FolderDestination, locked_tally
from ganstudio.inference.augmentation.plan import AugmentationPlan, make_plan
from ganstudio.inference.augmentation.read_back import open_synthetic
from ganstudio.inference.exports import Export
from tests.engine.workers import ask
from tests.inference.generators import write_generator
from tests.inference.stores import pack

CLASSES = ("bars", "checks")


def drawn(kind: int, count: int, seed: int) -> NDArray[np.uint8]:
    """Faint bars or checks of 16 x 16 under noise."""
    rows, columns = np.mgrid[:16, :16] // 4 % 2
    pattern = columns if kind == 0 else rows ^ columns
    random = np.random.default_rng(seed)
    pixels = 128 + 25 * (pattern - 0.5) + random.normal(0, 40, (count, 16, 16))
    return np.clip(pixels, 0, 255).astype(np.uint8)[..., None]


class Drawing:
    """Puts its own pictures where a generator's would go, for a plan of one such."""

    def __init__(self, tmp_path: Path) -> None:
        self.tmp_path = tmp_path

    def plan(self, counts: tuple[int, int], synthetic: tuple[int, int]) -> AugmentationPlan:
        pixels = np.concatenate([drawn(kind, count, kind) for kind, count in enumerate(counts)])
        data = pack("patterns", pixels, CLASSES, np.repeat([0, 1], counts))
        model = Export.load(write_generator(self.tmp_path / "model.onnx", classes=CLASSES))
        return make_plan(data, synthetic, [(None, model)])

    def fill(self, destination: FolderDestination | DataSetDestination, pictures: list[NDArray[np.uint8]]) -> Path:
        plan = destination.plan
        with locked_tally(destination) as done:
            destination.real(0, plan.data.images())
            done.real = plan.data.manifest.count
            first = 0
            for index, pixels in enumerate(pictures):
                destination.synthetic(index, np.arange(first, first + len(pixels)), pixels)
                first += len(pixels)
                done.tried[index] = done.kept[index] = len(pixels)
            destination.commit(done)
            destination.finish(done)
        return destination.path


@pytest.fixture
def drawing(tmp_path: Path) -> Drawing:
    return Drawing(tmp_path)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FEWEST_STEPS", "MOST_STEPS"):
        monkeypatch.setattr(small_classifier, name, 40)


def test_a_fifth_of_each_class_is_held_out_and_trained_on_by_neither() -> None:
    labels = np.repeat([0, 1, 2, 3], [100, 10, 2, 1])
    train, held_out = split(labels, 0)
    assert np.bincount(labels[held_out], minlength=4).tolist() == [20, 2, 1, 0]
    assert sorted([*train, *held_out]) == list(range(113))
    assert not np.array_equal(split(labels, 1)[1], held_out)
    np.testing.assert_array_equal(split(labels, 0)[1], held_out)


def test_what_is_too_much_is_thinned_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "MOST_IMAGES", 300)
    some, more = thinned(np.arange(1000, 1400), 200, 0)
    assert (len(some), len(more)) == (200, 100)
    assert set(some) <= set(range(1000, 1400))
    monkeypatch.setattr(proving, "MOST_IMAGES", 600)
    assert [len(part) for part in thinned(np.arange(400), 200, 0)] == [400, 200]


def test_the_interval_of_the_gain_is_student_s() -> None:
    """By hand: gains of 2, 4 and 6 points have a deviation of 2; t(0.975, 2) = 4.3027; 4.3027 * 2 / sqrt 3 = 4.968."""
    found = report([(0.5, 0.5)] * 3, [(0.5, 0.52), (0.5, 0.54), (0.5, 0.56)], {})
    assert found["gain"] == pytest.approx(0.04)
    assert found["gain_interval"] == pytest.approx([0.04 - 0.04968, 0.04 + 0.04968], abs=1e-5)
    assert found["verdict"] == "not shown"
    assert found["with"]["class_mean_sd"] == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("gains", "verdict"),
    [
        ([0.040, 0.041, 0.042], "helps"),
        ([-0.040, -0.041, -0.042], "hurts"),
        ([0.0, 0.0, 0.0], "not shown"),
        ([0.2], "not shown"),
    ],
)
def test_help_and_harm_are_claimed_only_beyond_the_spread(gains: list[float], verdict: str) -> None:
    found = report([(0.5, 0.5)] * len(gains), [(0.5, 0.5 + gain) for gain in gains], {})
    assert found["verdict"] == verdict
    assert (found["gain_interval"] is None) == (len(gains) == 1)


def test_large_images_are_averaged_down_and_small_ones_stay() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8)
    mean = pixels.reshape(3, 32, 2, 32, 2, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(small(pixels), mean, atol=0.5)
    np.testing.assert_array_equal(small(pixels[:, :28, :28]), pixels[:, :28, :28])


@pytest.mark.parametrize("kind", [FolderDestination, DataSetDestination])
def test_synthetic_images_are_read_back_with_their_classes(kind: Any, drawing: Drawing, tmp_path: Path) -> None:
    plan = drawing.plan((4, 6), (3, 2))
    pictures = [drawn(0, 3, 10), drawn(1, 2, 11)]
    where = "more" if kind is DataSetDestination else tmp_path / "more"
    synthetic = open_synthetic(drawing.fill(kind(where, plan), pictures), plan.data)
    assert synthetic.labels.tolist() == [0, 0, 0, 1, 1]
    np.testing.assert_array_equal(synthetic.read([4, 1]), np.stack([pictures[1][1], pictures[0][1]]))


def test_true_images_of_a_rare_class_help_and_mislabelled_ones_hurt(
    drawing: Drawing, tmp_path: Path, quick: None
) -> None:
    plan = drawing.plan((200, 10), (0, 190))
    right = drawing.fill(FolderDestination(tmp_path / "right", plan), [drawn(0, 0, 0), drawn(1, 190, 12)])
    wrong = drawing.fill(FolderDestination(tmp_path / "wrong", plan), [drawn(0, 0, 0), drawn(0, 190, 13)])
    helped, hurt = (proving.prove(plan.data.path, path, 3) for path in (right, wrong))
    assert helped["gain"] > 0.1
    assert helped["gain"] > hurt["gain"] + 0.1
    assert (helped["real"], helped["synthetic"], helped["held_out"], helped["steps"]) == (168, 190, 42, 40)
    assert helped["without"] == hurt["without"]


def test_the_worker_answers_with_everything_or_an_error(
    drawing: Drawing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # the classifier is too small for two threads to share
    plan = drawing.plan((20, 20), (5, 5))
    path = drawing.fill(FolderDestination(tmp_path / "more", plan), [drawn(0, 5, 1), drawn(1, 5, 2)])
    code, told = ask("prove", str(plan.data.path), str(path), "--seeds", "1")
    assert code == 0
    keys = "seeds real synthetic held_out steps without with gain gain_interval confidence verdict"
    assert list(told) == keys.split()
    code, told = ask("prove", str(plan.data.path), str(tmp_path))
    assert (code, told["error"]["type"]) == (2, "DataError")


def test_other_data_s_augmentation_and_data_without_classes_are_refused(drawing: Drawing, tmp_path: Path) -> None:
    plan = drawing.plan((20, 20), (5, 5))
    path = drawing.fill(FolderDestination(tmp_path / "more", plan), [drawn(0, 5, 1), drawn(1, 5, 2)])
    other = pack("other", drawn(0, 8, 3), CLASSES, [0, 1] * 4)
    with pytest.raises(Exception, match="was not made from data set 'other'"):
        proving.prove(other.path, path, 1)
    with pytest.raises(Exception, match="fewer than two classes"):
        proving.prove(pack("bare", drawn(0, 8, 3)).path, path, 1)


def test_the_classifier_takes_every_size_that_data_has() -> None:
    for side in (8, 10, 28, 32):
        for channels in (1, 3):
            network = Classifier(channels, side, 4)
            assert network(torch.zeros(2, channels, side, side)).shape == (2, 4)
