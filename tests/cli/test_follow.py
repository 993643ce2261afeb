from __future__ import annotations

import re
from pathlib import Path

import pytest

from ganstudio.workspace import Workspace
from tests.cli.conftest import only_run
from tests.cli.terminal import Terminal

pytestmark = pytest.mark.usefixtures("no_worker_left")


def test_ctrl_c_and_enter_leave_the_run_training(workspace: Workspace, photos: Path) -> None:
    arguments = ("train", "dcgan", "--data", photos, "--set", "training.batch=8")
    with Terminal(*arguments, FAKE_STEP_S="0.05") as terminal:
        terminal.wait_for("loss d")
        terminal.type("\x03")
        terminal.wait_for("[d]etach (default), [s]top with a checkpoint: ")
        terminal.type("\n")
        assert terminal.ended() == 130
    assert "ganstudio runs stop dcgan-photos-1" in terminal.text
    assert only_run(workspace).status == "running"


def test_ctrl_c_twice_leaves_the_run_training(workspace: Workspace, photos: Path) -> None:
    arguments = ("train", "dcgan", "--data", photos, "--set", "training.batch=8")
    with Terminal(*arguments, FAKE_STEP_S="0.05") as terminal:
        terminal.wait_for("loss d")
        terminal.type("\x03")
        terminal.wait_for("[s]top with a checkpoint: ")
        terminal.type("\x03")
        assert terminal.ended() == 130
    assert only_run(workspace).status == "running"


def test_ctrl_c_and_s_stop_the_run_with_a_checkpoint(workspace: Workspace, photos: Path) -> None:
    arguments = ("train", "dcgan", "--data", photos, "--set", "training.batch=8")
    with Terminal(*arguments, FAKE_STEP_S="0.05") as terminal:
        terminal.wait_for("loss d")
        terminal.type("\x03")
        terminal.wait_for("[s]top with a checkpoint: ")
        terminal.type("s\n")
        assert terminal.ended() == 0
    assert "dcgan-photos-1 stopped: " in terminal.text
    run = only_run(workspace)
    assert run.status == "stopped"
    assert run.state.checkpoint


def test_a_terminal_shows_progress_losses_score_and_samples(
    workspace: Workspace, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace.root)
    arguments = ("train", "dcgan", "--data", photos, "--set", "training.batch=8", "--kimg", "10")
    with Terminal(*arguments, FAKE_STEP_S="0.02", FAKE_PICTURES="1") as terminal:
        assert terminal.ended() == 0
    for words in ("cpu · bf16 · batch 64", "10.0/10 kimg", "loss g", "D(G(z))", "img/s 640", "FD[lenet]-5k", "▄▄▄▄"):
        assert words in terminal.text
    assert "samples runs/dcgan-photos-1/samples/0000010000.png" in terminal.text
    assert terminal.raw.count("\x1b[?25l") == terminal.raw.count("\x1b[?25h") == 1


def test_a_terminal_without_colours_gets_no_picture_and_no_colour(workspace: Workspace, photos: Path) -> None:
    arguments = ("train", "dcgan", "--data", photos, "--set", "training.batch=8", "--kimg", "10")
    with Terminal(*arguments, FAKE_STEP_S="0.02", FAKE_PICTURES="1", NO_COLOR="1") as terminal:
        assert terminal.ended() == 0
    assert "▄" not in terminal.text
    assert not re.search(r"\x1b\[(\d+;)*[34]\d", terminal.raw)
