"""Projections whose answers are known: of generators that are a matrix, and of pictures that a generator drew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganstudio.errors import UsageError
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent.projection.coordinates import Coordinates
from ganstudio.inference.latent.projection.distance import squared_distances
from ganstudio.inference.latent.projection.encoder import Encoder
from ganstudio.inference.latent.projection.nearest import nearest_samples
from ganstudio.inference.latent.projection.projector import PRIOR, Projector
from ganstudio.inference.latents import latents
from tests.inference.generators import (
    LINEAR_SCALE,
    LINEAR_Z,
    STYLE_Z,
    linear_weights,
    write_linear,
    write_linear_encoder,
)

Z = np.array([[0.5, -1.2, 0.3, 0.9]], np.float32)


def images_of(z: np.ndarray) -> np.ndarray:
    return (z @ linear_weights()).reshape(-1, 1, 4, 4).astype(np.float32)


@pytest.fixture
def linear(tmp_path: Path) -> Path:
    return write_linear(tmp_path / "linear.onnx")


def test_the_latent_that_is_known_by_hand_is_found(linear: Path) -> None:
    projector = Projector.open(linear, "cpu")
    x = images_of(Z)
    [starts] = projector.starts(x)
    found = projector.project(x[0], starts)
    # (a z - a z0)^2 + prior z^2 / K is least where z is z0 times this
    shrunk = LINEAR_SCALE**2 / (LINEAR_SCALE**2 + PRIOR / LINEAR_Z)
    np.testing.assert_allclose(found.latent[0], shrunk * Z[0], atol=0.01)
    assert found.distance.mse < 1e-5 < starts[0].distance.mse
    assert starts[0].kind == "samples"


def test_an_encoder_is_where_it_begins_and_without_steps_where_it_ends(linear: Path) -> None:
    write_linear_encoder(linear)
    projector = Projector.open(linear, "cpu")
    x = images_of(Z)
    [starts] = projector.starts(x)
    found = projector.project(x[0], starts, steps=0)
    assert (found.start.kind, found.label) == ("encoder", None)
    np.testing.assert_allclose(found.latent[0], Z[0], atol=1e-5)


def test_the_answer_is_never_further_away_than_the_start(linear: Path) -> None:
    write_linear_encoder(linear)
    projector = Projector.open(linear, "cpu")
    x = images_of(Z)
    [starts] = projector.starts(x)  # exact, so that the prior could only pull away from it
    found = projector.project(x[0], starts, steps=20)
    assert found.distance.mse <= starts[0].distance.mse


def test_what_no_drawable_latent_draws_gets_the_nearest_that_is_one(linear: Path) -> None:
    projector = Projector.open(linear, "cpu")
    x = images_of(20 * Z)
    found = projector.project(x[0], projector.starts(x)[0])
    norm = np.linalg.norm(found.latent)
    assert norm == pytest.approx(projector.coordinates.radius, rel=1e-3)
    np.testing.assert_allclose(found.latent[0] / norm, Z[0] / np.linalg.norm(Z), atol=0.02)


@pytest.mark.parametrize("encoded", [True, False])
def test_the_class_is_found_or_taken(tmp_path: Path, encoded: bool) -> None:
    path = write_linear(tmp_path / "pets.onnx", ("cat", "dog", "eel"))
    if encoded:
        write_linear_encoder(path)
    projector = Projector.open(path, "cpu")
    x = images_of(Z) + 1  # that of "eel" is 1, where "dog" has 0
    [starts] = projector.starts(x)
    assert {start.label for start in starts} == ({0, 1, 2} if encoded else {2})
    assert projector.project(x[0], starts).label == 2
    [chosen] = projector.starts(x, label=1)
    assert {start.label for start in chosen} == {1}


def test_ws_that_a_generator_with_styles_drew_are_found_again(styled_path: Path) -> None:
    projector = Projector.open(styled_path, "cpu")
    model = projector.model
    x = model.images(model.latents(latents([77], STYLE_Z)), seeds=[projector.seed])
    [starts] = projector.starts(x)
    found = projector.project(x[0], starts)
    assert found.latent.shape == model.shape
    assert found.distance.mse < 0.1 * starts[0].distance.mse


def test_the_same_picture_is_the_same_latent_every_time(linear: Path) -> None:
    x = images_of(Z)
    found = []
    for _ in range(2):
        projector = Projector.open(linear, "cpu")
        found.append(projector.project(x[0], projector.starts(x)[0], steps=10).latent)
    assert (found[0] == found[1]).all()


def test_what_tick_raises_ends_the_search(linear: Path) -> None:
    projector = Projector.open(linear, "cpu")
    x = images_of(Z)

    def interrupted(done: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        projector.project(x[0], projector.starts(x)[0], tick=interrupted)


def test_coordinates_of_ws_have_variance_1_and_lead_back(styled: LatentModel) -> None:
    space = Coordinates.of(styled)
    ws = styled.latents(latents(range(5000, 6000), STYLE_Z))
    u = space.of_latents(ws)
    assert space.count == 6
    assert np.abs(u.std(0) - 1).max() < 0.15
    again = space.moved(styled.mean, u)
    np.testing.assert_allclose(again, ws, atol=1e-4)


def test_distances_are_those_of_the_pixels() -> None:
    draw = np.random.RandomState(0)
    a, b = draw.randn(3, 1, 4, 4).astype(np.float32), draw.randn(5, 1, 4, 4).astype(np.float32)
    by_hand = [[np.square(x - y).mean() for y in b] for x in a]
    np.testing.assert_allclose(squared_distances(a, b), by_hand, rtol=1e-5)


def test_the_nearest_sample_is_the_nearest_and_the_same_in_any_company(linear: Path) -> None:
    model = LatentModel.open(linear, "cpu")
    x = images_of(latents(range(4), LINEAR_Z))
    together = nearest_samples(model, x, 300)
    [alone] = nearest_samples(model, x[2:3], 300)
    assert (together[2][0].latent == alone[0].latent).all()
    drawn = model.images(model.latents(latents(range(10_000_000, 10_000_300), LINEAR_Z)))
    assert alone[0].mse == pytest.approx(squared_distances(x[2:3], drawn).min(), rel=1e-5)


def test_an_encoder_of_other_weights_is_stale_and_says_what_to_type(linear: Path) -> None:
    write_linear_encoder(linear, sha256="cd" * 32)
    with pytest.raises(UsageError, match=r"linear\.encoder\.onnx is stale") as refused:
        Projector.open(linear, "cpu")
    assert str(refused.value.hint).startswith("ganstudio encoder linear")


def test_an_onnx_file_that_says_nothing_of_itself_is_no_encoder(linear: Path) -> None:
    linear.with_name("linear.encoder.onnx").write_bytes(linear.read_bytes())
    manifest = LatentModel.open(linear, "cpu").whole.manifest
    with pytest.raises(UsageError, match="what it is an encoder of"):
        Encoder.beside(linear, manifest, "cpu")
