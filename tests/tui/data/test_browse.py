"""A data set, image by image."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from ganstudio.data.obtain import open_set
from ganstudio.tui.data.browse import Browse
from ganstudio.tui.data.page import DataPage
from ganstudio.tui.dialogs.questions import Choose
from ganstudio.tui.widgets.gallery import Gallery
from ganstudio.workspace import Workspace
from tests.tui.data.data_pilot import clips, open_page
from tests.tui.driving import dashboard, press, run, screen_text, until


@pytest.mark.usefixtures("packed")
def test_all_images_are_paged_through(workspace: Workspace) -> None:
    async def drive() -> None:
        async with dashboard(workspace, size=(80, 24)) as (app, pilot):
            await open_page(pilot, app)
            await press(pilot, "enter")
            browse = app.screen
            assert isinstance(browse, Browse)
            where = browse.query_one("#where", Static)
            await until(pilot, lambda: "1-8 of 60" in str(where.content))
            assert "cat" in screen_text(app)
            await press(pilot, "j")
            assert "9-16 of 60   page 2/8" in str(where.content)
            await press(pilot, "k")
            assert "1-8 of 60   page 1/8" in str(where.content)
            await press(pilot, "G")
            assert "57-60 of 60   page 8/8" in str(where.content)
            await press(pilot, "g", "plus")
            assert "1-2 of 60" in str(where.content)
            await press(pilot, "minus", "minus")
            assert "1-21 of 60" in str(where.content)
            await press(pilot, "escape")
            assert isinstance(app.screen, DataPage)

    run(drive())


@pytest.mark.usefixtures("packed")
def test_its_keys_can_be_others_and_a_question_shows_them(workspace: Workspace) -> None:
    keys = {"browse.next": "f6", "browse.back": "f7", "confirm.yes": "f8", "pictures.smooth": "f9"}

    async def drive() -> None:
        async with dashboard(workspace, size=(80, 24), keys=keys) as (app, pilot):
            page = await open_page(pilot, app)
            await press(pilot, "enter")
            where = app.screen.query_one("#where", Static)
            await until(pilot, lambda: "1-8 of 60" in str(where.content))
            await press(pilot, "j")
            assert "1-8 of 60" in str(where.content)
            await press(pilot, "f6")
            assert "9-16 of 60" in str(where.content)
            await press(pilot, "plus", "plus")
            bricks = [list(strip) for strip in app.screen.query_one(Gallery)._strips]
            await press(pilot, "f9")
            assert app.smooth
            assert [list(strip) for strip in app.screen.query_one(Gallery)._strips] != bricks
            await press(pilot, "f7")
            assert app.screen is page
            await press(pilot, "X")
            assert "f8 yes   n no" in screen_text(app)

    run(drive())


@pytest.mark.usefixtures("packed")
def test_one_class_or_what_a_check_found_can_be_chosen(workspace: Workspace) -> None:
    from ganstudio.data.inspect import check

    async def drive() -> None:
        check(open_set("animals"))
        async with dashboard(workspace, size=(80, 24)) as (app, pilot):
            await open_page(pilot, app)
            await press(pilot, "enter", "c")
            assert isinstance(app.screen, Choose)
            await press(pilot, "j", "j", "enter")
            browse = app.screen
            where = browse.query_one("#where", Static)
            assert "class dog   1-8 of 20" in str(where.content)
            assert "40" in screen_text(app)  # the number of the first dog
            await press(pilot, "slash", "j", "j", "j", "enter")
            assert "equal to another   1-2 of 2" in str(where.content)

    run(drive())


def test_clips_are_browsed_as_strips(workspace: Workspace) -> None:
    async def drive() -> None:
        clips(30)
        async with dashboard(workspace, size=(80, 24)) as (app, pilot):
            await open_page(pilot, app)
            await press(pilot, "enter")
            where = app.screen.query_one("#where", Static)
            await until(pilot, lambda: "of 30" in str(where.content))

    run(drive())
