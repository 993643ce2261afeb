"""The line of keys at the bottom of every screen."""

from __future__ import annotations

from textual.pilot import Pilot

from ganstudio.tui.app import Dashboard
from ganstudio.tui.widgets.keybar import KeyBar
from ganstudio.workspace import Workspace
from tests.tui.driving import dashboard, run, screen_text, settled


def last_line(app: Dashboard) -> str:
    return screen_text(app).splitlines()[-1]


async def click(app: Dashboard, pilot: Pilot[None], word: str) -> None:
    await pilot.click(KeyBar, offset=(last_line(app).index(word), 0))
    await settled(pilot)


def test_a_click_on_a_key_or_its_word_presses_it_and_the_mouse_over_it_shows_what_it_does(recorded: Workspace) -> None:
    async def drive() -> None:
        async with dashboard(recorded) as (app, pilot):
            await click(app, pilot, "help")
            assert "Keys: runs" in screen_text(app)
            await pilot.press("escape")
            await settled(pilot)
            await pilot.hover(KeyBar, offset=(last_line(app).index("help"), 0))
            keys = app.screen.query_one(KeyBar).children[0]
            before = keys.tooltip
            await pilot.hover(KeyBar, offset=(119, 0))
            assert (keys.tooltip, before) == (None, "")

    run(drive())
