from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from textual.widgets import Input, Static

from ganstudio.data.obtain import open_set
from ganstudio.data.staging import PixelWriter, finish_set, publish, staging
from ganstudio.data.store import names
from ganstudio.tui.data.browse import Browse
from ganstudio.tui.data.page import DataPage
from ganstudio.tui.dialogs.form import Form
from ganstudio.tui.dialogs.questions import Confirm, Report
from ganstudio.tui.widgets.jobs import Jobs
from ganstudio.tui.widgets.picture import PictureView
from ganstudio.tui.widgets.table import Table
from ganstudio.workspace import Workspace, data_home
from tests.data.pictures import many, plain
from tests.inference.stores import noise, pack
from tests.tui.data.data_pilot import open_page
from tests.tui.driving import dashboard, press, run, screen_text, settled, text, until


@pytest.mark.usefixtures("packed")
def test_packed_damaged_and_known_sets_are_listed_in_this_order(workspace: Workspace) -> None:
    async def drive() -> None:
        (data_home() / "half").mkdir()
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            keys = page.query_one(Table).keys
            assert keys[:4] == ["animals", "shapes", "half", "mnist"]
            await press(pilot, "j", "j")
            assert "ganstudio data remove half" in text(page, "#check-told")

    run(drive())


@pytest.mark.usefixtures("packed")
def test_the_set_under_the_cursor_has_a_contact_sheet_and_bars_of_its_classes(workspace: Workspace) -> None:
    async def drive() -> None:
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            await until(pilot, lambda: page.query_one(PictureView).pixels is not None)
            told = screen_text(app)
            assert "60 images · 32² · gray" in told
            assert "66.7%" in told
            assert "33.3%" in told
            await press(pilot, "j")
            await until(pilot, lambda: page.query_one(PictureView).pixels.shape[2] == 3)  # type: ignore[union-attr]
            assert "66.7%" not in screen_text(app)

    run(drive())


@pytest.mark.usefixtures("packed")
def test_v_checks_a_set_and_then_shows_all_that_was_found(workspace: Workspace) -> None:
    async def drive() -> None:
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            assert "not checked yet" in text(page, "#check-told")
            await press(pilot, "v")
            await until(pilot, lambda: "2 in 1 group" in text(page, "#check-told"))
            assert "1 images repeat others exactly" in text(page, "#check-told")
            assert page.snapshot.find("animals").findings is not None  # type: ignore[union-attr]
            await press(pilot, "v")
            assert isinstance(app.screen, Report)
            assert "number 0 = number 1" in screen_text(app)

    run(drive())


@pytest.mark.usefixtures("packed")
def test_what_was_checked_before_is_shown_at_once_and_v_tells_what_it_means(workspace: Workspace) -> None:
    from ganstudio.data.inspect import check

    async def drive() -> None:
        check(open_set("shapes"))
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            await press(pilot, "j")
            assert "v tells what that means" in text(page, "#check-told")
            await press(pilot, "v")
            await until(pilot, lambda: isinstance(app.screen, Report))
            assert "1 images are blank" in screen_text(app)

    run(drive())


def test_a_folder_is_packed_by_a_form_that_names_the_nearest_path(workspace: Workspace, tmp_path: Path) -> None:
    async def drive() -> None:
        for number in range(3):
            plain(tmp_path / "holiday" / f"{number}.png", (number, 9, 9))
        (tmp_path / "holiday" / "notes.txt").write_text("no picture")
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            await press(pilot, "a")
            form = app.screen
            assert isinstance(form, Form)
            line = form.query_one("#field-path", Input)
            line.value = str(tmp_path / "holidays")
            await press(pilot, "enter")
            assert "Did you mean 'holiday'?" in str(form.query_one("#wrong", Static).content)
            line.value = str(tmp_path / "holiday")
            form.query_one("#field-size", Input).value = "8"
            await press(pilot, "enter")
            await until(pilot, lambda: page.query_one(Table).key == "holiday")
            assert open_set("holiday").manifest.resolution == 8
            assert [one.message for one in app._notifications] == [
                "3 images at 8 px; 1 files were skipped: v tells which"
            ]

    run(drive())


def test_escape_stops_a_packing_and_leaves_nothing(workspace: Workspace, tmp_path: Path) -> None:
    async def drive() -> None:
        folder = many(tmp_path / "many", 4000)
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            await pilot.press("a")
            await pilot.pause()
            app.screen.query_one("#field-path", Input).value = str(folder)
            await pilot.press("enter")
            jobs = page.query_one(Jobs)
            await until(pilot, lambda: jobs.jobs and jobs.jobs[0].done > 0)
            assert "esc stops it" in screen_text(app)
            assert "packing" in screen_text(app)
            await pilot.press("escape")
            await until(pilot, lambda: not jobs.jobs)
            await settled(pilot)
            assert names() == []
            assert "esc stops it" not in screen_text(app)

    run(drive())


