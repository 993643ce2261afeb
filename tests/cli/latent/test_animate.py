"""ganstudio animate: films, frames and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.provenance import is_ours
from tests.cli.conftest import Program
from tests.cli.latent.test_edit import refusal
from tests.cli.sample.sample_files import metadata_of, pixels_of

FILM = """
fps = 4
[[keyframe]]
t = 0
seed = 1
[[keyframe]]
t = 1
seed = 2
directions = { thickness = 3 }
"""


def test_the_example_makes_a_loop_that_closes(dcgan: LatentModel, here: Path, ganstudio: Program) -> None:
    (here / "film.toml").write_text(ganstudio("animate", "--example").out)
    ended = ganstudio("animate", "film.toml", "--fps", "4", "--out", "film.gif")
    assert (ended.code, ended.out) == (0, f"{here / 'film.gif'}\n")
    with Image.open("film.gif") as image:
        film = np.stack([np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(image)]).astype(float)
    assert len(film) == 24
    steps = np.abs(film - np.roll(film, 1, axis=0)).mean((1, 2))
    assert 0 < steps[0] <= steps.max()
    assert is_ours(Path("film.gif"))


def test_frames_say_what_they_are_of_and_the_reach_is_told(dcgan: LatentModel, here: Path, ganstudio: Program) -> None:
    (here / "film.toml").write_text(FILM)
    ended = ganstudio("animate", "film.toml", "--out", "frames", "--json")
    assert ended.code == 0
    assert "thickness=+3: its proof reaches from -2 to +2" in ended.err
    told = json.loads(ended.out)
    assert (told["frames"], told["seconds"], told["latents"], told["directions"]) == (5, 1, ["1", "2"], ["thickness"])
    words = metadata_of("frames/frame-00002.png")
    assert (words["Latent"], words["Directions"], words["Time"]) == ("slerp(1, 2, 0.5)", "thickness=+1.5", "0.5")
    assert ganstudio("edit", "--seed", "2", "--direction", "thickness=3", "--out", "a.png").code == 0
    np.testing.assert_array_equal(pixels_of("frames/frame-00004.png"), pixels_of("a.png"))


def test_directions_of_another_model_trouble_no_film_without_any(
    dcgan: LatentModel, here: Path, ganstudio: Program
) -> None:
    (here / "exports" / "dcgan.directions.npz").write_bytes(b"of another")
    (here / "film.toml").write_text(FILM)
    assert "dcgan.directions.npz" in refusal(ganstudio, "animate", "film.toml", "--out", "frames")
    (here / "film.toml").write_text(FILM.replace("directions =", "#"))
    assert ganstudio("animate", "film.toml", "--out", "frames").code == 0
    assert metadata_of("frames/frame-00000.png")["Latent"] == "1"


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_the_same_keyframes_give_the_same_bytes(
    styled: LatentModel, here: Path, ganstudio: Program, suffix: str
) -> None:
    (here / "film.toml").write_text(FILM.replace("seed = 2", "psi = 0.5\nnoise_seed = 4"))
    for name in ("a", "b"):
        assert ganstudio("animate", "film.toml", "--out", f"{name}{suffix}").code == 0
    assert Path(f"a{suffix}").read_bytes() == Path(f"b{suffix}").read_bytes()


def test_all_problems_of_a_file_are_told_at_once_even_without_a_model(
    dcgan: LatentModel, here: Path, ganstudio: Program
) -> None:
    (here / "film.toml").write_text(FILM.replace("seed = 1", "sead = 1").replace("thickness", "thicknes"))
    told = refusal(ganstudio, "animate", "film.toml", "--out", "a.gif")
    assert "film.toml: keyframe 1: sead is no key. Did you mean 'seed'?" in told
    assert "film.toml: keyframe 2: directions.thicknes: dcgan has none of that name. Did you mean 'thickness'?" in told
    told = refusal(ganstudio, "animate", "film.toml", "--model", "dcgam", "--out", "a.gif", "--json")
    assert len(json.loads(told)["details"]["problems"]) == 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "FILE.toml: which keyframes?"),
        (("film.toml",), "--out: to which file, or folder?"),
        (("flim.toml", "--out", "a.gif"), "flim.toml cannot be read: No such file or directory. Did you mean"),
        (("bad.toml", "--out", "a.gif"), "bad.toml is no TOML: Expected '='"),
        (("film.toml", "--out", "a.gif", "--fps", "60"), "--fps: from 1 to 50 for .gif; got 60"),
        (("film.toml", "--out", "a.gif", "--fps", "0"), "error: --fps: from 1 to 120; got 0"),
        (("film.toml", "--out", "film.mp3"), "a film is written as .gif, .webp, .mp4, or a folder for PNGs"),
        (("film.toml", "--out", "film.toml"), "a film is written as .gif, .webp, .mp4, or a folder for PNGs"),
    ],
)
def test_what_cannot_be_is_refused(
    dcgan: LatentModel, here: Path, ganstudio: Program, arguments: tuple[str, ...], told: str
) -> None:
    (here / "film.toml").write_text(FILM)
    (here / "bad.toml").write_text("fps 4")
    assert told in refusal(ganstudio, "animate", *arguments)
