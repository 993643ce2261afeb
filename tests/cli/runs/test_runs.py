from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ganstudio.runs import process, requests, store, trusted_files
from ganstudio.workspace import Workspace
from tests.cli.conftest import Course, Program
from tests.cli.terminal import Terminal
from tests.runs.making import STARTED, make_run, tell
from tests.runs.test_store import RUN_KEYS

pytestmark = pytest.mark.usefixtures("no_worker_left")


def finished(workspace: Workspace, name: str = "", nimg: int = 100_000, reason: str = "budget") -> Path:
    path = make_run(workspace, name)
    tell(path, "started", **STARTED)
    tell(path, "tick", nimg, 60.0, losses={"d": 0.5, "g": float("inf")}, d_real=1.0, d_fake=-1.0, img_per_s=9.0)
    tell(path, "evaluated", nimg, 60.0, score="FD[lenet]-5k", value=4.5)
    tell(path, "finished", nimg, 60.0, reason=reason)
    return path


def live(workspace: Workspace, name: str = "live") -> Path:
    """A run that this very process claims to train."""
    path = make_run(workspace, name)
    tell(path, "started", **STARTED)
    process.write_process(path)
    return path


def test_no_runs_is_an_empty_list_and_a_hint(ganstudio: Program, workspace: Workspace) -> None:
    assert ganstudio("runs", "list", "--json").out == "[]\n"
    ended = ganstudio("runs", "list")
    assert (ended.code, ended.out) == (0, "")
    assert "try: ganstudio train dcgan --data mnist" in ended.err


def test_the_list_names_each_run_and_its_state(ganstudio: Program, workspace: Workspace) -> None:
    finished(workspace, "done")
    live(workspace)
    make_run(workspace, "dead")
    lines = ganstudio("runs", "list").out.splitlines()
    rows = {line.split()[1]: line.split()[2] for line in lines[1:]}
    assert rows == {"done": "finished", "live": "running", "dead": "crashed"}


def test_the_list_in_json_has_the_keys_of_the_interface(ganstudio: Program, workspace: Workspace) -> None:
    finished(workspace)
    live(workspace)
    answer = json.loads(ganstudio("runs", "list", "--json").out)
    assert [list(run) for run in answer] == [RUN_KEYS, RUN_KEYS]


def test_a_damaged_run_is_left_out_with_a_note(ganstudio: Program, workspace: Workspace) -> None:
    finished(workspace, "good")
    (finished(workspace, "bad") / "run.json").write_text("{")
    ended = ganstudio("runs", "list")
    assert ended.code == 0
    assert "good" in ended.out
    assert "bad" not in ended.out
    assert "left out: " in ended.err


def test_show_is_the_latest_run_unless_told(ganstudio: Program, workspace: Workspace) -> None:
    finished(workspace, "one")
    finished(workspace, "two")
    assert json.loads(ganstudio("runs", "show", "--json").out)["id"] == "two"
    answer = json.loads(ganstudio("runs", "show", "on", "--json").out)
    assert (answer["id"], list(answer), answer["losses"]["g"]) == ("one", RUN_KEYS, "inf")


def test_show_tells_state_score_and_folder(ganstudio: Program, workspace: Workspace) -> None:
    path = finished(workspace)
    shown = ganstudio("runs", "show").out
    for words in (
        "finished: its 100 kimg are trained",
        "100.0 of 100 kimg",
        "FD[lenet]-5k↓ 4.5 at 100.0 kimg",
        str(path),
    ):
        assert words in shown


def test_show_tells_where_a_run_comes_from_and_what_ends_it(ganstudio: Program, workspace: Workspace) -> None:
    make_run(workspace, parent="old@60", minutes=4.0, stop_when="fd < 5", patience=200.0)
    shown = [" ".join(line.split()) for line in ganstudio("runs", "show").out.splitlines()]
    assert "parent old@60" in shown
    assert "ends when 4 minutes have passed" in shown
    assert "ends when fd < 5" in shown
    assert "ends when no better score for 200 kimg" in shown


def test_show_tells_why_a_run_failed(ganstudio: Program, workspace: Workspace) -> None:
    path = make_run(workspace)
    tell(path, "failed", error={"type": "TrainingError", "message": "out of memory", "hint": None, "exit_code": 1})
    assert "out of memory" in ganstudio("runs", "show").out


def test_json_of_a_failed_run_says_why(ganstudio: Program, worker: Course, workspace: Workspace) -> None:
    worker("nan")
    make_run(workspace)
    ended = ganstudio("runs", "resume", "--json")
    answer = json.loads(ended.out)
    assert (ended.code, list(answer)) == (1, RUN_KEYS)
    assert (answer["state"], answer["reason"]) == ("failed", "error")
    assert answer["error"] == {"type": "TrainingError", "message": "the loss is NaN", "hint": None, "exit_code": 1}
    assert json.loads(ganstudio("runs", "show", "--json").out) == answer


def test_json_of_a_crashed_run_says_so(ganstudio: Program, workspace: Workspace) -> None:
    make_run(workspace)
    answer = json.loads(ganstudio("runs", "show", "--json").out)
    assert (answer["state"], answer["reason"], answer["error"]) == ("crashed", "crash", None)


