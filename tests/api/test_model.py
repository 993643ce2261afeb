"""Models in Python draw what `ganstudio sample` draws, and refuse what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ganstudio
from ganstudio.inference.exports import Export
from ganstudio.inference.latent.directions import Direction, Directions
from ganstudio.inference.latents import latents
from ganstudio.inference.model import OnnxModel
from ganstudio.inference.pixels import to_pixels
from ganstudio.inference.sampling import sample
from ganstudio.inference.walk import Walk, frames
from ganstudio.workspace import Workspace as Folders
from tests.inference.generators import (
    LINEAR_Z,
    linear_weights,
    write_generator,
    write_linear,
    write_linear_encoder,
    write_styled,
)
from tests.inference.latent.leaning import write_bars


@pytest.fixture
def model(workspace: Folders) -> ganstudio.Model:
    write_generator(workspace.exports / "digits.onnx", classes=("a", "b"))
    return ganstudio.Workspace(workspace.root).model("digits")


def test_a_seed_is_the_picture_that_the_command_draws(model: ganstudio.Model) -> None:
    drawn = model.sample(seeds="3-6", class_="b")
    expected = list(sample(OnnxModel.open(model.path), (3, 4, 5, 6), [1, 1, 1, 1]))
    np.testing.assert_array_equal(drawn.pixels, expected)
    assert drawn.seeds == (3, 4, 5, 6)
    np.testing.assert_array_equal(drawn[-1].pixels, expected[3:])
    np.testing.assert_array_equal(model.sample(range(3, 7)).pixels[0], model.sample(3).pixels[0])


def test_latents_take_the_place_of_the_seeds_own(model: ganstudio.Model) -> None:
    z = model.latents([8, 9])
    np.testing.assert_array_equal(model.sample([1, 2], class_=0, z=z).pixels, model.sample([8, 9], class_=0).pixels)


def test_a_walk_has_the_frames_of_the_command(model: ganstudio.Model, tmp_path: Path) -> None:
    walked = model.interpolate([1, 2, 5], steps=3)
    expected = list(frames(OnnxModel.open(model.path), Walk((1, 2, 5), 3), 1))
    np.testing.assert_array_equal(walked.pixels, expected)
    with Image.open(walked.save_film(tmp_path / "new" / "walk.gif")) as film:
        assert getattr(film, "n_frames", 1) == 7
    with pytest.raises(ganstudio.UsageError, match=r"a film is a \.gif, \.webp, \.mp4"):
        walked.save_film(tmp_path / "walk.avi")


def test_an_edit_moves_along_a_direction_by_name(workspace: Folders) -> None:
    path = write_linear(workspace.exports / "linear.onnx")
    export = Export.load(path)
    size = export.manifest.z_dim or 0
    vector = np.eye(1, size, dtype=np.float32)
    Directions(Directions.path_beside(path), export.manifest.sha256, "z").with_(Direction("first", vector)).save()
    model = ganstudio.Workspace(workspace.root).model("linear")
    assert model.directions == ["first"]
    moved = model.edit([4, 5], {"first": 1.5})
    np.testing.assert_array_equal(moved.pixels, model.sample([4, 5], z=model.latents([4, 5]) + 1.5 * vector).pixels)
    with pytest.raises(ganstudio.UsageError, match="Did you mean 'first'"):
        model.edit(4, {"frist": 1})


def test_directions_are_found_by_the_command_and_known_at_once(workspace: Folders) -> None:
    write_bars(workspace.exports / "bars.onnx")
    model = ganstudio.Workspace(workspace.root).model("bars")
    [found] = model.find_directions("measure", only=["slant"], samples=300)
    assert (found["name"], model.directions) == ("slant", ["slant"])
    assert found["spearman"] > 0.98


def test_pictures_that_a_model_can_draw_are_found_again(workspace: Folders, tmp_path: Path) -> None:
    write_linear_encoder(write_linear(workspace.exports / "linear.onnx"))
    model = ganstudio.Workspace(workspace.root).model("linear")
    given = to_pixels((0.5 * latents(range(3), LINEAR_Z) @ linear_weights()).reshape(-1, 1, 4, 4))
    found = model.project(given, steps=3)
    assert (found.z.shape, found.beside.shape) == ((3, LINEAR_Z), (3, 4, 8, 1))
    np.testing.assert_array_equal(found.beside[:, :, :4], given)
    drawn = model.sample(range(3), z=found.z).pixels
    np.testing.assert_array_equal(found.beside[:, :, 4:], drawn)
    assert np.abs(drawn.astype(int) - given).max() <= 1
    assert found.mse.max() < 1e-3
    (tmp_path / "sheet.png").write_bytes(found._repr_png_())
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (2 * 8, 2 * 4)


def test_latents_found_for_a_model_with_styles_are_its_styles(workspace: Folders) -> None:
    write_styled(workspace.exports / "styled.onnx")
    model = ganstudio.Workspace(workspace.root).model("styled")
    assert model.project(model.sample(range(2)).pixels, steps=1).z.ndim == 3


def test_a_picture_that_cannot_be_read_is_an_error(workspace: Folders, tmp_path: Path) -> None:
    write_linear_encoder(write_linear(workspace.exports / "linear.onnx"))
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "0.png").write_bytes(b"none")
    Image.new("L", (4, 4)).save(tmp_path / "photos" / "1.png")
    with pytest.raises(ganstudio.DataError, match=r"cannot be read: 0\.png"):
        ganstudio.Workspace(workspace.root).model("linear").project(tmp_path / "photos", steps=1)


def test_files_tell_their_origin_and_a_notebook_sees_a_sheet(model: ganstudio.Model, tmp_path: Path) -> None:
    drawn = model.sample(seeds=range(4))
    first, *_ = drawn.save(tmp_path / "out")
    with Image.open(first) as picture:
        assert (picture.info["Seed"], picture.info["Class"], first.name) == ("0", "a", "digits-seed0.png")
    (tmp_path / "sheet.png").write_bytes(drawn._repr_png_())
    with Image.open(tmp_path / "sheet.png") as sheet:
        height, width = drawn.pixels.shape[1:3]
        assert sheet.size == (2 * width, 2 * height)


@pytest.mark.parametrize("seeds", [[], -1, [2**32], "x"])
def test_seeds_that_are_none_are_refused(model: ganstudio.Model, seeds: object) -> None:
    with pytest.raises(ganstudio.UsageError, match="seed"):
        model.sample(seeds)  # type: ignore[arg-type]


def test_what_the_model_has_not_is_refused(model: ganstudio.Model, workspace: Folders) -> None:
    with pytest.raises(ganstudio.UsageError, match="psi: digits has no truncation"):
        model.sample(1, psi=0.7)
    with pytest.raises(ganstudio.UsageError, match="'c' is no class"):
        model.sample(1, class_="c")
    with pytest.raises(ganstudio.UsageError, match="Did you mean 'digits'"):
        ganstudio.Workspace(workspace.root).model("digit")
