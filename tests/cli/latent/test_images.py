"""`edit --image` and `interpolate --image`: pictures are projected first, and never mixed with seeds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ganstudio.inference.latent.directions import Direction, Directions
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent.projection.projector import Projector
from ganstudio.inference.latents import latents
from ganstudio.inference.pixels import to_pixels
from tests.cli.conftest import Program
from tests.cli.images.conftest import here, noise, pixels_of, save
from tests.inference.generators import LINEAR_Z, linear_weights, write_linear, write_linear_encoder, write_styled

__all__ = ["here"]  # a fixture


@pytest.fixture
def linear(here: Path) -> LatentModel:
    """A model with its exact inverse, one direction, and three pictures that it can draw."""
    path = write_linear(here / "exports" / "linear.onnx")
    write_linear_encoder(path)
    for number, z in enumerate(0.5 * latents(range(3), LINEAR_Z)):
        save(here / f"{number}.png", to_pixels((z @ linear_weights()).reshape(1, 1, 4, 4))[0])
    model = LatentModel.open(path, "cpu")
    vector = np.full((1, LINEAR_Z), 0.1, np.float32)
    Directions.of(path, model.whole.manifest, "z").with_(Direction("all", vector)).save()
    return model


def test_an_edited_picture_is_its_latent_moved(linear: LatentModel, here: Path, ganstudio: Program) -> None:
    ended = ganstudio("edit", "--image", "0.png", "--direction", "all=2", "--out", "moved", "--json")
    assert ended.code == 0, ended.err
    assert "0.png: " in ended.err
    z = 0.5 * latents([0], LINEAR_Z) + 0.2
    wanted = to_pixels(linear.images(linear.latents(z)))[0]
    [path] = (here / "moved").iterdir()
    assert path.name == "0-all+2.png"
    assert np.abs(pixels_of(path).astype(int) - wanted).max() <= 2


def test_a_walk_leads_from_picture_to_picture(linear: LatentModel, here: Path, ganstudio: Program) -> None:
    ended = ganstudio("interpolate", "--image", "0.png", "--image", "1.png", "--steps", "3", "--out", "way", "--json")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["latents"] == ["projected 0.png", "projected 1.png"]
    for frame, picture in ((0, "0.png"), (3, "1.png")):
        drawn = pixels_of(here / "way" / f"frame-{frame:05}.png")
        assert np.abs(drawn.astype(int) - pixels_of(here / picture)).max() <= 2


def test_a_walk_of_styles_goes_straight_through_w(here: Path, ganstudio: Program) -> None:
    model = LatentModel.open(write_styled(here / "exports" / "styles.onnx"), "cpu")
    for number in range(2):
        save(here / f"{number}.png", noise(8, 8, 1))
    ended = ganstudio("project", "0.png", "1.png", "--model", "styles", "--out", "found", "--steps", "2")
    assert ended.code == 0, ended.err
    saved = [np.load(here / "found" / f"{number}.npz") for number in range(2)]
    ws = np.concatenate([one["ws"] for one in saved])
    np.savez(here / "both.npz", ws=ws, model=np.array("styles"), seeds=saved[0]["seeds"].repeat(2))
    ended = ganstudio("interpolate", "--latent", "both.npz", "--steps", "2", "--out", "way")
    assert ended.code == 0, ended.err
    wanted = to_pixels(model.images(ws.mean(0, keepdims=True), seeds=[int(saved[0]["seeds"][0])]))[0]
    assert np.abs(pixels_of(here / "way" / "frame-00001.png").astype(int) - wanted).max() <= 1
    refused = ganstudio("interpolate", "--latent", "both.npz", "--path", "slerp", "--out", "way2")
    assert (refused.code, "ws lie on no sphere" in refused.err) == (2, True)


@pytest.fixture
def no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    def search(*_: object) -> None:
        raise AssertionError("a search has begun")

    monkeypatch.setattr(Projector, "find", search)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("edit", "--image", "0.png", "--seed", "1", "--direction", "all=1"), "--seed asks for others"),
        (("edit", "--image", "0.png", "--n", "3", "--direction", "all=1"), "--n asks for others"),
        (("edit", "--image", "0.png", "--direction", "al=1"), "Did you mean 'all'?"),
        (("edit", "--image", "0.png"), "--direction: along which?"),
        (("edit", "--image", "0.png", "--direction", "all=1", "--layers", "fine"), "no layers to choose from"),
        (("edit", "--image", "0.png", "--direction", "all=1", "--psi", "0.5"), "--psi: linear has no truncation"),
        (("edit", "--image", "0.png", "--direction", "all=1", "--centres", "3"), "--centres: linear has no styles"),
        (("edit", "--image", "0.png", "--direction", "all=1", "--class", "7"), "not conditional"),
        (("edit", "--image", "0.png", "--direction", "all=1", "--out", "text.png"), "text.png is there"),
        (("edit", "--image", "0.png", "--direction", "all=1", "--out", "0.png"), "would replace 0.png"),
        (("edit", "--image", "0.png", "--image", "1.png", "--direction", "all=1", "--grid", "1x1"), "no room for 2"),
        (("edit", "--image", "0.png", "--image", "0.png", "--direction", "all=1", "--out", "d/"), "would become"),
        (("interpolate", "--image", "0.png", "--image", "1.png", "--out", "text.png/a.gif"), "cannot be made one"),
        (("interpolate", "--image", "0.png", "--image", "1.png", "--out", "a.gif", "--class", "7"), "not conditional"),
        (("edit", "--image", "none.png", "--direction", "all=1"), "none.png cannot be read"),
        (("edit", "--image", "text.png", "--direction", "all=1"), "text.png cannot be read"),
        (("interpolate", "--image", "0.png", "--out", "walk.gif"), "a walk needs two pictures"),
        (("interpolate", "--image", "0.png", "--image", "1.png", "--seed", "1", "--out", "a.gif"), "--seed asks"),
    ],
)
@pytest.mark.usefixtures("linear", "no_search")
def test_what_cannot_be_is_refused_before_the_search(
    here: Path, ganstudio: Program, typed: tuple[str, ...], words: str
) -> None:
    (here / "text.png").write_text("no picture")
    ended = ganstudio(*typed)
    assert (ended.code, words in ended.err) == (2, True), ended.err
