from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from ganstudio import bridge
from ganstudio.errors import UsageError
from ganstudio.runs import log, process, requests, store
from ganstudio.runs.locks import locked
from ganstudio.runs.queue import tickets
from ganstudio.workspace import Workspace
from tests.runs.making import DRAFT, STARTED, make_run, tell

HOLD = """
import sys, time
from pathlib import Path
from ganstudio.runs.locks import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
        yield child
        child.kill()


def rewrite(run_dir: Path, **changes: object) -> None:
    table = json.loads((run_dir / "process.json").read_text())
    (run_dir / "process.json").write_text(json.dumps({**table, **changes}))


def test_a_process_that_wrote_itself_is_alive(tmp_path: Path) -> None:
    process.write_process(tmp_path)
    assert process.living_pid(tmp_path) == os.getpid()


def test_a_run_without_a_process_is_not_alive(tmp_path: Path) -> None:
    assert not process.alive(tmp_path)
    (tmp_path / "process.json").write_text("{")
    assert not process.alive(tmp_path)


def test_a_pid_that_another_process_got_is_not_alive(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    process.write_process(tmp_path, sleeper.pid)
    assert process.alive(tmp_path)
    rewrite(tmp_path, created=psutil.Process(sleeper.pid).create_time() - 30)
    assert not process.alive(tmp_path)


def test_a_clock_that_was_set_does_not_end_a_process(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    process.write_process(tmp_path, sleeper.pid)
    hour = 3600.0
    created = psutil.Process(sleeper.pid).create_time()
    rewrite(tmp_path, created=created - hour, boot=psutil.boot_time() - hour)
    assert process.alive(tmp_path)


def test_a_process_of_another_host_is_alive_while_it_is_heard_of(tmp_path: Path) -> None:
    process.write_process(tmp_path)
    rewrite(tmp_path, host="elsewhere")
    assert process.alive(tmp_path)
    assert process.living_pid(tmp_path) is None
    os.utime(tmp_path / "process.json", (time.time() - 200, time.time() - 200))
    assert not process.alive(tmp_path)


def test_a_heartbeat_is_heard(tmp_path: Path) -> None:
    process.write_process(tmp_path)
    rewrite(tmp_path, host="elsewhere")
    os.utime(tmp_path / "process.json", (time.time() - 200, time.time() - 200))
    process.heartbeat(tmp_path)
    assert process.alive(tmp_path)


def test_a_zombie_is_not_alive(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    process.write_process(tmp_path, sleeper.pid)
    sleeper.kill()
    while psutil.Process(sleeper.pid).status() != psutil.STATUS_ZOMBIE:
        pass
    assert not process.alive(tmp_path)


def test_a_process_that_ended_is_not_alive(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    process.write_process(tmp_path, sleeper.pid)
    sleeper.kill()
    sleeper.wait()
    assert not process.alive(tmp_path)


def use(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(process, "worker_command", lambda *_: [sys.executable, "-c", code])


def ended(run_dir: Path) -> None:
    until = time.monotonic() + 20
    while process.alive(run_dir):
        assert time.monotonic() < until


def test_a_worker_has_its_own_session_no_stdin_and_a_log(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "import os, sys; print(os.getsid(0) == os.getpid(), repr(sys.stdin.read())); sys.exit('bad')")
    path = make_run(workspace)
    pid = process.spawn(path, DRAFT)
    assert pid != os.getpid()
    ended(path)
    assert log.tail(path / log.NAME, 5) == ["True ''", "bad"]
    assert store.view(path).status == "crashed"


def test_a_worker_ignores_modules_in_the_folder_the_user_stands_in(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "psutil.py").write_text("raise SystemExit('shadowed')")
    monkeypatch.chdir(tmp_path)
    use(monkeypatch, "import psutil; print('found')")
    path = make_run(workspace)
    process.spawn(path, DRAFT)
    ended(path)
    assert log.tail(path / log.NAME, 5) == ["found"]


def test_a_new_worker_is_queued_and_obeys_no_old_request(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "import time; time.sleep(60)")
    path = make_run(workspace)
    tell(path, "finished", 6400, 64.0, reason="stop")
    requests.post(path, "stop")
    pid = process.spawn(path, DRAFT)
    view = store.view(path)
    assert (view.status, view.pid, view.state.nimg, view.state.elapsed_s) == ("queued", pid, 6400, 64.0)
    os.kill(pid, signal.SIGKILL)
    ended(path)


def test_a_run_gets_no_second_worker(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "import time; time.sleep(60)")
    path = make_run(workspace)
    pid = process.spawn(path, DRAFT)
    with pytest.raises(UsageError, match="live already"):
        process.spawn(path, DRAFT, resume=True)
    os.kill(pid, signal.SIGKILL)
    ended(path)


def test_a_run_that_another_process_is_starting_is_refused(workspace: Workspace) -> None:
    path = make_run(workspace)
    with locked(path / process.LOCK), pytest.raises(UsageError, match="being started") as caught:
        process.spawn(path, DRAFT)
    assert "rm " not in str(caught.value.hint)


def test_a_lock_that_a_kill_left_behind_locks_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "pass")
    path = make_run(workspace)
    (path / process.LOCK).touch()
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path / process.LOCK)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(UsageError, match="being started"):
            process.spawn(path, DRAFT)
        holder.kill()
    process.spawn(path, DRAFT)
    ended(path)


THREADS = "import os; print(os.environ.get('OMP_NUM_THREADS'), os.environ.get('OMP_WAIT_POLICY'))"


@pytest.mark.parametrize(("device", "threads"), [("cpu", "2 PASSIVE"), ("cuda:0", "None None")])
def test_a_run_on_the_cpu_takes_its_part_of_the_cores_beside_another(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str, threads: str
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    monkeypatch.setattr(process, "cores", lambda: 4)
    use(monkeypatch, THREADS)
    tickets.take(tmp_path / "other", ("cpu", "cuda:1"), "share")
    path = make_run(workspace)
    process.spawn(path, replace(DRAFT, device=device), manner="share")
    ended(path)
    assert log.tail(path / log.NAME, 5) == [threads]


def test_a_resume_keeps_the_threads_that_a_run_began_with(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another number of threads adds up in another order: the resume would end in other bits."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    monkeypatch.setattr(process, "cores", lambda: 4)
    use(monkeypatch, THREADS)
    alone, beside = make_run(workspace, "alone"), make_run(workspace, "beside")
    process.spawn(alone, DRAFT)
    ended(alone)
    other = tmp_path / "other"
    tickets.take(other, ("cpu",), "share")
    process.spawn(beside, DRAFT)
    ended(beside)
    for path in (alone, beside):
        tell(path, "started", **STARTED)
    process.spawn(alone, DRAFT, resume=True)
    ended(alone)
    tickets.leave(other)
    process.spawn(beside, DRAFT, resume=True)
    ended(beside)
    assert log.tail(alone / log.NAME, 5) == ["None None"] * 2
    assert log.tail(beside / log.NAME, 5) == ["2 PASSIVE"] * 2


def test_several_processes_are_started_by_torchrun(tmp_path: Path) -> None:
    command = process.worker_command(tmp_path, 2, True, 1.5)
    assert command[1:6] == ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    assert command[6:] == ["-m", "ganstudio.engine.worker", "train", str(tmp_path), "--resume", "--minutes", "1.5"]


def test_one_process_is_started_by_itself(tmp_path: Path) -> None:
    assert process.worker_command(tmp_path, 1, False, None)[1:] == ["-m", bridge.WORKER, "train", str(tmp_path)]


def test_the_end_of_a_log_is_read_from_its_end(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text("".join(f"line {n}\n" for n in range(20000)))
    assert log.tail(tmp_path / log.NAME, 2) == ["line 19998", "line 19999"]
    assert log.tail(tmp_path / "none" / log.NAME, 2) == []
