"""Files of directions, and moves along them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ganstudio.errors import UsageError
from ganstudio.inference.latent.directions import Direction, Directions, moved, parse_move
from ganstudio.inference.latent.model import LatentModel
from tests.inference.generators import write_generator


def direction(name: str, seed: int = 0, shape: tuple[int, int] = (4, 6)) -> Direction:
    return Direction(name, np.random.RandomState(seed).randn(*shape).astype(np.float32), {"from": "pca"}, {"reach": 2})


@pytest.fixture
def empty(tmp_path: Path) -> Directions:
    model = LatentModel.open(write_generator(tmp_path / "dcgan.onnx"), "cpu")
    return Directions.of(model.whole.path, model.whole.manifest, "z")


def test_directions_are_read_as_they_were_saved(empty: Directions) -> None:
    saved = empty.with_(direction("slant", 1), direction("thickness", 2))
    saved.save()
    manifest = LatentModel.open(empty.path.with_name("dcgan.onnx"), "cpu").whole.manifest
    again = Directions.of(empty.path.with_name("dcgan.onnx"), manifest, "z")
    assert [one.name for one in again] == ["slant", "thickness"]
    assert (again.named("slant").vector == saved.named("slant").vector).all()
    assert again.named("slant").made == {"from": "pca"}
    assert again.named("slant").proof == {"reach": 2}


def test_equal_directions_are_equal_bytes(empty: Directions) -> None:
    saved = empty.with_(direction("slant"))
    saved.save()
    first = empty.path.read_bytes()
    saved.save()
    assert empty.path.read_bytes() == first


def test_directions_of_another_model_are_refused(empty: Directions) -> None:
    empty.with_(direction("slant")).save()
    manifest = LatentModel.open(empty.path.with_name("dcgan.onnx"), "cpu").whole.manifest
    with pytest.raises(UsageError, match="of another model"):
        Directions.of(empty.path.with_name("dcgan.onnx"), replace(manifest, sha256="00" * 32), "z")


def test_a_damaged_file_is_refused_by_name(empty: Directions) -> None:
    empty.path.write_bytes(b"nothing of the kind")
    manifest = LatentModel.open(empty.path.with_name("dcgan.onnx"), "cpu").whole.manifest
    with pytest.raises(UsageError, match=r"dcgan\.directions\.npz"):
        Directions.of(empty.path.with_name("dcgan.onnx"), manifest, "z")


def test_the_last_direction_takes_the_file_with_it(empty: Directions) -> None:
    saved = empty.with_(direction("slant"))
    saved.save()
    saved.without("slant").save()
    assert not empty.path.exists()


def test_a_direction_keeps_its_place_under_a_new_name(empty: Directions) -> None:
    saved = empty.with_(direction("a"), direction("b")).renamed("a", "c")
    assert [one.name for one in saved] == ["c", "b"]
    with pytest.raises(UsageError, match="already"):
        saved.renamed("c", "b")
    with pytest.raises(UsageError, match="no name of a direction"):
        saved.renamed("c", "thick=er")


def test_an_unknown_name_brings_the_nearest(empty: Directions) -> None:
    with pytest.raises(UsageError, match="slant"):
        empty.with_(direction("slant")).named("slamt")
    with pytest.raises(UsageError, match="no directions yet"):
        empty.named("slant")


def test_a_move_is_a_name_and_a_strength(empty: Directions) -> None:
    known = empty.with_(direction("slant"))
    assert parse_move("slant=+1.5", known)[1] == 1.5
    assert parse_move("slant = -2", known)[1] == -2
    for text in ("slant", "slant=", "slant=much", "slant=nan", "slant=1e9"):
        with pytest.raises(UsageError, match="NAME=STRENGTH"):
            parse_move(text, known)


def test_moves_add_up_and_stay_in_their_layers() -> None:
    latents = np.zeros((2, 4, 6), np.float32)
    a, b = direction("a", 1), direction("b", 2)
    found = moved(latents, [(a, 2.0), (b, -1.0)], slice(1, 3))
    assert np.allclose(found[1, 1:3], 2 * a.vector[1:3] - b.vector[1:3], atol=1e-6)
    assert (found[:, [0, 3]] == 0).all()
