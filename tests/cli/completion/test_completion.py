"""What Tab offers, asked of the program and of each shell that is here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ganstudio.inference.exports import DIRECTIONS
from ganstudio.inference.latent.directions import Direction, Directions
from ganstudio.workspace import Workspace, data_home
from tests.cli.conftest import Program
from tests.inference.images.networks import write_copier, write_greyer
from tests.runs.making import make_run

_ZSH = """
zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner "PS1='>'; TERM=dumb; autoload -Uz compinit; compinit -u -D; source $1; print rea''dy"
zpty -r inner told '*ready*'
zpty -w -n inner $'ganstudio runs show thi\\t'
zpty -r inner told '*this-one *'
zpty -w -n inner $'\\x15ganstudio trai\\t'
zpty -r inner told '*ganstudio train *'
print $told
zpty -d inner
"""
_BASH = """source $1
ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ganstudio ganstudio; echo "${COMPREPLY[@]}"; }
ask ganstudio runs show thi; ask ganstudio tra; ask ganstudio train dcgan --data = pho
"""
_FISH = """source $argv[1]
complete -C 'ganstudio runs show thi'; complete -C 'ganstudio tra'; complete -C 'ganstudio train dcgan --data pho'
"""


@pytest.fixture
def offered(ganstudio: Program, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> object:
    """Makes a run, a data set and an export, and asks what a line may become."""
    make_run(workspace, "this-one")
    make_run(workspace, "all-1", group="all", sweep={"seed": 1})
    (data_home() / "photos").mkdir(parents=True)
    (data_home() / "photos" / "manifest.json").write_text("{}")
    workspace.exports.mkdir()
    write_greyer(workspace.exports / "seasons.onnx", ("spring", "winter"))
    write_copier(workspace.exports / "back.b_to_a.onnx", translates=("noto", "twitter"))
    for name in ("faces.onnx", "faces.mapping.onnx"):
        (workspace.exports / name).touch()
    for name, directions in (("faces", ("age", "smile")), ("seasons", ("snow",))):
        found = tuple(Direction(one, np.ones((1, 8), np.float32)) for one in directions)
        Directions(workspace.exports / f"{name}{DIRECTIONS}", "", "z", found).save()
    (workspace.exports / f"broken{DIRECTIONS}").touch()
    monkeypatch.setenv("GANSTUDIO_COMPLETE", "test")

    def ask(*words: str) -> list[str]:
        ended = ganstudio(*words)
        assert (ended.code, ended.err) == (0, "")
        return [line.partition("\t")[0] for line in ended.out.splitlines()]

    return ask


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("tra", ["train", "translate"]),
        ("runs sh", ["show"]),
        ("config set no", ["notify.url", "notify.severity"]),
        ("runs show thi", ["this-one"]),
        ("runs compare this-one lat", ["latest"]),
        ("runs plot al", ["all-1", "all"]),
        ("runs logs al", ["all-1"]),
        ("runs show runs/", []),
        ("runs nothing ", []),
        ("train dcg", ["dcgan", "dcgan-cifar10", "dcgan-dense", "dcgan-fashion"]),
        ("train dcgan --data pho", ["photos"]),
        ("train dcgan --data=pho", ["--data=photos"]),
        ("train dcgan --data = pho", ["photos"]),
        ("train dcgan --set a=b --data fashion-mnist-", ["fashion-mnist-test"]),
        ("train dcgan --dry-run --dat", ["--data"]),
        ("runs list --js", ["--json"]),
        ("data add --fit p", ["pad"]),
        ("data show ", ["photos"]),
        ("data add fashion-mnist-", ["fashion-mnist-test"]),
        ("export show ", ["back.b_to_a", "faces", "seasons", "all-1", "this-one"]),
        ("export import ", []),
        ("sample --model fa", ["faces"]),
        ("interpolate --path ", []),
        ("edit --model faces --direction ", ["age=+1", "smile=+1"]),
        ("edit --model=faces --direction sm", ["smile=+1"]),
        ("edit --model /none/at.onnx --direction ", []),
        ("edit --direction=s", ["--direction=smile=+1", "--direction=snow=+1"]),
        ("mix --model faces --layers ", ["coarse", "middle", "fine", "0-3"]),
        ("animate fi", []),
        ("directions fi", ["find"]),
        ("directions show faces ", ["age", "smile"]),
        ("directions show faces age sm", ["smile"]),
        ("directions rename faces.onnx sm", ["smile"]),
        ("directions show back ", []),
        ("translate a.png --model seasons --domain ", ["spring", "winter"]),
        ("translate a.png --model=seasons --domain w", ["winter"]),
        ("translate a.png --model back.b_to_a --domain ", ["twitter"]),
        ("translate a.png --domain ", ["twitter", "spring", "winter"]),
        ("weights fetch inc", ["inception"]),
        ("--debug completion ", ["bash", "zsh", "fish"]),
        ("--workspace ", []),
        ("--workspace /none runs show this", []),
    ],
)
def test_what_a_word_may_become(offered: object, line: str, words: list[str]) -> None:
    assert offered(*line.split(" ")) == words  # type: ignore[operator]


def test_every_command_is_offered_with_its_summary(ganstudio: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANSTUDIO_COMPLETE", "test")
    lines = ganstudio("").out.splitlines()
    assert "train\tTrain a GAN and follow it." in lines
    assert {"runs", "data", "export", "completion"} <= {line.partition("\t")[0] for line in lines}


@pytest.mark.parametrize(("shell", "script"), [("bash", _BASH), ("zsh", _ZSH), ("fish", _FISH)])
def test_the_script_completes_in_its_shell(
    ganstudio: Program, workspace: Workspace, tmp_path: Path, shell: str, script: str
) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    make_run(workspace, "this-one")
    (data_home() / "photos").mkdir(parents=True)
    (data_home() / "photos" / "manifest.json").write_text("{}")
    source = tmp_path / "completion"
    source.write_text(ganstudio("completion", shell).out)
    command = tmp_path / "bin" / "ganstudio"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m ganstudio "$@"\n')
    command.chmod(0o755)
    plain = {"bash": ("--norc",), "zsh": ("-f",), "fish": ("--no-config",)}[shell]
    name = () if shell == "fish" else (shell,)
    ended = subprocess.run(
        [shell, *plain, "-c", script, *name, str(source)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={**os.environ, "PATH": f"{command.parent}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
    )
    assert "train" in ended.stdout
    if shell != "zsh":  # its dialogue ends only once it has said so
        assert "this-one" in ended.stdout
        assert "photos" in ended.stdout
