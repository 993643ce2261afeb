"""What cannot be painted is refused before anything is made, with what can."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.cli.images.conftest import noise, save
from tests.inference.generators import write_clips, write_generator
from tests.inference.images.networks import write_copier, write_upscaler
from tests.inference.style.networks import write_stylizer


@pytest.fixture(autouse=True)
def models(here: Path, ganstudio: Program) -> None:
    exports = here / "exports"
    write_generator(exports / "cgan.onnx", classes=("tit", "wren"))
    write_generator(exports / "digits.onnx")
    write_clips(exports / "clips.onnx")
    write_copier(exports / "copy.onnx")
    write_upscaler(exports / "up.onnx")
    write_stylizer(exports / "alone.onnx", features=False)
    write_stylizer(exports / "bare.onnx")
    assert ganstudio("styles", "add", "starry", "dark.png", "--model", "paint").code == 0
    (here / "notes.png").write_text("no picture")
    (here / "many").mkdir()
    save(here / "many" / "a.png", noise(40, 40))


STYLIZE = "stylize photo.png --model paint --out out"
BARE = "stylize photo.png --model bare --out out"
WITH = "stylize photo.png --style dark.png --out out --model"
CASES = {
    "no style": (STYLIZE, "which style?", "--style FILE"),
    "no style, some saved": (STYLIZE, "Saved: starry.", ""),
    "misspelled": (f"{STYLIZE} --style stary", "Did you mean 'starry'?", "--style starry"),
    "misspelled with weight": (f"{STYLIZE} --style stary=2", "Did you mean 'starry'?", "--style starry"),
    "misspelled file": (f"{STYLIZE} --style drk.png", "Did you mean 'dark.png'?", "--style dark.png"),
    "unlike any": (f"{BARE} --style zzz", "None is saved yet.", "styles add NAME FILE"),
    "negative": (f"{STYLIZE} --style starry=-2", "a weight is 0 or more; got -2", "--style starry=2"),
    "no weight": (f"{STYLIZE} --style starry=lots", "'lots' is no weight", "--style starry=0.5"),
    "nan": (f"{STYLIZE} --style starry=nan", "'nan' is no weight", ""),
    "sum of 0": (f"{STYLIZE} --style starry=0 --style dark.png=0", "the weights sum to 0", "--style starry=1"),
    "one colour": (f"{STYLIZE} --style flat.jpg", "flat.jpg is all one colour: it has no style", ""),
    "no picture": (f"{STYLIZE} --style notes.png", "notes.png: no image", ""),
    "folder": (f"{STYLIZE} --style many", "many is a folder", "styles add many many --model paint"),
    "strength": (f"{STYLIZE} --style starry --strength 1.5", "--strength: from 0 to 1; got 1.5", "--strength 1"),
    "a generator": (
        f"{WITH} digits",
        "`stylize` needs one that paints pictures in a style, as ",
        "sample --model digits",
    ),
    "a translator": (f"{WITH} copy", "copy translates pictures", "--model copy"),
    "another's command": ("translate photo.png --model paint --out out", "paint paints", "stylize IMAGE --style"),
    "features missing": (
        f"{WITH} alone",
        "alone.onnx needs alone.features.onnx beside it",
        "export onnx RUN",
    ),
    "tile": (f"{STYLIZE} --style starry --tile 8", "--tile: 8 px are too few", "--tile 24"),
    "grid's name": (f"{STYLIZE} --style starry --grid sheet", "sheet is no name of a PNG", "--grid sheet.png"),
    "grid over the input": (f"{STYLIZE} --style starry --grid photo.png", "is read or made already", ""),
    "over the input": ("stylize photo.png --model paint --style starry --out .", "would replace", "--out"),
    "saved name": ("styles add random dark.png --model paint", "'random' is no name of a style", ""),
    "saved name with =": ("styles add a=b dark.png --model paint", "'a=b' is no name of a style", ""),
    "saved twice": ("styles add starry dark.png --model paint", "has a style 'starry' already", "--force"),
    "saved of one colour": ("styles add x flat.jpg --model paint", "all one colour", ""),
    "saved of nothing": ("styles add x none.png --model paint", "none.png cannot be read", ""),
    "saved for a generator": ("styles add x dark.png --model digits", "draws pictures from", "sample --model digits"),
    "removed": ("styles remove star --model paint --yes", "Did you mean 'starry'?", "styles list --model paint"),
    "shown of none": ("styles show --model bare", "bare has no saved styles yet", "styles add NAME FILE --model bare"),
    "listed of a generator": ("styles list --model digits", "draws pictures from seeds", ""),
    "art of a painter": ("art paint --out out", "paints pictures that it is given", "art paint --content IMAGE"),
    "art of a class": ("art cgan --style tut --out out", "cgan has no style 'tut'. Did you mean 'tit'?", ""),
    "art of two classes": ("art cgan --style tit --style wren --out out", "class tit and class wren are two", ""),
    "art of none": ("art digits --style x --out out", "its pictures have no styles", ""),
    "art of clips": ("art clips --out out", "clips draws clips or voxel grids", ""),
    "content for a generator": ("art cgan --content photo.png --out out", "is given no picture", "export list"),
    "content and through": ("art paint --content photo.png --through bare --out out", "leave --through out", ""),
    "through a generator": ("art cgan --through digits --out out", "--through: digits draws pictures from seeds", ""),
    "nothing saved": ("art cgan --through bare --out out", "has no saved styles to choose from", "styles add NAME"),
    "the same twice": ("art paint --content photo.png --style starry --n 2 --out out", "2 would be the same", "--n 1"),
    "no upscaler": ("art cgan --upscale copy --out out", "copy translates pictures", "translate IMAGE"),
    "seeds": ("art cgan --seed -1 --out out", "--seed: from 0 to 4294967295", ""),
    "count": ("art cgan --n 0 --out out", "--n: from 1 to 1,000; got 0", "--n 1"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_with_the_nearest_thing_that_works(here: Path, ganstudio: Program, case: str) -> None:
    typed, says, hint = CASES[case]
    ended = ganstudio(*typed.split())
    assert (ended.code, ended.out) == (2, ""), ended.err
    assert says in " ".join(ended.err.split())
    assert hint in ended.err
    assert not list((here / "out").rglob("*"))


@pytest.mark.parametrize(
    "command", [f"{STYLIZE} --style starry --grid out/sheet.png", "art cgan --style tit --out out"]
)
def test_a_file_of_the_user_s_is_replaced_by_force_alone(here: Path, ganstudio: Program, command: str) -> None:
    for name in ("sheet", "cgan-seed0-class_tit"):
        save(here / "out" / f"{name}.png", noise(3, 3))
    ended = ganstudio(*command.split())
    assert ended.code == 2
    assert "does not say that ganstudio generated it" in ended.err
    assert len(list((here / "out").iterdir())) == 2
    assert ganstudio(*command.split(), "--force").code == 0


def test_styles_of_an_older_model_are_refused_and_begun_anew(here: Path, ganstudio: Program) -> None:
    write_stylizer(here / "exports" / "paint.onnx", sha256="ef" * 32)
    ended = ganstudio(*STYLIZE.split(), "--style", "starry")
    assert ended.code == 2
    assert "holds styles of another model than paint.onnx" in ended.err
    assert ganstudio("styles", "add", "new", "dark.png", "--model", "paint", "--force").code == 0
    assert '"name": "new"' in ganstudio("styles", "list", "--model", "paint", "--json").out
    assert ganstudio(*STYLIZE.split(), "--style", "new").code == 0


def test_a_damaged_file_of_styles_is_said(here: Path, ganstudio: Program) -> None:
    path = here / "exports" / "paint.styles.npz"
    path.write_bytes(path.read_bytes()[:2000])
    ended = ganstudio(*STYLIZE.split(), "--style", "starry")
    assert ended.code == 2
    assert "paint.styles.npz is no npz, or was cut short or damaged" in ended.err
