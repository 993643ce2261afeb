"""ganstudio sample: formats, places, truncation, clips."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.cli.app import run
from ganstudio.inference import OnnxModel, providers
from ganstudio.inference.latents import latents
from ganstudio.inference.pixels import grid, strips, to_pixels
from ganstudio.inference.provenance import is_ours
from tests.cli.sample.sample_files import metadata_of, pixels_of, refusal
from tests.inference.generators import write_clips, write_generator


@pytest.mark.parametrize(
    ("name", "kind"), [("a.webp", "WEBP"), ("a.jpg", "JPEG"), ("a.JPEG", "JPEG"), ("a.png", "PNG")]
)
def test_the_name_of_the_file_chooses_its_format(dcgan: Path, name: str, kind: str) -> None:
    assert run(["sample", "--seed", "0-3", "--out", name]) == 0
    with Image.open(name) as image:
        assert (image.format, image.size) == (kind, (64, 64))
    assert is_ours(Path(name))


def test_a_format_is_that_of_every_file_of_a_folder(dcgan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sample", "--seed", "1-2", "--out", "d", "--format", "jpeg"]) == 0
    assert [Path(line).name for line in capsys.readouterr().out.splitlines()] == ["dcgan-seed1.jpg", "dcgan-seed2.jpg"]


def test_an_npz_holds_every_picture_its_seed_and_its_class(cgan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sample", "--seed", "5", "--n", "70", "--format", "npz", "--json"]) == 0
    (made,) = json.loads(capsys.readouterr().out)["pictures"]
    assert Path(made["path"]).name == "cgan-seed5-74.npz"
    seeds = list(range(5, 75))
    labels = [seed % 10 for seed in seeds]
    with np.load(made["path"]) as given:
        assert given["seeds"].tolist() == made["seeds"] == seeds
        assert given["labels"].tolist() == labels
        expected = to_pixels(OnnxModel.open(cgan).generate(latents(seeds, 100), labels))
        np.testing.assert_array_equal(given["images"], expected)


def test_an_npz_of_clips_keeps_their_frames(workspace: Path) -> None:
    write_clips(workspace / "exports" / "clips.onnx")
    assert run(["sample", "--seed", "0-2", "--out", "a.npz"]) == 0
    with np.load("a.npz") as given:
        assert given["images"].shape == (3, 16, 8, 8, 1)


def test_n_counts_up_from_the_seed_or_from_0(dcgan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, seeds in ((["--n", "3"], [0, 1, 2]), (["--n", "2", "--seed", "9"], [9, 10])):
        assert run(["sample", *arguments, "--json"]) == 0
        (picture,) = json.loads(capsys.readouterr().out)["pictures"]
        assert picture["seeds"] == seeds


def test_truncation_reaches_picture_name_and_words(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_generator(workspace / "exports" / "style.onnx", psi=True)
    assert run(["sample", "--seed", "1", "--psi", "0.5"]) == 0
    made = Path(capsys.readouterr().out.strip())
    assert made.name == "style-seed1-psi0.5.png"
    assert metadata_of(made)["Psi"] == "0.5"
    expected = to_pixels(OnnxModel.open(path).generate(latents([1], 100), psi=0.5))[0, :, :, 0]
    np.testing.assert_array_equal(pixels_of(made), expected)
    for psi in ("nan", "inf"):
        assert "is no truncation" in refusal(capsys, "--seed", "1", "--psi", psi)


def test_a_plain_picture_says_nothing_of_itself(dcgan: Path) -> None:
    assert run(["sample", "--seed", "1", "--plain", "--out", "a.png"]) == 0
    assert metadata_of("a.png") == {}


def test_a_picture_of_ours_is_replaced_and_a_file_of_the_user_s_never(
    dcgan: Path, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in ("1", "2"):
        assert run(["sample", "--seed", seed, "--out", "a.png"]) == 0
    assert metadata_of("a.png")["Seed"] == "2"
    capsys.readouterr()
    mine = workspace / "folder" / "dcgan-seed7.png"
    mine.parent.mkdir()
    mine.write_bytes(b"my picture")
    for out in (mine, mine.parent):
        told = refusal(capsys, "--seed", "6-7" if out.is_dir() else "7", "--out", str(out))
        assert f"{mine} is there, and does not say that ganstudio generated it" in told
        assert "--force" in told
    assert mine.read_bytes() == b"my picture"
    assert run(["sample", "--seed", "7", "--out", str(mine), "--force"]) == 0
    assert metadata_of(mine)["Seed"] == "7"


def test_a_folder_where_the_file_should_be_is_refused(
    dcgan: Path, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace / "dcgan-seed1.png").mkdir()
    assert "is a folder" in refusal(capsys, "--seed", "1", "--force")


def test_what_is_in_a_folder_besides_stays(dcgan: Path, workspace: Path) -> None:
    (workspace / "folder").mkdir()
    (workspace / "folder" / "mine.png").write_bytes(b"my picture")
    assert run(["sample", "--seed", "1", "--out", "folder"]) == 0
    assert (workspace / "folder" / "mine.png").read_bytes() == b"my picture"


def test_an_export_that_cannot_be_read_is_told_where_another_is_taken(
    dcgan: Path, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace / "exports" / "cut.onnx").write_bytes(dcgan.read_bytes()[:1000])
    assert run(["sample", "--seed", "1"]) == 0
    assert "cut.onnx is no ONNX file, or was cut short or damaged" in capsys.readouterr().err


def test_few_pictures_start_no_gpu_and_the_reason_is_told(
    dcgan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(providers, "usable_providers", lambda: ["cpu", "cuda"])
    assert run(["sample", "--seed", "1"]) == 0
    told = "dcgan runs on cpu: for fewer than 64 pictures starting a GPU takes longer (--provider cuda)."
    assert told in capsys.readouterr().err


def test_a_clip_is_a_strip_of_all_its_frames_and_several_stand_below_each_other(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_clips(workspace / "exports" / "clips.onnx")
    expected = strips(to_pixels(OnnxModel.open(path).generate(latents(range(3), 100))))
    assert run(["sample", "--seed", "1", "--out", "one.png"]) == 0
    assert run(["sample", "--seed", "0-2", "--out", "three.png"]) == 0
    assert run(["sample", "--seed", "0-2", "--out", "apart"]) == 0
    assert run(["sample", "--seed", "0-2", "--grid", "2x2", "--out", "grid.png"]) == 0
    np.testing.assert_array_equal(pixels_of("one.png"), expected[1, :, :, 0])
    np.testing.assert_array_equal(pixels_of("three.png"), grid(expected, 1)[:, :, 0])
    np.testing.assert_array_equal(pixels_of("apart/clips-seed2.png"), expected[2, :, :, 0])
    np.testing.assert_array_equal(pixels_of("grid.png"), grid(expected, 2)[:, :, 0])


def test_a_grid_of_strips_that_is_too_large_is_refused(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_clips(workspace / "exports" / "clips.onnx")
    assert "too large" in refusal(capsys, "--seed", "0-69999")
