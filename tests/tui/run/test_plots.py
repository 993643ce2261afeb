"""What the plots of the screen Run say where there is nothing to draw."""

from __future__ import annotations

from pathlib import Path

from ganstudio.runs import store
from ganstudio.tui.run.plots import drawing
from ganstudio.tui.run.panels import PANELS
from ganstudio.tui.run.viewport import Viewport
from ganstudio.tui.snapshots import RunRow, RunSnapshot
from ganstudio.workspace import Workspace
from tests.runs.making import STARTED, make_run, tell

SCORES = next(panel for panel in PANELS if panel.title == "score")


def empty(path: Path) -> str:
    return drawing(SCORES, RunSnapshot(RunRow(store.view(path))), Viewport(), {}).empty


def test_a_plot_of_scores_says_why_there_are_none(tmp_path: Path) -> None:
    path = make_run(Workspace(tmp_path), "a")
    assert empty(path) == "nothing yet"
    tell(path, "started", **STARTED)
    tell(path, "skipped", 1000, 20.0, score="FD[x]-500", why="it would take 1:10")
    assert empty(path) == "skipped FD[x]-500 at 1.0 kimg: it would take 1:10"
    tell(path, "started", **STARTED, score_missing="inception is not here (ganstudio weights fetch inception)")
    assert empty(path) == "no score: inception is not here (ganstudio weights fetch inception)"
