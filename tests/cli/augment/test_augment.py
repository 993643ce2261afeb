from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ganstudio.data.obtain import open_set
from ganstudio.workspace import Workspace
from tests.cli.conftest import Program
from tests.cli.terminal import Terminal
from tests.inference.generators import write_copier, write_generator
from tests.inference.stores import noise, pack

CLASSES = ("cat", "dog")


@pytest.fixture(autouse=True)
def pets(workspace: Workspace) -> None:
    """Data sets and exports in an empty workspace."""
    pack("pets", noise(30), CLASSES, [0] * 20 + [1] * 10)
    pack("bare", noise(6))
    write_generator(workspace.exports / "cgan.onnx", classes=CLASSES)
    write_generator(workspace.exports / "dogs.onnx")


def counts(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        path.name: (len(list(path.glob("real-*"))), len(list(path.glob("synthetic-*")))) for path in folder.glob("*/")
    }


def test_a_balanced_folder_and_its_path_on_stdout(ganstudio: Program, tmp_path: Path) -> None:
    ended = ganstudio("augment", "--data", "pets", "--model", "cgan", "--balance", "--out", tmp_path / "out")
    assert (ended.code, ended.out) == (0, f"{tmp_path / 'out'}\n")
    assert counts(tmp_path / "out") == {"cat": (20, 0), "dog": (10, 10)}
    assert "30 real and 10 synthetic images in 2 classes" in ended.err


def test_a_new_data_set_and_its_name_on_stdout(ganstudio: Program) -> None:
    ended = ganstudio("augment", "--data", "pets", "--model", "cgan", "--factor", "2", "--name", "more")
    assert (ended.code, ended.out) == (0, "more\n")
    shown = ganstudio("data", "show", "more")
    assert "synthetic   the last 30, drawn by a generator" in shown.out
    assert "source      pets + cgan" in shown.out
    assert json.loads(ganstudio("data", "show", "more", "--json").out)["synthetic"] == 30


def test_the_folder_is_packed_again_without_a_skipped_file(ganstudio: Program, tmp_path: Path) -> None:
    ganstudio("augment", "--data", "pets", "--model", "cgan", "--balance", "--out", tmp_path / "out")
    assert ganstudio("data", "add", tmp_path / "out", "--name", "again").code == 0
    assert open_set("again").manifest.class_counts == (20, 20)


def test_per_class_and_a_model_a_class(ganstudio: Program, tmp_path: Path) -> None:
    given = ["--model", "dog=dogs", "--model", "cat=cgan", "--balance", "--per-class", "25"]
    assert ganstudio("augment", "--data", "pets", *given, "--out", tmp_path / "out").code == 0
    assert counts(tmp_path / "out") == {"cat": (20, 5), "dog": (10, 15)}


def test_json_tells_counts_models_seeds_and_near_copies(ganstudio: Program, workspace: Workspace) -> None:
    asked = ["augment", "--data", "pets", "--model", "cgan", "--balance", "--seed", "7", "--json"]
    ended = ganstudio(*asked, "--name", "more")
    told = json.loads(ended.out)
    keys = "name path count real synthetic near near_expected replaced classes proof"
    assert list(told) == keys.split()
    assert (told["count"], told["real"], told["synthetic"], told["proof"]) == (40, 30, 10, None)
    cat, dog = told["classes"]
    assert (cat["class"], cat["synthetic"], cat["model"], cat["seeds"]) == ("cat", 0, None, None)
    assert (dog["class"], dog["synthetic"], dog["model"], dog["seeds"]) == ("dog", 10, "cgan", [7, 16])
    again = ganstudio(*asked, "--name", "more")
    assert json.loads(again.out) == told
    assert "All of it is there already." in again.err


def test_pictures_that_do_not_fit_are_fitted_and_it_is_said(ganstudio: Program) -> None:
    pack("rgb", noise(4, side=16, channels=3))
    ended = ganstudio("augment", "--data", "rgb", "--model", "dogs", "--factor", "2", "--name", "more")
    assert ended.code == 0
    assert (
        "Pictures of dogs are resized from 32 to 16 px (Lanczos) and made rgb from grey, as the data is." in ended.err
    )
    assert open_set("more").images().shape == (8, 16, 16, 3)


