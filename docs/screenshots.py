"""Pictures of the dashboard for these pages: each screen over real runs, painted cell by cell.

    python docs/screenshots.py WORKSPACE --font DejaVuSansMono.ttf --out docs/images

A terminal's font decides how half-blocks and braille meet; here they are drawn as rectangles and dots, as good
terminals do.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from rich.color import Color
from textual.strip import Strip

from ganstudio.tui.app import Dashboard
from ganstudio.tui.settings import Settings
from ganstudio.workspace import Workspace

CELL = (10, 20)  # pixels
_BRAILLE = range(0x2800, 0x2900)
_DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))  # (column, row) of each bit
_EIGHTHS = "▁▂▃▄▅▆▇█"

# name -> keys that lead there from the start; a number waits that many seconds
SCREENS: dict[str, tuple[str | float, ...]] = {
    "runs": (1.0,),
    "run": ("enter", 1.0, "shift+left", "left", "left", 0.5),
    "new": ("3", 3.0),
    "data": ("4", 2.0),
    "studio": (
        *("5", 2.0, "c", "down", "down", "down", "enter", "right", "right", "a"),
        *("n", "n", "n", 0.5, "b", "right", "up", 1.0),
    ),
    "exports": ("6", 1.0, "s", 1.5),
}


def paint(strips: Iterable[Strip], width: int, font_file: str, ground: str, ink: str) -> Image.Image:
    """The picture of a screen of `width` columns."""
    lines = list(strips)
    image = Image.new("RGB", (width * CELL[0], len(lines) * CELL[1]), ground)
    draw = ImageDraw.Draw(image)
    fonts = [ImageFont.truetype(font_file, 16)]
    bold = Path(font_file).with_name(Path(font_file).stem + "-Bold.ttf")
    fonts.append(ImageFont.truetype(str(bold), 16) if bold.is_file() else fonts[0])
    for y, strip in enumerate(lines):
        x = 0
        for segment in strip:
            style = segment.style
            fore, back = (_rgb(style.color, ink), _rgb(style.bgcolor, ground)) if style else (ink, ground)
            if style and style.reverse:
                fore, back = back, fore
            for letter in segment.text:
                _cell(draw, x, y, letter, fore, back, fonts[bool(style and style.bold)])
                x += 1
    return image


def _rgb(color: Color | None, otherwise: Any) -> Any:
    return otherwise if color is None or color.is_default else tuple(color.get_truecolor())


def _cell(draw: ImageDraw.ImageDraw, x: int, y: int, letter: str, fore: Any, back: Any, font: Any) -> None:
    (wide, high), left, top = CELL, x * CELL[0], y * CELL[1]
    right, bottom = left + wide - 1, top + high - 1
    draw.rectangle((left, top, right, bottom), fill=back)
    if letter == "▀":
        draw.rectangle((left, top, right, top + high // 2 - 1), fill=fore)
    elif letter in _EIGHTHS:
        draw.rectangle((left, bottom - high * (_EIGHTHS.index(letter) + 1) // 8 + 1, right, bottom), fill=fore)
    elif letter in "│─┤":
        middle = top + high // 2
        if letter != "─":
            draw.line((left + wide // 2, top, left + wide // 2, bottom), fill=fore)
        if letter != "│":
            draw.line((left, middle, right if letter == "─" else left + wide // 2, middle), fill=fore)
    elif letter == "▌":
        draw.rectangle((left, top, left + wide // 2 - 1, bottom), fill=fore)
    elif ord(letter) in _BRAILLE:
        for bit, (column, row) in enumerate(_DOTS):
            if ord(letter) >> bit & 1:
                a, b = left + 2 + 5 * column, top + 1 + 5 * row
                draw.ellipse((a, b, a + 2, b + 2), fill=fore)
    elif letter.strip():
        draw.text((left, top + 1), letter, fill=fore, font=font)


async def capture(
    workspace: Workspace, size: tuple[int, int], theme: Any, keys: Iterable[str | float], font: str
) -> Image.Image:
    """One screen after some keys."""
    app = Dashboard(workspace, settings=Settings(theme))
    async with app.run_test(size=size) as pilot:
        await pilot.pause(1.0)
        for key in keys:
            if isinstance(key, float):
                await pilot.pause(key)
            else:
                await pilot.press(key)
                await pilot.pause(0.1)
        await app.workers.wait_for_complete()
        await pilot.pause(0.3)
        colours = app.theme_variables
        strips = app.screen._compositor.render_strips()
        return paint(strips, size[0], font, colours["background"], colours["foreground"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--font", required=True, help="a monospaced TrueType font; its -Bold beside it is used too")
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    parser.add_argument("--size", default="120x36")
    parser.add_argument("--theme", default="dark", choices=("dark", "light"))
    parser.add_argument("--only", choices=SCREENS, nargs="*")
    given = parser.parse_args()
    os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
    width, height = map(int, given.size.split("x"))
    for name in given.only or SCREENS:
        image = asyncio.run(
            capture(Workspace.locate(given.workspace), (width, height), given.theme, SCREENS[name], given.font)
        )
        path = given.out / f"tui-{name}.png"
        image.quantize(256).save(path, optimize=True)
        print(path)


if __name__ == "__main__":
    main()
