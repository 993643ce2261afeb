"""The real side: which images, in which pixels, and features that are kept soundly."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
import torch
from torch import Tensor

from ganstudio.data import pack
from ganstudio.data.store import DataSet
from ganstudio.engine.evaluation import lenet
from ganstudio.engine.evaluation.extractors import Extractor
from ganstudio.engine.evaluation.lenet import LeNetFeatures
from ganstudio.engine.evaluation.real_features import chosen, real_features, real_pixels
from ganstudio.engine.evaluation.sampling import over_grey, quantized
from ganstudio.progress import progress
from ganstudio.workspace import features_home
from tests.engine.evaluation.conftest import scenes, write_pictures

SHOW = progress("a test")


class Means(Extractor):
    """Three features: the mean of each channel."""

    name, stamp, digest, dim, batch = "means", "means", "", 3, 7

    def __init__(self) -> None:
        self.seen = 0

    def features(self, pixels: Tensor) -> Tensor:
        self.seen += len(pixels)
        return pixels.float().mean((2, 3))


@pytest.fixture
def data(tmp_path: Path) -> DataSet:
    return pack.add(write_pictures(tmp_path / "scenes", scenes(20, 0)), size=32)


def only_file() -> Path:
    [path] = features_home().iterdir()
    return path


def test_features_are_computed_once(data: DataSet) -> None:
    first, second = Means(), Means()
    a, b = (real_features(data, 32, 20, extractor, SHOW) for extractor in (first, second))
    assert torch.equal(a, b)
    assert (first.seen, second.seen) == (20, 0)


@pytest.mark.parametrize(("resolution", "n", "stamp"), [(16, 20, "means"), (32, 12, "means"), (32, 20, "others")])
def test_and_again_for_another_size_number_or_network(data: DataSet, resolution: int, n: int, stamp: str) -> None:
    real_features(data, 32, 20, Means(), SHOW)
    other = Means()
    other.stamp = stamp
    real_features(data, resolution, n, other, SHOW)
    assert other.seen == n


def test_parts_of_pictures_lie_where_they_lay_before_however_many_are_read_at_once(data: DataSet) -> None:
    first, second = (torch.cat(list(real_pixels(data, 8, 12, at_once, 16))) for at_once in (5, 12))
    assert torch.equal(first, second)
    whole = torch.cat(list(real_pixels(data, 16, 12, 12)))
    windows = whole.unfold(2, 8, 1).unfold(3, 8, 1)  # [N, C, 9, 9, 8, 8]
    same = (windows.int() - first[:, :, None, None].int()).abs().amax((1, 4, 5)) <= 1  # averaged before, or after
    assert same.flatten(1).any(1).all()
    assert len({tuple(place) for place in same.nonzero()[:, 1:].tolist()}) > 3


def test_and_again_for_parts_of_them(data: DataSet) -> None:
    parts, whole, again = Means(), Means(), Means()
    for extractor, of in ((parts, 16), (whole, None), (again, 16)):
        real_features(data, 8, 20, extractor, SHOW, of)
    assert [each.seen for each in (parts, whole, again)] == [20, 20, 0]


def test_and_for_other_weights_under_the_same_name(data: DataSet) -> None:
    real_features(data, 32, 20, Means(), SHOW)
    retrained = Means()
    retrained.digest = "other weights"
    real_features(data, 32, 20, retrained, SHOW)
    assert retrained.seen == 20


def test_a_networks_digest_follows_its_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    first, again = (LeNetFeatures(torch.device("cpu")).digest for _ in range(2))
    network = lenet.load()
    network.conv1.bias[0] += 1e-3
    monkeypatch.setattr(lenet, "load", lambda: network)
    assert first == again != LeNetFeatures(torch.device("cpu")).digest


def test_and_for_other_images_of_the_same_name(data: DataSet, tmp_path: Path) -> None:
    from ganstudio.data.store import remove

    real_features(data, 32, 20, Means(), SHOW)
    remove("scenes")
    other = pack.add(write_pictures(tmp_path / "new" / "scenes", scenes(20, 1)), size=32)
    extractor = Means()
    real_features(other, 32, 20, extractor, SHOW)
    assert extractor.seen == 20


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "other"])
def test_what_was_damaged_is_computed_again(data: DataSet, damage: str) -> None:
    expected = real_features(data, 32, 20, Means(), SHOW)
    path = only_file()
    content = bytearray(path.read_bytes())
    match damage:
        case "cut":
            path.write_bytes(content[:-30])
        case "flipped":
            content[len(content) // 2] ^= 0x55
            path.write_bytes(content)
        case "empty":
            path.write_bytes(b"")
        case "other":
            np.savez(path, features=np.zeros((20, 4), np.float32))
    extractor = Means()
    assert torch.equal(real_features(data, 32, 20, extractor, SHOW), expected)
    assert extractor.seen == 20
    assert real_features(data, 32, 20, Means(), SHOW).equal(expected)


def killed_while_it_writes(data: DataSet) -> None:
    def half(file: BinaryIO, **_: object) -> None:
        file.write(b"PK half of it")
        file.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    np.savez = half
    real_features(data, 32, 20, Means(), SHOW)


def test_a_kill_half_way_leaves_nothing_that_is_taken_for_features(data: DataSet) -> None:
    worker = multiprocessing.get_context("spawn").Process(target=killed_while_it_writes, args=(data,))
    worker.start()
    worker.join()
    assert worker.exitcode == -signal.SIGKILL
    assert only_file().name.startswith(".")
    extractor = Means()
    assert real_features(data, 32, 20, extractor, SHOW).shape == (20, 3)
    assert extractor.seen == 20
    assert not only_file().name.startswith(".")


def test_a_folder_that_takes_nothing_costs_time_and_no_more(data: DataSet) -> None:
    features_home().parent.mkdir(parents=True, exist_ok=True)
    features_home().write_text("a file where the folder would be")
    assert real_features(data, 32, 20, Means(), SHOW).shape == (20, 3)


def test_all_images_are_taken_in_their_order_and_fewer_at_random_but_the_same() -> None:
    assert chosen(10, 10).tolist() == list(range(10))
    some = chosen(1000, 50)
    assert torch.equal(some, chosen(1000, 50))
    assert len(set(some.tolist())) == 50
    assert some.tolist() != list(range(50))


def test_larger_images_are_averaged_down_and_quantized(data: DataSet) -> None:
    small = torch.cat(list(real_pixels(data, 8, 20, 6)))
    whole = data.images().astype(np.float64).reshape(20, 8, 4, 8, 4, 3).mean((2, 4))
    assert small.dtype == torch.uint8
    np.testing.assert_allclose(small.movedim(1, -1).numpy(), whole, atol=0.51)


def test_networks_look_at_transparent_images_over_grey() -> None:
    pixels = torch.tensor([[255, 0, 0, 255], [255, 0, 0, 0]], dtype=torch.uint8).view(2, 4, 1, 1)
    assert over_grey(pixels).flatten(1).tolist() == [[255, 0, 0], [128, 128, 128]]
    assert quantized(pixels.float() / 127.5 - 1).flatten(1).tolist() == [[255, 0, 0], [128, 128, 128]]
