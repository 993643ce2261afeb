"""The real program in a real terminal: a training from its first key to a picture under the arrow keys."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ganstudio.runs import process, store
from ganstudio.workspace import Workspace

pytestmark = [
    pytest.mark.slow,
    # CI installs it (.ci/run): a test that is skipped there proves nothing.
    pytest.mark.skipif(shutil.which("tmux") is None and not os.environ.get("CI"), reason="tmux is not installed"),
]
PATIENCE_S = 120.0


class Tmux:
    """A terminal of 120 x 40 cells with a shell in it, on a server of its own."""

    def __init__(self, workspace: Path) -> None:
        self._server = f"ganstudio-test-{os.getpid()}"
        colours = {"COLORTERM": "truecolor", "GANSTUDIO_WORKSPACE": str(workspace)}
        environment = {**os.environ, **colours}
        environment.pop("TMUX", None)
        self._call("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", "sh", env=environment)

    def _call(self, *arguments: str, env: dict[str, str] | None = None) -> str:
        command = ["tmux", "-L", self._server, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout

    def type(self, *keys: str) -> None:
        """tmux's names of keys: Enter, Right, C-c; anything else as it is."""
        self._call("send-keys", *keys)

    @property
    def screen(self) -> str:
        return self._call("capture-pane", "-p")

    def wait_for(self, *words: str) -> str:
        until = time.monotonic() + PATIENCE_S
        while not all(word in (shown := self.screen) for word in words):
            assert time.monotonic() < until, f"{words} did not appear:\n{shown}"
            time.sleep(0.1)
        return shown

    def wait_until_gone(self, words: str) -> None:
        until = time.monotonic() + PATIENCE_S
        while words in self.screen:
            assert time.monotonic() < until, self.screen
            time.sleep(0.1)

    def close(self) -> None:
        self._call("kill-server")


@pytest.fixture
def terminal(workspace: Workspace) -> Iterator[Tmux]:
    tmux = Tmux(workspace.root)
    yield tmux
    tmux.close()
    for run in store.list_runs(workspace):
        if (pid := process.living_pid(run.path)) is not None:
            os.kill(pid, 9)


def test_a_training_is_begun_watched_left_stopped_exported_and_explored_by_keys(
    workspace: Workspace, terminal: Tmux
) -> None:
    program = f"{shlex.quote(sys.executable)} -m ganstudio tui"
    terminal.type(program, "Enter")
    terminal.wait_for("No runs here yet")

    terminal.type("3")
    terminal.wait_for("NEW RUN", "preset dcgan", "channels")
    terminal.type("b")
    terminal.wait_for("Begin with", "a preset ...")
    terminal.type("Enter")
    terminal.wait_for("A preset", "dcgan-fashion")
    terminal.type("/")
    terminal.wait_for("a part of a name")
    terminal.type("first GAN")
    terminal.wait_until_gone("dcgan-fashion")
    terminal.type("Enter")
    terminal.wait_for("train gan --data mnist")
    terminal.type("R")
    terminal.wait_for("2 RUN", "gan-mnist-1", "running", "loss  ━ d", "● 1 running")

    terminal.type("q")
    shown = terminal.wait_for("gan-mnist-1 goes on.", "ganstudio runs stop gan-mnist-1")
    assert "RUNS" not in shown
    (run,) = store.list_runs(workspace)
    assert run.live

    terminal.type(program, "Enter")
    terminal.wait_for("1 RUNS", "gan-mnist-1", "● 1 running")
    terminal.type("Enter")
    terminal.wait_for("2 RUN", "live", "wrote checkpoints/")
    terminal.type("S")
    terminal.wait_for("ganstudio runs stop gan-mnist-1")
    terminal.type("y")
    terminal.wait_for("○ gan-mnist-1", "finished: it was asked to stop", "● 0 running")

    terminal.type("x")
    terminal.wait_for("is exported")
    terminal.type("6")
    terminal.wait_for("6 EXPORTS", "gan-mnist-1", "synthesis")
    terminal.type("Enter")
    terminal.wait_for("5 STUDIO", "seed 0", "▀▀▀▀▀▀▀▀")
    terminal.type("Right")
    terminal.wait_for("▀▀▀▀▀▀▀▀")
    terminal.type("q")
    terminal.wait_until_gone("STUDIO")
