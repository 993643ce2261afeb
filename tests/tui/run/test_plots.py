"""What the plots of the screen Run say where there is nothing to draw."""

from __future__ import annotations

from pathlib import Path

from ganstudio.report.panels import PANELS, panels_for
from ganstudio.runs import events, store
from ganstudio.runs.metrics.curves import Curves
from ganstudio.tui.run.plots import drawing, title
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


def test_scores_of_several_kinds_have_a_plot_each_and_say_which_way_they_are_better(tmp_path: Path) -> None:
    path = make_run(Workspace(tmp_path), "a")
    tell(path, "started", **STARTED)
    for name, value, better in (
        ("PSNR-7", 20.3, "higher"),
        ("LPIPS[alexnet]-7", 0.4, "lower"),
        ("PSNR-9", 21.0, "higher"),
    ):
        tell(path, "evaluated", 1000, 20.0, score=name, value=value, better=better)
    curves = Curves(path / events.NAME)
    curves.read()
    one = RunSnapshot(RunRow(store.view(path)), curves.snapshot())
    panels = [panel for panel in panels_for(one.curves) if panel.of_scores]
    assert [title(panel, one) for panel in panels] == ["PSNR ↑", "LPIPS ↓"]
    drawn = [drawing(panel, one, Viewport(), {}) for panel in panels]
    assert [[trace.label for trace in one.traces] for one in drawn] == [["PSNR-7", "PSNR-9"], ["LPIPS[alexnet]-7"]]
    assert [one.star for one in drawn] == [(1000, 20.3), None]


def test_scores_of_one_kind_stay_in_the_panel_that_was_theirs() -> None:
    assert panels_for(["losses.d", "scores.FD[lenet]-5k", "scores.FD[lenet]-1k"]) == PANELS
