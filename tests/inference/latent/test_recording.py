"""What Studio records is what `ganstudio animate` reads, and both have the same frames."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.cli.app import run
from ganstudio.errors import RecipeError
from ganstudio.inference.codes import laid_out
from ganstudio.inference.explore import Point, at_seed, step_point, with_code, with_strength
from ganstudio.inference.latent.directions import Directions
from ganstudio.inference.latent.film import draw_film
from ganstudio.inference.latent.keyframe_file import KeyframeFile
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent.point_model import PointModel
from ganstudio.inference.latent.recording import NOTHING, Recording
from ganstudio.inference.latent.recording_file import film_of, toml_text, write_recording
from tests.inference.generators import STYLE_Z, write_generator, write_styled
from tests.inference.latent.test_point_model import styled_directions


def frames(model: PointModel, recording: Recording) -> list[np.ndarray]:
    vectors = {one.name: one.vector for one in model.directions}
    return list(draw_film(model.latent, film_of(recording, model), vectors))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def animated(path: Path) -> list[np.ndarray]:
    """The frames that the command makes of a file."""
    assert run(["animate", str(path), "--out", "frames"]) == 0
    files = sorted(Path("frames").glob("*.png"))
    return [np.asarray(Image.open(file)).reshape(*np.asarray(Image.open(file)).shape[:2], -1) for file in files]


def test_animate_has_the_frames_that_are_played_and_keyframes_are_the_points_pictures(here: Path) -> None:
    path = write_styled(here / "exports" / "stylegan.onnx")
    plain = PointModel.open(path)
    manifest = plain.whole.manifest
    Directions(path.with_name("stylegan.directions.npz"), manifest.sha256, "w", styled_directions()).save()
    model = PointModel.open(path)
    first = at_seed(3, STYLE_Z, psi=0.7)
    points = [
        first,
        with_strength(replace(first, cutoff=2), "bright", 0.4),
        step_point(first, 1, 0, 3),
        replace(with_strength(first, "slant", 1), styles=((1, 3, at_seed(4, STYLE_Z)),)),
        replace(first, noise_seed=9),
        replace(first, centres=3),
        model.settled(first),
    ]
    recording = Recording(fps=2)
    for point in points:
        recording = recording.with_point(point)
    assert recording.times == (0, 1, 2, 3, 4, 5, 6)
    played = frames(model, recording)
    written = write_recording(here / "films", recording, model)
    for shown, drawn in zip(played, animated(written), strict=True):
        np.testing.assert_array_equal(shown, drawn)
    for place, point in enumerate(points):
        np.testing.assert_allclose(played[2 * place].astype(int), model.pictures([point])[0], atol=1)


def test_the_centres_of_the_first_truncated_keyframe_are_the_film_s(styled: LatentModel, tmp_path: Path) -> None:
    model, first = PointModel(styled), replace(at_seed(3, STYLE_Z, psi=0.5), centres=4)
    points = [at_seed(5, STYLE_Z), first, replace(first, centres=2), replace(first, psi=0.2)]
    recording = Recording(tuple(points), (0, 1, 2, 3), fps=1)
    document = tomllib.loads(write_recording(tmp_path, recording, model).read_text())
    assert document["centres"] == 4
    assert ["seed" in one for one in document["keyframe"]] == [True, True, False, True]
    for drawn, point in zip(frames(model, recording), points, strict=True):
        np.testing.assert_allclose(drawn.astype(int), model.pictures([point])[0], atol=1)


def test_codes_and_moves_in_z_go_into_a_file_of_latents_beside(here: Path) -> None:
    codes = laid_out([4], 2)
    model = PointModel.open(write_generator(here / "exports" / "coded.onnx", codes=codes))
    coded = with_code(at_seed(1, 100), codes[0], 3)
    recording = Recording((at_seed(1, 100), coded, coded), (0, 0.5, 1), fps=2)
    path = write_recording(here / "films", recording, model)
    assert sorted(one.name for one in path.parent.iterdir()) == ["coded-1.npz", "coded-1.toml"]
    document = tomllib.loads(path.read_text())
    assert [one.get("latent", one.get("seed")) for one in document["keyframe"]] == [1, "coded-1.npz", "coded-1.npz"]
    assert [one.get("index") for one in document["keyframe"]] == [None, 0, 0]
    np.testing.assert_array_equal(frames(model, recording)[1], animated(path)[1])
    assert write_recording(here / "films", recording, model).name == "coded-2.toml"


def test_classes_are_told_by_name(tmp_path: Path) -> None:
    names = ("cat", 'a "dog"', "7")
    model = PointModel.open(write_generator(tmp_path / "cgan.onnx", classes=names))
    points = [at_seed(1, 100, label) for label in range(3)]
    recording = Recording(tuple(points), (0, 1, 2), fps=1)
    path = write_recording(tmp_path / "films", recording, model)
    assert [one["class"] for one in KeyframeFile.read(path, {}).keyframes] == list(names)
    for drawn, point in zip(frames(model, recording), points, strict=True):
        np.testing.assert_array_equal(drawn, model.pictures([point])[0])


def test_a_loop_and_its_pace_are_told(plain: LatentModel) -> None:
    recording = Recording((at_seed(1, 100), at_seed(2, 100)), (0, 1), 12.5, "linear", 3)
    film = film_of(recording, PointModel(plain))
    assert (film.fps, film.seconds, film.loop, film.latent.keys[0].ease) == (12.5, 3, True, "linear")
    assert film_of(replace(recording, seconds=None), PointModel(plain)).seconds == 1
    longer = recording.with_point(at_seed(3, 100))
    assert (longer.seconds, longer.times) == (4, (0, 1, 2))
    assert longer.without_last().points == recording.points
    assert NOTHING.with_point(at_seed(1, 4)).without_last() == NOTHING


def test_what_cannot_be_a_film_is_told(plain: LatentModel) -> None:
    one = Recording((at_seed(1, 100),), (0,))
    with pytest.raises(RecipeError, match="two tables"):
        film_of(one, PointModel(plain))


def test_documents_come_back_from_toml_as_they_were() -> None:
    table = {"t": 0.5, "class": 'a "b" \\ ü\n', "directions": {"thick.er": -1e-05, "slant": 2.0}, "index": 3}
    document = {"model": "m", "loop": True, "fps": 25.0, "keyframe": [table, {"t": 1.0, "seed": 4}]}
    assert tomllib.loads(toml_text(document)) == document


def test_a_point_is_never_told_twice(plain: LatentModel) -> None:
    moved = step_point(at_seed(1, 100), 1, 0, 1)
    other = Point(moved.latent().tolist() and tuple(moved.latent().tolist()), 1, origin="elsewhere")
    recording = Recording((moved, other, moved), (0, 1, 2), fps=1)
    film = film_of(recording, PointModel(plain))
    np.testing.assert_array_equal(film.latents[0], film.latents[2])
