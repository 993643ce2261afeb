"""What the Runs page does to runs: each action a command."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from textual.pilot import Pilot

from ganstudio.commands import Outcome
from ganstudio.runs import process, requests
from ganstudio.tui.app import Dashboard
from ganstudio.tui.dialogs.questions import Confirm
from ganstudio.tui.widgets.table import Table
from ganstudio.workspace import Workspace
from tests.tui.driving import make_live, messages, press, screen_text, until
from tests.tui.runs.runs_pilot import move_to, on_runs


def test_a_live_run_is_stopped_once_the_person_says_yes(recorded: Workspace) -> None:
    run = make_live(recorded, "digits")

    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        await move_to(pilot, table, "digits")
        await press(pilot, "S")
        assert isinstance(app.screen, Confirm)
        assert "ganstudio runs stop digits" in screen_text(app)
        await press(pilot, "enter")  # which is no
        assert not requests.pending(run, "stop")
        await press(pilot, "S", "y")
        await until(pilot, lambda: requests.pending(run, "stop"))
        await until(pilot, lambda: app.runs.find("digits").view.status == "stopping")  # type: ignore[union-attr]
        (run / process.NAME).unlink()  # the command waits for this very process to end

    on_runs(recorded, drive)


def test_a_run_that_does_not_stop_is_killed_once_the_person_says_yes(recorded: Workspace) -> None:
    make_live(recorded, "digits")
    told = {"error": "TrainingError", "message": "digits has not answered for 60 s.", "details": None}
    late = Outcome(1, "", json.dumps({**told, "hint": "ganstudio runs stop digits --kill"}))

    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        begun: list[Sequence[str]] = []

        def launch(arguments: Sequence[str], ended: Callable[[Outcome], None]) -> None:
            begun.append(arguments)
            ended(late if len(begun) == 1 else Outcome(0, "digits", ""))

        app.launch = launch  # type: ignore[assignment,method-assign]
        await move_to(pilot, table, "digits")
        await press(pilot, "K")
        assert len(app.screen_stack) == 1  # nobody has asked it to stop
        await press(pilot, "S", "y")
        assert begun == [("runs", "stop", "digits")]
        assert "digits does not answer: K kills its process." in messages(app)
        assert any("has not answered for 60 s" in one for one in messages(app))
        await press(pilot, "K")
        assert isinstance(app.screen, Confirm)
        assert "ganstudio runs stop digits --kill" in screen_text(app)
        await press(pilot, "n", "K", "y")
        assert begun[1:] == [("runs", "stop", "digits", "--kill")]

    on_runs(recorded, drive)


def test_p_asks_a_live_run_to_pause(recorded: Workspace) -> None:
    run = make_live(recorded, "digits")

    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        await move_to(pilot, table, "digits")
        await press(pilot, "p")
        await until(pilot, lambda: requests.pending(run, "pause"))

    on_runs(recorded, drive)


def test_runs_are_removed_together_once_the_person_says_yes(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        await move_to(pilot, table, "broken")
        await press(pilot, "space")
        await move_to(pilot, table, "hot-critic")
        await press(pilot, "space", "X")
        assert "Remove 2 runs" in screen_text(app)
        await press(pilot, "n")
        assert (recorded.runs / "broken").exists()
        await press(pilot, "X", "y")
        await until(pilot, lambda: table.keys == ["digits"])
        assert not (recorded.runs / "broken").exists()

    on_runs(recorded, drive)


def test_an_action_that_fails_says_what_the_command_said(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        await move_to(pilot, table, "broken")
        await press(pilot, "R")  # its checkpoints are names alone, its data set is not on this machine
        await until(pilot, lambda: any(note.severity == "error" for note in app._notifications) or _crashed(app))

    def _crashed(app: Dashboard) -> bool:
        row = app.runs.find("broken")
        return row is not None and row.view.status in ("queued", "running", "failed") and row.view.pid is None

    on_runs(recorded, drive)


def test_n_and_f_begin_a_new_run(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        asked: list[str | None] = []
        app.new_run = asked.append  # type: ignore[method-assign]
        await move_to(pilot, table, "digits")
        await press(pilot, "n", "f")
        assert asked == [None, "digits"]

    on_runs(recorded, drive)
