"""ganstudio sample: seeds in, pictures out."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from ganstudio import __version__
from ganstudio.cli.app import run
from ganstudio.inference import OnnxModel
from ganstudio.inference.latents import latents
from ganstudio.inference.pixels import grid, to_pixels
from ganstudio.inference.provenance import XMP_KEY, xmp_packet
from tests.cli.sample.sample_files import DIGITS, metadata_of, pixels_of
from tests.inference.generators import write_generator


def test_one_seed_is_one_png_here_and_its_path_is_all_of_stdout(
    dcgan: Path, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sample", "--seed", "42"]) == 0
    out, err = capsys.readouterr()
    assert out == f"{workspace / 'dcgan-seed42.png'}\n"
    assert err == "dcgan runs on cpu.\n"
    expected = to_pixels(OnnxModel.open(dcgan).generate(latents([42], 100)))[0, :, :, 0]
    np.testing.assert_array_equal(pixels_of(out.strip()), expected)


def test_several_seeds_are_one_square_grid_here(dcgan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sample", "--seed", "0-4"]) == 0
    path = Path(capsys.readouterr().out.strip())
    assert path.name == "dcgan-seed0-4.png"
    expected = grid(to_pixels(OnnxModel.open(dcgan).generate(latents(range(5), 100))), 3)
    np.testing.assert_array_equal(pixels_of(path), expected[:, :, 0])


def test_a_folder_takes_one_png_a_seed(dcgan: Path, workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sample", "--seed", "3,1,7", "--out", "some/where"]) == 0
    names = [f"dcgan-seed{seed}.png" for seed in (3, 1, 7)]
    assert capsys.readouterr().out.splitlines() == [str(workspace / "some" / "where" / name) for name in names]
    assert sorted(path.name for path in Path("some/where").iterdir()) == sorted(names)
    assert metadata_of(f"some/where/{names[1]}")["Seed"] == "1"


def test_a_png_file_takes_one_picture_or_a_grid(dcgan: Path) -> None:
    assert run(["sample", "--seed", "3", "--out", "new/one.png"]) == 0
    assert run(["sample", "--seed", "3-6", "--out", "four.PNG"]) == 0
    assert pixels_of("new/one.png").shape == (32, 32)
    assert pixels_of("four.PNG").shape == (64, 64)


def test_a_grid_has_the_size_asked_for_and_ends_in_black(dcgan: Path) -> None:
    assert run(["sample", "--seed", "0-4", "--grid", "4x3", "--out", "grid.png"]) == 0
    assert run(["sample", "--seed", "0-4", "--grid", "5X1", "--out", "folder"]) == 0
    pixels = pixels_of("grid.png")
    assert pixels.shape == (96, 128)
    assert pixels[:64, :32].any()
    assert not pixels[64:].any()
    assert pixels_of("folder/dcgan-seed0-4.png").shape == (32, 160)


def test_a_png_tells_program_model_seeds_class_and_hash(cgan: Path) -> None:
    assert run(["sample", "--seed", "5,9-11", "--class", "7", "--out", "a.png"]) == 0
    told = {"Software": f"ganstudio {__version__}", "Source": "cgan", "Seed": "5,9-11", "Class": "7"}
    told |= {"SHA256": "ab" * 32}
    assert metadata_of("a.png") == told | {XMP_KEY: xmp_packet(told)}


def test_an_unconditional_png_tells_no_class(dcgan: Path) -> None:
    assert run(["sample", "--seed", "5", "--out", "a.png"]) == 0
    assert "Class" not in metadata_of("a.png")


def test_the_same_seed_gives_the_same_bytes_twice(dcgan: Path) -> None:
    for name in ("a.png", "b.png"):
        assert run(["sample", "--seed", "0-9", "--out", name]) == 0
    assert Path("a.png").read_bytes() == Path("b.png").read_bytes()


def test_a_seed_alone_is_the_tile_that_it_is_in_a_range(cgan: Path) -> None:
    assert run(["sample", "--seed", "0-19", "--out", "range.png"]) == 0
    assert run(["sample", "--seed", "13", "--out", "alone.png"]) == 0
    tile = pixels_of("range.png")[32:64, 96:128]
    np.testing.assert_allclose(tile.astype(int), pixels_of("alone.png").astype(int), atol=1)


def test_without_a_class_each_column_is_one(cgan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sample", "--seed", "0-24", "--json"]) == 0
    (picture,) = json.loads(capsys.readouterr().out)["pictures"]
    assert pixels_of(picture["path"]).shape == (3 * 32, 10 * 32)
    assert picture["classes"] == [*DIGITS, *DIGITS, *DIGITS[:5]]


def test_a_class_is_in_the_name_of_the_file(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_generator(workspace / "exports" / "pets.onnx", classes=("a cat/kitten", "dog"))
    assert run(["sample", "--seed", "1", "--class", "a cat/kitten"]) == 0
    assert Path(capsys.readouterr().out.strip()).name == "pets-seed1-classa_cat_kitten.png"


def test_a_long_list_of_seeds_makes_a_file_name_of_its_own(dcgan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = set()
    for last in (198, 199):
        assert run(["sample", "--seed", ",".join(map(str, [*range(0, 198, 2), last]))]) == 0
        names.add(Path(capsys.readouterr().out.strip()).name)
    assert len(names) == 2
    assert all(name.startswith("dcgan-seed0-and-99-more-") for name in names)


def test_json_tells_model_export_and_pictures(dcgan: Path, workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sample", "--seed", "1-2", "--out", "d", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "model": "dcgan",
        "export": str(dcgan),
        "provider": "cpu",
        "pictures": [
            {"path": str(workspace / "d" / f"dcgan-seed{seed}.png"), "seeds": [seed], "classes": []} for seed in (1, 2)
        ],
    }


def test_rgb_models_make_rgb_pngs(workspace: Path) -> None:
    write_generator(workspace / "exports" / "faces.onnx", channels=3)
    assert run(["sample", "--seed", "1-2", "--out", "a.png"]) == 0
    assert pixels_of("a.png").shape == (32, 64, 3)


def test_the_newest_export_is_taken_with_a_note(
    dcgan: Path, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = write_generator(workspace / "exports" / "newer.onnx")
    os.utime(dcgan, (1000, 1000))
    os.utime(newer, (2000, 2000))
    assert run(["sample", "--seed", "1"]) == 0
    out, err = capsys.readouterr()
    assert out.endswith("newer-seed1.png\n")
    assert "Using newer, the newest of 2 exports" in err


def test_a_model_is_found_by_file_outside_the_workspace(tmp_path: Path, workspace: Path) -> None:
    path = write_generator(tmp_path / "elsewhere" / "far.onnx")
    assert run(["sample", "--model", str(path), "--seed", "1", "--out", "a.png"]) == 0
    assert metadata_of("a.png")["Source"] == "far"
