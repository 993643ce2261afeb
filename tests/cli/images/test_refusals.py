"""What cannot be done is refused before anything is made, with what can."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.cli.images.conftest import noise, save
from tests.inference.generators import write_foreign, write_generator
from tests.inference.images.networks import write_copier, write_filler, write_greyer, write_upscaler


@pytest.fixture(autouse=True)
def models(here: Path) -> None:
    exports = here / "exports"
    write_generator(exports / "digits.onnx")
    write_upscaler(exports / "up.onnx")
    write_copier(exports / "copy.onnx")
    write_greyer(exports / "seasons.onnx", ("summer", "winter"))
    write_copier(exports / "vendors.a_to_b.onnx", translates=("twitter", "noto"))
    write_filler(exports / "fill.onnx")
    write_copier(exports / "small.onnx", size=(32, 32), scale=1)
    write_upscaler(exports / "fixed.onnx", size=(32, 32))
    write_foreign(exports / "theirs.onnx")
    save(here / "a.png", noise(20, 20))
    (here / "notes.png").write_text("no picture")
    (here / "bomb.png").write_bytes(bomb(30_000))


def bomb(side: int) -> bytes:
    """The beginning of a PNG of side x side pixels."""
    head = b"IHDR" + side.to_bytes(4) * 2 + bytes([8, 2, 0, 0, 0])
    chunks = ((head, 13), (b"IDAT", 0))
    return b"\x89PNG\r\n\x1a\n" + b"".join(n.to_bytes(4) + one + zlib.crc32(one).to_bytes(4) for one, n in chunks)


CASES = {
    "a generator": (
        "upscale a.png --model digits --out out",
        "digits draws pictures from seeds",
        "sample --model digits",
    ),
    "a translator": (
        "upscale a.png --model copy --out out",
        "copy translates pictures",
        "translate IMAGE --model copy",
    ),
    "an upscaler": ("translate a.png --model up --out out", "up enlarges pictures", "upscale IMAGE --model up"),
    "a filler": (
        "translate a.png --model fill --out out",
        "fill fills holes",
        "inpaint IMAGE --mask FILE --model fill",
    ),
    "no filler": ("inpaint a.png --mask alpha --model copy --out out", "`inpaint` needs one that fills holes", ""),
    "no manifest": ("upscale a.png --model theirs --out out", "carries no ganstudio manifest", "export onnx RUN"),
    "no such model": ("upscale a.png --model upp --out out", "Did you mean 'up'?", ""),
    "scale": ("upscale a.png --model up --scale 4 --out out", "up makes pictures 2 times as large, not 4", "--scale 2"),
    "no domain": ("translate a.png --model seasons --out out", "translates to: summer, winter", "--domain NAME"),
    "domain": ("translate a.png --model seasons --domain wintr --out out", "Did you mean 'winter'?", ""),
    "domain of none": ("translate a.png --model copy --domain x --out out", "leave --domain out", ""),
    "domain of the way back": (
        "translate a.png --model vendors.a_to_b --domain twitter --out out",
        "vendors.a_to_b translates twitter to noto alone: vendors.b_to_a makes twitter",
        "--model vendors.b_to_a",
    ),
    "no such file": ("upscale b.png --model up --out out", "Did you mean './a.png'?", ""),
    "no picture": ("upscale notes.png --model up --out out", "notes.png: no image", ""),
    "bomb": ("upscale bomb.png --model up --out out", "bomb.png: too large: 900 megapixels, over 171 megapixels", ""),
    "tile": ("upscale a.png --model up --tile 8 --overlap 4 --out out", "--tile: 8 px are too few", "--tile 24"),
    "tile of none": ("upscale a.png --model up --tile -3 --out out", "--tile: from 1 to 8192 px; got -3", ""),
    "overlap": ("upscale a.png --model up --overlap -1 --out out", "--overlap: from 0 to 1024 px; got -1", ""),
    "tile of one size": ("upscale a.png --model fixed --tile 64 --out out", "fixed takes 32x32 px alone", ""),
    "over the input": ("upscale a.png --model up --out .", "would replace", "--out"),
    "out is a name": ("upscale a.png --model up --out b.png", "a folder is needed", "--out ."),
    "out is a file": ("upscale a.png --model up --out exports/up.onnx", "is no folder", ""),
    "reference": ("upscale a.png --model up --out out --reference b", "--reference: b does not exist", ""),
    "reference's size": ("upscale a.png --model up --out out --reference a.png", "a.png is 20x20; 40x40 is needed", ""),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_with_the_nearest_thing_that_works(here: Path, ganstudio: Program, case: str) -> None:
    typed, says, hint = CASES[case]
    ended = ganstudio(*typed.split())
    assert (ended.code, ended.out) == (2, ""), ended.err
    assert says in ended.err
    assert hint in ended.err
    assert not list((here / "out").rglob("*"))


def test_a_file_of_the_user_s_is_replaced_by_force_alone(here: Path, ganstudio: Program) -> None:
    mine = save(here / "out" / "a.png", noise(3, 3))
    before = mine.read_bytes()
    asked = ("upscale", "a.png", "--model", "up", "--out", "out")
    ended = ganstudio(*asked)
    assert ended.code == 2
    assert "does not say that ganstudio generated it" in ended.err
    assert mine.read_bytes() == before
    assert ganstudio(*asked, "--force").code == 0
    assert mine.read_bytes() != before


def test_an_empty_folder_holds_nothing_to_do(here: Path, ganstudio: Program) -> None:
    (here / "empty").mkdir()
    ended = ganstudio("upscale", "empty", "--model", "up", "--out", "out")
    assert ended.code == 2
    assert "the folder is empty" in ended.err
