"""`ganstudio report`: one file, what it answers, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ganstudio.workspace import Workspace
from tests.cli.conftest import Program
from tests.report.page.making import export_of, read, reported_run


def test_a_report_takes_the_export_of_the_runs_checkpoint(
    ganstudio: Program, workspace: Workspace, tmp_path: Path
) -> None:
    run = reported_run(workspace)
    export_of(run, workspace)
    ended = ganstudio("report", "--out", tmp_path / "new" / "report.html", "--json")
    answer = json.loads(ended.out)
    file = tmp_path / "new" / "report.html"
    assert answer == {
        "path": str(file),
        "bytes": file.stat().st_size,
        "runs": ["digits"],
        "generators": ["digits"],
        "left_out": {"digits": []},
    }
    assert 'id="model-0"' in read(file)


def test_what_is_left_out_is_said(ganstudio: Program, workspace: Workspace, tmp_path: Path) -> None:
    reported_run(workspace, "one", recipe={"task": {"kind": "paired"}, "training": {"kimg": 3.0}})
    bare = reported_run(workspace, "two")
    (bare.path / "checkpoints" / "0000002000.pt").unlink()
    ended = ganstudio("report", "one", "two", "--out", tmp_path / "report.html")
    assert "one: left out the generator: it takes pictures, not seeds (paired)." in ended.err
    assert "two: left out the generator: the run has no checkpoint." in ended.err
    assert ended.out == f"{tmp_path / 'report.html'}\n"


def test_a_file_of_the_users_is_kept_and_a_report_replaced(
    ganstudio: Program, workspace: Workspace, tmp_path: Path
) -> None:
    reported_run(workspace)
    file = tmp_path / "report.html"
    file.write_text("mine")
    ended = ganstudio("report", "--out", file, "--no-model")
    assert ended.code == 2
    assert "--force" in ended.err
    assert read(file) == "mine"
    assert ganstudio("report", "--out", file, "--no-model", "--force").code == 0
    assert ganstudio("report", "--out", file, "--no-model").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--out", "report.pdf"), "a report is one .html file"),
        (("--samples", "-1"), "--samples: a number from 0; got -1"),
        (("nothing",), "there is no run 'nothing'"),
    ],
)
def test_what_cannot_be_is_refused(
    ganstudio: Program, workspace: Workspace, arguments: tuple[str, ...], message: str
) -> None:
    reported_run(workspace)
    ended = ganstudio("report", *arguments)
    assert ended.code == 2
    assert message in ended.err
