"""`ganstudio art`: from seeds or a content, in styles that are named or that a seed chooses, and enlarged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganstudio.inference.latent.truncation import centres_of
from ganstudio.inference.pixels import to_pixels
from ganstudio.inference.provenance import COMPOSITE_TYPE, SOURCE_TYPE, holds
from ganstudio.inference.style.art import chosen
from tests.cli.conftest import Program
from tests.cli.images.conftest import pixels_of
from tests.cli.latent.conftest import with_directions
from tests.inference.generators import write_generator, write_styled
from tests.inference.images.networks import write_upscaler

OUT = ("--out", "out", "--json")


def made(ended: Any) -> list[dict[str, Any]]:
    assert ended.code == 0, ended.err
    pictures: list[dict[str, Any]] = json.loads(ended.out)["pictures"]
    return pictures


@pytest.fixture
def styles(here: Path, ganstudio: Program) -> Path:
    for name in ("dark", "bright"):
        assert ganstudio("styles", "add", name, f"{name}.png", "--model", "paint").code == 0
    return here


def test_a_seed_chooses_the_same_in_any_call_and_says_what(here: Path, ganstudio: Program) -> None:
    write_generator(here / "exports" / "cgan.onnx", classes=("wren", "tit", "owl"))
    ended = ganstudio("art", "cgan", "--n", "8", *OUT)
    names = [one["style"]["name"] for one in made(ended)]
    assert set(names) == {"wren", "tit", "owl"}
    for seed, name in enumerate(names):
        assert f"seed {seed}: class {name}." in ended.err
    [alone] = made(ganstudio("art", "cgan", "--seed", "5", "--style", "random", "--out", "alone", "--json"))
    assert alone["style"]["name"] == names[5]
    assert Path(alone["path"]).read_bytes() == (here / "out" / Path(alone["path"]).name).read_bytes()


def test_every_style_is_chosen_by_some_seed() -> None:
    assert {chosen(7, seed, "stylizer") for seed in range(60)} == set(range(7))
    assert [chosen(100, 3, "generator"), chosen(100, 3, "stylizer")] == [13, 21]  # on every machine, in every version


def test_a_class_is_drawn_as_sample_draws_it(here: Path, ganstudio: Program) -> None:
    write_generator(here / "exports" / "cgan.onnx", classes=("wren", "tit"))
    [one] = made(ganstudio("art", "cgan", "--style", "tit", "--seed", "4", *OUT))
    ganstudio("sample", "--model", "cgan", "--seed", "4", "--class", "tit", "--out", "sampled.png")
    assert (pixels_of(Path(one["path"])) == pixels_of(here / "sampled.png")).all()
    assert holds(Path(one["path"]), SOURCE_TYPE)


def test_a_direction_is_moved_along_as_edit_moves_it(here: Path, ganstudio: Program) -> None:
    with_directions(write_generator(here / "exports" / "dcgan.onnx"), thickness={"reach": [-2.0, 1.5]}, slant={})
    for text, strength in (("thickness", "1.5"), ("slant", "2"), ("slant=-1", "-1")):
        [one] = made(ganstudio("art", "dcgan", "--style", text, "--seed", "4", *OUT))
        move = f"{text.partition('=')[0]}={strength}"
        ganstudio("edit", "--model", "dcgan", "--seed", "4", "--direction", move, "--out", "edited.png")
        assert (pixels_of(Path(one["path"])) == pixels_of(here / "edited.png")).all()


def test_a_centre_is_half_way_between_a_seed_and_one_of_eight_means(here: Path, ganstudio: Program) -> None:
    model = with_directions(write_styled(here / "exports" / "wgan.onnx"))
    [one] = made(ganstudio("art", "wgan", "--style", "centre-3", "--seed", "4", *OUT))
    z = np.random.RandomState(4).randn(1, 8).astype(np.float32)
    ws = 0.5 * (model.latents(z) + centres_of(model, 8)[2])
    assert np.abs(pixels_of(Path(one["path"])) - to_pixels(model.images(ws, seeds=[4]))[0].astype(int)).max() <= 1


def test_what_is_drawn_is_painted_in_a_style_of_the_other_model(styles: Path, ganstudio: Program) -> None:
    write_generator(styles / "exports" / "cgan.onnx", classes=("wren", "tit"))
    asked = ("art", "cgan", "--through", "paint", *OUT)
    [one] = made(ganstudio(*asked, "--style", "tit", "--style", "bright", "--seed", "2"))
    assert (one["style"]["name"], one["painted"]) == ("tit", [{"style": "bright", "weight": 1.0}])
    path = Path(one["path"])
    assert pixels_of(path).shape[2] == 3
    assert pixels_of(path).mean() > 200
    assert holds(path, SOURCE_TYPE)
    assert not holds(path, COMPOSITE_TYPE)
    with Image.open(path) as image:
        assert image.text["Style"] == "class tit, painted in bright"  # type: ignore[attr-defined]
        assert image.text["Through"] == "paint"  # type: ignore[attr-defined]
    painted = {one["painted"][0]["style"] for one in made(ganstudio(*asked, "--n", "6"))}
    assert painted == {"dark", "bright"}


def test_a_content_is_painted_as_stylize_paints_it_and_enlarged(styles: Path, ganstudio: Program) -> None:
    write_upscaler(styles / "exports" / "up.onnx", scale=2)
    [plain] = made(ganstudio("art", "paint", "--content", "photo.png", "--style", "dark", *OUT))
    assert Path(plain["path"]).name == "photo-dark.png"
    ganstudio("stylize", "photo.png", "--model", "paint", "--style", "dark", "--out", "stylized")
    assert (pixels_of(Path(plain["path"])) == pixels_of(styles / "stylized" / "photo.png")).all()
    asked = ("art", "paint", "--content", "photo.png", "--style", "dark", "--upscale", "up", "--out", "wall", "--json")
    [large] = made(ganstudio(*asked))
    assert (large["width"], large["height"]) == (128, 96)
    ganstudio("upscale", plain["path"], "--model", "up", "--out", "upscaled")
    assert (pixels_of(Path(large["path"])) == pixels_of(styles / "upscaled" / "photo-dark.png")).all()
    assert holds(Path(large["path"]), COMPOSITE_TYPE)


def test_a_model_that_paints_may_be_a_file_outside_the_workspace(
    here: Path, ganstudio: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "elsewhere").mkdir()
    monkeypatch.chdir(here / "elsewhere")
    asked = ("art", "../exports/paint.onnx", "--content", "../photo.png", "--style", "../dark.png", *OUT)
    assert [Path(one["path"]).name for one in made(ganstudio(*asked))] == ["photo-dark.png"]


def test_without_a_name_a_content_s_style_is_chosen_by_the_seed(styles: Path, ganstudio: Program) -> None:
    pictures = made(ganstudio("art", "paint", "--content", "photo.png", "--n", "5", *OUT))
    names = [one["painted"][0]["style"] for one in pictures]
    assert set(names) == {"dark", "bright"}
    assert [Path(one["path"]).name for one in pictures] == [
        f"photo-seed{seed}-{name}.png" for seed, name in enumerate(names)
    ]


def test_a_model_without_styles_draws_all_the_same(here: Path, ganstudio: Program) -> None:
    write_generator(here / "exports" / "digits.onnx")
    ended = ganstudio("art", "digits", "--seed", "9", *OUT)
    assert made(ended)[0]["style"] is None
    assert "seed 9: no style." in ended.err
