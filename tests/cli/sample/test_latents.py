from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ganstudio.cli.app import run
from ganstudio.inference.explore import Point, arc, at_seed, grid_around, step_point
from ganstudio.inference.latent.point_model import PointModel
from ganstudio.inference.latent.saved_points import save_point
from ganstudio.inference.latent_files import SavedLatents, write_latents
from ganstudio.inference.latents import latents
from ganstudio.inference.pixels import grid, to_pixels
from tests.cli.conftest import Program
from tests.cli.sample.sample_files import metadata_of, pixels_of
from tests.inference.generators import write_clips, write_generator

PETS = ("cat", "dog", "7")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace to stand in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def pets(here: Path) -> PointModel:
    return PointModel.open(write_generator(here / "exports" / "pets.onnx", classes=PETS))


def refusal(ganstudio: Program, *arguments: str | Path) -> str:
    """What it said, having left with 2 and written nothing."""
    before = sorted(Path.cwd().rglob("*"))
    ended = ganstudio("sample", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert sorted(Path.cwd().rglob("*")) == before
    return ended.err


@pytest.mark.parametrize(
    "point",
    [
        at_seed(42, 100, 1),
        step_point(step_point(at_seed(42, 100, 1), 1, 0, 3), 2, 1, -4),
        arc(at_seed(1, 100, 0), step_point(at_seed(2, 100, 2), 1, 1, 2))[7],
        grid_around(at_seed(7, 100, 2), 3, 5)[0],
    ],
    ids=["plain", "moved", "between", "grid"],
)
def test_the_command_draws_byte_for_byte_what_studio_saved(
    here: Path, pets: PointModel, ganstudio: Program, point: Point
) -> None:
    png, npz = save_point(here / "pictures", pets, point)
    ended = ganstudio("sample", "--latent", npz, "--out", "again.png")
    assert (ended.code, ended.out) == (0, f"{here / 'again.png'}\n")
    assert Path("again.png").read_bytes() == png.read_bytes()


def test_truncation_and_noise_are_those_of_the_file(here: Path, ganstudio: Program) -> None:
    model = PointModel.open(write_generator(here / "exports" / "styles.onnx", psi=True, noise=True))
    png, npz = save_point(here / "pictures", model, step_point(at_seed(3, 100, psi=0.6), 1, 0, 2))
    assert ganstudio("sample", "--latent", npz, "--out", "again.png").code == 0
    assert Path("again.png").read_bytes() == png.read_bytes()
    assert metadata_of(png)["Psi"] == "0.6"


def test_a_clip_is_drawn_again_too(here: Path, ganstudio: Program) -> None:
    model = PointModel.open(write_clips(here / "exports" / "clips.onnx"))
    png, npz = save_point(here / "pictures", model, step_point(at_seed(3, 100), 1, 0, 2))
    assert ganstudio("sample", "--latent", npz, "--out", "again.png").code == 0
    assert Path("again.png").read_bytes() == png.read_bytes()


def test_it_is_named_after_the_file_and_lies_here(here: Path, pets: PointModel, ganstudio: Program) -> None:
    _, npz = save_point(here / "pictures", pets, step_point(at_seed(42, 100, 1), 1, 0, 3))
    assert ganstudio("sample", "--latent", npz).out == f"{here / npz.stem}.png\n"
    assert ganstudio("sample", "--latent", npz, "--class", "cat").out == f"{here / npz.stem}-classcat.png\n"


def test_a_class_and_a_model_may_be_others_than_the_file_s(here: Path, pets: PointModel, ganstudio: Program) -> None:
    point = step_point(at_seed(42, 100, 1), 1, 0, 3)
    _, npz = save_point(here / "pictures", pets, point)
    assert ganstudio("sample", "--latent", npz, "--class", "7", "--out", "seven.png").code == 0
    expected = to_pixels(pets.whole.generate(point.latent()[None], [2], seeds=[42]))[0, :, :, 0]
    np.testing.assert_array_equal(pixels_of("seven.png"), expected)
    plain = PointModel.open(write_generator(here / "exports" / "plain.onnx", sha256="cd" * 32))
    ended = ganstudio("sample", "--latent", npz, "--model", "plain", "--out", "plain.png")
    assert ended.code == 0
    assert "plain has no classes" in ended.err
    assert "the weights of plain are others" in ended.err
    expected = to_pixels(plain.whole.generate(point.latent()[None]))[0, :, :, 0]
    np.testing.assert_array_equal(pixels_of("plain.png"), expected)


def test_an_npz_with_z_alone_is_a_grid_of_the_newest_export(here: Path, ganstudio: Program) -> None:
    model = PointModel.open(write_generator(here / "exports" / "dcgan.onnx"))
    z = latents([5, 6, 7], 100)
    np.savez("mine.npz", z=z)
    ended = ganstudio("sample", "--latent", "mine.npz", "--json")
    assert ended.code == 0
    (made,) = json.loads(ended.out)["pictures"]
    assert made["latents"] == ["mine.npz[0]", "mine.npz[1]", "mine.npz[2]"]
    np.testing.assert_array_equal(pixels_of(made["path"]), grid(to_pixels(model.whole.generate(z)), 2)[:, :, 0])
    assert metadata_of("mine.png")["Latent"] == "mine.npz[0]; mine.npz[1]; mine.npz[2]"


def test_a_folder_takes_one_file_a_latent(here: Path, ganstudio: Program) -> None:
    write_generator(here / "exports" / "dcgan.onnx")
    np.savez("mine.npz", z=latents([5, 6], 100))
    ended = ganstudio("sample", "--latent", "mine.npz", "--out", "folder")
    assert [Path(line).name for line in ended.out.splitlines()] == ["mine-0.png", "mine-1.png"]


def test_seeds_beside_latents_are_refused(here: Path, pets: PointModel, ganstudio: Program) -> None:
    _, npz = save_point(here / "pictures", pets, at_seed(1, 100, 0))
    assert "--seed asks for others" in refusal(ganstudio, "--latent", npz, "--seed", "1")
    assert "--n asks for others" in refusal(ganstudio, "--latent", npz, "--n", "4")


def test_latents_of_another_size_are_refused(here: Path, pets: PointModel, ganstudio: Program) -> None:
    np.savez("small.npz", z=np.zeros((1, 64)))
    assert "holds latents of 64 numbers; pets takes 100" in refusal(ganstudio, "--latent", "small.npz")


def test_files_that_hold_no_latents_are_refused(here: Path, pets: PointModel, ganstudio: Program) -> None:
    assert run(["sample", "--seed", "1", "--format", "npz", "--out", "pictures.npz"]) == 0
    (here / "text.npz").write_text("hello")
    ganstudio("runs", "list")  # takes what was said so far
    assert "an array 'z' [N, z_dim] is missing" in refusal(ganstudio, "--latent", "pictures.npz")
    assert "is no npz, or was cut short" in refusal(ganstudio, "--latent", "text.npz")
    assert "cannot be read: No such file" in refusal(ganstudio, "--latent", "missing.npz")


def test_a_model_that_is_gone_is_told_by_name(here: Path, pets: PointModel, ganstudio: Program) -> None:
    _, npz = save_point(here / "pictures", pets, at_seed(1, 100, 0))
    pets.whole.path.rename(pets.whole.path.with_name("dogs.onnx"))
    told = refusal(ganstudio, "--latent", npz)
    assert "was saved of 'pets', which is no export here" in told
    assert "ganstudio export list" in told


def test_a_class_that_the_model_has_not_is_refused(here: Path, pets: PointModel, ganstudio: Program) -> None:
    saved = SavedLatents(latents([1], 100), (1,), (9,), 1.0, ("",), "pets", "")
    write_latents(here / "a.npz", saved, {})
    assert "asks for class 9; pets has 3 of them" in refusal(ganstudio, "--latent", "a.npz")
    write_latents(here / "a.npz", replace(saved, psi=0.5, labels=(1,)), {})
    assert "the 0.5 of a.npz is left out" in ganstudio("sample", "--latent", "a.npz").err


def test_the_latents_themselves_are_never_replaced(here: Path, pets: PointModel, ganstudio: Program) -> None:
    _, npz = save_point(here, pets, at_seed(1, 100, 0))
    content = npz.read_bytes()
    assert "would replace" in refusal(ganstudio, "--latent", npz, "--format", "npz")
    assert npz.read_bytes() == content
