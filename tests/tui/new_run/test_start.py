"""The screen New run: command line, dry run, start."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from ganstudio.runs import store
from ganstudio.tui.app import Dashboard
from ganstudio.tui.dialogs.questions import Report
from ganstudio.tui.new_run.page import NewPage
from ganstudio.workspace import Workspace
from tests.tui.driving import press, screen_text, settled, until
from tests.tui.new_run.new_run_pilot import draft_of, drive, move_to, pick, value

pytestmark = pytest.mark.usefixtures("described")


def test_y_copies_the_command_line(workspace: Workspace) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await move_to(pilot, page, "objective.kind")
        await press(pilot, "enter")
        await pick(app, pilot, "hinge")
        await press(pilot, "y")
        assert app.clipboard == "ganstudio train dcgan --data mnist --set 'objective={kind=\"hinge\"}'"

    drive(workspace, steps)


def test_help_lists_the_keys(workspace: Workspace) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], _: NewPage) -> None:
        await press(pilot, "question_mark")
        assert isinstance(app.screen, Report)
        assert "start the run" in screen_text(app)

    drive(workspace, steps)


def test_nothing_starts_or_is_tried_where_something_is_wrong(workspace: Workspace) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await move_to(pilot, page, "training.micro_batch")
        await press(pilot, "enter", *"16", "enter")
        await move_to(pilot, page, "training.batch")
        await press(pilot, "enter", *"100")
        assert "! training.micro_batch: must divide the batch of 100" in screen_text(app)
        await press(pilot, "enter", "R", "t", "y")
        assert "must divide the batch of 100" in screen_text(app)
        assert not page.snapshot.starting
        assert page.snapshot.dry_run.doing == ""
        assert not store.list_runs(workspace)

    drive(workspace, steps)


def test_readonly_starts_nothing(workspace: Workspace) -> None:
    async def steps(_: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await press(pilot, "R", "ctrl+r", "t", "ctrl+t")
        assert not page.snapshot.starting
        assert page.snapshot.dry_run.doing == ""

    drive(workspace, steps, readonly=True)


@pytest.mark.parametrize(
    ("size", "theme"), [((20, 5), "dark"), ((80, 24), "light"), ((100, 30), "light"), ((200, 60), "dark")]
)
def test_it_can_be_used_at_any_size(recorded: Workspace, size: tuple[int, int], theme: str) -> None:
    async def steps(_: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await move_to(pilot, page, "run.seed")
        await press(pilot, "enter", "5", "enter", "slash", "l", "r", "enter", "escape", "b", "escape")
        assert value(page, "run.seed") == 5

    drive(recorded, steps, size=size, theme=theme)


async def _small(pilot: Pilot[None], page: NewPage, photos: Path) -> None:
    """The smallest run there is: two perceptrons, eight images a step."""
    page.read_start("preset", "gan")
    await until(pilot, lambda: draft_of(page).start.given == "gan" and draft_of(page).options)
    for key, text in (
        ("run.data", str(photos)),
        ("training.batch", 8),
        ("training.kimg", 0.064),
        ("run.device", "cpu"),
    ):
        knob = draft_of(page).knob(key)
        assert knob is not None
        page._set_value(knob, text)
    await settled(pilot)


def test_a_dry_run_tells_what_a_run_needs_until_the_draft_is_another(workspace: Workspace, photos: Path) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await _small(pilot, page, photos)
        await pilot.press("ctrl+t")
        await pilot.press("escape")
        await pilot.pause()
        assert page.snapshot.dry_run.doing == ""  # it was stopped
        await pilot.press("t")
        await until(pilot, lambda: page.snapshot.dry_run.answer or page.snapshot.dry_run.error)
        assert page.snapshot.dry_run.error == ""
        text = screen_text(app)
        for said in ("step", "img/s", "memory", "disk", "generator", "critic"):
            assert said in text
        assert "of before the last change" not in text
        await move_to(pilot, page, "run.seed")
        await press(pilot, "enter", "5", "enter")
        assert "of before the last change" in screen_text(app)
        assert not store.list_runs(workspace)

    drive(workspace, steps)


def test_a_run_starts_and_is_opened(workspace: Workspace, photos: Path) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await _small(pilot, page, photos)
        await move_to(pilot, page, "run.name")
        await press(pilot, "enter", *"tiny", "enter")
        assert page.active_bindings["R"].binding.action == page.active_bindings["ctrl+r"].binding.action
        await pilot.press("R")
        await until(pilot, lambda: app.current_mode == "run")
        assert app.chosen_run == "tiny"
        # its name is taken now, and the next one needs another
        assert value(page, "run.name") == ""
        await until(pilot, lambda: store.find(workspace, "tiny").status in ("finished", "failed"))

    drive(workspace, steps)
    run = store.find(workspace, "tiny")
    assert (run.status, run.state.nimg, run.record.preset) == ("finished", 64, "gan")


def test_what_kept_a_run_from_starting_stays_on_the_screen(workspace: Workspace, photos: Path) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await _small(pilot, page, photos)
        shutil.rmtree(photos)
        await pilot.press("R")
        await until(pilot, lambda: page.snapshot.failed)
        assert app.screen is page
        assert "neither a data set nor a path" in str(page.query_one("#note", Static).render())
        assert not page.snapshot.starting

    drive(workspace, steps)
