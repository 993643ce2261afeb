from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ganstudio import bridge
from ganstudio.cli.adopted import default_name
from ganstudio.cli.app import run
from ganstudio.cli.exported import agreement
from ganstudio.errors import StudioError, UsageError
from ganstudio.runs import checkpoints, store
from ganstudio.runs.record import RunRecord, load_record
from ganstudio.runs.trust import digest
from ganstudio.workspace import Workspace
from tests.cli.conftest import Program
from tests.inference.generators import write_foreign, write_generator
from tests.inference.test_adopt import write_theirs

KEYS = "name path task inputs outputs z_dim classes image_shape value_range opset precision run parity latency_ms bytes"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """An empty workspace to stand in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GANSTUDIO_WORKSPACE", raising=False)
    return Workspace(tmp_path)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What the worker was asked, in turn. It takes a generator made here for the run's: torch is not what is tested."""
    calls: list[tuple[str, ...]] = []

    def answer(*arguments: str) -> dict[str, Any]:
        calls.append(arguments)
        _, run_dir, _, which, _, out, _, precision = arguments
        record = load_record(Path(run_dir) / "run.json")
        nimg = round(float(which) * 1000) if which[0].isdigit() else 48_000
        with contextlib.suppress(UsageError):
            nimg = checkpoints.nimg_of(checkpoints.choose(Path(run_dir), which))
        told = {"run": record.id, "run_created": record.created, "checkpoint_nimg": nimg}
        write_generator(Path(out), precision=precision, **told)
        return {"path": out}

    monkeypatch.setattr(bridge, "call_worker", answer)
    return calls


def start_run(workspace: Workspace, name: str = "", created: str = "2026-11-22T10:00:00Z") -> Path:
    draft = RunRecord(
        id="",
        name=name,
        preset="dcgan",
        recipe={"training": {"kimg": 1}},
        seed=0,
        device="cpu",
        processes=1,
        minutes=None,
        data={"name": "mnist"},
        parent=None,
        architecture_sha256=None,
        created=created,
        versions={},
    )
    return store.create(workspace, draft)


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
    store.create(workspace, draft, architecture=code)
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


def test_exports_are_listed_newest_first_and_others_are_noted(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    for age, name in enumerate(["new", "old"]):
        path = write_generator(workspace.exports / f"{name}.onnx", classes=("cat", "dog"))
        os.utime(path, (1000 - age, 1000 - age))
    write_foreign(workspace.exports / "foreign.onnx")
    (workspace.exports / "broken.onnx").write_text("hello")
    assert run(["export", "list"]) == 0
    out, err = capsys.readouterr()
    header, *rows = out.splitlines()
    assert header.split() == ["name", "task", "image", "classes", "run", "kimg", "size", "max|Δ|"]
    assert [row.split()[0] for row in rows] == ["new", "old"]
    assert rows[0].split()[1:6] == ["synthesis", "1x32x32", "2", "dcgan-mnist-1", "48.0"]
    assert err.count("Left out: ") == 2
    assert run(["export", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [list(one) for one in listed] == [KEYS.split()] * 2


def test_an_empty_list_is_empty_json_and_a_hint(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert run(["export", "list"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "ganstudio export onnx" in err


def test_show_tells_tensors_origin_and_parity(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    write_generator(workspace.exports / "a.onnx", classes=("cat", "dog"))
    assert run(["export", "show", "a"]) == 0
    out = capsys.readouterr().out
    for told in (
        "labels [N] int64",
        "images [N, 1, 32, 32] float32",
        "cat, dog",
        "dcgan-mnist-1",
        "48.0 kimg",
        "ab" * 32,
    ):
        assert told in out
    assert run(["export", "show", "dcgan-mnist-1", "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)) == KEYS.split()


def test_show_tells_the_nearest_export(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    write_generator(workspace.exports / "digits.onnx")
    assert run(["export", "show", "digit"]) == 2
    assert "Did you mean 'digits'?" in capsys.readouterr().err


def test_an_export_that_was_not_measured_is_shown_without_parity(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    told: dict[str, Any] = {"parity": None, "latency_ms": None, "run": None, "checkpoint_nimg": None}
    write_generator(workspace.exports / "a.onnx", **told)
    assert run(["export", "show", "a"]) == 0
    assert run(["export", "list"]) == 0
    assert "agrees" not in capsys.readouterr().out


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


@pytest.mark.parametrize("model", [["--model", "small"], ["--model", "smal"], ["--model", "latest"], []])
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


def test_listing_imports_neither_torch_nor_onnx_nor_onnxruntime_nor_numpy(workspace: Workspace) -> None:
    write_generator(workspace.exports / "a.onnx")
    program = (
        "import sys; from ganstudio.cli.app import run;"
        "assert run(['export', 'list']) == run(['export', 'show', 'a']) == 0;"
        "print([name for name in ('torch', 'onnx', 'onnxruntime', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("faces (1).onnx", "faces-1"),
        ("Größe.onnx", "Größe"),
        ("u\u0308ber.onnx", "über"),
        ("猫の顔.onnx", "猫の顔"),
        ("हिन्दी.onnx", "हिन्दी"),
        ("epoch-1.5_ema.onnx", "epoch-1.5_ema"),
        ("my  faces, new!.onnx", "my-faces-new"),
        ("-rf.onnx", "rf"),
        ("--.onnx", "generator"),
        (".onnx", "generator"),
        ("a.mapping.onnx", "a-mapping"),
        ("a\x1b[2J\nb.onnx", "a-2J-b"),
        ("caf\udce9.onnx", "caf"),
        ("x" * 200, "x" * 60),
    ],
)
def test_an_import_is_named_after_its_file(file: str, name: str) -> None:
    assert default_name(Path("/some/where") / file) == name


def test_a_file_with_brackets_in_its_name_is_imported(ganstudio: Program, workspace: Workspace, tmp_path: Path) -> None:
    file = write_theirs(tmp_path / "faces (1).onnx")
    assert ganstudio("export", "import", file, "--range", "-1,1").out == f"{workspace.exports / 'faces-1.onnx'}\n"
    again = ganstudio("export", "import", file, "--range", "-1,1")
    assert again.code == 2
    assert "try: --name faces-1-2" in again.err
    asked = ganstudio("export", "import", file, "--range", "-1,1", "--name", "a b/c")
    assert (asked.code, asked.err.splitlines()[-1]) == (2, "try: --name c")


def test_an_export_outside_of_the_folder_goes_by_its_path(
    ganstudio: Program, workspace: Workspace, tmp_path: Path
) -> None:
    elsewhere = write_generator(tmp_path / "elsewhere" / "digits.onnx")
    ended = ganstudio("export", "remove", elsewhere.with_suffix(""), "--yes")
    assert (ended.code, ended.err.splitlines()[-1]) == (2, f"try: write the file's path: {elsewhere}")
    assert f"in {workspace.exports}; one elsewhere goes by its path" in ended.err
    assert ganstudio("export", "remove", elsewhere, "--yes").code == 0
    assert not elsewhere.exists()


def test_what_fewer_bits_promise_is_said_of_pictures_and_not_of_single_values() -> None:
    parity = {"n": 64, "max_abs": 0.6, "mean_abs": 0.01, "psnr_db": 38.2}
    first, second = agreement(parity, "int8")
    assert first == "38.2 dB from the pictures of fp32 over 64 latents, and int8 promises 30 dB or more"
    assert second == "no promise for a single value, in [-1, 1]: 6.0e-01 apart at worst, 1.0e-02 on average"
