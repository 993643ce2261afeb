"""Watchers in processes of their own, over workers that train nothing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ganstudio.diagnosis.finding import Finding, Severity
from ganstudio.runs import process
from ganstudio.runs.record import NAME
from ganstudio.watcher import process as watcher
from ganstudio.watcher import start as starting
from ganstudio.watcher.on_finish import LOG
from ganstudio.watcher.start import Wishes
from ganstudio.workspace import Workspace
from tests.cli.conftest import Course, Program, data_unread, ganstudio, no_worker_left, worker
from tests.runs.making import make_run

__all__ = ["data_unread", "ganstudio", "no_worker_left", "worker"]  # fixtures

WAIT_S = 60.0
TELL = 'echo "$GANSTUDIO_RUN $GANSTUDIO_RUN_STATE" >> told'


@pytest.fixture(autouse=True)
def no_watcher_left() -> Iterator[None]:
    yield
    for child in starting._started:
        child.wait(WAIT_S)


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that TELL writes to, where a person stands."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "told"


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < end, "it has not come to that"
        time.sleep(0.02)


def log_of(run: Path) -> str:
    return (run / LOG).read_text() if (run / LOG).exists() else ""


def train(ganstudio: Program, name: str, *more: str) -> None:
    ended = ganstudio("train", "dcgan", "--data", "mnist", "--kimg", "500", "--name", name, "--detach", *more)
    assert ended.code == 0, ended.err


@pytest.mark.usefixtures("worker", "no_worker_left")
def test_a_kill_of_the_worker_is_an_end_and_a_resume_inherits_nothing(
    ganstudio: Program, workspace: Workspace, told: Path
) -> None:
    train(ganstudio, "a", "--on-finish", TELL)
    run = workspace.runs / "a"
    until(lambda: list((run / "checkpoints").glob("*.pt")))
    os.kill(process.living_pid(run) or 0, signal.SIGKILL)
    until(lambda: "exit status 0" in log_of(run))
    assert told.read_text() == "a crashed\n"
    assert "told" not in (run / NAME).read_text()

    assert ganstudio("runs", "resume", "a", "--detach").code == 0
    assert ganstudio("runs", "stop", "a").code == 0
    assert all(child.poll() is not None for child in starting._started)
    assert told.read_text() == "a crashed\n"


@pytest.mark.usefixtures("worker", "no_worker_left")
def test_a_resume_has_wishes_of_its_own(ganstudio: Program, workspace: Workspace, told: Path) -> None:
    train(ganstudio, "a")
    run = workspace.runs / "a"
    until(lambda: list((run / "checkpoints").glob("*.pt")))
    ganstudio("runs", "stop", "a")
    assert not starting._started or all(child.poll() is not None for child in starting._started)
    assert ganstudio("runs", "resume", "a", "--detach", "--on-finish", TELL).code == 0
    ganstudio("runs", "stop", "a")
    until(lambda: "exit status 0" in log_of(run))
    assert told.read_text() == "a stopped\n"


@pytest.mark.usefixtures("worker")
def test_a_run_that_its_worker_refused_has_no_end(
    ganstudio: Program, workspace: Workspace, told: Path, worker: Course
) -> None:
    worker("refuse")
    ended = ganstudio("train", "dcgan", "--data", "mnist", "--name", "a", "--on-finish", TELL)
    assert ended.code == 2
    for child in starting._started:
        child.wait(WAIT_S)
    assert not told.exists()
    assert not (workspace.runs / "a").exists()


@pytest.mark.usefixtures("worker", "no_worker_left")
def test_a_run_goes_on_where_its_watcher_cannot_be_started(
    ganstudio: Program, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "_command", lambda _: ["/no/such/python"])
    ended = ganstudio("train", "dcgan", "--data", "mnist", "--kimg", "500", "--name", "a", "--on-finish", "true")
    assert ended.code == 1
    assert "a goes on, but nothing will tell of its end: the watcher cannot be started: No such file" in ended.err
    assert process.alive(workspace.runs / "a")


def test_what_is_wished_is_on_no_command_line(workspace: Workspace) -> None:
    assert starting._command([workspace.runs / "a"])[1:] == ["-P", "-m", starting.MODULE, str(workspace.runs / "a")]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--notify", "ftp://host/S3CRET"), "--notify: must be a URL that begins with http:// or https://"),
        (("--on-finish", ""), "--on-finish: is empty"),
        (("--prepare", "--on-finish", "true"), "--prepare starts nothing; leave --on-finish out."),
    ],
)
def test_wishes_that_mean_nothing_are_refused(
    ganstudio: Program, workspace: Workspace, arguments: tuple[str, ...], says: str
) -> None:
    ended = ganstudio("train", "dcgan", "--data", "mnist", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err
    assert "S3CRET" not in ended.err
    assert not workspace.runs.exists()


@pytest.mark.usefixtures("worker")
def test_none_is_no_webhook_whatever_a_file_says(
    ganstudio: Program, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Wishes] = []
    monkeypatch.setattr(starting, "start", lambda _, wishes: seen.append(wishes))
    ganstudio("config", "set", "notify.url", "http://127.0.0.1:1/x")
    ganstudio("config", "set", "notify.severity", "error")
    ganstudio("train", "dcgan", "--data", "mnist", "--kimg", "1")
    ganstudio("train", "dcgan", "--data", "mnist", "--kimg", "1", "--notify", "none")
    assert seen == [Wishes(None, "http://127.0.0.1:1/x", "error"), Wishes()]


def finding(rule: str, severity: Severity) -> Finding:
    return Finding(rule, severity, f"{rule} is wrong.", "evidence", (0.0, 1.0))


def test_findings_from_the_least_severity_on_are_told_once_and_again_where_they_get_worse(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(workspace, "a")
    found: list[Finding] = []
    sent: list[dict[str, object]] = []
    monkeypatch.setattr(watcher, "diagnose", lambda *_: found)
    monkeypatch.setattr(watcher.Webhook, "send", lambda _, message: sent.append(message))
    hook, attempt, told_ranks = watcher.Webhook("http://x/", run), watcher.Attempt(run, 0), dict[str, int]()

    def told_now(*findings: Finding) -> list[object]:
        found[:] = findings
        sent.clear()
        watcher._tell_findings(hook, run, attempt, "warning", told_ranks)
        return [message["text"] for message in sent]

    assert told_now(finding("x", "warning"), finding("y", "info")) == ["a at 0.0 kimg: warning: x is wrong."]
    assert told_now(finding("x", "warning"), finding("y", "info")) == []
    assert told_now() == []
    assert told_now(finding("x", "error"), finding("y", "warning")) == [
        "a at 0.0 kimg: error: x is wrong.",
        "a at 0.0 kimg: warning: y is wrong.",
    ]
    assert told_now(finding("x", "warning"), finding("y", "warning")) == []
