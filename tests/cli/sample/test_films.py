"""ganstudio sample: clips as films, codes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from ganstudio.cli.app import run
from ganstudio.inference import OnnxModel
from ganstudio.inference.codes import laid_out, with_value
from ganstudio.inference.latents import latents
from ganstudio.inference.pixels import grid, to_pixels
from ganstudio.inference.provenance import is_ours
from tests.cli.sample.sample_files import metadata_of, pixels_of, refusal
from tests.inference.generators import write_clips, write_generator


def frames_of(path: str) -> np.ndarray:
    with Image.open(path) as film:
        return np.stack([np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(film)])


def test_clips_move_side_by_side_in_a_gif(workspace: Path) -> None:
    path = write_clips(workspace / "exports" / "clips.onnx")
    clips = to_pixels(OnnxModel.open(path).generate(latents(range(4), 100)))
    assert run(["sample", "--n", "4", "--out", "four.gif", "--fps", "10"]) == 0
    shown = frames_of("four.gif")
    assert np.array_equal(shown, np.stack([grid(clips[:, t], 2)[:, :, 0] for t in range(16)]))
    with Image.open("four.gif") as film:
        assert film.info["duration"] == 100
    assert is_ours(Path("four.gif"))


def test_a_folder_gets_one_film_a_seed(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_clips(workspace / "exports" / "clips.onnx")
    assert run(["sample", "--seed", "3-4", "--out", "apart", "--format", "gif", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)["pictures"]
    assert [Path(one["path"]).name for one in made] == ["clips-seed3.gif", "clips-seed4.gif"]
    clip = to_pixels(OnnxModel.open(path).generate(latents([4], 100)))[0]
    assert np.array_equal(frames_of(made[1]["path"]), clip[..., 0])


def test_mp4_is_written_where_its_encoder_is(workspace: Path) -> None:
    pytest.importorskip("imageio_ffmpeg")
    write_clips(workspace / "exports" / "clips.onnx")
    assert run(["sample", "--n", "2", "--out", "two.mp4"]) == 0
    assert Path("two.mp4").read_bytes()[4:8] == b"ftyp"


def test_without_its_encoder_mp4_is_refused_with_the_command_that_brings_it(
    workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_clips(workspace / "exports" / "clips.onnx")
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    assert "pip install 'ganstudio[video]'" in refusal(capsys, "--n", "2", "--out", "two.mp4")


def test_a_model_of_pictures_makes_no_films(dcgan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--format: gif is of clips and voxel grids" in refusal(capsys, "--n", "2", "--format", "gif")
    assert "ganstudio interpolate" in refusal(capsys, "--n", "2", "--out", "two.gif")


def test_a_films_rate_is_refused_where_the_format_has_none_such(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_clips(workspace / "exports" / "clips.onnx")
    assert "--fps: from 1 to 50 for gif; got 60" in refusal(capsys, "--n", "2", "--out", "a.gif", "--fps", "60")


def test_a_code_has_its_value_in_every_picture_and_the_file_says_so(workspace: Path) -> None:
    codes = laid_out([10], 1)
    path = write_generator(workspace / "exports" / "coded.onnx", codes=codes)
    assert run(["sample", "--seed", "0-3", "--code", "category_1=7", "--code", "number_1=0.5"]) == 0
    z = with_value(with_value(latents(range(4), 100), codes[0], 7), codes[1], 0.5)
    expected = grid(to_pixels(OnnxModel.open(path).generate(z)), 2)
    name = "coded-seed0-3-category_1=7-number_1=0.5.png"
    assert np.array_equal(pixels_of(name), expected[:, :, 0])
    assert metadata_of(name)["Codes"] == "category_1=7, number_1=0.5"


def test_a_code_of_a_model_without_codes_is_refused(dcgan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--code: dcgan has no codes" in refusal(capsys, "--n", "2", "--code", "category_1=7")
