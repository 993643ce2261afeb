"""`data add` of what is packed already, of what has changed since, and of what is nowhere."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ganstudio.data import pack
from ganstudio.data.derived.derived_sets import at_resolution
from ganstudio.data.store import DataSet, names
from ganstudio.runs import process
from ganstudio.workspace import Workspace, data_home
from tests.cli.conftest import Program
from tests.data.pictures import BLUE, GREEN, plain
from tests.runs.making import DRAFT, STARTED, make_run, tell


@pytest.fixture
def pets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> Path:
    monkeypatch.chdir(tmp_path)
    plain(tmp_path / "pets" / "cat" / "1.png")
    plain(tmp_path / "pets" / "dog" / "2.png", GREEN)
    return tmp_path / "pets"


def added(ganstudio: Program, *arguments: str) -> dict[str, Any]:
    ended = ganstudio("data", "add", *arguments, "--json")
    assert ended.code == 0, ended.err
    told: dict[str, Any] = json.loads(ended.out)
    return told


def trained(workspace: Workspace, name: str) -> Path:
    path = make_run(workspace, name, data={**DRAFT.data, "name": "pets", "path": str(data_home() / "pets")})
    tell(path, "started", **STARTED)
    return path


def test_what_is_packed_already_is_not_packed_again(
    ganstudio: Program, pets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = added(ganstudio, "pets", "--size", "32")
    assert (first["outcome"], first["changes"]) == ("packed", None)
    monkeypatch.setattr(pack, "pack_source", None)  # nothing is decoded
    again = ganstudio("data", "add", "./pets")
    assert (again.code, again.out) == (0, "pets\n")
    assert "pets: already packed" in again.err
    told = added(ganstudio, "pets", "--size", "32", "--labels", "auto")
    assert (told["outcome"], told["fingerprint"]) == ("already packed", first["fingerprint"])


def test_a_changed_folder_keeps_its_options_and_what_changed_is_said(ganstudio: Program, pets: Path) -> None:
    added(ganstudio, "pets", "--size", "24", "--fit", "pad", "--labels", "none")
    at_resolution(DataSet.load(data_home() / "pets"), 48)
    plain(pets / "cat" / "3.png", BLUE)
    (pets / "dog" / "2.png").unlink()
    os.utime(pets / "cat" / "1.png", (1, 1))
    told = added(ganstudio, "pets")
    assert told["outcome"] == "packed anew"
    assert told["changes"] == {"added": ["cat/3.png"], "gone": ["dog/2.png"], "changed": ["cat/1.png"]}
    assert told["kept"] == {"size": 24, "fit": "pad", "labels": "none"}
    assert (told["count"], told["resolution"], told["classes"]) == (2, 24, [])
    assert names() == ["pets"]  # what was derived from the old pictures is gone


def test_a_changed_folder_is_told_of_in_words(ganstudio: Program, pets: Path) -> None:
    added(ganstudio, "pets")
    plain(pets / "dog" / "3.png", BLUE)
    err = ganstudio("data", "add", "pets").err
    assert "pets: packed anew: 1 file added (dog/3.png); as before: --size 16" in err


def test_other_options_need_replace_which_keeps_the_rest(ganstudio: Program, pets: Path) -> None:
    added(ganstudio, "pets", "--fit", "pad")
    refused = ganstudio("data", "add", "pets", "--size", "32")
    assert refused.code == 2
    assert "is packed already, with --size 16, not 32. --replace packs it anew" in refused.err
    assert "try: ganstudio data add pets --size 32 --name pets-2" in refused.err
    told = added(ganstudio, "pets", "--size", "32", "--replace")
    assert (told["outcome"], told["resolution"], told["kept"]) == ("packed anew", 32, {"fit": "pad"})


def test_a_set_that_a_live_run_uses_is_not_packed_anew(ganstudio: Program, pets: Path, workspace: Workspace) -> None:
    before = added(ganstudio, "pets")
    process.write_process(trained(workspace, "live"))
    plain(pets / "cat" / "3.png", BLUE)
    for more in ((), ("--replace",)):
        refused = ganstudio("data", "add", "pets", *more)
        assert refused.code == 2
        assert "is used by live (running)" in refused.err
    assert DataSet.load(data_home() / "pets").manifest.fingerprint == before["fingerprint"]


def test_runs_lose_the_pictures_that_they_were_made_with_only_by_replace(
    ganstudio: Program, pets: Path, workspace: Workspace
) -> None:
    added(ganstudio, "pets")
    tell(trained(workspace, "old"), "finished", 100_000, 60.0, reason="budget")
    plain(pets / "cat" / "3.png", BLUE)
    refused = ganstudio("data", "add", "pets")
    assert refused.code == 2
    assert "1 file added (cat/3.png). old (finished): made with the old pictures" in refused.err
    assert added(ganstudio, "pets", "--replace")["outcome"] == "packed anew"


def test_strict_refuses_what_was_packed_with_files_left_out(ganstudio: Program, pets: Path) -> None:
    (pets / "notes.txt").write_text("no picture")
    assert ganstudio("data", "add", "pets").code == 1
    refused = ganstudio("data", "add", "pets", "--strict")
    assert refused.code == 2
    assert "notes.txt" in refused.err
    assert DataSet.load(data_home() / "pets").manifest.count == 2


def test_a_known_set_is_packed_once(ganstudio: Program, workspace: Workspace) -> None:
    outcomes = [added(ganstudio, "mnist-test", *more)["outcome"] for more in ((), (), ("--replace",))]
    assert outcomes == ["packed", "already packed", "packed anew"]


@pytest.mark.parametrize(
    ("command", "likely"),
    [
        (["data", "add", "./pest"], "./pets"),
        (["data", "add", "pest"], "./pets"),
        (["data", "add", "./pets", "--labels", "./lables.csv"], "./labels.csv"),
        (["data", "add", "celeba", "--from", "pest"], "./pets"),
        (["data", "add", "MNIST"], "mnist"),
        (["data", "show", "MNIST"], "mnist"),
        (["train", "dcgan", "--data", "MNIST"], "mnist"),
        (["train", "dcgan", "--data", "./pest/cat"], "./pets/cat"),
        (["train", "DCGAN", "--data", "mnist"], "dcgan"),
        (["train", "./my_gna.py", "--data", "mnist"], "./my_gan.py"),
        (["evaluate", "Pets", "--against", "mnist"], "./pets"),
        (["evaluate", "./pets", "--against", "./pest"], "./pets"),
        (["sample", "--seed", "1", "--model", "./digist.onnx"], "./digits.onnx"),
        (["export", "show", "./digist.onnx"], "./digits.onnx"),
        (["sample", "--latent", "z.npy"], "z.npz"),
        (["weights", "import", "inception", "./digist.onnx"], "./digits.onnx"),
        (["--workspace", "./pest", "runs", "list"], "./pets"),
    ],
    ids=lambda given: "-".join(given) if isinstance(given, list) else "",
)
def test_a_name_or_path_that_is_nowhere_is_answered_with_the_nearest(
    ganstudio: Program, pets: Path, command: list[str], likely: str
) -> None:
    for name in ("labels.csv", "my_gan.py", "digits.onnx", "z.npz"):
        (pets.parent / name).touch()
    ended = ganstudio(*command)
    assert ended.code == 2
    assert "Did you mean" in ended.err
    assert f"{likely}'?" in ended.err


def test_a_file_of_labels_beside_the_pictures_is_another_packing_than_their_folder(
    ganstudio: Program, pets: Path
) -> None:
    (pets / "pets.csv").write_text("file,species\ncat/1.png,cat\ndog/2.png,fox\n")
    assert ganstudio("data", "add", "pets", "--labels", "folders").code == 1  # the file of labels is no picture
    refused = ganstudio("data", "add", "pets/pets.csv")
    assert refused.code == 2
    assert "is packed already, with --labels folders, not" in refused.err
    assert added(ganstudio, "pets/pets.csv", "--replace")["classes"] == ["cat", "fox"]
    assert added(ganstudio, "pets")["outcome"] == "already packed"
