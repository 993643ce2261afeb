"""`ganstudio styles`: kept beside the model, listed, drawn, removed; and what Tab offers of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ganstudio.inference.exports import Export, remove_export
from ganstudio.inference.style.landscape import landscape
from tests.cli.conftest import Program
from tests.cli.images.conftest import noise, pixels_of, save

ADD = ("styles", "add")
OF = ("--model", "paint")


def test_they_are_listed_with_their_pictures_and_removed(here: Path, ganstudio: Program) -> None:
    save(here / "many" / "a.png", noise(40, 40, seed=1))
    save(here / "many" / "b.png", noise(40, 40, seed=2))
    assert ganstudio(*ADD, "dim", "dark.png", *OF).out == "dim\n"
    told = json.loads(ganstudio(*ADD, "noisy", "many", "bright.png", *OF, "--json").out)
    assert told == {"model": "paint", "name": "noisy", "sources": ["a.png", "b.png", "bright.png"]}
    listed = ganstudio("styles", "list")
    assert [line.split() for line in listed.out.splitlines()[1:]] == [
        ["paint", "dim", "1", "dark.png"],
        ["paint", "noisy", "3", "a.png,", "b.png,", "bright.png"],
    ]
    shown = ganstudio("export", "show", "paint").out
    assert "dim, noisy" in shown
    assert "paint.features.onnx" in shown
    assert ganstudio("styles", "remove", "dim", "noisy", *OF, "--yes").code == 0
    assert not (here / "exports" / "paint.styles.npz").exists()
    assert "There are no saved styles yet" in ganstudio("styles", "list").err


def test_equal_pictures_give_an_equal_file_and_force_replaces(here: Path, ganstudio: Program) -> None:
    path = here / "exports" / "paint.styles.npz"
    ganstudio(*ADD, "a", "dark.png", *OF)
    before = path.read_bytes()
    ganstudio(*ADD, "a", "bright.png", *OF, "--force")
    assert path.read_bytes() != before
    ganstudio(*ADD, "a", "dark.png", *OF, "--force")
    assert path.read_bytes() == before


def test_show_paints_a_landscape_or_a_content_in_each(here: Path, ganstudio: Program) -> None:
    ganstudio(*ADD, "dim", "dark.png", *OF)
    ganstudio(*ADD, "light", "bright.png", *OF)
    ended = ganstudio("styles", "show", *OF, "--out", "shown")
    assert ended.out.splitlines()[0].split() == ["dim", "dark.png"]
    sheets = {name: pixels_of(here / "shown" / f"paint-{name}.png") for name in ("dim", "light")}
    assert all(sheet.shape == (256, 512, 3) for sheet in sheets.values())
    assert sheets["dim"].mean() < 60 < 200 < sheets["light"].mean()
    assert ganstudio("styles", "show", "dim", *OF, "--out", "other", "--content", "photo.png").code == 0
    other = pixels_of(here / "other" / "paint-dim.png")
    assert (other[:, :256] == sheets["dim"][:, :256]).all()
    assert (other[:, 256:] != sheets["dim"][:, 256:]).any()


def test_the_landscape_is_always_the_same_and_has_light_and_dark() -> None:
    page = landscape(64)
    assert np.array_equal(page, landscape(64))
    assert page.std() > 30


def test_they_go_with_the_model(here: Path, ganstudio: Program) -> None:
    ganstudio(*ADD, "dim", "dark.png", *OF)
    remove_export(Export.load(here / "exports" / "paint.onnx"))
    assert not list((here / "exports").iterdir())


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("stylize a.png --model paint --style ", ["dim", "light"]),
        ("stylize a.png --model=paint --style=l", ["--style=light"]),
        ("stylize a.png --style d", ["dim"]),
        ("styles remove --model paint l", ["light"]),
        ("styles show d", ["dim"]),
        ("art paint --style ", ["random", "dim", "light"]),
        ("art cgan --style ", ["random", "wren", "tit"]),
        ("art cgan --through paint --style ", ["random", "wren", "tit", "dim", "light"]),
        ("stylize a.png --model pa", ["paint"]),
        ("art cgan --through pa", ["paint"]),
        ("art pa", ["paint"]),
    ],
)
def test_tab_offers_them(
    here: Path, ganstudio: Program, monkeypatch: pytest.MonkeyPatch, line: str, words: list[str]
) -> None:
    from tests.inference.generators import write_generator

    write_generator(here / "exports" / "cgan.onnx", classes=("wren", "tit"))
    for name in ("dim", "light"):
        ganstudio(*ADD, name, "dark.png", *OF)
    monkeypatch.setenv("GANSTUDIO_COMPLETE", "test")
    ended = ganstudio(*line.split(" "))
    assert [one.partition("\t")[0] for one in ended.out.splitlines()] == words
