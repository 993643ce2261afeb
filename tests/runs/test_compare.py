from __future__ import annotations

from typing import Any

from ganstudio.runs import store
from ganstudio.runs.compare import Differences, differences
from ganstudio.workspace import Workspace
from tests.runs.making import make_run, tell

R1: dict[str, Any] = {"kind": "r1", "gamma": 10.0}
R2: dict[str, Any] = {"kind": "r2", "gamma": 1.0}


def compared(workspace: Workspace, *changes: dict[str, Any]) -> Differences:
    return differences([store.view(make_run(workspace, f"run{n}", **change)) for n, change in enumerate(changes)])


def recipe(**more: Any) -> dict[str, Any]:
    return {"summary": "s", "training": {"kimg": 100.0, "batch": 64}, **more}


def test_runs_that_were_asked_for_the_same_differ_in_nothing(workspace: Workspace) -> None:
    differing, equal = compared(workspace, {}, {})
    assert differing == {}
    assert equal > 5


def test_differing_knobs_stand_under_their_dotted_keys(workspace: Workspace) -> None:
    other = {"summary": "t", "training": {"kimg": 100.0, "batch": 32}}
    differing, equal = compared(workspace, {"recipe": recipe()}, {"recipe": other, "seed": 1, "minutes": 4.0})
    assert differing == {"seed": (0, 1), "minutes": (None, 4.0), "training.batch": (64, 32)}
    assert equal == len({*("preset", "data", "data.fingerprint", "device", "processes", "stop_when")}) + 4


def test_regularizers_are_compared_by_kind_not_by_place(workspace: Workspace) -> None:
    one, two = recipe(regularizers=[R1, R2]), recipe(regularizers=[{**R2, "gamma": 2.0}, R1])
    assert compared(workspace, {"recipe": one}, {"recipe": two}).differing == {"regularizers.r2.gamma": (1.0, 2.0)}


def test_a_knob_that_one_run_lacks_is_none_there(workspace: Workspace) -> None:
    one, two = recipe(regularizers=[], augmentation=None), recipe(regularizers=[R1], augmentation={"p": 1.0})
    assert compared(workspace, {"recipe": one}, {"recipe": two}).differing == {
        "augmentation.p": (None, 1.0),
        "regularizers.r1": (None, True),
        "regularizers.r1.gamma": (None, 10.0),
    }


def test_a_knob_that_changed_while_a_run_trained_counts_as_it_is_now(workspace: Workspace) -> None:
    one, two = make_run(workspace, "one"), make_run(workspace, "two")
    tell(two, "changed", 64, key="training.batch", **{"from": 64, "to": 8})
    assert differences([store.view(one), store.view(two)]).differing == {"training.batch": (64, 8)}
