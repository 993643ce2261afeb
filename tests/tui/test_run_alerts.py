from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ganstudio.runs.state import RunState
from ganstudio.runs.store import RunView, view
from ganstudio.terminal import desktop_notification
from ganstudio.tui.messages import RunsChanged
from ganstudio.tui.run_alerts import RunEnded, ended_runs, terminal_call
from ganstudio.tui.snapshots import RunRow, RunsSnapshot
from ganstudio.workspace import Workspace
from tests.tui.driving import dashboard, run, toast_texts, until

HOSTILE = "a\x1b]0;owned\x07;b\nc"


def snapshot(*views: RunView) -> RunsSnapshot:
    return RunsSnapshot(tuple(map(RunRow, views)), loaded=True)


def test_only_runs_that_were_seen_live_end(recorded: Workspace) -> None:
    ended = view(recorded.runs / "digits")
    live = replace(ended, status="running")
    assert ended_runs(snapshot(live), snapshot(live)) == []
    assert ended_runs(snapshot(), snapshot(ended)) == []
    assert ended_runs(snapshot(ended), snapshot(ended)) == []
    assert ended_runs(snapshot(live), snapshot()) == []
    [words] = ended_runs(snapshot(live), snapshot(ended))
    assert (words.title, words.severity) == ("digits finished", "information")
    crashed = replace(ended, status="crashed", state=replace(ended.state, reason=None))
    [words] = ended_runs(snapshot(live), snapshot(crashed))
    assert (words.title, words.severity) == ("digits crashed", "error")


def test_a_failed_run_says_what_it_failed_with(recorded: Workspace) -> None:
    failed = view(recorded.runs / "broken")
    [words] = ended_runs(snapshot(replace(failed, status="running")), snapshot(failed))
    assert failed.state.error is not None
    assert words == RunEnded("broken failed", failed.state.error["message"], "error")


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({"TERM": "xterm-256color"}, "\x1b]9;t: x\x1b\\"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, "\x1b]777;notify;t;x\x1b\\"),
        ({"TERM": "foot"}, "\x1b]777;notify;t;x\x1b\\"),
        ({"TERM": "tmux-256color", "TMUX": "x"}, "\x1bPtmux;\x1b\x1b]9;t: x\x1b\x1b\\\x1b\\"),
        ({"TERM": "linux"}, ""),
        ({"TERM": "dumb"}, ""),
    ],
)
def test_a_terminal_gets_the_one_code_that_it_reads(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], code: str
) -> None:
    for name in ("TMUX", "VTE_VERSION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert desktop_notification("t", "x") == code


@pytest.mark.parametrize("term", ["xterm", "foot"])
def test_a_hostile_text_ends_no_code_and_begins_no_field(monkeypatch: pytest.MonkeyPatch, term: str) -> None:
    for name in ("TMUX", "VTE_VERSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", term)
    code = desktop_notification(HOSTILE, HOSTILE * 100)
    inner = code.removeprefix("\x1b]").removesuffix("\x1b\\")
    assert inner.isprintable()
    assert inner.count(";") == (1 if term == "xterm" else 3)
    assert len(inner) < 500


@pytest.mark.parametrize(
    ("alert", "bells", "codes"), [("all", 1, 1), ("bell", 1, 0), ("notification", 0, 1), ("none", 0, 0)]
)
def test_the_setting_turns_bell_and_notification_off(
    monkeypatch: pytest.MonkeyPatch, alert: Any, bells: int, codes: int
) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    text = terminal_call(RunEnded("t", "x", "error"), alert)
    assert (text.count("\a"), text.count("\x1b]")) == (bells, codes)


def test_an_open_dashboard_shows_a_toast_and_writes_nothing_that_its_driver_cannot_show(recorded: Workspace) -> None:
    async def drive() -> None:
        async with dashboard(recorded) as (app, pilot):
            app.poller.stop()
            assert toast_texts(app) == ""
            written: list[str] = []
            app._send = written.append  # type: ignore[method-assign]
            row = app.runs.find("digits")
            assert row is not None
            live = replace(row, view=replace(row.view, status="running", state=RunState(phase="running")))
            app.post_message(RunsChanged(replace(app.runs, rows=(live,))))
            await until(pilot, lambda: app.runs.running)
            app.post_message(RunsChanged(replace(app.runs, rows=(row,))))
            await until(pilot, lambda: toast_texts(app))
            assert toast_texts(app).startswith("digits finished at 24.0 kimg")
            assert written == []

    run(drive())