@pytest.mark.parametrize("command", ["show", "logs", "stop", "resume", "plot", "pause", "continue", "snapshot", "fork"])
def test_an_unknown_run_is_refused_with_the_nearest(ganstudio: Program, workspace: Workspace, command: str) -> None:
    finished(workspace, "alpha")
    ended = ganstudio("runs", command, "alfa")
    assert (ended.code, ended.out) == (2, "")
    assert "Did you mean 'alpha'?" in ended.err


def test_logs_are_what_the_worker_wrote(ganstudio: Program, workspace: Workspace) -> None:
    path = finished(workspace)
    (path / "log.txt").write_bytes("epoch 1 ü\n".encode() + b"\xff\n")
    assert ganstudio("runs", "logs").out == "epoch 1 ü\n�\n"
    assert ganstudio("runs", "logs", "-f").out == "epoch 1 ü\n�\n"


def test_a_run_without_a_log_has_nothing_to_print(ganstudio: Program, workspace: Workspace) -> None:
    finished(workspace)
    assert ganstudio("runs", "logs") == (0, "", "")


def start(workspace: Workspace, name: str = "") -> Path:
    path = make_run(workspace, name)
    process.spawn(path, store.view(path).record)
    return path


def test_logs_are_followed_until_the_run_ends(ganstudio: Program, worker: Course, workspace: Workspace) -> None:
    worker("nan")
    start(workspace)
    assert ganstudio("runs", "logs", "-f").out == "fake worker, nan\n"


def test_stop_waits_for_the_checkpoint(ganstudio: Program, worker: Course, workspace: Workspace) -> None:
    path = start(workspace)
    ended = ganstudio("runs", "stop")
    assert (ended.code, ended.out) == (0, "dcgan-digits-1\n")
    run = store.view(path)
    assert (run.status, run.pid) == ("stopped", None)
    assert list((path / "checkpoints").iterdir())


def test_stop_can_leave_without_waiting(ganstudio: Program, workspace: Workspace) -> None:
    path = live(workspace)
    answer = json.loads(ganstudio("runs", "stop", "--no-wait", "--json").out)
    assert answer["state"] == "stopping"
    assert requests.pending(path, "stop")


def test_a_run_that_fails_before_it_stops_is_told(ganstudio: Program, worker: Course, workspace: Workspace) -> None:
    worker("die")
    start(workspace)
    ended = ganstudio("runs", "stop")
    assert ended.code in (1, 2)
    assert "crashed" in ended.err


