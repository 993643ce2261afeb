from __future__ import annotations

import io
import re

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console

from ganstudio.cli.picture import LONGEST, READABLE, draw, draw_sheet, render


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in {"TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": "80", "LINES": "24"}.items():
        monkeypatch.setenv(name, value)
    return Terminal()


def cells(pixels: NDArray[np.uint8], width: int | None = None) -> list[list[tuple[int, ...]]]:
    """(upper r, g, b, lower r, g, b) of each cell of each line."""
    console = Console(
        file=io.StringIO(), force_terminal=True, color_system="truecolor", width=1000, legacy_windows=False
    )
    console.print(render(pixels, width), end="")
    lines = []
    for line in console.file.getvalue().splitlines():  # type: ignore[attr-defined]
        found = re.findall(r"38;2;(\d+);(\d+);(\d+);48;2;(\d+);(\d+);(\d+)m(▀+)", line)
        lines.append([tuple(map(int, colours)) for *colours, text in found for _ in text])
    return lines


def test_a_cell_shows_the_pixel_above_and_the_one_below() -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(4, 2, 3)
    assert cells(pixels) == [
        [(0, 1, 2, 6, 7, 8), (3, 4, 5, 9, 10, 11)],
        [(12, 13, 14, 18, 19, 20), (15, 16, 17, 21, 22, 23)],
    ]


def test_a_grey_picture_is_grey() -> None:
    assert cells(np.array([[[7]], [[200]]], np.uint8)) == [[(7, 7, 7, 200, 200, 200)]]


def test_a_picture_is_reduced_to_the_width_and_never_enlarged() -> None:
    pixels = np.full((64, 96, 1), 90, np.uint8)
    assert [len(cells(pixels, 48)), len(cells(pixels, 48)[0])] == [16, 48]
    assert [len(cells(pixels, 300)), len(cells(pixels, 300)[0])] == [32, 96]
    assert set(cells(pixels, 48)[3]) == {(90,) * 6}


def test_an_odd_height_keeps_its_last_line() -> None:
    assert len(cells(np.full((5, 2, 1), 90, np.uint8))) == 3


def test_what_is_no_terminal_gets_nothing(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    assert not draw(np.zeros((4, 4, 1), np.uint8), io.StringIO())
    assert not draw(np.zeros((4, 4, 1), np.uint8))
    assert capsys.readouterr() == ("", "")


def test_no_color_is_obeyed_without_a_word(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert not draw(np.zeros((4, 4, 1), np.uint8), terminal)
    assert terminal.getvalue() == ""
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("term", ["xterm", "dumb", "linux"])
def test_too_few_colours_are_told_on_stderr(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], term: str
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.delenv("COLORTERM")
    assert not draw(np.zeros((4, 4, 1), np.uint8), terminal)
    assert terminal.getvalue() == ""
    assert "fewer than 256 colours" in capsys.readouterr().err


def test_256_colours_are_enough(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLORTERM")
    assert draw(np.zeros((4, 4, 1), np.uint8), terminal)
    assert terminal.getvalue().count("38;5;16;48;5;16m▀▀▀▀\x1b") == 2


def test_a_sheet_that_fits_is_drawn_whole(terminal: Terminal) -> None:
    assert draw_sheet(np.zeros((3, 8, 8, 1), np.uint8), 3, terminal) == 3
    assert [line.count("▀") for line in terminal.getvalue().splitlines()] == [24] * 4


def test_a_sheet_loses_tiles_rather_than_readability(terminal: Terminal) -> None:
    assert draw_sheet(np.zeros((64, 32, 32, 1), np.uint8), 8, terminal) == (80 // READABLE) * (2 * LONGEST // READABLE)
    assert [line.count("▀") for line in terminal.getvalue().splitlines()] == [80] * LONGEST


def test_a_large_picture_is_reduced_until_the_screen_holds_it(terminal: Terminal) -> None:
    assert draw_sheet(np.zeros((1, 512, 512, 3), np.uint8), 1, terminal) == 1
    assert [line.count("▀") for line in terminal.getvalue().splitlines()] == [48] * 24


def test_a_terminal_narrower_than_a_tile_still_shows_one(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "10")
    assert draw_sheet(np.zeros((2, 32, 32, 1), np.uint8), 2, terminal) == 2
    assert {line.count("▀") for line in terminal.getvalue().splitlines()} == {10}
