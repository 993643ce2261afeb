"""`data remove` asks, and looks who uses the set."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ganstudio.data import pack
from ganstudio.data.store import names
from ganstudio.runs import process
from ganstudio.runs.queue import tickets
from ganstudio.workspace import Workspace, data_home
from tests.cli.conftest import Program
from tests.cli.terminal import Terminal
from tests.runs.making import DRAFT, STARTED, make_run, tell


@pytest.fixture(autouse=True)
def packed(photos: Path) -> None:
    pack.add(photos, "pets", size=16)
    pack.add(photos, "other", size=16)


def trained(workspace: Workspace, name: str, data: str = "pets") -> Path:
    path = make_run(workspace, name, data={**DRAFT.data, "name": data, "path": str(data_home() / data)})
    tell(path, "started", **STARTED)
    return path


def finished(workspace: Workspace, name: str) -> Path:
    path = trained(workspace, name)
    tell(path, "finished", 100_000, 60.0, reason="budget")
    return path


@pytest.mark.parametrize("data", ["pets", "pets@8"])
def test_a_set_that_a_live_run_uses_stays_and_the_run_is_named(
    ganstudio: Program, workspace: Workspace, data: str
) -> None:
    (data_home() / "pets@8").mkdir()
    process.write_process(trained(workspace, "live", data))
    ended = ganstudio("data", "remove", "pets", "--yes")
    assert (ended.code, ended.out) == (2, "")
    assert "data set 'pets': is used by live (running)." in ended.err
    assert "try: ganstudio runs stop live" in ended.err
    assert {"pets", "pets@8"} <= set(names())


def test_a_run_of_another_workspace_that_waits_for_a_device_counts(
    ganstudio: Program, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "far").mkdir()
    far = trained(Workspace(tmp_path / "far"), "away")
    process.write_process(far)
    tickets.take(far, ("cpu",), "alone")
    ended = ganstudio("data", "remove", "pets", "--yes")
    assert ended.code == 2
    assert f"is used by {far} (running)" in ended.err


def test_runs_that_were_made_with_it_are_named_and_it_goes(ganstudio: Program, workspace: Workspace) -> None:
    for number in range(7):
        finished(workspace, f"old-{number}")
    ended = ganstudio("data", "remove", "pets", "--yes", "--json")
    assert (ended.code, json.loads(ended.out)) == (0, ["pets"])
    assert "old-0 (finished), " in ended.err
    assert "old-4 (finished) and 2 more: made with it" in ended.err
    assert names() == ["other"]


def test_nothing_is_removed_where_nobody_can_be_asked(
    ganstudio: Program, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path(os.devnull).open() as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        ended = ganstudio("data", "remove", "pets")
    assert (ended.code, ended.out) == (2, "")
    assert "try: ganstudio data remove pets --yes" in ended.err
    assert "pets" in names()


@pytest.mark.parametrize(("answer", "left"), [("\n", True), ("y\n", False)])
def test_a_person_is_asked(workspace: Workspace, answer: str, left: bool) -> None:
    with Terminal("data", "remove", "pets") as terminal:
        terminal.wait_for("[y/N] ")
        terminal.type(answer)
        assert terminal.ended() == 0
    assert ("pets" in names()) is left


def test_the_command_that_asks_nobody_is_as_a_shell_reads_it(ganstudio: Program, workspace: Workspace) -> None:
    (data_home() / "my pets; rm").mkdir()
    ended = ganstudio("data", "remove", "my pets; rm")
    assert (ended.code, ended.out) == (2, "")
    assert "try: ganstudio data remove 'my pets; rm' --yes" in ended.err
    assert "my pets; rm" in names()
