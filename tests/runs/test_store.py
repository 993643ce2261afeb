from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ganstudio.errors import StudioError, UsageError
from ganstudio.runs import process, requests, store
from ganstudio.runs.store import Status
from ganstudio.workspace import Workspace
from tests.runs.making import STARTED, make_run, tell

RUN_KEYS = [
    *("id", "name", "path", "state", "preset", "data", "device", "pid", "nimg", "kimg_total", "img_per_s", "losses"),
    *("d_real", "d_fake", "scores", "best", "findings", "parent", "changes", "started", "elapsed_s"),
    *("ahead", "group", "sweep", "skipped", "score_missing", "notes", "reason", "ended", "error", "checkpoint"),
    *("resolution", "size", "differs", "resume", "numbers"),
]


def test_no_reference_means_no_run(workspace: Workspace) -> None:
    make_run(workspace)
    with pytest.raises(UsageError, match="there is no run ''"):
        store.find(workspace, "")


@pytest.mark.parametrize(
    ("happened", "alive", "asked", "expected"),
    [
        ("prepared", False, False, "prepared"),
        ("prepared", True, False, "queued"),
        ("queued", True, False, "queued"),
        ("queued", True, True, "stopping"),
        ("queued", False, False, "crashed"),
        ("started", True, False, "running"),
        ("started", True, True, "stopping"),
        ("started", False, False, "crashed"),
        ("started", False, True, "crashed"),
        ("budget", True, False, "finished"),
        ("budget", False, True, "finished"),
        ("stop", False, False, "stopped"),
        ("failed", False, False, "failed"),
        ("again", True, False, "queued"),
        ("again", False, False, "crashed"),
    ],
)
def test_events_process_and_requests_make_the_state(
    workspace: Workspace, happened: str, alive: bool, asked: bool, expected: Status
) -> None:
    path = make_run(workspace)
    tell(path, "prepared" if happened == "prepared" else "queued")
    if happened not in ("prepared", "queued"):
        tell(path, "started", **STARTED)
    if happened in ("budget", "stop"):
        tell(path, "finished", 64, reason=happened)
    if happened in ("failed", "again"):
        tell(path, "failed", 64, error={"type": "TrainingError", "message": "m", "hint": None, "exit_code": 1})
    if happened == "again":
        tell(path, "queued", 64)
    if alive:
        process.write_process(path)
    if asked:
        requests.post(path, "stop")
    view = store.view(path)
    assert view.status == expected
    assert view.pid == (os.getpid() if expected in ("queued", "running", "stopping") else None)


def test_a_run_that_another_machine_trains_is_running_while_it_is_heard_of(workspace: Workspace) -> None:
    path = make_run(workspace)
    tell(path, "started", **STARTED)
    process.write_process(path)
    written = json.loads((path / "process.json").read_text())
    (path / "process.json").write_text(json.dumps({**written, "host": "elsewhere"}))
    view = store.view(path)
    assert (view.status, view.live, view.pid) == ("running", True, None)
    requests.post(path, "stop")
    assert store.view(path).status == "stopping"
    os.utime(path / "process.json", (0, 0))
    assert store.view(path).status == "crashed"


def test_a_run_that_ends_between_two_looks_is_not_called_crashed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_run(workspace)
    tell(path, "started", **STARTED)

    def end_now(_: Path) -> None:
        tell(path, "finished", 64, reason="budget")

    monkeypatch.setattr(process, "living_pid", end_now)
    assert store.view(path).status == "finished"


def test_a_run_s_json_has_the_keys_of_the_interface(workspace: Workspace) -> None:
    path = make_run(workspace)
    assert list(store.view(path).as_json()) == RUN_KEYS
    tell(path, "started", **STARTED)
    tell(path, "tick", 64, 1.0, losses={"d": float("nan")}, d_real=0.5, d_fake=0.25, img_per_s=1.0)
    tell(path, "evaluated", 64, 1.0, score="FD[lenet]-5k", value=3.5)
    answer = store.view(path).as_json()
    assert list(answer) == RUN_KEYS
    assert json.dumps(answer, allow_nan=False)
    assert answer["losses"] == {"d": "nan"}
    assert answer["scores"] == {"FD[lenet]-5k": 3.5}
    assert answer["best"] == {"score": 3.5, "nimg": 64, "better": "lower"}
    assert answer["started"] == "2026-01-01T00:00:00.000+00:00"


def test_nothing_yet_is_null_or_empty(workspace: Workspace) -> None:
    answer = store.view(make_run(workspace)).as_json()
    assert [answer[key] for key in ("pid", "img_per_s", "d_real", "best", "parent", "started")] == [None] * 6
    assert [answer[key] for key in ("losses", "scores", "findings")] == [{}, {}, []]


def three(workspace: Workspace) -> None:
    for day, name in enumerate(("alpha-1", "alpha-2", "beta"), 1):
        make_run(workspace, name, created=f"2026-01-0{4 - day}T00:00:00.000+00:00")


def test_runs_are_listed_oldest_first(workspace: Workspace) -> None:
    three(workspace)
    assert [run.id for run in store.list_runs(workspace)] == ["beta", "alpha-2", "alpha-1"]


def test_runs_of_one_instant_are_listed_by_their_numbers(workspace: Workspace) -> None:
    for number in (10, 9, 1):
        make_run(workspace, f"sweep-{number}")
    assert [run.id for run in store.list_runs(workspace)] == ["sweep-1", "sweep-9", "sweep-10"]
    assert store.find(workspace).id == "sweep-10"


