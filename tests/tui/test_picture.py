from __future__ import annotations

import asyncio
import base64
import io
import re
import unicodedata

import numpy as np
from PIL import Image
from rich.style import Style

from ganstudio.tui.widgets import sharp
from ganstudio.tui.widgets.picture import Picture, fitted, half_blocks
from ganstudio.workspace import Workspace
from tests.tui.driving import dashboard, press, settled, until

RED, BLUE = (255, 0, 0), (0, 0, 255)


def pixels(*rows: tuple[tuple[int, int, int], ...]) -> np.ndarray:
    return np.array(rows, np.uint8)


def test_a_cell_holds_two_pixels_the_upper_one_in_front() -> None:
    (row,) = half_blocks(pixels((RED, RED), (BLUE, BLUE)))
    (segment,) = row
    assert segment.text == "▀▀"
    assert segment.style is not None
    assert segment.style.color is not None
    assert segment.style.bgcolor is not None
    assert segment.style.color.triplet == RED
    assert segment.style.bgcolor.triplet == BLUE


def test_a_picture_is_enlarged_by_whole_numbers_and_reduced_in_proportion() -> None:
    picture = np.zeros((32, 32, 1), np.uint8)
    assert fitted(picture, 70, 100).shape == (64, 64, 3)
    assert fitted(picture, 20, 10).shape == (10, 10, 3)
    assert fitted(np.zeros((16, 64, 3), np.uint8), 32, 40).shape == (8, 32, 3)


def test_a_smooth_picture_fills_its_room_and_has_no_bricks() -> None:
    ramp = np.linspace(0, 255, 32).astype(np.uint8)[None, :, None].repeat(32, 0)
    drawn = fitted(ramp, 72, 100, smooth=True)
    assert drawn.shape == (72, 72, 3)
    steps = np.diff(drawn[36, 4:-4, 0].astype(int))
    assert steps.min() > 0  # a brick would be a step of none and then a large one
    assert steps.max() <= 5
    assert (fitted(ramp, 64, 64)[0, ::2] == fitted(ramp, 64, 64)[0, 1::2]).all()  # which bricks are
    assert (fitted(ramp, 20, 20, smooth=True) == fitted(ramp, 20, 20)).all()  # made smaller it is the same


def test_nothing_of_a_smooth_tile_runs_into_its_neighbour() -> None:
    grid = np.zeros((16, 32, 1), np.uint8)
    grid[:8, 8:16] = grid[8:, 24:] = 255
    drawn = fitted(grid, 80, 40, smooth=True, tile=(8, 8))
    assert set(drawn[:20, 20:40].ravel()) == {255}
    assert set(drawn[:20, :20].ravel()) == {0}
    assert set(drawn[20:, 60:].ravel()) == {255}


def test_reducing_averages_what_falls_on_a_pixel() -> None:
    checks = np.indices((8, 8)).sum(0)[:, :, None].astype(np.uint8) % 2 * 200
    assert set(fitted(checks, 4, 4).ravel()) == {100}


def test_marks_are_those_of_the_protocol() -> None:
    # https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders: combining, class 230, not composed
    assert [hex(ord(mark)) for mark in sharp.MARKS[:4]] == ["0x305", "0x30d", "0x30e", "0x310"]
    assert list(sharp.MARKS) == sorted(set(sharp.MARKS))
    assert len(sharp.MARKS) > 120
    assert {unicodedata.combining(mark) for mark in sharp.MARKS} == {230}
    assert not any(unicodedata.decomposition(mark) for mark in sharp.MARKS)


def test_what_the_terminal_is_sent_is_the_picture_in_chunks_of_one_number() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    number, sent = sharp.transmit(picture, 40, 20)
    parts = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", sent)
    assert parts[0][0] == f"a=T,U=1,f=100,q=2,i={number},c=40,r=20,m=1"
    assert {keys for keys, _ in parts[1:-1]} == {"m=1"}
    assert parts[-1][0] == "m=0"
    assert all(len(part) <= 4096 for _, part in parts)
    with Image.open(io.BytesIO(base64.standard_b64decode("".join(part for _, part in parts)))) as image:
        assert image.size == (64, 64)
        assert (np.asarray(image) == picture).all()


def test_cells_name_the_picture_by_colour_and_their_place_by_marks() -> None:
    rows = sharp.cells(0x123456, 3, 2, Style())
    (segment,) = rows[1]
    assert segment.style is not None
    assert segment.style.color is not None
    assert segment.style.color.triplet == (0x12, 0x34, 0x56)
    marks = sharp.MARKS
    assert segment.text == "".join(f"{sharp.PLACEHOLDER}{marks[1]}{marks[x]}" for x in range(3))
    assert segment.cell_length == 3


def test_a_picture_that_is_shown_no_more_is_forgotten_by_the_terminal(recorded: Workspace) -> None:
    async def drive() -> None:
        async with dashboard(recorded, pictures="kitty") as (app, pilot):
            sent: list[str] = []
            app.send_to_terminal = sent.append
            picture = app.screen.query_one(Picture)
            await press(pilot, "g", "j", "j", "k")
            await until(pilot, lambda: any("a=T" in text for text in sent))
            await press(pilot, "G", "g", "j")
            shown = [re.search(r"i=(\d+)", text)[1] for text in sent if "a=T" in text]  # type: ignore[index]
            gone = [re.search(r"i=(\d+)", text)[1] for text in sent if "a=d" in text]  # type: ignore[index]
            assert gone[1:] == shown[: len(gone) - 1]  # the first was sent before anybody listened
            assert len(shown) >= 4
            assert picture.pixels is not None

    asyncio.run(drive())


def test_z_smooths_every_picture_of_the_session_and_bricks_come_back(recorded: Workspace) -> None:
    async def drive() -> None:
        async with dashboard(recorded, (160, 50)) as (app, pilot):
            await press(pilot, "2", "z")
            tile = app.screen.query_one(Picture)
            await until(pilot, lambda: tile.pixels is not None)
            await settled(pilot)
            bricks = tile._strips
            await press(pilot, "Z")
            smooth = tile._strips
            assert [list(strip) for strip in smooth] != [list(strip) for strip in bricks]
            assert len(smooth) > len(bricks)  # it fills more of its room
            await press(pilot, "1", "2")  # it is remembered
            assert app.smooth
            assert [list(strip) for strip in tile._strips] == [list(strip) for strip in smooth]
            await press(pilot, "Z")
            assert [list(strip) for strip in tile._strips] == [list(strip) for strip in bricks]

    asyncio.run(drive())
