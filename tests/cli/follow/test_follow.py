from __future__ import annotations

import re
import signal
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
    for words in ("cpu · bf16 · batch 64", "10.0/10 kimg", "loss g", "D(G(z))", "img/s 640", "FD[lenet]-5k", "▀▀▀▀"):
        assert words in terminal.text
    assert "samples runs/dcgan-photos-1/samples/0000010000.png" in terminal.text
    assert terminal.raw.count("\x1b[?25l") == terminal.raw.count("\x1b[?25h") == 1


def test_a_terminal_without_colours_gets_no_picture_and_no_colour(workspace: Workspace, photos: Path) -> None:
    arguments = ("train", "dcgan", "--data", photos, "--set", "training.batch=8", "--kimg", "10")
    with Terminal(*arguments, FAKE_STEP_S="0.02", FAKE_PICTURES="1", NO_COLOR="1") as terminal:
        assert terminal.ended() == 0
    assert "▀" not in terminal.text
    assert not re.search(r"\x1b\[(\d+;)*[34]\d", terminal.raw)


HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_ends_the_display_gives_the_cursor_back_and_leaves_the_run(
    workspace: Workspace, photos: Path, number: signal.Signals
) -> None:
    arguments = ("train", "dcgan", "--data", photos, "--set", "training.batch=8")
    with Terminal(*arguments, FAKE_STEP_S="0.05") as terminal:
        terminal.wait_for("loss d")
        terminal.send(number)
        assert terminal.ended() == -number
    assert terminal.raw.rfind(SHOW) > terminal.raw.rfind(HIDE) > 0
    assert only_run(workspace).status == "running"


def test_ctrl_z_gives_the_cursor_back_and_fg_draws_the_panel_anew(workspace: Workspace, photos: Path) -> None:
    arguments = ("train", "dcgan", "--data", photos, "--set", "training.batch=8")
    shell = ("bash", "--norc", "-ic", '"$@"; echo suspended; fg', "bash")
    with Terminal(*arguments, FAKE_STEP_S="0.05", under=shell) as terminal:
        terminal.wait_for("loss d")
        terminal.type("\x1a")
        terminal.wait_for("suspended")
        left = terminal.raw.partition("suspended")[0]
        assert left.rfind(SHOW) > left.rfind(HIDE) > 0
        terminal.wait_for("loss d")
        terminal.type("\x03")
        terminal.wait_for("[s]top with a checkpoint: ")
        terminal.type("s\n")
        assert terminal.ended() == 0
    back = terminal.raw.partition("suspended")[2]
    assert 0 < back.find(HIDE) < back.find("loss d") < back.rfind(SHOW)
    assert only_run(workspace).status == "stopped"
