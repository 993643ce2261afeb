from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from ganstudio.commands import Outcome
from ganstudio.data.obtain import open_set
from ganstudio.data.store import names
from ganstudio.inference.exports import Export
from ganstudio.tui.app import Dashboard
from ganstudio.tui.dialogs.form import Form
from ganstudio.tui.dialogs.questions import Choose, Confirm, Report
from ganstudio.tui.exports import content
from ganstudio.tui.exports.page import ExportsPage
from ganstudio.tui.widgets.jobs import Jobs
from ganstudio.tui.widgets.picture import PictureView
from ganstudio.tui.widgets.table import Table
from ganstudio.workspace import Workspace
from tests.inference.generators import write_clips, write_foreign, write_generator
from tests.inference.stores import noise, pack
from tests.tui.driving import dashboard, messages, press, record, run, screen_text, settled, text, until


async def open_page(pilot: Pilot[None], app: Dashboard) -> ExportsPage:
    await press(pilot, "6")
    page = app.page
    assert isinstance(page, ExportsPage)
    await until(pilot, lambda: page.snapshot.loaded)
    await settled(pilot)
    return page


@pytest.mark.usefixtures("generator")
def test_exports_are_listed_and_files_that_are_none_left_out(workspace: Workspace) -> None:
    async def drive() -> None:
        write_foreign(workspace.exports / "alien.onnx")
        write_generator(workspace.exports / "cats.onnx", classes=("tabby", "ginger"))
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            assert sorted(page.query_one(Table).keys) == ["cats", "digits"]
            assert "alien.onnx carries no ganstudio manifest" in text(page, "#left-out")
            page.query_one(Table).select("cats")
            await settled(pilot)
            for words in ("tabby, ginger", "1.2e-06", "3.73x", "opset 20", "48.0 kimg"):
                assert words in text(page, "#manifest")

    run(drive())


@pytest.mark.usefixtures("generator")
def test_s_draws_sixteen_seeds_and_then_those_after_them(workspace: Workspace) -> None:
    async def drive() -> None:
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            picture = page.query_one(PictureView)
            assert picture.pixels is None
            await press(pilot, "s")
            await until(pilot, lambda: "seeds 0-15" in text(page, "#seeds"))
            first = picture.pixels
            assert first is not None
            assert first.size == 16 * 32 * 32
            await press(pilot, "s")
            await until(pilot, lambda: "seeds 16-31" in text(page, "#seeds"))
            assert picture.pixels is not None
            assert (picture.pixels != first).any()

    run(drive())


def test_a_conditional_model_and_clips_are_drawn_too(workspace: Workspace) -> None:
    cats = write_generator(workspace.exports / "cats.onnx", classes=("tabby", "ginger"), channels=3)
    assert content.draw(cats, range(16), (120, 30)).picture.shape == (64, 256, 3)
    clips = write_clips(workspace.exports / "clips.onnx")
    assert content.draw(clips, range(16), (40, 80)).picture.shape == (128, 64, 1)


def test_a_file_that_cannot_be_drawn_from_says_why(workspace: Workspace, generator: Path) -> None:
    async def drive() -> None:
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            generator.write_bytes(generator.read_bytes()[:2000])
            await press(pilot, "s")
            await until(pilot, lambda: "cut short" in page.query_one(PictureView).empty)

    run(drive())


@pytest.mark.usefixtures("generator")
def test_v_proves_an_export_and_shows_the_report(workspace: Workspace) -> None:
    async def drive() -> None:
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            await press(pilot, "v")
            await until(pilot, lambda: isinstance(app.screen, Report))
            assert "hash and manifest hold" in screen_text(app)
            await press(pilot, "escape")
            assert "✓ verified here" in text(page, "#manifest")

    run(drive())


def test_an_export_that_does_not_hold_is_marked(workspace: Workspace) -> None:
    async def drive() -> None:
        write_generator(workspace.exports / "digits.onnx")
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            await press(pilot, "v")
            await until(pilot, lambda: "✗" in text(page, "#manifest"))
            assert "graph or weights are not those that were exported" in messages(app)[0]

    run(drive())


