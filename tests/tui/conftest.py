"""Terminals of tests have all colours; snapshots are compared, and written anew with --update-snapshots."""

from __future__ import annotations

import pytest

from ganstudio.workspace import Workspace
from tests.tui.driving import record


@pytest.fixture(autouse=True)
def true_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")


@pytest.fixture(autouse=True)
def quick_pilot(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pilot looks every 5 ms whether the program is idle, not every 20: a key costs it six looks."""
    monkeypatch.setattr("textual._wait.SLEEP_GRANULARITY", 1 / 200)
    monkeypatch.setattr("textual._wait.SLEEP_IDLE", 1 / 4000)


@pytest.fixture
def recorded(workspace: Workspace) -> Workspace:
    """A workspace with three runs: digits, hot-critic (with findings) and broken (it failed)."""
    record(workspace)
    return workspace