def test_a_damaged_run_is_left_out_and_told(workspace: Workspace) -> None:
    three(workspace)
    (workspace.runs / "beta" / "run.json").write_text("{")
    told: list[StudioError] = []
    assert [run.id for run in store.list_runs(workspace, told.append)] == ["alpha-2", "alpha-1"]
    assert "beta" in told[0].message


def test_a_folder_without_a_record_is_no_run(workspace: Workspace) -> None:
    three(workspace)
    (workspace.runs / "other").mkdir()
    (workspace.runs / ".removed-x-1").mkdir()
    (workspace.runs / ".removed-x-1" / "run.json").write_text("{}")
    assert len(store.list_runs(workspace)) == 3


@pytest.mark.parametrize(
    ("reference", "expected"), [("beta", "beta"), ("b", "beta"), ("alpha-2", "alpha-2"), ("latest", "alpha-1")]
)
def test_a_run_is_found_by_id_beginning_or_latest(workspace: Workspace, reference: str, expected: str) -> None:
    three(workspace)
    assert store.find(workspace, reference).id == expected


def test_an_id_that_begins_another_is_found_all_the_same(workspace: Workspace) -> None:
    make_run(workspace, "run-1")
    make_run(workspace, "run-10")
    assert store.find(workspace, "run-1").id == "run-1"


def test_a_name_goes_before_the_beginning_of_an_id(workspace: Workspace) -> None:
    path = make_run(workspace, "first")
    (path / "run.json").write_text((path / "run.json").read_text().replace('"name": "first"', '"name": "sec"'))
    make_run(workspace, "second")
    assert store.find(workspace, "sec").id == "first"


def test_an_unknown_run_is_refused_with_the_nearest(workspace: Workspace) -> None:
    three(workspace)
    with pytest.raises(UsageError, match="Did you mean 'beta'"):
        store.find(workspace, "betta")


def test_a_beginning_of_several_runs_is_refused_with_all_of_them(workspace: Workspace) -> None:
    three(workspace)
    with pytest.raises(UsageError, match="alpha-1, alpha-2"):
        store.find(workspace, "alpha")


def test_a_run_is_found_by_a_path_to_its_folder(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    three(workspace)
    folder = workspace.runs / "beta"
    paths = [str(folder), f"{folder}/", "runs/beta", "./runs/beta/", "runs/../runs/beta", "beta/"]
    assert [store.find(workspace, path).id for path in paths] == ["beta"] * 6  # from any folder
    monkeypatch.chdir(workspace.runs)
    assert [store.find(workspace, path).id for path in ("./beta", "../runs/beta/")] == ["beta"] * 2
    monkeypatch.chdir(folder)
    assert store.find(workspace, ".").id == "beta"


def test_a_path_goes_by_the_name_that_the_run_has_here_whatever_links_lead_there(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = make_run(workspace, "linked")
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    (tmp_path / "work").symlink_to(workspace.root)
    assert store.find(workspace, f"{tmp_path}/work/runs/linked").path == folder


def test_a_run_of_another_workspace_is_refused_with_the_way_to_it(workspace: Workspace, tmp_path: Path) -> None:
    other = Workspace(tmp_path / "other")
    other.root.mkdir()
    path = make_run(other, "theirs")
    with pytest.raises(UsageError, match="a run of another workspace") as caught:
        store.find(workspace, str(path))
    assert caught.value.hint == f"ganstudio --workspace {other.root} runs show theirs"


def test_a_path_that_is_wrong_is_refused_with_the_nearest_run(workspace: Workspace) -> None:
    three(workspace)
    with pytest.raises(UsageError, match="Did you mean 'beta'"):
        store.find(workspace, "runs/betta/")


@pytest.mark.parametrize("reference", ["x" * 5000 + "/y", "a\0/b", "/a/\udcff"])
def test_what_can_be_no_path_is_no_run(workspace: Workspace, reference: str) -> None:
    three(workspace)
    with pytest.raises(UsageError, match="there is no run"):
        store.find(workspace, reference)


def test_a_sweep_is_all_of_its_runs_once_and_its_name_is_the_nearest_where_it_may_stand(workspace: Workspace) -> None:
    for number in (1, 2):
        make_run(workspace, f"mine-{number}", group="mine", sweep={"seed": number})
    other = make_run(workspace, "other")
    found = store.find_each(workspace, ["mine-2", "mine", str(other), "other"])
    assert [run.id for run in found] == ["mine-2", "mine-1", "other"]
    with pytest.raises(UsageError, match="Did you mean 'mine'"):
        store.find_all(workspace, "mien")


@pytest.mark.parametrize("reference", ["..", "../runs/beta", ".", "/"])
def test_a_path_is_no_run(workspace: Workspace, reference: str) -> None:
    three(workspace)
    with pytest.raises(UsageError):
        store.find(workspace, reference)


def test_no_runs_says_how_to_make_one(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="no runs") as caught:
        store.find(workspace)
    assert caught.value.hint == "ganstudio train dcgan --data mnist"


def test_a_removed_run_is_gone(workspace: Workspace) -> None:
    path = make_run(workspace)
    store.remove(path)
    assert [path.name for path in workspace.runs.iterdir()] == [".ids"]  # which numbers were given stays