def test_a_set_that_is_known_by_name_is_packed_after_a_yes(workspace: Workspace) -> None:
    async def drive() -> None:
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            page.query_one(Table).select("mnist-test")
            await press(pilot, "enter")
            assert isinstance(app.screen, Confirm)
            assert "ganstudio data add mnist-test" in screen_text(app)
            await press(pilot, "y")
            await until(pilot, lambda: names() == ["mnist-test"])
            await until(pilot, lambda: page.query_one(Table).key == "mnist-test")

    run(drive())


def test_a_known_set_that_nobody_may_hand_on_is_asked_for(workspace: Workspace, tmp_path: Path) -> None:
    async def drive() -> None:
        for number in range(2):
            plain(tmp_path / "thumbnails" / f"{number}.png", (number, 9, 9))
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            page.query_one(Table).select("ffhq")
            await press(pilot, "enter")
            assert isinstance(app.screen, Form)
            line = app.screen.query_one(Input)
            line.value = str(tmp_path / "thumbs")
            await press(pilot, "enter")
            assert "Did you mean 'thumbnails'?" in str(app.screen.query_one("#wrong", Static).content)
            line.value = str(tmp_path / "thumb")
            await settled(pilot)
            await press(pilot, "end", "right", "enter")  # completed
            await until(pilot, lambda: names() == ["ffhq"])

    run(drive())


def test_the_form_begins_with_the_known_name_under_the_cursor(workspace: Workspace) -> None:
    async def drive() -> None:
        async with dashboard(workspace) as (app, pilot):
            await open_page(pilot, app)
            await press(pilot, "a")
            assert app.screen.query_one("#field-path", Input).value == "mnist"
            await press(pilot, "escape")
            assert isinstance(app.screen, DataPage)

    run(drive())


@pytest.mark.usefixtures("packed")
def test_a_removal_asks_first(workspace: Workspace) -> None:
    async def drive() -> None:
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            await press(pilot, "X", "n")
            assert names() == ["animals", "shapes"]
            await press(pilot, "X", "y")
            await until(pilot, lambda: names() == ["shapes"])
            await until(pilot, lambda: page.query_one(Table).key == "shapes")

    run(drive())


@pytest.mark.usefixtures("packed")
def test_n_begins_a_training_on_the_set(workspace: Workspace) -> None:
    async def drive() -> None:
        async with dashboard(workspace) as (app, pilot):
            await open_page(pilot, app)
            await pilot.press("n")
            await pilot.pause()
            assert (app.data_of_new, app.parent_of_new) in (("animals", None), (None, None))  # taken, once it is shown
            assert app.current_mode == "new"

    run(drive())


@pytest.mark.usefixtures("packed")
def test_name_and_path_are_copied_and_r_looks_again(workspace: Workspace) -> None:
    async def drive() -> None:
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            await press(pilot, "y")
            assert app.clipboard == "animals"
            await press(pilot, "Y")
            assert app.clipboard == str(data_home() / "animals")
            pack("birds", noise(5))
            await press(pilot, "r")
            await until(pilot, lambda: "birds" in page.query_one(Table).keys)

    run(drive())


@pytest.mark.usefixtures("packed")
def test_readonly_leaves_looking_and_what_was_checked_before(workspace: Workspace) -> None:
    async def drive() -> None:
        async with dashboard(workspace, readonly=True) as (app, pilot):
            page = await open_page(pilot, app)
            await press(pilot, "a", "X", "n", "v")  # a check keeps what it finds
            assert app.screen is page
            assert not app._commands
            page.query_one(Table).select("mnist")
            await press(pilot, "enter")
            assert app.screen is page
            page.query_one(Table).select("shapes")
            await press(pilot, "enter")
            assert isinstance(app.screen, Browse)

    run(drive())


@pytest.mark.usefixtures("packed")
@pytest.mark.parametrize(("size", "theme"), [((20, 5), "dark"), ((80, 24), "light"), ((200, 60), "dark")])
def test_any_size_is_drawn(workspace: Workspace, size: tuple[int, int], theme: str) -> None:
    async def drive() -> None:
        async with dashboard(workspace, size=size, theme=theme) as (app, pilot):
            await open_page(pilot, app)
            assert screen_text(app)
            await press(pilot, "enter", "j", "escape", "a", "escape", "question_mark")
            assert isinstance(app.screen, Report)

    run(drive())


def test_attributes_have_bars_too_and_can_be_chosen(workspace: Workspace) -> None:
    async def drive() -> None:
        with staging() as folder:
            writer = PixelWriter(folder / "images.npy", 8, 1)
            writer.append(noise(10, side=8))
            labels = np.array([[1, 0]] * 4 + [[1, 1]] * 6)
            publish(
                folder, finish_set(folder, writer, name="faces", source="", attributes=("hat", "beard"), labels=labels)
            )
        async with dashboard(workspace) as (app, pilot):
            await open_page(pilot, app)
            await until(pilot, lambda: "beard" in screen_text(app))
            assert "60.0%" in screen_text(app)
            await press(pilot, "enter", "c", "j", "j", "enter")
            await until(pilot, lambda: "with beard   1-6 of 6" in screen_text(app))

    run(drive())
