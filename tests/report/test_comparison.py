"""What is said of runs side by side."""

from __future__ import annotations

from ganstudio.report.comparison import differing_knobs, equal_knobs, outcomes
from ganstudio.runs import store
from ganstudio.runs.compare import Differences, differences
from ganstudio.workspace import Workspace
from tests.runs.making import STARTED, make_run, tell


def test_a_row_has_a_value_a_run_and_a_dash_where_there_is_none(workspace: Workspace) -> None:
    make_run(workspace, "one")
    two = make_run(workspace, "two", seed=3)
    tell(two, "started", **STARTED)
    tell(two, "evaluated", 40_000, 60.0, score="FD[lenet]-5k", value=4.5)
    runs = [store.view(workspace.runs / name) for name in ("one", "two")]
    rows = dict(outcomes(runs))
    assert list(rows) == ["state", "kimg", "best", "img/s", "time", "FD[lenet]-5k↓"]
    assert rows["best"] == ("–", "4.5 at 40.0")
    assert rows["FD[lenet]-5k↓"] == ("–", "4.5")
    assert differing_knobs(differences(runs)) == [("seed", ("0", "3"))]


def test_values_of_knobs_are_spelled_as_everywhere() -> None:
    found = Differences({"lr": (0.00020, None), "mirror": (True, False)}, 7)
    assert differing_knobs(found) == [("lr", ("0.0002", "–")), ("mirror", ("on", "off"))]
    assert equal_knobs(found) == "7 knobs are equal"


def test_runs_that_were_asked_for_the_same_are_said_to_be() -> None:
    assert equal_knobs(Differences({}, 9)) == "9 knobs are equal: these runs were asked for the same"
