"""Terminals of tests have all colours; runs, data sets and exports that several screens are tried on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ganstudio.inference.codes import laid_out
from ganstudio.runs.architecture_options import describe_shipped
from ganstudio.workspace import Workspace, state_home
from tests.inference.generators import write_clips, write_generator, write_proved
from tests.inference.stores import noise, pack
from tests.tui.driving import record


@pytest.fixture(autouse=True)
def true_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")


@pytest.fixture(autouse=True)
def quick_pilot(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pilot looks every 5 ms whether the program is idle, not every 20: a key costs it six looks."""
    monkeypatch.setattr("textual._wait.SLEEP_GRANULARITY", 1 / 200)
    monkeypatch.setattr("textual._wait.SLEEP_IDLE", 1 / 4000)


@pytest.fixture
def recorded(workspace: Workspace) -> Workspace:
    """A workspace with three runs: digits, hot-critic (with findings) and broken (it failed)."""
    record(workspace)
    return workspace


PETS = ("cat", "dog", "7")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pets.onnx, which has classes, styles.onnx with truncation and noise, and coded.onnx with codes."""
    folder = tmp_path_factory.mktemp("models")
    write_generator(folder / "pets.onnx", classes=PETS)
    write_generator(folder / "styles.onnx", psi=True, noise=True)
    write_clips(folder / "clips.onnx")
    write_generator(folder / "coded.onnx", codes=laid_out([4], 2))
    return folder


@pytest.fixture
def exported(workspace: Workspace, models: Path) -> Callable[..., Workspace]:
    """A workspace with some of the models, the last one the newest."""

    def give(*names: str) -> Workspace:
        import os

        workspace.exports.mkdir(exist_ok=True)
        for age, name in enumerate(names or ("pets",)):
            path = workspace.exports / f"{name}.onnx"
            shutil.copy(models / path.name, path)
            os.utime(path, (1e9 + age, 1e9 + age))
        return workspace

    return give


@pytest.fixture(scope="session")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the worker says of the architectures that ship."""
    home = tmp_path_factory.mktemp("described")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANSTUDIO_STATE", str(home))
        describe_shipped()  # one worker for all: it imports torch
    return home / "describe"


@pytest.fixture
def described(answers: Path) -> None:
    shutil.copytree(answers, state_home() / "describe")


@pytest.fixture
def packed() -> None:
    """animals, of 40 cats, 20 dogs and a repeated one; and shapes, 12 without classes, the last of them blank."""
    pixels = noise(60)
    pixels[1] = pixels[0]
    pack("animals", pixels, ("cat", "dog"), [0] * 40 + [1] * 20)
    without = noise(12, channels=3, seed=1)
    without[-1] = 9
    pack("shapes", without)


@pytest.fixture
def generator(workspace: Workspace) -> Path:
    return write_proved(workspace.exports / "digits.onnx", run="digits")
