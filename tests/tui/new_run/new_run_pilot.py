"""The screen New run under a pilot."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from ganstudio.tui.app import Dashboard
from ganstudio.tui.dialogs.questions import Choose
from ganstudio.tui.new_run.draft import Draft
from ganstudio.tui.new_run.page import NewPage
from ganstudio.tui.widgets.table import Table
from ganstudio.workspace import Workspace
from tests.tui.driving import dashboard, press, settled, until

Drive = Callable[[Dashboard, Pilot[None], NewPage], Awaitable[None]]


def drive(workspace: Workspace, steps: Drive, *keys: str, size: tuple[int, int] = (120, 40), **given: Any) -> None:
    """Runs `steps` on the screen once it has a draft with described options."""

    async def go() -> None:
        async with dashboard(workspace, size, **given) as (app, pilot):
            await press(pilot, *(keys or ("3",)))
            page = app.screen
            assert isinstance(page, NewPage)
            await until(pilot, lambda: page.snapshot.draft is not None and page.snapshot.draft.options is not None)
            await settled(pilot)
            await steps(app, pilot, page)

    asyncio.run(go())


def draft_of(page: NewPage) -> Draft:
    assert page.snapshot.draft is not None
    return page.snapshot.draft


def value(page: NewPage, key: str) -> Any:
    knob = draft_of(page).knob(key)
    assert knob is not None, key
    return knob.value(draft_of(page).table)


async def move_to(pilot: Pilot[None], page: NewPage, key: str) -> None:
    """The cursor on a knob."""
    page.query_one(Table).select(key)
    await settled(pilot)
    assert page.query_one(Table).key == key


async def pick(app: Dashboard, pilot: Pilot[None], key: str) -> None:
    """Chooses an option of the question that is asked."""
    assert isinstance(app.screen, Choose)
    options = app.screen.query_one(OptionList)
    options.highlighted = options.get_option_index(key)
    await press(pilot, "enter")


async def fill(app: Dashboard, pilot: Pilot[None], path: Path) -> None:
    """A path, in the line that has the focus, all at once as if pasted."""
    assert isinstance(app.focused, Input)
    app.focused.value = str(path)
    await press(pilot, "enter")


def option_ids(app: Dashboard) -> list[str | None]:
    return [option.id for option in app.screen.query_one(OptionList).options]
