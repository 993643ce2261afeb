from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from ganstudio.tui.app import Dashboard
from ganstudio.tui.dialogs.questions import Confirm, Report
from ganstudio.tui.run.page import RunPage
from ganstudio.tui.runs.compare import Compare
from ganstudio.tui.widgets.picture import PictureView
from ganstudio.tui.widgets.plot import Plot
from ganstudio.tui.widgets.table import Table
from ganstudio.workspace import Workspace
from tests.runs.making import make_run
from tests.tui.driving import make_live, press, record, screen_text, settled, until
from tests.tui.runs.runs_pilot import move_to, on_runs


def test_every_run_of_the_workspace_is_in_the_table(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        assert sorted(table.keys) == ["broken", "digits", "hot-critic"]
        shown = screen_text(app)
        assert "18.9" in shown  # the best score of digits
        assert "✗" in shown

    on_runs(recorded, drive)


def test_the_filter_hides_what_is_not_like_it_and_escape_takes_it_back(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        await press(pilot, "slash", *"state:failed", "enter")
        assert table.keys == ["broken"]
        assert "hot-critic" not in screen_text(app)
        await press(pilot, "escape")
        assert len(table.keys) == 3

    on_runs(recorded, drive)


def test_digits_in_the_filter_are_typed_and_switch_no_screen(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        await press(pilot, "slash", *"fd<22", "enter")
        assert table.keys == ["digits"]

    on_runs(recorded, drive)


def test_a_filter_that_means_nothing_says_what_would_and_hides_nothing(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        await press(pilot, "slash", *"stat:x")
        assert "Did you mean 'state'?" in screen_text(app)
        assert len(table.keys) == 3

    on_runs(recorded, drive)


def test_keys_of_vi_move_and_the_preview_follows(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        keys = table.keys
        await press(pilot, "j")
        assert table.key == keys[1]
        await press(pilot, "k")
        assert table.key == keys[0]
        await press(pilot, "G")
        assert table.key == keys[-1]
        await move_to(pilot, table, "digits")
        await until(pilot, lambda: app.screen.query_one(PictureView).pixels is not None)
        assert "digits" in str(app.screen.query_one("#about", Static).content)

    on_runs(recorded, drive)


def test_keys_sort_by_each_column_and_turn_the_order_round(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        await press(pilot, "o")
        assert table.keys == ["broken", "digits", "hot-critic"]  # by name
        await press(pilot, "O")
        assert table.keys == ["hot-critic", "digits", "broken"]
        await press(pilot, "escape")
        assert table.keys[0] == app.runs.rows[0].id

    on_runs(recorded, drive)


def test_a_click_on_a_column_sorts_by_it(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        await pilot.click(Table, offset=(4, 0))
        await settled(pilot)
        assert table.keys == ["broken", "digits", "hot-critic"]
        await pilot.click(Table, offset=(4, 0))
        await settled(pilot)
        assert table.keys == ["hot-critic", "digits", "broken"]

    on_runs(recorded, drive)


def test_enter_opens_the_run(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        await move_to(pilot, table, "hot-critic")
        await press(pilot, "enter")
        assert isinstance(app.screen, RunPage)
        assert app.screen.snapshot is not None
        assert app.screen.snapshot.row.id == "hot-critic"

    on_runs(recorded, drive)


def test_marked_runs_are_compared_knob_by_knob(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        await move_to(pilot, table, "digits")
        await press(pilot, "space")
        await move_to(pilot, table, "hot-critic")
        await press(pilot, "space", "c")
        assert isinstance(app.screen, Compare)
        await until(pilot, lambda: app.screen.query_one(Plot).drawing.traces)
        shown = screen_text(app)
        assert "discriminator_optimizer.lr" in shown
        assert "0.0005" in shown
        assert "0.025" in shown
        await press(pilot, "m", "escape")
        assert table.has_focus

    on_runs(recorded, drive)


def test_y_copies_the_id_and_question_mark_lists_the_keys(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        await move_to(pilot, table, "digits")
        await press(pilot, "y", "question_mark")
        assert app.clipboard == "digits"
        assert isinstance(app.screen, Report)
        assert "state:running fd<30 not name:old" in screen_text(app)
        await press(pilot, "escape")
        assert table.has_focus

    on_runs(recorded, drive)


@pytest.mark.parametrize("over", [(), ("question_mark",), ("X",), ("space", "space", "c")])
def test_q_quits_from_everywhere(recorded: Workspace, over: tuple[str, ...]) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        await move_to(pilot, table, "digits")
        await press(pilot, *over)
        await pilot.press("q")
        await until(pilot, lambda: not app.is_running or app._exit)

    on_runs(recorded, drive)


def test_readonly_offers_nothing_that_changes_anything(recorded: Workspace) -> None:
    make_live(recorded, "digits")

    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        await move_to(pilot, table, "digits")
        offered = {binding.action for _, binding, enabled, _ in app.screen.active_bindings.values() if enabled}
        assert not {"stop", "pause", "resume", "remove", "new", "fork"} & offered
        await press(pilot, "S", "X")
        assert not isinstance(app.screen, Confirm)

    on_runs(recorded, drive, readonly=True)


def test_the_palette_holds_what_keys_do_here(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        await press(pilot, "space", "space")
        offered = {command.title for command in app.get_system_commands(app.screen)}
        assert {"filter", "mark", "sort", "reverse", "new", "fork", "copy id", "open", "help", "quit"} <= offered
        assert {"Runs", "Run", "New run", "Data", "Studio", "Exports"} <= offered
        await press(pilot, "ctrl+p", *"compare")
        await until(pilot, lambda: "the marked runs side by side" in screen_text(app))

    on_runs(recorded, drive)


def test_a_key_can_be_another(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        await press(pilot, "v")
        assert app.screen.query_one("#filter").has_class("-shown")

    on_runs(recorded, drive, keys={"runs.filter": "v"})


def test_an_empty_workspace_says_how_to_begin(workspace: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        assert "n begins one" in screen_text(app)
        await press(pilot, "j", "enter", "space", "S", "o", "y")
        assert table.keys == []

    on_runs(workspace, drive)


def test_a_run_of_a_newer_version_is_named_and_the_others_are_shown(recorded: Workspace) -> None:
    bad = make_run(recorded, "from-the-future")
    (bad / "run.json").write_text('{"format": 9}')

    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        assert len(table.keys) == 3
        assert "left out" in screen_text(app)
        assert "from-the-future" in screen_text(app)

    on_runs(recorded, drive, size=(160, 40))


def test_a_run_that_somebody_else_starts_appears_by_itself(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        make_run(recorded, "another")
        app.poller.wake()
        await until(pilot, lambda: "another" in table.keys)

    on_runs(recorded, drive)


def test_every_size_of_terminal_is_borne(recorded: Workspace) -> None:
    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        for size in ((20, 5), (40, 12), (80, 24), (200, 60)):
            await pilot.resize_terminal(*size)
            await press(pilot, "j", "o", "slash", "a", "escape")
            await pilot.resize_terminal(120, 40)
            await settled(pilot)
            assert "digits" in screen_text(app), size

    on_runs(recorded, drive)


@pytest.mark.parametrize(("term", "says"), [("xterm", "this terminal has 16"), ("dumb", "this terminal has none")])
def test_a_terminal_of_few_colours_is_told_that_pictures_need_more(
    recorded: Workspace, monkeypatch: pytest.MonkeyPatch, term: str, says: str
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.delenv("COLORTERM")

    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        await move_to(pilot, table, "digits")
        await until(pilot, lambda: says in " ".join(screen_text(app).split()))

    on_runs(recorded, drive, size=(160, 40))


def test_a_long_table_scrolls_with_its_cursor(workspace: Workspace) -> None:
    for number in range(60):
        make_run(workspace, f"run-{number:02}", created=f"2026-01-01T00:00:{number:02}.000+00:00")
    record(workspace, "digits")

    async def drive(app: Dashboard, pilot: Pilot[None], table: Table) -> None:
        await press(pilot, "G")
        assert table.key == table.keys[-1]
        assert str(table.key) in screen_text(app)
        await press(pilot, "g")
        assert str(table.keys[0]) in screen_text(app)

    on_runs(workspace, drive, size=(80, 24))
