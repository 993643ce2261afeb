from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from ganstudio import bridge, terminal
from ganstudio.engine import worker
from ganstudio.errors import DataError, StudioError
from ganstudio.streams import readable_streams


def answering(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str) -> None:
    (tmp_path / "answering.py").write_text(f"import sys, json\n{code}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(bridge, "WORKER", "answering")


def test_a_worker_s_answer_is_its_stdout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answering(monkeypatch, tmp_path, "print(json.dumps({'verb': sys.argv[1:]}))")
    assert bridge.call_worker("check", "my_gan.py") == {"verb": ["--ends-with-stdin", "check", "my_gan.py"]}


def test_a_worker_s_error_is_raised_as_the_kind_that_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    error = DataError("gone", hint="look").as_json()
    answering(monkeypatch, tmp_path, f"print(json.dumps({{'error': {error!r}}})); sys.exit(2)")
    with pytest.raises(DataError, match="gone") as caught:
        bridge.call_worker("dry-run", "run.json")
    assert caught.value.hint == "look"


def test_a_terminal_is_told_what_it_waits_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, tmp_path, "print('{}')")
    bridge.call_worker("evaluate", "{}")
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(terminal, "moves_cursor", lambda _stream: True)
    bridge.call_worker("evaluate", "{}")
    assert capsys.readouterr().err == "\r\x1b[Kloading the networks ...\r\x1b[K"
    with readable_streams():
        bridge.call_worker("evaluate", "{}")
    assert "\\" not in capsys.readouterr().err
    bridge.call_worker("describe", "dcgan", quiet=True)
    assert capsys.readouterr().err == ""


def test_an_interrupted_worker_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> dict[str, Any]:
        raise KeyboardInterrupt

    assert worker._answer(work) == 130
    assert capsys.readouterr() == ("", "")


def comes(true: Callable[[], bool]) -> bool:
    """Whether something is true within a minute."""
    until = time.monotonic() + 60
    while not true() and time.monotonic() < until:
        time.sleep(0.05)
    return true()


def test_a_worker_ends_when_who_asked_is_killed(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    tells = f"import os, pathlib, time; pathlib.Path({str(pid)!r}).write_text(str(os.getpid()))"
    waits = "from ganstudio.engine import worker; worker._answer = lambda _work: time.sleep(60)"
    (tmp_path / "waiting.py").write_text(f"{waits}\n{tells}\nworker.main()\n")
    asking = "from ganstudio import bridge; bridge.WORKER = 'waiting'; bridge.call_worker('doctor', quiet=True)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path.cwd())])}
    asker = subprocess.Popen([sys.executable, "-c", asking], env=environment)
    assert comes(lambda: pid.exists() and pid.read_text() != "")
    asker.kill()
    asker.wait()
    assert comes(lambda: not psutil.pid_exists(int(pid.read_text())))


def test_a_worker_without_an_answer_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answering(monkeypatch, tmp_path, "sys.exit(3)")
    with pytest.raises(StudioError, match="ended with code 3, and gave no answer to 'describe'"):
        bridge.call_worker("describe", "x.py")


def test_a_worker_without_torch_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answering(monkeypatch, tmp_path, "import torch_is_not_here")
    with pytest.raises(StudioError, match="the worker ended with code 1"):
        bridge.call_worker("evaluate", "{}")
    monkeypatch.setattr(bridge, "find_spec", lambda _name: None)
    with pytest.raises(StudioError, match="this needs torch, which is not installed") as caught:
        bridge.call_worker("evaluate", "{}")
    assert caught.value.hint == "pip install torch"


def test_a_worker_that_was_killed_is_told_by_the_signal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answering(monkeypatch, tmp_path, "import os; os.kill(os.getpid(), 9)")
    with pytest.raises(StudioError, match=r"was killed \(SIGKILL; the system does so where memory runs out\)"):
        bridge.call_worker("encoder", "x.onnx")
