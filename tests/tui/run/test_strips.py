"""Strips: input, output and target side by side, on the screens Runs and Run, in blocks and as the terminal draws."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganstudio.inference.pixels import grid, write_png
from ganstudio.runs import events
from ganstudio.tui.run.page import RunPage
from ganstudio.tui.run.sample_grid import SampleGrid
from ganstudio.tui.run.samples import SheetRequest, read_sheet
from ganstudio.tui.run.strips import StripLayout, layout
from ganstudio.tui.widgets.picture import PictureView, heading
from ganstudio.workspace import Workspace
from tests.tui.driving import dashboard, press, record, screen_text, settled, until

SHOWS = ("input", "output", "target")
SIDE = 32  # of the recorded run's images
GREYS = (50, 100, 150)  # of an input, an output, a target


def write_strips(path: Path, count: int, across: int) -> None:
    """`count` strips, `across` of them to a row; a strip's number is added to its greys."""
    tiles = np.stack([np.full((SIDE, SIDE, 3), grey + n, np.uint8) for n in range(count) for grey in GREYS])
    write_png(path, grid(tiles, across * len(GREYS)), {})


@pytest.fixture
def translated(workspace: Workspace) -> Workspace:
    """A recorded run that says of its samples that they are strips."""
    record(workspace, "digits")
    run = workspace.runs / "digits"
    write_strips(run / "samples" / "0000024000.png", 8, 2)
    (run / "summary.json").unlink()
    with (run / events.NAME).open("a") as file:
        told = {"event": "samples", "nimg": 24000, "time_s": 99, "path": "samples/0000024000.png", "shows": SHOWS}
        file.write(f"{json.dumps(told)}\n")
    return workspace


@pytest.mark.parametrize(
    ("room", "side", "there"),
    [
        ((48, 40), 4, (1, 2)),  # three tiles of 16 px, twice
        ((96, 40), 4, (2, 2)),
        ((96, 70), 2, (1, 2)),  # half as many beside each other
        ((48, 40), 8, (2, 5)),
        ((4, 4), 4, (1, 3)),
        ((0, 0), 4, (1, 1)),
    ],
)
def test_a_room_has_as_many_strips_as_are_readable(room: tuple[int, int], side: int, there: tuple[int, int]) -> None:
    assert layout((SIDE, SIDE), 3, room, side) == StripLayout(*there)


def test_a_sheet_of_strips_ends_with_a_whole_one(tmp_path: Path) -> None:
    write_strips(tmp_path / "a.png", 8, 2)
    one = read_sheet(SheetRequest(tmp_path / "a.png", (SIDE, SIDE), (50, 20), SHOWS))
    assert one is not None
    assert one.shape == (SIDE, 3 * SIDE, 3)
    assert one[0, ::SIDE, 0].tolist() == list(GREYS)


def test_words_stand_above_their_columns_and_are_cut_where_they_are_long() -> None:
    assert heading(SHOWS, 30) == "input     output    target    "
    assert heading(("input", "as a very long name"), 20) == "input     as a ver… "
    assert heading(("input",) * 3, 2).strip() == ""


def looked_at(workspace: Workspace, size: tuple[int, int], keys: tuple[str, ...], **given: Any) -> tuple[str, Any]:
    async def drive() -> tuple[str, Any]:
        async with dashboard(workspace, size, **given) as (app, pilot):
            await press(pilot, *keys)
            view = app.screen.query_one(SampleGrid if isinstance(app.screen, RunPage) else PictureView)
            await until(pilot, lambda: view.pixels is not None)
            await settled(pilot)
            return screen_text(app), view.pixels

    return asyncio.run(drive())


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("keys", [(), ("enter",)], ids=["runs", "run"])
@pytest.mark.parametrize("pictures", ["blocks", "kitty"])
def test_both_screens_show_whole_strips_and_say_what_they_are(
    translated: Workspace, size: tuple[int, int], keys: tuple[str, ...], pictures: str
) -> None:
    shown, pixels = looked_at(translated, size, keys, pictures=pictures)
    assert pixels.shape[1] % (3 * SIDE) == 0
    assert pixels[0, : 3 * SIDE : SIDE, 0].tolist() == list(GREYS)
    above = next(line for line in shown.splitlines() if "input " in line and "target" in line and "|" not in line)
    assert above.index("input") < above.index("output") < above.index("target")


def test_a_strip_counts_as_one_tile(translated: Workspace) -> None:
    shown, pixels = looked_at(translated, (120, 40), ("enter", "z", "right_square_bracket"))
    assert "strip 1 @ 24.0" in shown
    assert pixels.shape == (SIDE, 3 * SIDE, 3)
    assert pixels[0, ::SIDE, 0].tolist() == [grey + 1 for grey in GREYS]


def test_the_whole_caption_says_what_the_columns_are(translated: Workspace) -> None:
    assert "input | output | target @ 24.0" in looked_at(translated, (120, 40), ("enter",))[0]
