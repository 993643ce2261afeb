"""Which training images are nearest to a picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ganstudio.errors import UsageError
from ganstudio.inference.augmentation.novelty import Novelty, thumbnails
from ganstudio.inference.augmentation.training_images import TrainingImages, training_data
from ganstudio.inference.manifest import read_manifest
from ganstudio.workspace import Workspace
from tests.inference.generators import write_generator
from tests.inference.stores import noise, pack


def test_the_nearest_come_first_and_are_those_of_a_search_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ganstudio.inference.augmentation.novelty._ROWS", 7)
    pixels = noise(40)
    data = pack("animals", pixels, ("cat", "dog"), [0] * 30 + [1] * 10)
    images = TrainingImages(data, tmp_path)
    query = np.clip(pixels[33].astype(int) + 3, 0, 255).astype(np.uint8)
    apart = thumbnails(pixels).astype(int) - thumbnails(query[None]).astype(int)
    expected = np.sqrt((apart**2).mean(1))
    found = images.nearest(query, 5)
    assert [one.row for one in found] == np.argsort(expected, kind="stable")[:5].tolist()
    np.testing.assert_allclose([one.distance for one in found], np.sort(expected)[:5])
    assert (found[0].row, found[0].class_name) == (33, "dog")
    np.testing.assert_array_equal(found[0].pixels, pixels[33])
    assert len(images.nearest(query, 99)) == len(images) == 40


def test_distances_are_put_beside_those_between_real_images(tmp_path: Path) -> None:
    data = pack("animals", noise(40))
    images = TrainingImages(data, tmp_path)
    rows = np.arange(40)
    between = Novelty(data, tmp_path, (0.0,)).distances(thumbnails(np.asarray(data.images())), rows)
    assert images.half == pytest.approx(np.median(between))
    assert images.nearer_than == pytest.approx(np.quantile(between, 0.01))


def test_data_that_is_not_here_is_told(workspace: Workspace, tmp_path: Path) -> None:
    manifest = read_manifest(write_generator(tmp_path / "a.onnx"))
    assert manifest is not None
    with pytest.raises(UsageError, match="dcgan-mnist-1 is not in this workspace"):
        training_data(workspace, manifest)
    with pytest.raises(UsageError, match="of no run of ours"):
        training_data(workspace, replace(manifest, run=None))
