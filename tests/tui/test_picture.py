from __future__ import annotations

import asyncio
import base64
import io
import re
import unicodedata

import numpy as np
from PIL import Image
from rich.style import Style

from ganstudio.tui.widgets import kitty_graphics
from ganstudio.tui.widgets.picture import PictureView, painted
from ganstudio.workspace import Workspace
from tests.tui.driving import dashboard, press, settled, until


def test_the_upper_pixel_is_in_front() -> None:
    ((segment,),) = painted(np.array([[[255, 0, 0]] * 2, [[0, 0, 255]] * 2], np.uint8))
    assert segment.text == "▀▀"
    assert segment.style is not None
    assert segment.style.color is not None
    assert segment.style.bgcolor is not None
    assert segment.style.color.triplet == (255, 0, 0)
    assert segment.style.bgcolor.triplet == (0, 0, 255)


def test_marks_are_those_of_the_protocol() -> None:
    # https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders: combining, class 230, not composed
    assert [hex(ord(mark)) for mark in kitty_graphics.MARKS[:4]] == ["0x305", "0x30d", "0x30e", "0x310"]
    assert list(kitty_graphics.MARKS) == sorted(set(kitty_graphics.MARKS))
    assert len(kitty_graphics.MARKS) > 120
    assert {unicodedata.combining(mark) for mark in kitty_graphics.MARKS} == {230}
    assert not any(unicodedata.decomposition(mark) for mark in kitty_graphics.MARKS)


def test_what_the_terminal_is_sent_is_the_picture_in_chunks_of_one_number() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    number, sent = kitty_graphics.transmit(picture, 40, 20)
    parts = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", sent)
    assert parts[0][0] == f"a=T,U=1,f=100,q=2,i={number},c=40,r=20,m=1"
    assert {keys for keys, _ in parts[1:-1]} == {"m=1"}
    assert parts[-1][0] == "m=0"
    assert all(len(part) <= 4096 for _, part in parts)
    with Image.open(io.BytesIO(base64.standard_b64decode("".join(part for _, part in parts)))) as image:
        assert image.size == (64, 64)
        assert (np.asarray(image) == picture).all()


def test_cells_name_the_picture_by_colour_and_their_place_by_marks() -> None:
    rows = kitty_graphics.cells(0x123456, 3, 2, Style())
    (segment,) = rows[1]
    assert segment.style is not None
    assert segment.style.color is not None
    assert segment.style.color.triplet == (0x12, 0x34, 0x56)
    marks = kitty_graphics.MARKS
    assert segment.text == "".join(f"{kitty_graphics.PLACEHOLDER}{marks[1]}{marks[x]}" for x in range(3))
    assert segment.cell_length == 3


def test_a_picture_that_is_shown_no_more_is_forgotten_by_the_terminal(recorded: Workspace) -> None:
    async def drive() -> None:
        async with dashboard(recorded, pictures="kitty") as (app, pilot):
            sent: list[str] = []
            app.send_to_terminal = sent.append
            picture = app.screen.query_one(PictureView)
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
            tile = app.screen.query_one(PictureView)
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
