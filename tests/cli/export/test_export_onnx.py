"""`export onnx`: what is asked of the worker, and where the file goes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ganstudio import bridge
from ganstudio.cli.app import run
from ganstudio.errors import StudioError, UsageError
from ganstudio.runs.create import create_run
from ganstudio.runs.record import load_record
from ganstudio.runs.trusted_files import digest
from ganstudio.workspace import Workspace
from tests.cli.export.conftest import KEYS, start_run


def test_a_run_is_exported_under_its_id_and_the_path_is_all_of_stdout(
    workspace: Workspace, asked: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    run_dir = start_run(workspace)
    assert run(["export", "onnx"]) == 0
    path = workspace.exports / "dcgan-mnist-1.onnx"
    told = ("--checkpoint", "best", "--out", str(path), "--precision", "fp32")
    assert asked == [("export", str(run_dir), *told)]
    out, err = capsys.readouterr()
    assert out == f"{path}\n"
    assert "agrees with torch over 64 latents: at most 1.2e-06 apart" in err
    assert "batch 64: 38.0 ms, 2.4 x as fast as torch (90.2 ms)" in err


@pytest.mark.parametrize(
    ("arguments", "checkpoint", "name"),
    [
        (["small", "--checkpoint", "best"], "best", "small"),
        (["small", "--checkpoint", "last"], "last", "small@last"),
        (["small", "--checkpoint", "48.0"], "48", "small@48"),
        (["small@48.2"], "48.2", "small@48.2"),
        (["latest@1000"], "1000", "small@1000"),
    ],
)
def test_a_checkpoint_is_passed_on_and_named(
    workspace: Workspace, asked: list[tuple[str, ...]], arguments: list[str], checkpoint: str, name: str
) -> None:
    start_run(workspace, "small")
    assert run(["export", "onnx", *arguments]) == 0
    assert asked[0][3] == checkpoint
    assert Path(asked[0][5]).name == f"{name}.onnx"


def test_a_lower_precision_has_a_file_of_its_own(workspace: Workspace, asked: list[tuple[str, ...]]) -> None:
    start_run(workspace, "small")
    assert run(["export", "onnx", "--precision", "int8"]) == 0
    assert run(["export", "onnx", "small@48", "--precision", "fp16"]) == 0
    assert run(["export", "onnx"]) == 0
    assert [Path(call[5]).name for call in asked] == ["small-int8.onnx", "small@48-fp16.onnx", "small.onnx"]
    assert [call[7] for call in asked] == ["int8", "fp16", "fp32"]


def test_an_average_of_another_length_has_a_file_of_its_own_and_tells_its_error(
    workspace: Workspace, asked: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    start_run(workspace, "small")
    assert run(["export", "onnx", "--ema-std", "0.075"]) == 0
    words = "std 0.075, put together from 2 checkpoints: profile error 0.4%; batch norms measured on 2,048 fakes"
    assert words in capsys.readouterr().err
    assert run(["export", "onnx", "small@48", "--ema-std", "0.10", "--precision", "int8", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ema"]["checkpoints"] == [24_000, 48_000]
    assert [Path(call[5]).name for call in asked] == ["small-ema0.075.onnx", "small@48-ema0.1-int8.onnx"]
    assert [call[8:] for call in asked] == [("--ema-std", "0.075"), ("--ema-std", "0.1")]
    assert run(["export", "show", "small-ema0.075"]) == 0
    assert words in capsys.readouterr().out


def test_an_export_goes_where_it_is_told_and_json_has_the_promised_keys(
    workspace: Workspace, asked: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    start_run(workspace)
    assert run(["export", "onnx", "--out", "some/where/mine.onnx", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told) == KEYS.split()
    assert told["name"] == "mine"
    assert told["path"] == str(workspace.root / "some" / "where" / "mine.onnx")
    assert told["run"] == "dcgan-mnist-1"


def test_replacing_an_export_is_said(
    workspace: Workspace, asked: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    start_run(workspace)
    assert run(["export", "onnx"]) == 0
    assert "Replacing" not in capsys.readouterr().err
    assert run(["export", "onnx"]) == 0
    assert "Replacing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nothing"], "no run 'nothing'"),
        (["latest", "--checkpoint", "bets"], "neither best, last nor a number of kimg"),
        (["latest", "--checkpoint", "-3"], "neither best, last nor a number of kimg"),
        (["latest@48", "--checkpoint", "best"], "names a checkpoint already"),
        (["latest", "--precision", "int4"], "there is no such precision. Did you mean 'int8'?"),
        (["latest", "--ema-std", "0.3"], "--ema-std 0.3: must be from 0.01 to 0.28"),
        (["latest", "--out", "model"], "name ends in .onnx"),
        (["latest", "--out", "runs/x.txt"], "name ends in .onnx"),
    ],
)
def test_what_cannot_be_exported_is_refused_before_the_worker_is_asked(
    workspace: Workspace,
    asked: list[tuple[str, ...]],
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    start_run(workspace)
    assert run(["export", "onnx", *arguments]) == 2
    assert told in capsys.readouterr().err
    assert asked == []


def test_no_run_at_all_tells_the_first_command(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "onnx"]) == 2
    assert "ganstudio train dcgan --data mnist" in capsys.readouterr().err


def test_code_that_came_with_a_run_is_not_run_without_trust(
    workspace: Workspace,
    asked: list[tuple[str, ...]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    code = b"# networks of somebody else\n"
    donor = start_run(workspace, "donor")
    draft = replace(load_record(donor / "run.json"), name="theirs", architecture_sha256=digest(code))
    create_run(workspace, draft, architecture=code)
    for command in (["export", "onnx", "theirs"], ["sample", "--seed", "1", "--model", "theirs"]):
        assert run(command) == 2
        assert "--trust" in capsys.readouterr().err
        assert asked == []
    assert run(["export", "onnx", "theirs", "--trust"]) == 0
    assert len(asked) == 1


@pytest.mark.parametrize(("error", "code"), [(StudioError("they differ by 3e-2"), 1), (UsageError("no checkpoint"), 2)])
def test_what_the_worker_refuses_ends_the_command_with_its_code(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: StudioError,
    code: int,
) -> None:
    start_run(workspace)

    def refuse(*_: str) -> dict[str, Any]:
        raise error

    monkeypatch.setattr(bridge, "call_worker", refuse)
    assert run(["export", "onnx"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert error.message in err
