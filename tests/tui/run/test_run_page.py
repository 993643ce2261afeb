from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from ganstudio.commands import Outcome
from ganstudio.runs import events, process, requests
from ganstudio.tui.app import Dashboard
from ganstudio.tui.dialogs.form import Form
from ganstudio.tui.dialogs.questions import Choose, Confirm, Report
from ganstudio.tui.run.log_view import LogView
from ganstudio.tui.run.page import RunPage
from ganstudio.tui.run.sample_grid import SampleGrid
from ganstudio.tui.runs.page import RunsPage
from ganstudio.tui.widgets.plot import Plot
from ganstudio.workspace import Workspace
from tests.runs.making import make_run
from tests.tui.driving import dashboard, make_live, press, screen_text, settled, until

Drive = Callable[[Dashboard, Pilot[None], RunPage], Awaitable[None]]


def on_run(workspace: Workspace, drive: Drive, run: str = "digits", size: tuple[int, int] = (120, 40)) -> None:
    async def whole() -> None:
        async with dashboard(workspace, size) as (app, pilot):
            app.open_run(run)
            await settled(pilot)
            page = app.screen
            assert isinstance(page, RunPage)
            await until(pilot, lambda: page.snapshot is not None and page.snapshot.curves)
            await settled(pilot)
            await drive(app, pilot, page)

    asyncio.run(whole())


