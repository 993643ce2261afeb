"""Names come from files: none of them breaks a screen, whatever control bytes or markup is in it."""

from __future__ import annotations

import asyncio
import json
import unicodedata

import numpy as np
from rich.segment import Segment
from textual.color import Color

from ganstudio.runs import events
from ganstudio.tui.app import Dashboard
from ganstudio.tui.control_characters import ControlCharacterFilter
from ganstudio.tui.widgets.kitty_graphics import MARKS, PLACEHOLDER
from ganstudio.workspace import Workspace, data_home
from tests.inference.generators import write_generator
from tests.inference.stores import noise, pack
from tests.tui.driving import dashboard, press, record, screen_text, settled, until

EVIL = "a[/]b[red]\x1b[2J\x1b]0;x\x07\r\nc\tä中\x9b1m\u202e[@click=app.quit]q[/]"


def test_a_line_keeps_its_width_and_loses_what_a_terminal_obeys() -> None:
    ground = Color.parse("black")
    (segment,) = ControlCharacterFilter().apply([Segment(EVIL)], ground)
    assert segment.text == "a[/]b[red][2J]0;xcä中1m[@click=app.quit]q[/]"
    assert segment.cell_length == Segment(EVIL).cell_length
    picture = [Segment(f"{PLACEHOLDER}{MARKS[0]}{MARKS[1]}")]
    assert ControlCharacterFilter().apply(picture, ground) == picture


def furnish(workspace: Workspace) -> None:
    """A run, a set, an export and a preset whose names are what they should not be."""
    record(workspace, "digits")
    run = workspace.runs / "digits"
    told = json.loads((run / "run.json").read_text())
    told |= {"name": EVIL, "preset": EVIL, "data": told["data"] | {"name": EVIL}, "parent": EVIL}
    (run / "run.json").write_text(json.dumps(told))
    (run / "log.txt").write_text(f"{EVIL}\n")
    with (run / events.NAME).open("a") as file:
        error = {"type": "TrainingError", "message": EVIL, "hint": EVIL, "exit_code": 1}
        scored = {"event": "evaluated", "nimg": 24064, "time_s": 99, "score": EVIL, "value": 3.0}
        failed = {"event": "failed", "nimg": 24064, "time_s": 99, "error": error}
        file.write("".join(f"{json.dumps(event)}\n" for event in (scored, failed)))
    classes = (EVIL, "[/]", "\x1b[31mdog")
    pack("odd", noise(12), classes, np.arange(12) % 3, source=EVIL)
    (data_home() / "bad\x1b[2J[red][").mkdir()
    workspace.exports.mkdir()
    write_generator(workspace.exports / "odd\x1b[2J[b].onnx", classes=classes, run=EVIL, task=EVIL)
    (workspace.exports / "text\x1b[2J[red].onnx").write_text("no graph")
    own = workspace.root / "presets"
    own.mkdir()
    (own / "odd\x1b[2J[red].toml").write_text(f"summary = {json.dumps(EVIL)}\n")


def terminal_controls(app: Dashboard) -> list[str]:
    """What a terminal would obey of what the screen shows, beside colours."""
    lines = app.screen._compositor.render_strips()
    return [text for strip in lines for text, _, _ in strip if any(unicodedata.category(one) == "Cc" for one in text)]


def test_no_name_breaks_a_screen(workspace: Workspace, described: None) -> None:
    furnish(workspace)

    async def drive() -> None:
        async with dashboard(workspace) as (app, pilot):

            async def clean(*keys: str) -> None:
                await press(pilot, *keys)
                assert not terminal_controls(app), keys

            await clean()
            assert "a[/]b[red]" in screen_text(app)
            await clean("2")
            await until(pilot, lambda: app.run_snapshot is not None and app.run_snapshot.curves)
            await settled(pilot)
            for keys in (["r"], ["escape", "d"], ["escape", "o"], ["escape"], ["y"]):
                await clean(*keys)
            await clean("4")
            for keys in (["j"], ["j"], ["g", "enter"], ["c"], ["escape"], ["escape"], ["a"], ["escape"], ["X"], ["n"]):
                await clean(*keys)
            await clean("5")
            await clean("c")
            await clean("escape", "m")
            await clean("escape")
            await clean("6")
            assert "[b]" in screen_text(app)
            for keys in (["i"], ["escape", "m"], ["escape", "X"], ["escape", "e"], ["escape"]):
                await clean(*keys)
            await clean("3")
            await clean("b")
            await clean("escape", "ctrl+p")

    asyncio.run(drive())
