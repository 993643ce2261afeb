from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ganstudio.errors import StudioError, UsageError
from ganstudio.runs import create, store
from ganstudio.runs.create import create_run
from ganstudio.runs.record import load_record
from ganstudio.workspace import Workspace
from tests.runs.making import make_run

CREATE = """
import sys
from ganstudio.workspace import Workspace
from tests.runs.making import make_run
sys.stdin.readline()
print(make_run(Workspace.locate()).name)
"""


def test_ids_count_up_from_the_largest(workspace: Workspace) -> None:
    assert make_run(workspace).name == "dcgan-digits-1"
    second = make_run(workspace)
    assert second.name == "dcgan-digits-2"
    make_run(workspace, "dcgan-digits-7")
    assert make_run(workspace).name == "dcgan-digits-8"
    store.remove(second)
    assert make_run(workspace).name == "dcgan-digits-9"


def test_the_number_of_a_removed_run_is_not_given_again(workspace: Workspace) -> None:
    for number in (1, 2):
        path = make_run(workspace)
        assert path.name == f"dcgan-digits-{number}"
        store.remove(path)
    older = make_run(workspace)
    (workspace.runs / ".ids").unlink()  # as an earlier version leaves it
    store.remove(older)
    assert make_run(workspace).name == "dcgan-digits-4"
    assert make_run(workspace, preset="wgan").name == "wgan-digits-1"


def test_a_damaged_list_of_numbers_is_no_hindrance(workspace: Workspace) -> None:
    make_run(workspace)
    (workspace.runs / ".ids").write_bytes(b"\xff\x00\ndcgan-digits-x\ndcgan-digits-4\n")
    assert make_run(workspace).name == "dcgan-digits-5"


def test_a_data_set_s_odd_name_makes_a_legal_id(workspace: Workspace) -> None:
    data = {**load_record(make_run(workspace) / "run.json").data, "name": "mnist@16 ü/x"}
    assert make_run(workspace, data=data).name == "dcgan-mnist-16-x-1"


def test_the_record_holds_its_id_and_name(workspace: Workspace) -> None:
    record = load_record(make_run(workspace, "mine") / "run.json")
    assert (record.id, record.name) == ("mine", "mine")
    record = load_record(make_run(workspace) / "run.json")
    assert (record.id, record.name) == ("dcgan-digits-1", "dcgan-digits-1")


def test_a_name_taken_twice_is_refused_with_a_free_one(workspace: Workspace) -> None:
    make_run(workspace, "mine")
    make_run(workspace, "mine-2")
    with pytest.raises(UsageError, match="Free: mine-3"):
        make_run(workspace, "mine")


@pytest.mark.parametrize("name", ["..", ".hidden", "a/b", "a b", "x@5", "-x", "latest", "ä", "a" * 101])
def test_a_name_that_is_no_name_is_refused(workspace: Workspace, name: str) -> None:
    with pytest.raises(UsageError, match="--name"):
        make_run(workspace, name)


def test_many_that_create_at_once_never_share_a_folder(workspace: Workspace) -> None:
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda _: make_run(workspace), range(40)))
    assert len(set(paths)) == 40
    assert sorted(load_record(path / "run.json").id for path in paths) == sorted(path.name for path in paths)


def test_two_processes_that_create_at_once_never_share_a_folder(workspace: Workspace) -> None:
    where = Path(__file__).parents[2]
    start: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": where}
    children = [subprocess.Popen([sys.executable, "-c", CREATE], **start) for _ in range(2)]
    for child in children:
        child.stdin.write("\n")  # type: ignore[union-attr]
        child.stdin.flush()  # type: ignore[union-attr]
    names = [child.communicate()[0].strip() for child in children]
    assert sorted(names) == ["dcgan-digits-1", "dcgan-digits-2"]


def test_the_user_s_architecture_lies_beside_the_record(workspace: Workspace) -> None:
    draft = load_record(make_run(workspace) / "run.json")
    path = create_run(workspace, draft.__class__(**{**draft.as_json(), "name": "own"}), b"x = 1\n")
    assert (path / "architecture.py").read_bytes() == b"x = 1\n"


def test_a_read_only_workspace_leaves_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(create, "write_record", refuse)
    with pytest.raises(StudioError, match="No space left on device") as caught:
        make_run(workspace)
    assert caught.value.exit_code == 1
    assert [path.name for path in workspace.runs.iterdir()] == [".ids"]  # which numbers were given stays


def test_a_runs_folder_that_is_a_file_is_said(workspace: Workspace) -> None:
    workspace.runs.write_text("")
    with pytest.raises(StudioError, match="cannot be written"):
        make_run(workspace)


def test_what_a_killed_making_or_removal_left_goes_with_the_next_run(workspace: Workspace) -> None:
    make_run(workspace)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for name in (f".making-{dead.pid}-7", f".removed-{dead.pid}-old", f".making-{os.getpid()}-8", ".removed-by-hand"):
        (workspace.runs / name / "samples").mkdir(parents=True)
    make_run(workspace)
    left = sorted(path.name for path in workspace.runs.glob(".*"))
    assert left == [".ids", f".making-{os.getpid()}-8", ".removed-by-hand"]


def test_an_empty_folder_is_no_run_and_its_name_is_free(workspace: Workspace) -> None:
    (workspace.runs / "mine").mkdir(parents=True)
    assert make_run(workspace, "mine") == workspace.runs / "mine"
    assert store.find(workspace, "mine").id == "mine"
    with pytest.raises(UsageError, match="Free: mine-2"):
        make_run(workspace, "mine")
