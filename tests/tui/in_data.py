"""The screen Data under a pilot."""

from __future__ import annotations

from textual.pilot import Pilot

from ganstudio.tui.app import Dashboard
from ganstudio.tui.screens.data import DataPage
from tests.tui.driving import press, settled, until


async def shown(pilot: Pilot[None], app: Dashboard) -> DataPage:
    await press(pilot, "4")
    page = app.page
    assert isinstance(page, DataPage)
    await until(pilot, lambda: page.snapshot.read)
    await settled(pilot)
    return page
