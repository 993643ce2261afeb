"""`ganstudio tui --web`: what it refuses before it serves, and how it ends."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from ganstudio.workspace import Workspace
from tests.cli.conftest import Program
from tests.serve.dashboard.conftest import PATIENCE_S, Tab, is_alive, serving, wait_until


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1"])
def test_others_are_not_served_without_a_token(ganstudio: Program, host: str) -> None:
    ended = ganstudio("tui", "--web", "--host", host)
    assert ended.code == 2
    assert "nothing asks them for a token" in ended.err
    assert "--token-file FILE   # or --public --readonly" in ended.err


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--web", "--public"), "--public: strangers could start trainings, which run code of theirs as you."),
        (("--web", "--max-tabs", "0"), "--max-tabs: must be above 0; got 0."),
        (("--web", "--port", "70000"), "--port: from 0 to 65535; got 70000."),
        (("--web", "--trusted-proxy", "proxy"), "--trusted-proxy: 'proxy' is no address."),
        (("--web", "--token-file", "nowhere"), "--token-file: nowhere cannot be read"),
        (("--web", "--sharp"), "--sharp: a browser shows half-blocks alone."),
        (("--port", "8001"), "--port: is for a dashboard in a browser."),
        (("--token-file", "tokens.txt"), "--token-file: is for a dashboard in a browser."),
        (("--json",), '"--json: is for a dashboard in a browser."'),
        ((), "the dashboard needs a terminal that moves its cursor."),
    ],
)
def test_options_that_cannot_be_are_refused(
    ganstudio: Program, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(workspace.root)
    ended = ganstudio("tui", *flags)
    assert ended.code == 2
    assert said in ended.err


@pytest.mark.parametrize("missing", ["textual_serve", "websockets", "uvicorn"])
def test_without_the_extra_it_says_what_to_install(
    ganstudio: Program, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == missing else found(name, *more)
    )
    ended = ganstudio("tui", "--web")
    assert ended.code == 2
    assert f"`tui --web` needs {missing}" in ended.err
    assert "pip install 'ganstudio[serve]'" in ended.err


def test_the_terminal_s_dashboard_loads_nothing_of_the_server() -> None:
    program = (
        "import sys; from ganstudio.cli.app import run\n"
        "code = run(['tui'])\n"
        "import ganstudio.tui.app\n"
        "heavy = {'ganstudio.serve', 'textual_serve', 'aiohttp', 'websockets', 'uvicorn', 'fastapi'}\n"
        "print(code, sorted(heavy & set(sys.modules)))"
    )
    words = [sys.executable, "-c", program]
    ended = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "2 []"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_dashboards_end_with_their_server_however_it_ends(workspace: Workspace, tmp_path: Path, how: int) -> None:
    with serving(workspace, tmp_path / "stderr") as (process, url):
        tab = Tab(url)
        tab.wait_for("No runs here yet")
        [dashboard] = psutil.Process(process.pid).children()
        process.send_signal(how)
        process.wait(PATIENCE_S)
        assert process.returncode == {signal.SIGTERM: 0, signal.SIGINT: 130, signal.SIGKILL: -9}[how]
        wait_until(lambda: not is_alive(dashboard))
        assert process.stdout is not None
        assert process.stdout.read() == ""
        tab.end()
    said = (tmp_path / "stderr").read_text()
    assert "Traceback" not in said
    assert "Every user of this machine may open it" in said