@pytest.mark.usefixtures("generator")
def test_w_writes_sixty_four_seeds_as_one_picture(workspace: Workspace) -> None:
    from PIL import Image

    async def drive() -> None:
        async with dashboard(workspace) as (app, pilot):
            await open_page(pilot, app)
            await press(pilot, "w")
            path = workspace.root / "pictures" / "digits-0-63.png"
            await until(pilot, lambda: messages(app) == [str(path)])
            with Image.open(path) as picture:
                assert picture.size == (256, 256)

    run(drive())


@pytest.mark.usefixtures("generator")
def test_m_makes_a_data_set_with_pictures_of_the_export(workspace: Workspace) -> None:
    async def drive() -> None:
        pack("mnist", noise(20))
        record(workspace, "digits")
        async with dashboard(workspace) as (app, pilot):
            await open_page(pilot, app)
            await press(pilot, "m")
            form = app.screen
            assert isinstance(form, Form)
            assert form.query_one("#field-data", Input).value == "mnist"  # what its run was trained on
            await press(pilot, *"17", "enter")
            await until(pilot, lambda: any("320 synthetic" in message for message in messages(app)))
            assert (names(), open_set("mnist-more").manifest.synthetic) == (["mnist", "mnist-more"], 320)

    run(drive())


@pytest.mark.usefixtures("generator")
def test_what_the_form_lacks_is_said_in_it(workspace: Workspace) -> None:
    async def drive() -> None:
        pack("birds", noise(20))
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            await press(pilot, "m", "enter")
            wrong = app.screen.query_one("#wrong", Static)
            assert "there is none" in str(wrong.content)
            await press(pilot, "down", "tab", "down", "enter")
            assert "needs a name" in str(wrong.content)
            await press(pilot, "escape")
            assert app.screen is page

    run(drive())


def test_a_removal_asks_first(workspace: Workspace, generator: Path) -> None:
    async def drive() -> None:
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            await press(pilot, "X", "n")
            assert generator.exists()
            await press(pilot, "X", "y")
            await until(pilot, lambda: not page.snapshot.rows)
            assert not generator.exists()
            assert "e exports a run" in screen_text(app)

    run(drive())


def test_path_and_facts_are_given_and_r_looks_again(workspace: Workspace, generator: Path) -> None:
    async def drive() -> None:
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            await press(pilot, "y")
            assert app.clipboard == str(generator)
            await press(pilot, "i")
            assert isinstance(app.screen, Report)
            assert Export.load(generator).manifest.sha256 in screen_text(app)
            await press(pilot, "escape")
            write_generator(workspace.exports / "more.onnx")
            await press(pilot, "r")
            await until(pilot, lambda: "more" in page.query_one(Table).keys)

    run(drive())


@pytest.mark.usefixtures("generator")
def test_enter_opens_studio_with_the_export(workspace: Workspace) -> None:
    async def drive() -> None:
        async with dashboard(workspace) as (app, pilot):
            await open_page(pilot, app)
            await pilot.press("enter")
            await pilot.pause()
            assert app.chosen_export in ("digits", None)  # taken, once it is shown
            assert app.current_mode == "studio"

    run(drive())


def test_e_asks_for_a_run_and_a_precision_and_tells_why_it_failed(workspace: Workspace) -> None:
    async def drive() -> None:
        record(workspace, "digits", "hot-critic")
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            app.chosen_run = "hot-critic"
            await press(pilot, "e")
            assert isinstance(app.screen, Choose)
            assert app.screen.query_one(OptionList).get_option_at_index(0).id == "hot-critic"
            await press(pilot, "enter", "j")
            await pilot.press("enter")
            await until(pilot, lambda: page.query_one(Jobs).jobs)
            assert "exporting hot-critic-fp16" in screen_text(app)
            await until(pilot, lambda: messages(app))  # its checkpoints are names alone
            assert not page.query_one(Jobs).jobs
            assert next(iter(app._notifications)).severity == "error"

    run(drive())


