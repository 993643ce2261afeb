"""`ganstudio project`: its files, what is left and gone on with, what is refused; none of it by torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.inference.latent.projection import project_pictures
from ganstudio.inference.latent.projection.projector import Projector
from ganstudio.inference.latent_files import read_latents
from ganstudio.inference.latents import latents
from ganstudio.inference.pixels import to_pixels
from ganstudio.inference.provenance import is_ours
from tests.cli.conftest import Program
from tests.cli.images.conftest import here, noise, pixels_of, save
from tests.inference.generators import (
    LINEAR_Z,
    linear_weights,
    write_linear,
    write_linear_encoder,
    write_styled,
)

__all__ = ["here"]  # a fixture

ASKED = ("--model", "linear", "--out", "found", "--steps", "3", "--json")


@pytest.fixture
def linear(here: Path) -> Path:
    """A model with its exact inverse, and three pictures that it can draw."""
    path = write_linear(here / "exports" / "linear.onnx")
    write_linear_encoder(path)
    for number, z in enumerate(0.5 * latents(range(3), LINEAR_Z)):
        save(here / "photos" / f"{number}.png", to_pixels((z @ linear_weights()).reshape(1, 1, 4, 4))[0])
    return path


def test_three_files_a_picture_and_no_other(linear: Path, here: Path, ganstudio: Program) -> None:
    ended = ganstudio("project", "photos", *ASKED)
    assert ended.code == 0, ended.err
    assert sorted(path.name for path in (here / "found").iterdir()) == sorted(
        f"{number}{end}" for number in range(3) for end in (".png", ".npz", "-beside.png")
    )
    assert all(is_ours(path) for path in (here / "found").iterdir())
    for number in range(3):
        given, answer = (pixels_of(here / folder / f"{number}.png") for folder in ("photos", "found"))
        assert np.abs(given.astype(int) - answer).max() <= 1
        assert (pixels_of(here / "found" / f"{number}-beside.png") == np.hstack([given, answer])).all()
    told = json.loads(ended.out)
    assert list(told) == ["model", "export", "provider", "encoder", "pictures", "failed"]
    keys = "source path latent beside there class distance start tuned notes"
    assert list(told["pictures"][0]) == keys.split()
    assert told["pictures"][0]["start"]["from"] == "encoder"
    assert told["pictures"][0]["distance"]["mse"] < 1e-4


def test_what_sample_draws_of_the_latent_is_the_picture(linear: Path, here: Path, ganstudio: Program) -> None:
    save(here / "any.png", noise(4, 4, 1))
    assert ganstudio("project", "any.png", *ASKED).code == 0
    assert ganstudio("sample", "--latent", "found/any.npz", "--out", "again.png").code == 0
    assert (pixels_of(here / "again.png") == pixels_of(here / "found" / "any.png")).all()


def test_ws_are_stored_and_drawn_again_by_the_synthesis_half(here: Path, ganstudio: Program) -> None:
    write_styled(here / "exports" / "styles.onnx")
    save(here / "any.png", noise(8, 8, 1))
    ended = ganstudio("project", "any.png", "--model", "styles", "--out", "found", "--steps", "2")
    assert ended.code == 0, ended.err
    assert "styles has no encoder: beginning with the nearest of 4,096 random samples" in ended.err
    saved = read_latents(here / "found" / "any.npz")
    assert saved.ws is not None
    assert (saved.ws.shape, saved.z.shape, saved.origins) == ((1, 4, 6), (1, 0), ("projected any.png",))
    assert ganstudio("sample", "--latent", "found/any.npz", "--out", "again.png").code == 0
    assert (pixels_of(here / "again.png") == pixels_of(here / "found" / "any.png")).all()
    halfway = ganstudio("sample", "--latent", "found/any.npz", "--psi", "0.5", "--out", "plainer.png")
    assert halfway.code == 0, halfway.err
    (here / "exports" / "styles.synthesis.onnx").unlink()
    refused = ganstudio("sample", "--latent", "found/any.npz", "--out", "third.png")
    assert (refused.code, "holds ws, and no halves" in refused.err) == (2, True)


def test_what_is_there_is_left_and_what_changed_is_made_again(linear: Path, here: Path, ganstudio: Program) -> None:
    ganstudio("project", "photos", *ASKED)
    save(here / "photos" / "1.png", noise(4, 4, 1))
    (here / "found" / "2.npz").unlink()
    ended = ganstudio("project", "photos", *ASKED)
    there = {Path(one["path"]).name: one["there"] for one in json.loads(ended.out)["pictures"]}
    assert there == {"0.png": True, "1.png": False, "2.png": False}
    assert "1 of 3 pictures were there already." in ended.err


def test_an_interrupt_leaves_whole_files_and_the_same_command_goes_on(
    linear: Path, here: Path, ganstudio: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = Projector.project, []

    def interrupted(*given: object) -> object:
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(given)
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(Projector, "project", interrupted)
    ended = ganstudio("project", "photos", *ASKED)
    assert (ended.code, "Stopped after 2 of 3 pictures." in ended.err) == (130, True)
    assert len(list((here / "found").iterdir())) == 6
    monkeypatch.setattr(Projector, "project", real)
    pictures = json.loads(ganstudio("project", "photos", *ASKED).out)["pictures"]
    assert [one["there"] for one in pictures] == [True, True, False]


def test_a_file_that_is_no_picture_is_listed_and_the_rest_is_done(linear: Path, here: Path, ganstudio: Program) -> None:
    (here / "photos" / "notes.txt").write_text("no picture")
    save(here / "photos" / "wide.png", noise(10, 20, 3))
    ended = ganstudio("project", "photos", *ASKED)
    assert ended.code == 1
    told = json.loads(ended.out)
    assert [Path(one["source"]).name for one in told["failed"]] == ["notes.txt"]
    assert len(told["pictures"]) == 4
    assert "wide.png: 20x10 px, cropped and scaled: the model draws 4x4." in ended.err
    assert "wide.png: in colour: the model draws grey" in ended.err
    alone = ganstudio("project", "photos/notes.txt", *ASKED)
    assert (alone.code, "no image" in alone.err) == (2, True)


def test_the_class_is_told_and_kept_with_the_latent(here: Path, ganstudio: Program) -> None:
    write_linear_encoder(write_linear(here / "exports" / "linear.onnx", ("cat", "dog", "eel")))
    save(here / "any.png", np.full((4, 4, 1), 250, np.uint8))
    [told] = json.loads(ganstudio("project", "any.png", *ASKED).out)["pictures"]
    assert told["class"] == "eel"
    assert read_latents(here / "found" / "any.npz").labels == (2,)
    [chosen] = json.loads(ganstudio("project", "any.png", *ASKED, "--class", "dog").out)["pictures"]
    assert (chosen["class"], chosen["there"]) == ("dog", False)
    assert chosen["distance"]["mse"] > told["distance"]["mse"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--pivotal",), "--exact --pivotal"),
        (("--exact",), "is of no run that is here"),
        (("--steps", "-1"), "from 0 to"),
        (("--fit", "squeeze"), "there is no such way"),
        (("--background", "nocolour"), "--background"),
        (("--class", "dog"), "is not conditional"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(
    linear: Path, here: Path, ganstudio: Program, options: tuple[str, ...], said: str
) -> None:
    ended = ganstudio("project", "photos", "--model", "linear", "--out", "found", *options)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert not list((here / "found").glob("*"))


def test_a_stale_encoder_is_refused_with_the_command_that_trains_it_again(
    linear: Path, here: Path, ganstudio: Program
) -> None:
    write_linear_encoder(linear, sha256="cd" * 32)
    ended = ganstudio("project", "photos", *ASKED)
    assert ended.code == 2
    assert "ganstudio encoder linear" in ended.err


def test_a_file_of_the_user_s_is_not_replaced(linear: Path, here: Path, ganstudio: Program) -> None:
    (here / "found").mkdir()
    (here / "found" / "1-beside.png").write_bytes(b"mine")
    assert ganstudio("project", "photos", *ASKED).code == 2
    assert [path.name for path in (here / "found").iterdir()] == ["1-beside.png"]


def test_an_encoder_is_no_model_to_draw_from_and_goes_with_its_export(
    linear: Path, here: Path, ganstudio: Program
) -> None:
    assert [one["name"] for one in json.loads(ganstudio("export", "list", "--json").out)] == ["linear"]
    refused = ganstudio("sample", "--model", "linear.encoder", "--seed", "1")
    assert (refused.code, "is part of linear" in refused.err) == (2, True)
    assert ganstudio("export", "remove", "linear", "--yes").code == 0
    assert not list((here / "exports").iterdir())


def test_a_picture_s_steps_are_told(linear: Path, ganstudio: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(project_pictures, "AT_ONCE", 2)
    monkeypatch.setattr("ganstudio.cli.latent.project.progress", lambda _label: lambda *done: told.append(done))
    assert ganstudio("project", "photos", *ASKED).code == 0
    assert told[0] == (0, 9)
    assert told[-1] == (9, 9)
    assert told == sorted(told)


def test_projecting_imports_no_torch(linear: Path, here: Path) -> None:
    program = (
        "import sys; from ganstudio.cli.app import run;"
        f"assert run(['project', 'photos', *{list(ASKED)!r}]) == 0;"
        "print([name for name in ('torch', 'onnx', 'ganstudio.engine') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    with Image.open(here / "found" / "0.png") as image:
        assert image.size == (4, 4)
