"""The dashboard as a program, on a terminal of its own."""

from __future__ import annotations

import signal

import pytest

from ganstudio.cli.app import run
from ganstudio.settings.files import own_file
from ganstudio.workspace import Workspace
from tests.cli.terminal import Terminal
from tests.runs.making import make_run
from tests.tui.driving import make_live, record


def test_without_a_terminal_it_says_what_to_type(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tui"]) == 2
    told = capsys.readouterr().err
    assert "needs a terminal" in told
    assert "ganstudio runs list" in told


def test_q_quits_at_once_and_says_which_runs_go_on(workspace: Workspace) -> None:
    record(workspace, "digits")
    make_live(workspace, "digits")
    with Terminal("tui") as terminal:
        terminal.wait_for("digits")
        terminal.type("q")
        assert terminal.ended() == 0
        assert "digits goes on." in terminal.text
        # the last thing on the alternate screen was taken away, and the cursor is back
        assert terminal.raw.rindex("\x1b[?1049l") > terminal.raw.rindex("RUNS")
        assert "\x1b[?25h" in terminal.raw


def test_a_crash_leaves_the_terminal_clean_and_exits_with_1(workspace: Workspace) -> None:
    make_run(workspace, "run")
    with Terminal("tui", CRASH_IN_TUI="1") as terminal:
        assert terminal.ended() == 1
        assert "this is a fault of ganstudio: RuntimeError: a test" in terminal.text
        assert "\x1b[?1049l" in terminal.raw
        assert "Traceback" not in terminal.text


def test_settings_that_mean_nothing_are_told_of_and_the_screen_is_shown(workspace: Workspace) -> None:
    file = own_file("tui.toml")
    file.parent.mkdir(parents=True)
    file.write_text('theme = "pink"')
    with Terminal("tui") as terminal:
        terminal.wait_for("got 'pink'.")
        terminal.type("q")
        assert terminal.ended() == 0


def test_a_signal_ends_the_dashboard_and_gives_the_terminal_back(workspace: Workspace) -> None:
    make_run(workspace, "a")
    with Terminal("tui") as terminal:
        terminal.wait_for("RUNS")
        terminal.send(signal.SIGTERM)
        assert terminal.ended() == 128 + signal.SIGTERM
    assert terminal.raw.rfind("\x1b[?1049l") > terminal.raw.rfind("\x1b[?1049h") >= 0
    assert terminal.raw.rfind("\x1b[?25h") > terminal.raw.rfind("\x1b[?25l")


def test_a_closed_window_ends_the_dashboard(workspace: Workspace) -> None:
    """It went on without a terminal, at the full speed of a core."""
    make_run(workspace, "a")
    with Terminal("tui") as terminal:
        terminal.wait_for("RUNS")
        assert terminal.hang_up() == 128 + signal.SIGHUP


def test_a_terminal_that_calls_itself_dumb_is_refused(workspace: Workspace) -> None:
    with Terminal("tui", TERM="dumb") as terminal:
        assert terminal.ended() == 2
    assert "\x1b" not in terminal.raw