def test_escape_stops_an_export(workspace: Workspace) -> None:
    async def drive() -> None:
        record(workspace, "digits")
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            await press(pilot, "e", "enter")
            await pilot.press("enter")
            jobs = page.query_one(Jobs)
            await until(pilot, lambda: jobs.jobs)
            await pilot.press("escape")
            await until(pilot, lambda: not jobs.jobs)
            await settled(pilot)
            assert not list(workspace.exports.glob("*"))

    run(drive())


def test_quitting_stops_what_is_under_way(workspace: Workspace) -> None:
    async def drive() -> None:
        record(workspace, "digits")
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            await press(pilot, "e", "enter")
            await pilot.press("enter")
            await until(pilot, lambda: page.query_one(Jobs).jobs)
            [job] = page.query_one(Jobs).jobs
            await pilot.press("q")
        assert job.running is not None
        assert job.running.exit_code() != 0
        assert not list(workspace.exports.glob("*.onnx"))

    run(drive())


def test_what_was_exported_is_selected_and_replaced_only_after_a_yes(
    workspace: Workspace, generator: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker, which needs torch for seconds, is stood in for: what is tested is what comes before and after it."""
    asked: list[tuple[str, ...]] = []

    def launch(app: Dashboard, arguments: Sequence[str], ended: Callable[[Outcome], None], _: object) -> None:
        asked.append(tuple(arguments))
        made = Export.load(write_generator(workspace.exports / f"digits{'-int8' * (len(asked) > 1)}.onnx"))
        app.call_later(ended, Outcome(0, json.dumps(made.as_json()), ""))

    async def drive() -> None:
        record(workspace, "digits")
        monkeypatch.setattr(Dashboard, "launch", launch)
        async with dashboard(workspace) as (app, pilot):
            page = await open_page(pilot, app)
            await press(pilot, "e", "enter", "enter")
            assert isinstance(app.screen, Confirm)
            await press(pilot, "y")
            assert asked == [("export", "onnx", "digits", "--precision", "fp32", "--json")]
            await press(pilot, "e", "enter", "j", "j", "enter")
            await until(pilot, lambda: page.query_one(Table).key == "digits-int8")
            assert asked[1][3:5] == ("--precision", "int8")

    run(drive())


def test_a_run_that_keeps_averages_is_asked_for_one(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(Dashboard, "launch", lambda _app, arguments, *_: asked.append(tuple(arguments)))

    async def drive() -> None:
        record(workspace, "digits")
        file = workspace.runs / "digits" / "run.json"
        told = json.loads(file.read_text())
        told["recipe"]["training"]["ema_stds"] = [0.05, 0.1]
        file.write_text(json.dumps(told))
        async with dashboard(workspace) as (app, pilot):
            await open_page(pilot, app)
            await press(pilot, "e", "enter", "enter")
            assert isinstance(app.screen, Choose)
            assert [option.id for option in app.screen.query_one(OptionList).options] == ["own", "0.05", "0.1"]
            await press(pilot, "j", "enter")
            await pilot.pause()
            assert asked == [("export", "onnx", "digits", "--precision", "fp32", "--ema-std", "0.05", "--json")]

    run(drive())


@pytest.mark.usefixtures("generator")
def test_readonly_leaves_looking_proving_and_drawing(workspace: Workspace) -> None:
    async def drive() -> None:
        record(workspace, "digits")
        async with dashboard(workspace, readonly=True) as (app, pilot):
            page = await open_page(pilot, app)
            await press(pilot, "e", "m", "X", "w")
            assert app.screen is page
            assert not page.query_one(Jobs).jobs
            await press(pilot, "s")
            await until(pilot, lambda: page.query_one(PictureView).pixels is not None)

    run(drive())


@pytest.mark.usefixtures("generator")
@pytest.mark.parametrize(("size", "theme"), [((20, 5), "dark"), ((80, 24), "light"), ((200, 60), "dark")])
def test_any_size_is_drawn(workspace: Workspace, size: tuple[int, int], theme: str) -> None:
    async def drive() -> None:
        async with dashboard(workspace, size=size, theme=theme) as (app, pilot):
            await open_page(pilot, app)
            assert screen_text(app)
            await press(pilot, "s", "m", "escape", "i", "escape", "question_mark")
            assert isinstance(app.screen, Report)

    run(drive())