def test_it_shows_the_curves_the_samples_the_findings_and_the_log(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        shown = screen_text(app)
        assert "FD[lenet]-1k" in shown
        assert "samples 4×4 @ 24.0" in shown
        assert "finished: budget" in shown
        assert any(0x2801 <= ord(letter) <= 0x28FF for letter in shown)
        assert page.query_one(SampleGrid).pixels is not None

    on_run(recorded, drive)


def test_one_cursor_moves_through_plots_samples_log_and_checkpoints(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        await press(pilot, "home", *["right"] * 3)
        at = page.viewport.cursor
        assert at is not None
        assert 0 < at < 6000
        for plot in page.query(Plot):
            assert plot.drawing.cursor == at
        shown = screen_text(app)
        assert "samples 4×4 @ 12.0" in shown  # the recorded run keeps grids of 12 and 24 kimg
        assert page.query_one(LogView).lines[-1].startswith("     0.0 kimg")
        assert "checkpoint 0.0" in shown
        await press(pilot, "shift+right", "shift+right", "shift+right")
        assert page.query_one(LogView).lines[-1].split()[0] in ("18.0", "24.0", "12.0")

    on_run(recorded, drive)


def test_end_follows_the_run_again(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        await press(pilot, "left", "shift+left")
        assert page.viewport.cursor is not None
        await press(pilot, "end")
        assert page.viewport.cursor is None

    on_run(recorded, drive)


@pytest.mark.parametrize(
    ("key", "knob", "values"),
    [
        ("s", "smooth", [1, 2, 3, 0]),
        ("L", "log", [True, False]),
        ("t", "tiles", [2, 0, 1]),
        ("z", "zoomed", [True, False]),
        ("h", "history", [True, False]),
        ("right_square_bracket", "tile", [1, 2]),
        ("left_square_bracket", "tile", [79, 78]),
        ("m", "panels", [4, 8, 0]),
    ],
)
def test_a_key_changes_how_the_run_is_looked_at(recorded: Workspace, key: str, knob: str, values: list[object]) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        for value in values:
            await press(pilot, key)
            assert getattr(page.viewport, knob) == value

    on_run(recorded, drive)


def test_plus_and_minus_zoom_and_escape_shows_all_again(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        await press(pilot, "plus", "plus")
        assert page.viewport.window == (18_000, 24_000)
        assert page.query_one("#plot0", Plot).drawing.window == (18_000, 24_000)
        await press(pilot, "minus")
        assert page.viewport.window == (12_000, 24_000)
        await press(pilot, "escape")
        assert page.viewport.window is None
        await press(pilot, "escape")
        assert isinstance(app.screen, RunsPage)

    on_run(recorded, drive)


def test_one_tile_and_its_history_are_shown_large(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        tiles = page.query_one(SampleGrid)
        await press(pilot, "z")
        assert tiles.pixels is not None
        assert tiles.pixels.shape[:2] == (32, 32)
        await press(pilot, "h")
        assert "tile 0, 12.0 to 24.0 kimg" in screen_text(app)
        assert tiles.pixels.shape[0] * tiles.pixels.shape[1] == 2 * 32 * 32
        await press(pilot, "escape")
        assert not page.viewport.history

    on_run(recorded, drive)


def test_comma_and_full_stop_go_from_run_to_run(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        ids = [row.id for row in app.runs.rows]
        place = ids.index("digits")
        await press(pilot, "full_stop")
        assert page.snapshot is not None
        assert page.snapshot.row.id == ids[(place + 1) % 3]
        await press(pilot, "comma")
        assert page.snapshot.row.id == "digits"

    on_run(recorded, drive)


def test_findings_say_why_and_offer_their_remedy_as_a_fork(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        await press(pilot, "d")
        assert isinstance(app.screen, Report)
        assert "goes by" in screen_text(app)
        assert "discriminator_optimizer.lr=" in screen_text(app)
        await press(pilot, "escape", "F")
        if isinstance(app.screen, Choose):
            await press(pilot, "enter")
        assert isinstance(app.screen, Confirm)
        assert "runs fork hot-critic@" in screen_text(app).replace("\n", " ")
        await press(pilot, "n")
        assert app.screen is page

    on_run(recorded, drive, "hot-critic")


def test_a_fork_that_has_begun_is_opened(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        page._on_forked(Outcome(0, "fork-of-it\n", ""))
        make_run(recorded, "fork-of-it")
        app.poller.wake()
        await until(pilot, lambda: page.snapshot is not None and page.snapshot.row.id == "fork-of-it")

    on_run(recorded, drive, "hot-critic")


def test_what_an_ended_run_cannot_do_is_not_offered(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        offered = {binding.action for _, binding, enabled, _ in page.active_bindings.values() if enabled}
        assert not {"pause", "stop", "snapshot", "evaluate", "rates", "resume", "why", "remedy"} & offered
        assert {"export", "fork"} <= offered

    on_run(recorded, drive)


def test_another_runs_curves_are_laid_over_and_taken_away(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        await press(pilot, "o", "enter")
        other = page.viewport.overlaid[0]
        labels = [trace.label for trace in page.query_one("#plot0", Plot).drawing.traces]
        assert labels == ["d", "g", f"{other} d", f"{other} g"]
        await press(pilot, "o", "enter")
        assert [trace.label for trace in page.query_one("#plot0", Plot).drawing.traces] == ["d", "g"]

    on_run(recorded, drive)


def test_the_recipe_is_shown_whole(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        await press(pilot, "r")
        assert "generator_optimizer.lr" in screen_text(app)

    on_run(recorded, drive, size=(120, 60))


def test_f_begins_a_new_run_from_the_checkpoint_at_the_cursor(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        asked: list[str | None] = []
        app.new_run = asked.append  # type: ignore[method-assign]
        await press(pilot, "home", "f", "end", "f")
        assert asked == ["digits@0", "digits@24"]

    on_run(recorded, drive)


def test_y_copies_the_id(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        await press(pilot, "y")
        assert app.clipboard == "digits"

    on_run(recorded, drive)


def test_a_live_run_is_steered_by_requests(recorded: Workspace) -> None:
    run = make_live(recorded, "digits")

    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        assert page.row is not None
        assert page.row.view.status == "running"
        await press(pilot, "p", "w", "e", "l")
        assert isinstance(app.screen, Form)
        await press(pilot, *["backspace"] * 6, *"0.001", "enter")
        await until(pilot, lambda: not isinstance(app.screen, Form))
        await press(pilot, "S", "y")
        await until(pilot, lambda: len(requests.poll(run)) == 5)
        asked = {request["kind"]: request for request in requests.poll(run)}
        assert asked.keys() == {"pause", "snapshot", "evaluate", "set", "stop"}
        assert asked["set"]["values"]["discriminator_optimizer.lr"] == 0.001
        await until(pilot, lambda: "kill" in {active.binding.action for active in page.active_bindings.values()})
        (run / process.NAME).unlink()  # the command that stops it waits for this very process to end

    on_run(recorded, drive)


def test_new_ticks_of_a_live_run_are_drawn_as_they_come(recorded: Workspace) -> None:
    run = make_live(recorded, "digits")

    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        plot = page.query_one("#plot0", Plot)
        assert plot.drawing.traces[0].curve.nimg[-1] <= 24_000
        writer = events.EventWriter(run / events.NAME)
        writer.write("tick", 30_000, 99.0, losses={"d": 7.5, "g": 1.0}, penalties={}, img_per_s=500.0)
        writer.close()
        app.poller.wake()
        await until(pilot, lambda: plot.drawing.traces[0].curve.nimg[-1] == 30_000)
        assert plot.drawing.traces[0].curve.last == 7.5

    on_run(recorded, drive)


def test_a_run_that_is_killed_while_it_is_watched_is_crashed_and_can_be_resumed(recorded: Workspace) -> None:
    run = make_live(recorded, "digits")
    victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    process.write_process(run, victim.pid)

    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        await until(pilot, lambda: "running" in screen_text(app))
        victim.kill()
        victim.wait()
        app.poller.wake()
        await until(pilot, lambda: "crashed" in screen_text(app))
        offered = {binding.action for _, binding, enabled, _ in page.active_bindings.values() if enabled}
        assert "resume" in offered
        assert "stop" not in offered

    try:
        on_run(recorded, drive)
    finally:
        victim.kill()


def test_knobs_of_a_newer_version_are_shown_as_they_are(recorded: Workspace) -> None:
    path = recorded.runs / "digits" / "run.json"
    record = json.loads(path.read_text())
    record["recipe"]["training"]["telepathy"] = 0.5
    record["recipe"]["oracle"] = {"kind": "delphi"}
    record["horoscope"] = "virgo"
    path.write_text(json.dumps(record))

    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        await press(pilot, "r")
        assert "training.telepathy" in screen_text(app)

    on_run(recorded, drive, size=(120, 70))


def test_a_run_that_is_deleted_while_it_is_watched_is_said_to_be_gone(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        shutil.rmtree(recorded.runs / "digits")
        app.poller.wake()
        await until(pilot, lambda: "digits is gone" in screen_text(app))
        await press(pilot, "left", "z", "1")
        assert isinstance(app.screen, RunsPage)

    on_run(recorded, drive)


def test_a_run_that_is_cut_short_while_it_is_watched_is_shown_as_it_is(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        path = recorded.runs / "digits" / events.NAME
        path.write_bytes(path.read_bytes()[:3001])
        (path.parent / "summary.json").unlink()
        app.poller.wake()
        await until(pilot, lambda: page.snapshot is not None and page.end < 24_000)
        assert page.query_one("#plot0", Plot).drawing.traces[0].curve.nimg[-1] < 24_000

    on_run(recorded, drive)


def test_no_run_at_all_says_what_to_do(workspace: Workspace) -> None:
    async def drive() -> None:
        async with dashboard(workspace) as (app, pilot):
            await press(pilot, "2")
            assert "No run is open" in screen_text(app)
            await press(pilot, "left", "s", "x", "d")

    asyncio.run(drive())


def test_every_size_of_terminal_is_borne(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], page: RunPage) -> None:
        for size in ((20, 5), (40, 12), (80, 24), (200, 60)):
            await pilot.resize_terminal(*size)
            await press(pilot, "left", "h", "z", "m", "end")
            await pilot.resize_terminal(120, 40)
            await settled(pilot)
            assert "digits" in screen_text(app), size

    on_run(recorded, drive)
