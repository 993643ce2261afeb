"""The Runs page, driven."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from textual.pilot import Pilot

from ganstudio.tui.app import Dashboard
from ganstudio.tui.widgets.table import Table
from ganstudio.workspace import Workspace
from tests.tui.driving import dashboard, press

Drive = Callable[[Dashboard, Pilot[None], Table], Awaitable[None]]


def on_runs(workspace: Workspace, drive: Drive, **given: object) -> None:
    async def whole() -> None:
        async with dashboard(workspace, **given) as (app, pilot):  # type: ignore[arg-type]
            await drive(app, pilot, app.screen.query_one(Table))

    asyncio.run(whole())


async def move_to(pilot: Pilot[None], table: Table, key: str) -> None:
    """Puts the cursor on a run, by keys."""
    await press(pilot, "g", *["j"] * table.keys.index(key))
    assert table.key == key