def test_a_worker_that_has_not_begun_is_sent_sigterm(
    ganstudio: Program, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setattr(process, "worker_command", lambda *_: [sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr("ganstudio.cli.runs.commands.STARTING_S", 0.2)
    path = start(workspace)
    assert ganstudio("runs", "stop").code == 1
    assert store.view(path).status == "crashed"


def test_a_run_that_is_over_cannot_be_stopped(ganstudio: Program, workspace: Workspace) -> None:
    finished(workspace)
    ended = ganstudio("runs", "stop")
    assert ended.code == 2
    assert "finished: there is nothing to stop" in ended.err


def test_a_crashed_run_goes_on_from_its_checkpoint(ganstudio: Program, worker: Course, workspace: Workspace) -> None:
    path = make_run(workspace)
    tell(path, "started", **STARTED)
    tell(path, "tick", 97_500, 97.5, losses={"d": 0.5}, img_per_s=9.0)
    (path / "checkpoints" / "0000095000.pt").touch()
    assert store.view(path).status == "crashed"
    answer = json.loads(ganstudio("runs", "resume", "--json").out)
    assert (answer["state"], answer["nimg"]) == ("finished", 100_000)
    assert '"event":"resumed","nimg":95000' in (path / "metrics.jsonl").read_text()


def test_a_run_killed_before_its_first_checkpoint_starts_anew(
    ganstudio: Program, worker: Course, workspace: Workspace
) -> None:
    path = make_run(workspace)
    assert ganstudio("runs", "resume").code == 0
    assert "resumed" not in (path / "metrics.jsonl").read_text()
    assert store.view(path).status == "finished"


def test_resume_detached_prints_the_id_at_once(ganstudio: Program, worker: Course, workspace: Workspace) -> None:
    make_run(workspace)
    ended = ganstudio("runs", "resume", "--detach")
    assert (ended.code, ended.out) == (0, "dcgan-digits-1\n")
    assert ganstudio("runs", "stop").code == 0


def test_a_live_run_cannot_be_resumed(ganstudio: Program, workspace: Workspace) -> None:
    live(workspace)
    ended = ganstudio("runs", "resume")
    assert ended.code == 2
    assert "live is running already." in ended.err


def test_a_run_whose_length_is_trained_cannot_be_resumed(ganstudio: Program, workspace: Workspace) -> None:
    finished(workspace)
    ended = ganstudio("runs", "resume")
    assert ended.code == 2
    assert "has trained its 100 kimg" in ended.err


def test_a_run_whose_minutes_are_spent_is_resumed_with_more(
    ganstudio: Program, worker: Course, workspace: Workspace
) -> None:
    path = finished(workspace, nimg=96_000)
    (path / "checkpoints" / "0000096000.pt").touch()
    ended = ganstudio("runs", "resume", "--minutes", "0.5")
    assert ended.code == 2
    assert "try: ganstudio runs resume dcgan-digits-1 --minutes 2" in ended.err
    assert ganstudio("runs", "resume", "--minutes", "5").code == 0


def test_a_run_that_brings_code_is_resumed_only_with_trust(
    ganstudio: Program, worker: Course, workspace: Workspace
) -> None:
    path = make_run(workspace, architecture_sha256=trusted_files.digest(b"x = 1\n"))
    (path / "architecture.py").write_bytes(b"x = 1\n")
    ended = ganstudio("runs", "resume")
    assert ended.code == 2
    assert "try: ganstudio runs resume --trust" in ended.err
    assert ganstudio("runs", "resume", "--trust").code == 0


def test_a_live_run_is_not_removed_nor_are_its_companions(ganstudio: Program, workspace: Workspace) -> None:
    finished(workspace, "done")
    live(workspace)
    ended = ganstudio("runs", "remove", "done", "live", "--yes")
    assert ended.code == 2
    assert "try: ganstudio runs stop live" in ended.err
    assert len(store.list_runs(workspace)) == 2


def test_runs_are_removed_and_named(ganstudio: Program, workspace: Workspace) -> None:
    for name in ("a1", "b1", "c1"):
        finished(workspace, name)
    ended = ganstudio("runs", "remove", "a1", "b1", "a", "--yes")
    assert (ended.code, ended.out) == (0, "a1\nb1\n")
    assert [run.id for run in store.list_runs(workspace)] == ["c1"]


def test_nothing_is_removed_where_nobody_can_be_asked(
    ganstudio: Program, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(workspace, "done")
    with Path(os.devnull).open() as nobody:
        monkeypatch.setattr("sys.stdin", nobody)
        ended = ganstudio("runs", "remove", "done")
    assert ended.code == 2
    assert "try: ganstudio runs remove done --yes" in ended.err
    assert len(store.list_runs(workspace)) == 1


@pytest.mark.parametrize(("answer", "left"), [("\n", 1), ("n\n", 1), ("y\n", 0)])
def test_a_person_is_asked_before_runs_are_removed(workspace: Workspace, answer: str, left: int) -> None:
    finished(workspace, "done")
    with Terminal("runs", "remove", "done") as terminal:
        terminal.wait_for("[y/N] ")
        terminal.type(answer)
        assert terminal.ended() == 0
    assert len(store.list_runs(workspace)) == left


def test_a_character_that_falls_on_two_blocks_of_a_log_is_whole(ganstudio: Program, workspace: Workspace) -> None:
    path = make_run(workspace)
    text = "x" * ((1 << 20) - 1) + "猫ü" + "\r\x1b[1m"
    (path / "log.txt").write_text(text, newline="")
    assert ganstudio("runs", "logs").out == text


def test_show_tells_in_words_and_in_json_which_end_came(ganstudio: Program, workspace: Workspace) -> None:
    path = make_run(workspace, "a", minutes=1.0)
    tell(path, "started", **(STARTED | {"notes": ["pets is stored in 64 px and seen in 32 px"]}))
    tell(path, "finished", 1000, 58.0, reason="budget", words="--minutes 1 is spent")
    assert "finished: --minutes 1 is spent" in ganstudio("runs", "show", "a").out
    answer = json.loads(ganstudio("runs", "show", "a", "--json").out)
    assert (answer["reason"], answer["ended"]) == ("budget", "--minutes 1 is spent")
    assert answer["notes"] == ["pets is stored in 64 px and seen in 32 px"]


def test_minutes_that_ended_a_run_a_little_early_are_spent(ganstudio: Program, workspace: Workspace) -> None:
    path = make_run(workspace, "a", minutes=1.0)
    tell(path, "started", **STARTED, minutes=1.0)
    tell(path, "finished", 1000, 58.0, reason="budget")
    ended = ganstudio("runs", "resume", "a")
    assert ended.code == 2
    assert "--minutes 1 is spent." in ended.err
    assert "try: ganstudio runs resume a --minutes 2" in ended.err


def test_show_tells_the_time_that_a_resume_was_given(ganstudio: Program, workspace: Workspace) -> None:
    path = make_run(workspace, "a", minutes=1.0)
    tell(path, "queued")
    assert "1 minutes have passed" in ganstudio("runs", "show", "a").out
    tell(path, "started", **STARTED, minutes=1.0)
    tell(path, "finished", 1000, 60.0, reason="budget")
    tell(path, "queued", 1000, 60.0, minutes=10.0)
    for _ in range(2):
        shown = ganstudio("runs", "show", "a").out
        assert "10 minutes have passed" in shown
        assert " 1 minutes" not in shown
        tell(path, "started", 1000, 60.0, **STARTED, minutes=10.0)
