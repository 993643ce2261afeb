"""An empty value is refused by every command, before anything is made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ganstudio.cli.lazy_group import root_group
from ganstudio.workspace import Workspace, data_home
from tests.cli.conftest import Program
from tests.runs.making import make_run


@pytest.mark.parametrize(
    ("arguments", "flag"),
    [
        (["train", "dcgan", "--data", ""], "--data"),
        (["train", "dcgan", "--data="], "--data"),
        (["train", "", "--data", "mnist"], "PRESET|FILE.py"),
        (["train", "dcgan", "--data", "mnist", "--set", ""], "--set"),
        (["train", "dcgan", "--data", "mnist", "--kimg", ""], "--kimg"),
        (["data", "add", ""], "PATH|NAME..."),
        (["data", "add", ".", "--part", ""], "--part"),
        (["evaluate", "latest", "--against", ""], "--against"),
        (["evaluate", "", "--against", "mnist"], "RUN|MODEL|FOLDER|DATA"),
        (["sample", "--seed", "1", "--model", ""], "--model"),
        (["sample", "--seed", "1", "--out", ""], "--out"),
        (["runs", "show", ""], "RUN|SWEEP"),
        (["runs", "logs", ""], "RUN"),
        (["runs", "remove", "a", "", "b"], "RUN|SWEEP..."),
        (["export", "show", ""], "MODEL"),
    ],
)
def test_an_empty_value_is_refused_and_its_flag_named(
    ganstudio: Program,
    workspace: Workspace,
    photos: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    flag: str,
) -> None:
    monkeypatch.chdir(photos)  # what an empty path would mean
    ended = ganstudio(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert f"error: {flag}: is empty; got ''." in ended.err
    assert " --help" in ended.err
    assert not data_home().exists()
    assert list(workspace.root.iterdir()) == []


def test_every_parameter_of_every_command_is_watched() -> None:
    waiting: list[Any] = [root_group()]
    commands = []
    while waiting:
        command = waiting.pop()
        commands.append(command)
        if hasattr(command, "get_command"):
            waiting += [command.get_command(None, name) for name in command.list_commands(None)]
    assert len(commands) > 30
    for command in commands:
        for parameter in command.params:
            assert "process_value" in vars(parameter), f"{command.name}: {parameter.name}"


def test_an_empty_variable_of_the_environment_is_unset(ganstudio: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANSTUDIO_DATA", "")
    assert ganstudio("data", "list").code == 0


def test_a_model_without_a_name_is_none(ganstudio: Program, workspace: Workspace) -> None:
    make_run(workspace, "only")
    for empty in ("@48", "@"):
        ended = ganstudio("sample", "--seed", "1", "--model", empty)
        assert ended.code == 2
        assert f"--model: {empty!r} is neither an export" in ended.err
