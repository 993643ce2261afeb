"""`export list|show|import`: what is told of exports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ganstudio.cli.app import run
from ganstudio.cli.export.import_model import default_name
from ganstudio.workspace import Workspace
from tests.cli.conftest import Program
from tests.cli.export.conftest import KEYS
from tests.inference.generators import write_foreign, write_generator
from tests.inference.test_import_model import write_theirs


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
    out = capsys.readouterr().out
    assert "parity      was not measured" in out
    assert "agrees" not in out


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
    assert " --name faces-1-2   # or first: ganstudio export remove faces-1" in again.err
    asked = ganstudio("export", "import", file, "--range", "-1,1", "--name", "a b/c")
    assert asked.code == 2
    assert asked.err.endswith(" --range -1,1 --name c\n")


def test_an_export_outside_of_the_folder_goes_by_its_path(
    ganstudio: Program, workspace: Workspace, tmp_path: Path
) -> None:
    elsewhere = write_generator(tmp_path / "elsewhere" / "digits.onnx")
    ended = ganstudio("export", "remove", elsewhere.with_suffix(""), "--yes")
    assert (ended.code, ended.err.splitlines()[-1]) == (2, f"try: Write the file's path: {elsewhere}")
    assert f"in {workspace.exports}; one elsewhere goes by its path" in ended.err
    assert ganstudio("export", "remove", elsewhere, "--yes").code == 0
    assert not elsewhere.exists()
