"""`ganstudio stylize`: styles and their weights, colours, sheets, folders that go on, files that say what they are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.inference.provenance import COMPOSITE_TYPE, holds
from tests.cli.conftest import Program
from tests.cli.images.conftest import noise, pixels_of, save
from tests.cli.style.conftest import photograph

TO = ("--model", "paint", "--out", "out")


def painted(ganstudio: Program, here: Path, *given: str, out: str = "out") -> np.ndarray:
    ended = ganstudio("stylize", "photo.png", "--model", "paint", "--out", out, *given)
    assert ended.code == 0, ended.err
    return pixels_of(here / out / "photo.png").astype(float)


def test_a_blend_lies_between_its_two_by_their_weights(here: Path, ganstudio: Program) -> None:
    dark, bright = (painted(ganstudio, here, "--style", f"{name}.png", out=name) for name in ("dark", "bright"))
    both = painted(ganstudio, here, "--style", "dark.png=3", "--style", "bright.png", out="both")
    assert dark.mean() < 60 < 200 < bright.mean()
    middle = (dark > 0) & (bright < 255) & (dark < 255) & (bright > 0)  # nothing was cut off
    assert np.abs(both - (0.75 * dark + 0.25 * bright))[middle].max() <= 2
    # strength 0 is the content as the decoder draws it: squares of 4 px
    own = painted(ganstudio, here, "--style", "dark.png", "--strength", "0", out="own")
    squares = photograph().reshape(12, 4, 16, 4, 3).mean((1, 3)).repeat(4, 0).repeat(4, 1)
    assert np.abs(own - squares).max() <= 0.6


def test_a_saved_style_is_the_mean_of_its_pictures_and_paints_as_they_do(here: Path, ganstudio: Program) -> None:
    assert ganstudio("styles", "add", "one", "dark.png", "--model", "paint").code == 0
    assert ganstudio("styles", "add", "two", "dark.png", "bright.png", "--model", "paint").code == 0
    for saved, pictures in (("one", ("dark.png",)), ("two", ("dark.png", "bright.png"))):
        styles = [word for picture in pictures for word in ("--style", picture)]
        assert (painted(ganstudio, here, "--style", saved, out="a") == painted(ganstudio, here, *styles, out="b")).all()


def test_colours_that_are_kept_move_by_less_than_five_levels(here: Path, ganstudio: Program) -> None:
    for style in ("dark", "bright"):
        moved = painted(ganstudio, here, "--style", f"{style}.png", out=f"plain-{style}") - photograph()
        kept = painted(ganstudio, here, "--style", f"{style}.png", "--keep-colour", out=f"kept-{style}") - photograph()
        assert np.abs(moved.mean((0, 1))).max() > 30
        assert np.abs(kept.mean((0, 1))).max() < 1
        assert np.abs(kept).max() > 5  # light and dark are the style's


def test_alpha_and_exif_are_kept_and_the_file_says_what_it_is(here: Path, ganstudio: Program) -> None:
    pixels = np.dstack([photograph(), np.full((48, 64), 255, np.uint8)])
    pixels[:, :9, 3] = 0
    exif = Image.Exif()
    exif[0x010E] = "a hill"
    Image.fromarray(pixels).save(here / "photo.png", exif=exif)
    painted(ganstudio, here, "--style", "dark.png")
    path = here / "out" / "photo.png"
    with Image.open(path) as made:
        assert made.getexif()[0x010E] == "a hill"
        assert made.text["Source"] == "paint"  # type: ignore[attr-defined]
        assert (np.asarray(made)[..., 3] == pixels[..., 3]).all()
    assert holds(path, COMPOSITE_TYPE)


def test_a_sheet_has_contents_down_and_styles_along(here: Path, ganstudio: Program) -> None:
    save(here / "photos" / "a.png", photograph(seed=3))
    save(here / "photos" / "b.png", noise(40, 40, seed=4))
    (here / "photos" / "c.png").write_text("no picture")
    styles = ("--style", "dark.png", "--style", "bright.png")
    asked = ("stylize", "photos", *TO, *styles, "--grid", "sheet.png", "--json")
    ended = ganstudio(*asked)
    assert ended.code == 1
    told = json.loads(ended.out)
    assert told["grid"] == str(here / "sheet.png")
    assert [one["styles"] for one in told["pictures"]] == [
        [{"style": "dark", "weight": 0.5}, {"style": "bright", "weight": 0.5}]
    ] * 2
    cells = pixels_of(here / "sheet.png").reshape(3, 264, 3, 264, 3)[:, 4:-4, :, 4:-4].swapaxes(1, 2)
    means = cells.mean((2, 3, 4))
    assert means[0, 0] == 255
    assert means[0, 1] < 60 < 200 < means[0, 2]
    assert (means[1:, 1] < 60).all()
    assert (means[1:, 2] > 200).all()
    assert (np.abs(means[1:, 0] - 130) < 70).all()
    before = (here / "sheet.png").stat().st_mtime_ns
    assert ganstudio(*asked).code == 1
    assert (here / "sheet.png").stat().st_mtime_ns == before


def test_what_is_there_is_left_until_style_or_weight_change(here: Path, ganstudio: Program) -> None:
    asked = ("stylize", "photo.png", *TO, "--json")

    def there(*styles: str) -> bool:
        [picture] = json.loads(ganstudio(*asked, *(word for one in styles for word in ("--style", one))).out)[
            "pictures"
        ]
        return bool(picture["there"])

    assert not there("dark.png", "bright.png")
    assert there("dark.png", "bright.png")
    assert there("dark.png=2", "bright.png=2")  # the same shares
    assert not there("dark.png=2", "bright.png")
    save(here / "dark.png", noise(40, 40, seed=7))
    assert not there("dark.png=2", "bright.png")


def test_compare_puts_the_content_beside_it(here: Path, ganstudio: Program) -> None:
    made = painted(ganstudio, here, "--style", "dark.png", "--compare")
    both = pixels_of(here / "out" / "photo-compare.png")
    assert (both[:, :64] == photograph()).all()
    assert (both[:, 64:] == made).all()
    (here / "out" / "photo-compare.png").unlink()
    painted(ganstudio, here, "--style", "dark.png", "--compare")
    assert (pixels_of(here / "out" / "photo-compare.png") == both).all()


def test_what_is_converted_of_a_style_is_said(here: Path, ganstudio: Program) -> None:
    save(here / "grey.png", noise(12, 12, 1))
    save(here / "clear.png", noise(40, 40, 4))
    ended = ganstudio("stylize", "photo.png", *TO, "--style", "grey.png", "--style", "clear.png")
    assert ended.code == 0
    assert "style grey: grey, and paint takes colours" in ended.err
    assert "style grey: 12x12 px, smaller than the 32x32 px that paint learned styles from." in ended.err
    assert "style clear: transparent in part: laid over white" in ended.err


@pytest.mark.parametrize("size", [(1, 1), (3, 4)])
def test_a_content_of_one_place_fails_and_the_others_are_done(
    here: Path, ganstudio: Program, size: tuple[int, int]
) -> None:
    save(here / "dot.png", noise(*size))
    ended = ganstudio("stylize", "dot.png", *TO, "--style", "dark.png")
    assert ended.code == 2
    assert "paint sees 4x4 px as one place, which has no content" in ended.err
    ended = ganstudio("stylize", "dot.png", "photo.png", *TO, "--style", "dark.png", "--grid", "sheet.png")
    assert ended.code == 1
    assert ended.out.splitlines() == [str(here / "sheet.png"), str(here / "out" / "photo.png")]