def test_near_copies_are_told(ganstudio: Program, workspace: Workspace) -> None:
    write_copier(workspace.exports / "copier.onnx", noise(100))
    pack("known", noise(100))
    asked = ["augment", "--data", "known", "--model", "copier", "--factor", "5"]
    kept = ganstudio(*asked, "--name", "copies")
    assert kept.code == 0
    assert "400 of 400 drawn (100.0%) were near copies of a real image" in kept.err
    refused = ganstudio(*asked, "--novel", "--name", "novel")
    assert (refused.code, refused.out) == (1, "")
    assert "the generator copies its training images" in refused.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("--data pets --model cgan --out x", "Give one of --factor F and --balance"),
        ("--data pets --model cgan --out x --factor 2 --balance", "Give one of --factor F and --balance"),
        ("--data pets --model cgan --out x --factor 2 --per-class 9", "--per-class: goes with --balance"),
        ("--data pets --model cgan --balance", "Give one of --out DIR and --name S"),
        ("--data pets --model cgan --balance --out x --name y", "Give one of --out DIR and --name S"),
        ("--data pets --model cgan --out x --factor 1", "--factor: 1 times as many images; it must be more than 1"),
        ("--data pets --model cgan --out x --factor nan", "it must be more than 1"),
        ("--data pets --model cgan --out x --balance --per-class 0", "--per-class: at least 1; got 0"),
        ("--data pets --model cgan --out x --balance --per-class 5", "has what was asked for already"),
        ("--data pets --model cgan --out x --balance --seed -1", "--seed: from 0 to 4294967295; got -1"),
        ("--data pets --model cgan --out x --balance --prove --prove-seeds 0", "--prove-seeds: from 1 to 20; got 0"),
        ("--data pets --model cgan --out x --balance --psi 0.5", "--psi: cgan has no truncation"),
        ("--data pets --model cgan --out x --balance --provider cpuu", "Here: auto, cpu"),
        ("--data pest --model cgan --out x --balance", "data set 'pest': there is none. Did you mean 'pets'?"),
        ("--data pets --model cgam --out x --balance", "Did you mean 'cgan'?"),
        ("--data pets --model dgo=cgan --out x --balance", "'dgo' is no class of data set 'pets'. Did you mean 'dog'?"),
        ("--data pets --model cat=cgan --out x --balance", "none draws class 'dog' of data set 'pets'"),
        ("--data pets --model dogs --out x --balance", "dogs is not conditional"),
        ("--data pets --model cgan --name pets --balance", "the name is taken"),
        ("--data pets --model cgan --name a/b --balance", "--name: letters, digits"),
        ("--data bare --model dogs --out x --balance", "--balance: data set 'bare' has no classes"),
        ("--data bare --model dogs --out x --factor 2 --prove", "--prove: data set 'bare' has no classes"),
        ("--data bare --model cat=dogs --out x --factor 2", "data set 'bare' has no classes"),
        ("--data bare --model cgan --out x --factor 2", "data set 'bare' has no classes"),
        ("--data pets --out x --balance", "--model"),
    ],
)
def test_what_cannot_be_is_refused_with_nothing_drawn(
    ganstudio: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = ganstudio("augment", *arguments.split())
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err
    assert not list(tmp_path.rglob("*.png"))


def test_a_class_and_a_file_may_have_an_equals_sign_in_their_names(ganstudio: Program, tmp_path: Path) -> None:
    pack("odd", noise(4), ["a=b", "c"], [0, 0, 0, 1])
    model = write_generator(tmp_path / "x=y.onnx", classes=("a=b", "c"))
    for given in (str(model), f"c={model}"):
        assert (
            ganstudio("augment", "--data", "odd", "--model", given, "--balance", "--name", f"n{len(given)}").code == 0
        )


def test_ctrl_c_is_130_and_says_how_to_go_on(tmp_path: Path) -> None:
    out = tmp_path / "out"
    given = ["--data", "pets", "--model", "cgan", "--factor", "1000", "--out", str(out), "--provider", "cpu"]
    command = [sys.executable, "-m", "ganstudio", "augment", *given]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while not list(out.glob("cat/synthetic-*")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGINT)
    out_text, err = process.communicate(timeout=30)
    assert (process.returncode, out_text) == (130, "")
    assert "of 30,000 images. The same command goes on there." in err
    assert "Traceback" not in err


def test_augmenting_imports_no_torch() -> None:
    program = (
        "import sys; from ganstudio.cli.app import run;"
        "assert run(['augment', '--data', 'pets', '--model', 'cgan', '--balance', '--name', 'more']) == 0;"
        "print([name for name in ('torch', 'onnx', 'ganstudio.engine') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.slow
def test_a_proof_is_told_and_decides_the_exit_code(
    ganstudio: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # the classifier is too small for two threads to share
    asked = ["--data", "pets", "--model", "cgan", "--balance", "--out", tmp_path / "out", "--prove-seeds", "1"]
    ended = ganstudio("augment", *asked, "--prove", "--json")
    proof = json.loads(ended.out)["proof"]
    assert (proof["verdict"], ended.code) == ("not shown", 1)
    assert "one seed does not tell the spread" in ended.err
    assert ganstudio("augment", *asked).code == 0


def test_a_terminal_shows_rate_and_time_left(tmp_path: Path) -> None:
    given = ["--data", "pets", "--model", "cgan", "--factor", "1000", "--provider", "cpu"]
    with Terminal("augment", *given, "--out", tmp_path / "out") as terminal:
        terminal.wait_for("synthetic images ")
        terminal.wait_for("/s  ")
        terminal.wait_for(" left")
        terminal.type("\x03")
        assert terminal.ended() == 130
        assert "of 30,000 images. The same command goes on there." in terminal.text
