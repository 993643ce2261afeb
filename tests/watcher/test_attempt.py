from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.runs import process, state, store
from ganstudio.watcher import attempt
from ganstudio.watcher.attempt import Attempt
from ganstudio.watcher.start import offset_of
from ganstudio.workspace import Workspace
from tests.runs.making import STARTED, make_run, tell

REFUSAL = {"type": "RecipeError", "message": "data.resolution: got 33.", "hint": None, "exit_code": 2}


@pytest.fixture
def run(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run that this process works on."""
    monkeypatch.setattr(attempt, "ALIVE_S", 0.0)
    path = make_run(workspace, "a")
    process.write_process(path)
    return path


def test_a_run_goes_on_until_it_says_how_it_ended(run: Path) -> None:
    watched = Attempt(run, offset_of(run))
    assert watched.look() is None
    tell(run, "queued")
    tell(run, "started", **STARTED)
    assert watched.look() is None
    assert watched.changed
    tell(run, "finished", 6400, 10.0, reason="stop")
    end = watched.look()
    assert end is not None
    assert (end.status, end.reason, end.state.nimg, end.error, end.refused) == ("stopped", "stop", 6400, None, False)


def test_a_process_that_is_gone_without_a_word_is_missed_twice(run: Path) -> None:
    watched = Attempt(run, 0)
    tell(run, "started", **STARTED)
    assert watched.look() is None
    (run / process.NAME).unlink()
    assert watched.look() is None
    end = watched.look()
    assert end is not None
    assert (end.status, end.reason) == ("crashed", "crash")


def test_its_last_word_counts_also_where_its_process_is_gone_by_then(run: Path) -> None:
    watched = Attempt(run, 0)
    (run / process.NAME).unlink()
    assert watched.look() is None
    tell(run, "failed", 64, 1.0, error={**REFUSAL, "exit_code": 1})
    end = watched.look()
    assert end is not None
    assert (end.status, end.reason, end.error) == ("failed", "error", "data.resolution: got 33.")


def test_one_that_its_worker_refused_says_so(run: Path) -> None:
    tell(run, "failed", error=REFUSAL)
    end = Attempt(run, 0).look()
    assert end is not None
    assert end.refused


def test_what_ended_before_its_start_does_not_count(run: Path) -> None:
    tell(run, "started", **STARTED)
    tell(run, "finished", 6400, 10.0, reason="stop")
    so_far, offset = state.current(run)
    state.write_summary(run, so_far, offset)
    watched = Attempt(run, offset_of(run))
    assert watched.state == so_far
    assert watched.look() is None
    tell(run, "queued", 6400, 10.0)
    tell(run, "started", 6400, 10.0, **STARTED)
    later, offset = state.current(run)
    state.write_summary(run, later, offset)
    assert Attempt(run, 0).look() is not None  # a watcher that is late folds no further than it was told to
    assert watched.look() is None


def test_a_resume_is_another_start_also_where_nobody_looked_in_between(run: Path) -> None:
    watched = Attempt(run, 0)
    tell(run, "started", **STARTED)
    tell(run, "tick", 640, 1.0, losses={})
    tell(run, "queued", 640, 1.0)
    tell(run, "started", 0, 0.0, **STARTED)
    end = watched.look()
    assert end is not None
    assert (end.status, store.view(run).status) == ("crashed", "running")


def test_a_run_that_was_removed_has_ended(run: Path) -> None:
    watched = Attempt(run, 0)
    store.remove(run)
    assert watched.look() is None
    assert watched.look() is not None
    assert not run.exists()
