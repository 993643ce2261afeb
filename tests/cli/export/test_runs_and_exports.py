"""Which export answers for a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.cli.app import run
from ganstudio.runs import store
from ganstudio.workspace import Workspace
from tests.cli.export.conftest import start_run


def test_sampling_a_run_exports_it_once_with_a_note(
    workspace: Workspace, asked: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    start_run(workspace)
    assert run(["sample", "--seed", "1", "--model", "dcgan-mnist"]) == 0
    out, err = capsys.readouterr()
    assert out == f"{workspace.root / 'dcgan-mnist-1-seed1.png'}\n"
    assert "Exporting dcgan-mnist-1 first." in err
    for model in ("dcgan-mnist", "latest", "dcgan-mnist-1"):
        assert run(["sample", "--seed", "1", "--model", model]) == 0
        assert "Exporting" not in capsys.readouterr().err
    assert len(asked) == 1


def test_sampling_with_no_export_takes_the_newest_run(
    workspace: Workspace, asked: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    start_run(workspace, "first", created="2026-11-22T10:00:00Z")
    start_run(workspace, "second", created="2026-11-22T11:00:00Z")
    assert run(["sample", "--seed", "1"]) == 0
    assert "Using second, the newest run.\nExporting second first." in capsys.readouterr().err
    assert asked[0][1] == str(workspace.runs / "second")


def test_sampling_a_checkpoint_exports_that_one(workspace: Workspace, asked: list[tuple[str, ...]]) -> None:
    start_run(workspace, "small")
    assert run(["sample", "--seed", "1", "--model", "small@48"]) == 0
    assert run(["sample", "--seed", "1", "--model", "small@48"]) == 0
    assert run(["sample", "--seed", "1", "--model", "small", "--checkpoint", "96"]) == 0
    assert [call[3] for call in asked] == ["48", "96"]
    assert sorted(path.name for path in workspace.root.glob("*.png")) == ["small@48-seed1.png", "small@96-seed1.png"]


def reach(run_dir: Path, *nimg: int) -> None:
    """Gives a run checkpoints, which nothing here reads."""
    for one in nimg:
        (run_dir / "checkpoints" / f"{one:010}.pt").touch()


@pytest.mark.parametrize(
    "model",
    [["--model", "small"], ["--model", "smal"], ["--model", "latest"], ["--model", "runs/small/"], []],
)
def test_an_export_answers_for_a_run_until_the_run_has_another_checkpoint(
    workspace: Workspace, asked: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str], model: list[str]
) -> None:
    run_dir = start_run(workspace, "small")
    reach(run_dir, 0)
    for _ in range(2):
        assert run(["sample", "--seed", "1", *model]) == 0
    assert len(asked) == 1
    reach(run_dir, 9_300)
    capsys.readouterr()
    for _ in range(2):
        assert run(["sample", "--seed", "1", *model]) == 0
    assert len(asked) == 2
    assert "Exporting small first: small is of 0.0 kimg." in capsys.readouterr().err


def test_the_export_of_a_removed_run_never_answers_for_a_new_one_of_its_name(
    workspace: Workspace, asked: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    for created in ("2026-11-22T10:00:00Z", "2026-11-22T11:00:00Z"):
        run_dir = start_run(workspace, "small", created)
        reach(run_dir, 48_000)
        assert run(["sample", "--seed", "1", "--model", "small"]) == 0
        err = capsys.readouterr().err
        store.remove(run_dir)
    assert len(asked) == 2
    assert "Exporting small first: small is of a removed run of that name." in err
    assert [path.name for path in sorted(workspace.exports.iterdir())] == ["small-2.onnx", "small.onnx"]


def test_an_export_of_a_removed_run_draws_under_its_own_name(
    workspace: Workspace, asked: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    run_dir = start_run(workspace, "small")
    reach(run_dir, 48_000)
    assert run(["export", "onnx", "small", "--out", "exports/kept.onnx"]) == 0
    store.remove(run_dir)
    capsys.readouterr()
    assert run(["sample", "--seed", "1", "--model", "small"]) == 0
    assert "there is no run small any more; its export kept is taken" in capsys.readouterr().err
    assert len(asked) == 1


def test_an_older_export_that_is_named_is_drawn_from_and_said_to_be_older(
    workspace: Workspace, asked: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    run_dir = start_run(workspace, "small")
    reach(run_dir, 0)
    assert run(["export", "onnx"]) == 0
    reach(run_dir, 9_300)
    for arguments in (["sample", "--seed", "1", "--model", "small.onnx"], ["export", "show", "small"]):
        capsys.readouterr()
        assert run(arguments) == 0
        assert "small is small at 0.0 kimg; its last checkpoint is at 9.3 kimg" in capsys.readouterr().err
    assert len(asked) == 1


def test_an_export_answers_for_a_checkpoint_that_was_not_kept(
    workspace: Workspace, asked: list[tuple[str, ...]]
) -> None:
    run_dir = start_run(workspace, "small")
    reach(run_dir, 48_000)
    assert run(["export", "onnx", "small@48"]) == 0
    (run_dir / "checkpoints" / "0000048000.pt").unlink()
    reach(run_dir, 96_000)
    assert run(["sample", "--seed", "1", "--model", "small@48"]) == 0
    assert len(asked) == 1


def test_an_ambiguous_beginning_of_a_run_is_not_guessed(
    workspace: Workspace, asked: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    start_run(workspace, "small-a")
    start_run(workspace, "small-b")
    assert run(["sample", "--seed", "1", "--model", "small"]) == 2
    assert "begins several runs: small-a, small-b" in capsys.readouterr().err
    assert asked == []
