from __future__ import annotations

import asyncio

from ganstudio.tui.widgets.table import Table
from ganstudio.workspace import Workspace
from tests.tui.driving import dashboard, press, screen_text


def test_every_run_of_the_workspace_is_in_the_table(recorded: Workspace) -> None:
    async def drive() -> None:
        async with dashboard(recorded) as (app, _):
            assert sorted(app.screen.query_one(Table).keys) == ["broken", "digits", "hot-critic"]

    asyncio.run(drive())


def test_the_filter_hides_what_is_not_like_it_and_escape_takes_it_back(recorded: Workspace) -> None:
    async def drive() -> None:
        async with dashboard(recorded) as (app, pilot):
            await press(pilot, "slash", *"state:failed", "enter")
            assert app.screen.query_one(Table).keys == ["broken"]
            assert "hot-critic" not in screen_text(app)
            await press(pilot, "escape")
            assert len(app.screen.query_one(Table).keys) == 3

    asyncio.run(drive())
