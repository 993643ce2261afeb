"""ganstudio export verify, import and remove."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import onnx
import pytest

from ganstudio import bridge
from ganstudio.errors import StudioError
from ganstudio.inference.manifest import KEY, TensorSpec, read_metadata
from ganstudio.workspace import Workspace
from tests.cli.conftest import Program
from tests.cli.export.conftest import start_run
from tests.inference.generators import with_metadata, write_foreign, write_generator, write_proved
from tests.inference.test_import_model import write_theirs


def test_an_export_that_holds_is_told_and_its_path_is_all_of_stdout(workspace: Workspace, ganstudio: Program) -> None:
    path = write_proved(workspace.exports / "a.onnx")
    code, out, err = ganstudio("export", "verify", "a")
    assert (code, out) == (0, f"{path}\n")
    assert "a.onnx: hash and manifest hold; 2 stored answers are met within" in err


def test_json_tells_each_file_of_a_generator_with_styles(workspace: Workspace, ganstudio: Program) -> None:
    for name in ("s", "s.mapping", "s.synthesis"):
        write_proved(workspace.exports / f"{name}.onnx")
    code, out, _ = ganstudio("export", "verify", "s", "--json")
    told = json.loads(out)
    assert code == 0
    assert list(told) == ["name", "path", "files", "against_run"]
    assert [Path(file["path"]).name for file in told["files"]] == ["s.onnx", "s.mapping.onnx", "s.synthesis.onnx"]
    assert list(told["files"][0]) == ["path", "sha256", "seeds", "max_abs", "tolerance", "onnxruntime"]
    assert told["against_run"] is None


def test_a_half_that_does_not_hold_fails_the_whole(workspace: Workspace, ganstudio: Program) -> None:
    write_proved(workspace.exports / "s.onnx")
    write_generator(workspace.exports / "s.mapping.onnx")
    code, out, err = ganstudio("export", "verify", "s")
    assert (code, out) == (1, "")
    assert "s.mapping.onnx: graph or weights are not those" in err


def test_a_file_that_cannot_be_read_is_bad_input_and_one_that_lies_a_failed_proof(
    workspace: Workspace, ganstudio: Program
) -> None:
    whole = write_proved(workspace.exports / "a.onnx")
    (workspace.exports / "cut.onnx").write_bytes(whole.read_bytes()[:-100])
    write_foreign(workspace.exports / "foreign.onnx")
    newer = write_proved(workspace.exports / "newer.onnx")
    words = read_metadata(newer)
    with_metadata(newer, words | {KEY: json.dumps(json.loads(words[KEY]) | {"format": 9})})
    for name, told in (("cut", "cut short"), ("foreign", "no ganstudio manifest"), ("newer", "manifest format 9")):
        code, out, err = ganstudio("export", "verify", name)
        assert (code, out) == (2, ""), name
        assert told in err
    model = onnx.load(whole)
    model.graph.doc_string = "changed"
    onnx.save(model, whole)
    assert ganstudio("export", "verify", "a").code == 1


def test_torch_is_asked_again_only_against_a_run(
    workspace: Workspace, ganstudio: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_proved(workspace.exports / "a.onnx")
    run_dir = start_run(workspace)
    calls: list[tuple[str, ...]] = []
    answer = {"run": "dcgan-mnist-1", "nimg": 48_000, "n": 64, "max_abs": 1e-6, "mean_abs": 1e-7, "psnr_db": 130.0}

    def worker(*arguments: str) -> dict[str, Any]:
        calls.append(arguments)
        return answer

    monkeypatch.setattr(bridge, "call_worker", worker)
    assert ganstudio("export", "verify", "a").code == 0
    assert calls == []
    code, out, _ = ganstudio("export", "verify", "a", "--against-run", "latest", "--json")
    assert (code, json.loads(out)["against_run"]) == (0, answer)
    assert calls == [("against", str(run_dir), str(path))]

    def differ(*_: str) -> dict[str, Any]:
        raise StudioError("they differ")

    monkeypatch.setattr(bridge, "call_worker", differ)
    code, out, err = ganstudio("export", "verify", "a", "--against-run", "latest")
    assert (code, out) == (1, "")
    assert "they differ" in err


def test_a_generator_that_was_imported_is_sampled_and_listed_like_any_other(
    workspace: Workspace, ganstudio: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = write_theirs(tmp_path / "celeb faces.onnx", shape=(8, 8, 3))
    before = file.read_bytes()
    code, out, err = ganstudio("export", "import", file, "--range", "-1,1")
    path = workspace.exports / "celeb-faces.onnx"
    assert (code, out) == (0, f"{path}\n")
    assert "takes z [N, 6], gives images [N, 3, 8, 8] in [-1, 1]; opset 11" in err
    assert file.read_bytes() == before
    assert ganstudio("export", "verify", "celeb-faces").code == 0
    assert ganstudio("export", "show", "celeb-faces").code == 0
    assert "celeb-faces" in ganstudio("export", "list").out
    assert ganstudio("sample", "--model", "celeb-faces", "--seed", "0-3", "--out", "four.png").code == 0
    assert (tmp_path / "four.png").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["a.onnx", "--range", "1"], "write the lowest and the highest value"),
        (["a.onnx", "--range", "1,-1"], "write the lowest and the highest value"),
        (["a.onnx", "--range", "nan,inf"], "write the lowest and the highest value"),
        (["a.onnx", "--range", "-1,1", "--name", "../up"], "a name is made of"),
        (["a.onnx", "--range", "-1,1", "--name", "x.mapping"], "is half of another export"),
        (["a.onnx", "--range", "-1,1", "--name", "taken"], "is there already"),
        (["gone.onnx", "--range", "-1,1"], "gone.onnx does not exist"),
        (["a.onnx", "--range", "0,255", "--name", "b"], ""),
        (["a.onnx"], "An ONNX file does not say"),
    ],
)
def test_what_cannot_be_imported_leaves_nothing(
    workspace: Workspace,
    ganstudio: Program,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_theirs(tmp_path / "a.onnx", scale=500.0)
    write_generator(workspace.exports / "taken.onnx")
    code, out, err = ganstudio("export", "import", *arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert [path.name for path in workspace.exports.iterdir()] == ["taken.onnx"]


def test_a_full_disk_in_the_middle_of_an_import_leaves_nothing(workspace: Workspace, tmp_path: Path) -> None:
    file = write_theirs(tmp_path / "a.onnx", shape=(3, 32, 32))
    program = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000));"
        "from ganstudio.cli.app import run; sys.exit(run(['export', 'import', sys.argv[1], '--range', '-1,1']))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "a.onnx cannot be written: File too large" in done.stderr
    assert list(workspace.exports.iterdir()) == []


def test_exports_are_removed_by_name_with_their_halves(workspace: Workspace, ganstudio: Program) -> None:
    styles = (TensorSpec("ws", ("N", 8, 64), "float32"),)
    for name in ("a", "b", "c"):
        write_generator(workspace.exports / f"{name}.onnx", run=f"run-{name}")
    write_generator(workspace.exports / "a.mapping.onnx", outputs=styles)
    code, _, err = ganstudio("export", "remove", "a", "b")
    assert code == 2
    assert "nobody to ask" in err
    assert "ganstudio export remove a b --yes" in err
    assert ganstudio("export", "remove", "a.mapping", "--yes").code == 2
    assert ganstudio("export", "remove", "a", "none", "--yes").code == 2
    assert len(list(workspace.exports.iterdir())) == 4
    assert ganstudio("export", "remove", "a", "b", "a", "--yes") == (0, "a\nb\n", "")
    assert [path.name for path in workspace.exports.iterdir()] == ["c.onnx"]


def test_no_command_on_exports_imports_torch_or_the_engine(workspace: Workspace, tmp_path: Path) -> None:
    write_proved(workspace.exports / "a.onnx")
    file = write_theirs(tmp_path / "theirs.onnx")
    program = (
        "import sys; from ganstudio.cli.app import run\n"
        "for words in ('list', 'show a', 'verify a', f'import {sys.argv[1]} --range -1,1', 'remove a --yes'):\n"
        "    assert run(['export', *words.split()]) == 0, words\n"
        "print([name for name in ('torch', 'ganstudio.engine') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program, str(file)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_verifying_imports_no_onnx(workspace: Workspace) -> None:
    write_proved(workspace.exports / "a.onnx")
    program = (
        "import sys; from ganstudio.cli.app import run; assert run(['export', 'verify', 'a']) == 0;"
        "print('onnx' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"
