"""What the screen New run begins with."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from textual.pilot import Pilot

from ganstudio.tui.app import Dashboard
from ganstudio.tui.new_run.page import NewPage
from ganstudio.workspace import Workspace
from tests.tui.driving import dashboard, press, screen_text, settled, until
from tests.tui.new_run.in_new_run import at, draft_of, drive, fill, pick, value

pytestmark = pytest.mark.usefixtures("described")


@pytest.mark.parametrize("key", ["b", "ctrl+o", "enter"])
def test_it_begins_with_another_preset(workspace: Workspace, key: str) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await press(pilot, "g", key)
        await pick(app, pilot, "preset")
        await pick(app, pilot, "wgan-gp")
        assert draft_of(page).start.label == "preset wgan-gp"
        assert value(page, "regularizers.gradient_penalty") is True
        assert "against preset wgan-gp" in screen_text(app)

    drive(workspace, steps)


def test_it_begins_with_a_run_as_a_fork_from_any_checkpoint_or_as_a_clone(recorded: Workspace) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await press(pilot, "b")
        await pick(app, pilot, "run")
        await pick(app, pilot, "digits")
        await pick(app, pilot, "at")
        await pick(app, pilot, "digits@6.016")
        assert "$ ganstudio runs fork digits@6.016" in screen_text(app)
        await press(pilot, "b")
        await pick(app, pilot, "clone")
        assert "against digits" in screen_text(app)
        assert page.snapshot.command[:4] == ("train", "dcgan", "--data", "mnist")
        await press(pilot, "b")
        await pick(app, pilot, "fork")
        assert draft_of(page).start.given == "digits"
        assert "digits@24 has trained 24 kimg" in draft_of(page).problems["training.kimg"]
        assert "✗ training.kimg" in screen_text(app)
        await at(pilot, page, "training.kimg")
        await press(pilot, "enter", *"48", "enter")
        assert page.snapshot.command == ("runs", "fork", "digits", "--kimg", "48")

    drive(recorded, steps)


def test_it_begins_with_a_file_of_the_user_s_own(workspace: Workspace, tmp_path: Path) -> None:
    witness = Path(__file__).parents[2] / "engine" / "witnesses" / "relativistic_pair.py"
    file = Path(shutil.copy(witness, tmp_path / "mine.py"))

    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await press(pilot, "b")
        await pick(app, pilot, "file")
        await press(pilot, *"x", "enter")
        assert "There is no 'x' in" in screen_text(app)
        await fill(app, pilot, file)
        await until(pilot, lambda: draft_of(page).start.how == "file" and draft_of(page).options)
        assert page.snapshot.command == ("train", str(file), "--data", "mnist")
        await at(pilot, page, "architecture.id")
        await press(pilot, "enter")
        assert len(app.screen_stack) == 1  # its networks are the file's

    drive(workspace, steps)


def test_fork_on_the_screen_of_runs_begins_a_fork(recorded: Workspace) -> None:
    async def steps(_: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        assert draft_of(page).start.how == "fork"
        assert page.dashboard.parent_of_new is None

    drive(recorded, steps, "f")


def test_a_draft_is_kept_while_other_screens_are_looked_at(recorded: Workspace) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await at(pilot, page, "data.mirror")
        await press(pilot, "enter", "1", "3")
        assert app.screen is page
        assert value(page, "data.mirror") is True

    drive(recorded, steps)


def test_a_parent_that_cannot_be_is_told_and_there_is_a_draft_all_the_same(recorded: Workspace) -> None:
    async def go() -> None:
        async with dashboard(recorded) as (app, pilot):
            app.new_run("digits@99")
            await settled(pilot)
            page = app.screen
            assert isinstance(page, NewPage)
            await until(pilot, lambda: page.snapshot.draft is not None)
            await settled(pilot)
            assert "no checkpoint at 99 kimg" in screen_text(app)
            assert draft_of(page).start.how == "preset"
            await press(pilot, "escape")
            assert "no checkpoint at 99" not in screen_text(app)

    asyncio.run(go())


def test_a_run_of_a_later_version_is_told_of_and_cannot_be_forked(recorded: Workspace) -> None:
    file = recorded.runs / "digits" / "run.json"
    table = json.loads(file.read_text())
    table["recipe"]["training"]["warp"] = 9
    file.write_text(json.dumps(table))

    async def go() -> None:
        async with dashboard(recorded) as (app, pilot):
            app.new_run("digits")
            await settled(pilot)
            await until(pilot, lambda: "training.warp: unknown key" in screen_text(app))
            assert app.screen.check_action("start", ()) is False

    asyncio.run(go())
