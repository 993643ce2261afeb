"""The small screens that ask: the filter of a choice."""

from __future__ import annotations

import asyncio

from textual.widgets import OptionList

from ganstudio.tui.dialogs.questions import Choose
from ganstudio.workspace import Workspace
from tests.tui.driving import dashboard, press, settled

OPTIONS = [("a", "acgan  a critic that tells classes"), ("b", "biggan  large batches"), ("c", "cgan  classes given")]


def chosen(workspace: Workspace, *keys: str) -> tuple[list[str | None], list[str]]:
    """The answers to a question after some keys, and the ids of the options that are shown at last."""
    answers: list[str | None] = []
    shown: list[str] = []

    async def go() -> None:
        async with dashboard(workspace) as (app, pilot):
            app.push_screen(Choose("Which?", OPTIONS, at="b"), answers.append)
            await settled(pilot)
            await press(pilot, *keys)
            if isinstance(app.screen, Choose):
                shown.extend(option.id or "" for option in app.screen.query_one(OptionList).options)

    asyncio.run(go())
    return answers, shown


def test_a_filter_leaves_the_options_that_hold_every_word(workspace: Workspace) -> None:
    answers, shown = chosen(workspace, "slash", *"CLASSES", "space", *"given")
    assert (answers, shown) == ([], ["c"])


def test_enter_in_the_filter_chooses_the_option_at_the_cursor(workspace: Workspace) -> None:
    assert chosen(workspace, "slash", *"classes", "down", "enter")[0] == ["c"]


def test_enter_where_nothing_is_left_chooses_nothing(workspace: Workspace) -> None:
    assert chosen(workspace, "slash", *"zzz", "enter") == ([], [])


def test_escape_leaves_the_filter_first_and_then_the_question(workspace: Workspace) -> None:
    assert chosen(workspace, "slash", *"zzz", "escape") == ([], ["a", "b", "c"])
    assert chosen(workspace, "slash", *"zzz", "escape", "escape")[0] == [None]


def test_without_a_filter_letters_are_keys(workspace: Workspace) -> None:
    assert chosen(workspace, "j", "enter")[0] == ["c"]
