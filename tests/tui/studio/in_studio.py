"""The screen Studio under a pilot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from ganstudio.tui.app import Dashboard
from ganstudio.tui.studio.page import StudioPage
from ganstudio.tui.widgets.mosaic import Mosaic
from ganstudio.workspace import Workspace
from tests.tui.driving import dashboard, press, settled, until

Studio = tuple[Dashboard, Pilot[None], StudioPage]


@asynccontextmanager
async def studio(workspace: Workspace, **given: Any) -> AsyncIterator[Studio]:
    """The screen with its first picture, or with what it says in place of one."""
    async with dashboard(workspace, **given) as (app, pilot):
        await press(pilot, "5")
        page = app.screen
        assert isinstance(page, StudioPage)
        await until(pilot, lambda: drawn(page) or stage(page).empty)
        await settled(pilot)
        yield app, pilot, page


def drawn(page: StudioPage) -> bool:
    """Whether all that is to be seen was drawn."""
    return bool(page.snapshot.shown_points) and all(point in page._cache for point in page.snapshot.shown_points)


async def keys(pilot: Pilot[None], page: StudioPage, *pressed: str) -> None:
    await pilot.press(*pressed)
    await until(pilot, lambda: drawn(page))
    await settled(pilot)


def stage(page: StudioPage) -> Mosaic:
    return page.query_one("#stage", Mosaic)


def drive(case: Callable[[Studio], Awaitable[None]], workspace: Workspace, **given: Any) -> None:
    async def go() -> None:
        async with studio(workspace, **given) as opened:
            await case(opened)

    asyncio.run(go())


def footer(page: StudioPage) -> set[str]:
    """The actions that work here and now."""
    return {active.binding.action for active in page.active_bindings.values() if active.enabled}
