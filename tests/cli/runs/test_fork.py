"""`runs fork` and `train --from`: what is recorded, copied, refused. The worker is one that trains nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ganstudio import bridge
from ganstudio.errors import UsageError
from ganstudio.recipe.load import dump, resolve
from ganstudio.runs import store, trusted_files
from ganstudio.workspace import Workspace
from tests.cli.conftest import Course, Program
from tests.runs.making import STARTED, make_run, tell

pytestmark = pytest.mark.usefixtures("no_worker_left")
RECIPE = dump(resolve({"architecture": {"id": "dcgan"}, "training": {"kimg": 100}}, [], "test"))
LR = "generator_optimizer.lr"
CODE = b"ARCHITECTURE = 'mine'\n"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, worker: Course) -> list[tuple[str, ...]]:
    """The questions that were put to the worker, which finds nothing wrong."""
    questions: list[tuple[str, ...]] = []

    def answer(*question: str) -> dict[str, Any]:
        questions.append(question)
        record = json.loads(Path(question[1]).read_text())
        assert record["start"] in ("everything", "networks")
        found = {"device": "cpu", "precision": "bf16", "parameters": {"generator": 3}, "notes": ["anew"], "ok": True}
        return {**found, "batch": 8, "micro_batch": None}

    monkeypatch.setattr(bridge, "call_worker", answer)
    return questions


@pytest.fixture
def parent(workspace: Workspace) -> Path:
    """A run of 100 kimg that crashed after 60, its checkpoints at 20 and 60; a knob had changed before the second."""
    path = make_run(workspace, "old", recipe=RECIPE, minutes=7.0, stop_when="fd < 3", patience=50.0)
    tell(path, "started", **STARTED)
    change = {"key": LR, "from": 2e-4, "to": 1e-3}
    for nimg, changes in ((20_000, []), (60_000, [{**change, "nimg": 30_000}])):
        (path / "checkpoints" / f"{nimg:010}.pt").write_text(f"at {nimg}")
        tell(path, "checkpointed", nimg, path=f"checkpoints/{nimg:010}.pt", changes=changes)
    return path


def made(workspace: Workspace, name: str) -> store.RunView:
    return store.view(workspace.runs / name)


def test_a_fork_begins_with_the_last_checkpoint_and_keeps_the_recipe_as_it_was_there(
    ganstudio: Program, workspace: Workspace, asked: list[tuple[str, ...]], parent: Path
) -> None:
    before = {path: path.read_bytes() for path in parent.rglob("*") if path.is_file()}
    ended = ganstudio("runs", "fork", "old", "--name", "new", "--set", "training.sample_kimg=3")
    assert (ended.code, ended.out) == (0, "new\n")
    run = made(workspace, "new")
    recipe = run.record.recipe
    assert (run.record.parent, run.record.start, run.id) == ("old@60", "everything", "new")
    assert (recipe["generator_optimizer"]["lr"], recipe["training"]["sample_kimg"]) == (1e-3, 3.0)
    assert (run.record.seed, run.record.minutes, run.record.preset) == (0, 7.0, "dcgan")
    assert (run.record.stop_when, run.record.patience) == (None, None)
    assert (run.path / "start.pt").read_text() == "at 60000"
    assert asked[0][0] == "validate"
    assert asked[0][2:] == ("--start", str(parent / "checkpoints" / "0000060000.pt"))
    assert {path: path.read_bytes() for path in parent.rglob("*") if path.is_file()} == before


GROWING = {"growth": {"start": 8}}
FALLING = {"generator_optimizer": {"lr": {"start": 2e-4, "end": 0}}}
BY_KIMG = {"generator_optimizer": {"lr": {"points": [[0, 1e-4], [50, 0]]}}}


@pytest.mark.parametrize(
    ("table", "flags", "length"),
    [
        (GROWING, ("--kimg", "200"), 100.0),
        (FALLING, ("--kimg", "200"), 100.0),
        (FALLING, ("--set", "training.kimg=200"), 100.0),
        (FALLING, ("--kimg", "200", "--set", "training.schedule_kimg=150"), 150.0),
        (FALLING, ("--kimg", "200", "--set", "training.schedule_kimg=none"), None),
        (FALLING, (), None),  # the same length is the same schedule
        (BY_KIMG, ("--kimg", "200"), None),
        ({}, ("--kimg", "200"), None),  # nothing goes by it
        ({**FALLING, "training": {"kimg": 100, "schedule_kimg": 80}}, ("--kimg", "200"), 80.0),
    ],
)
def test_a_longer_fork_keeps_the_length_that_its_parent_s_growth_and_schedules_go_by(
    ganstudio: Program,
    workspace: Workspace,
    asked: list[tuple[str, ...]],
    table: dict[str, Any],
    flags: tuple[str, ...],
    length: float | None,
) -> None:
    recipe = dump(resolve({"architecture": {"id": "dcgan"}, "training": {"kimg": 100}, **table}, [], "test"))
    path = make_run(workspace, "long", recipe=recipe)
    (path / "checkpoints" / "0000060000.pt").touch()
    tell(path, "checkpointed", 60_000, path="checkpoints/0000060000.pt", changes=[])
    assert ganstudio("runs", "fork", "long", "--name", "new", *flags).code == 0
    assert made(workspace, "new").record.recipe["training"]["schedule_kimg"] == length


def test_the_checkpoint_of_a_fork_survives_its_parent(
    ganstudio: Program, workspace: Workspace, asked: list[tuple[str, ...]], parent: Path
) -> None:
    ganstudio("runs", "fork", "old", "--name", "new")
    store.remove(parent)
    assert (workspace.runs / "new" / "start.pt").read_text() == "at 60000"


def test_kimg_chooses_a_checkpoint_and_options_change_the_run(
    ganstudio: Program, workspace: Workspace, asked: list[tuple[str, ...]], parent: Path
) -> None:
    options = ("--kimg", "30", "--seed", "5", "--stop-when", "fd < 1", "--patience", "9", "--device", "cpu", "--json")
    answer = json.loads(ganstudio("runs", "fork", "old@20", *options).out)
    assert (answer["id"], answer["parent"]) == ("dcgan-digits-1", "old@20")
    record = made(workspace, "dcgan-digits-1").record
    assert record.recipe["generator_optimizer"]["lr"] == 2e-4
    assert (record.kimg_total, record.seed, record.device) == (30.0, 5, "cpu")
    assert (record.stop_when, record.patience, record.minutes) == ("fd < 1", 9.0, None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["old@7"], "has no checkpoint at 7 kimg. Kept: 20, 60."),
        (["olt"], "Did you mean 'old'?"),
        (["empty"], "empty: has no checkpoint yet."),
        (["old", "--set", "data.resolution=64"], "data.resolution: the networks of old@60 are for 32 px; got 64."),
        (
            ["old", "--set", "training.batch=4096"],
            "training.batch: at most the 1000 images of digits; got 4096. Nearest: 1000.",
        ),
        (["old", "--set", "training.bach=8"], "Did you mean 'training.batch'?"),
        (["old", "--kimg", "60"], "old@60 has trained 60 kimg; a fork needs more in all, got 60."),
        (["old", "--kimg", "0"], "--kimg must be more than 0"),
        (["old", "--minutes", "-1"], "--minutes must be more than 0"),
        (["old", "--patience", "0"], "--patience must be more than 0 kimg; got 0."),
        (["old", "--stop-when", "fd"], "fd must be compared by"),
        (["old", "--device", "gpu"], "no such device"),
        (["old", "--name", "old"], "there is a run of that name already. Free: old-2."),
    ],
)
def test_what_cannot_be_forked_is_refused_and_makes_nothing(
    ganstudio: Program,
    workspace: Workspace,
    asked: list[tuple[str, ...]],
    parent: Path,
    arguments: list[str],
    said: str,
) -> None:
    make_run(workspace, "empty")
    ended = ganstudio("runs", "fork", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert sorted(path.name for path in workspace.runs.iterdir()) == ["empty", "old"]


@pytest.mark.usefixtures("data_unread")
def test_what_the_worker_refuses_makes_nothing(
    ganstudio: Program, workspace: Workspace, parent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: str) -> None:
        raise UsageError("old@60 cannot start this run: critic.0.weight is [8] there, [4] here.")

    monkeypatch.setattr(bridge, "call_worker", refuse)
    ended = ganstudio("runs", "fork", "old", "--detach", "--set", "architecture.channels=4")
    assert (ended.code, ended.out) == (2, "")
    assert "critic.0.weight is [8] there, [4] here." in ended.err
    assert [path.name for path in workspace.runs.iterdir()] == ["old"]


@pytest.mark.usefixtures("data_unread")
def test_a_checkpoint_that_goes_meanwhile_leaves_no_run(
    ganstudio: Program, workspace: Workspace, parent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge, "call_worker", lambda *question: Path(question[3]).unlink())
    ended = ganstudio("runs", "fork", "old")
    assert (ended.code, ended.out) == (2, "")
    assert "0000060000.pt: is gone" in ended.err
    assert [path.name for path in workspace.runs.iterdir()] == ["old"]


def test_a_disk_without_second_names_gets_a_copy(
    ganstudio: Program,
    workspace: Workspace,
    asked: list[tuple[str, ...]],
    parent: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("os.link", refuse)
    assert ganstudio("runs", "fork", "old", "--name", "new").code == 0
    assert (workspace.runs / "new" / "start.pt").read_text() == "at 60000"


def test_the_parent_s_own_architecture_is_copied_once_it_is_trusted(
    ganstudio: Program, workspace: Workspace, asked: list[tuple[str, ...]]
) -> None:
    path = make_run(workspace, "old", recipe=RECIPE, architecture_sha256=trusted_files.digest(CODE))
    (path / "architecture.py").write_bytes(CODE)
    (path / "checkpoints" / "0000001000.pt").write_text("here")
    ended = ganstudio("runs", "fork", "old", "--name", "new")
    assert ended.code == 2
    assert "try: ganstudio runs fork old --name new --trust" in ended.err
    assert asked == []
    assert ganstudio("runs", "fork", "old", "--name", "new", "--trust").code == 0
    run = made(workspace, "new")
    assert (run.path / "architecture.py").read_bytes() == CODE
    assert run.record.architecture_sha256 == trusted_files.digest(CODE)


SMALL = ("--set", "training.batch=8", "--kimg", "6")


def test_train_from_a_run_takes_its_networks_and_records_it(
    ganstudio: Program, workspace: Workspace, asked: list[tuple[str, ...]], parent: Path, photos: Path
) -> None:
    ended = ganstudio("train", "dcgan", "--data", photos, *SMALL, "--from", "old@20", "--name", "tuned")
    assert (ended.code, ended.out) == (0, "tuned\n")
    record = made(workspace, "tuned").record
    assert (record.parent, record.start, record.data["name"]) == ("old@20", "networks", "photos")
    assert record.recipe["generator_optimizer"]["lr"] == 5e-4  # the preset's, not that of the other run
    assert (workspace.runs / "tuned" / "start.pt").read_text() == "at 20000"


def test_a_dry_run_tries_the_networks_out_and_makes_nothing(
    ganstudio: Program, workspace: Workspace, asked: list[tuple[str, ...]], parent: Path, photos: Path
) -> None:
    ended = ganstudio("train", "dcgan", "--data", photos, *SMALL, "--from", "old", "--dry-run")
    assert ended.code == 0
    assert asked[0][3] == str(parent / "checkpoints" / "0000060000.pt")
    assert [path.name for path in workspace.runs.iterdir()] == ["old"]


def test_train_records_what_ends_it(ganstudio: Program, worker: Course, workspace: Workspace, photos: Path) -> None:
    ends = ("--stop-when", "fd < 5 and kimg > 1", "--patience", "20")
    assert ganstudio("train", "dcgan", "--data", photos, *SMALL, *ends, "--name", "a").code == 0
    record = made(workspace, "a").record
    assert (record.stop_when, record.patience) == ("fd < 5 and kimg > 1", 20.0)
    assert (record.parent, record.start) == (None, None)


def test_what_is_not_the_preset_s_is_recorded_and_a_fork_adds_its_own(
    ganstudio: Program, workspace: Workspace, asked: list[tuple[str, ...]], photos: Path
) -> None:
    settings = ("--set", "training.batch=8", "--set", "data.mirror=true", "--kimg", "2")
    assert ganstudio("train", "dcgan", "--data", photos, *settings, "--name", "a").code == 0
    length, mirror = {"training.kimg": [2.0, 1000.0]}, {"data.mirror": [True, False]}
    assert made(workspace, "a").record.differs == {"training.batch": [8, 64], **length, **mirror}
    more = ("--set", "data.mirror=false", "--set", f"{LR}=1", "--kimg", "4", "--name", "b")
    assert ganstudio("runs", "fork", "runs/a/", *more).code == 0
    assert made(workspace, "b").record.differs == {
        "training.batch": [8, 64],
        "training.kimg": [4.0, 1000.0],
        LR: [1.0, 5e-4],
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "nowhere"], "there is no run 'nowhere'"),
        (["--from", "old@3"], "Kept: 20, 60."),
        (["--stop-when", "fx < 3"], "unknown name 'fx'. Did you mean 'fd'?\n"),
        (["--patience", "-3"], "--patience must be more than 0 kimg"),
    ],
)
def test_train_refuses_what_makes_no_sense(
    ganstudio: Program, workspace: Workspace, parent: Path, photos: Path, arguments: list[str], said: str
) -> None:
    ended = ganstudio("train", "dcgan", "--data", photos, *SMALL, *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert [path.name for path in workspace.runs.iterdir()] == ["old"]


@pytest.mark.parametrize("reason", ["stop_when", "patience"])
def test_a_run_that_ended_as_it_was_asked_is_forked_not_resumed(
    ganstudio: Program, workspace: Workspace, reason: str
) -> None:
    path = make_run(workspace, "old", stop_when="fd < 3", patience=50.0)
    tell(path, "started", **STARTED)
    tell(path, "finished", 60_000, 60.0, reason=reason)
    ended = ganstudio("runs", "resume", "old")
    assert ended.code == 2
    assert "try: ganstudio runs fork old" in ended.err


@pytest.mark.slow
def test_a_real_run_is_paused_changed_and_forked_and_its_fork_resumed(
    ganstudio: Program, workspace: Workspace, photos: Path
) -> None:
    small = ("--set", "training.batch=8", "--set", "training.precision=fp32")
    assert ganstudio("train", "gan", "--data", photos, *small, "--detach", "--name", "a").out == "a\n"
    assert ganstudio("runs", "pause", "a").code == 0
    assert ganstudio("runs", "set", "a", f"{LR}=1e-4").code == 0
    kept = ganstudio("runs", "snapshot", "a").out.strip()
    fork = ganstudio("runs", "fork", "a", "--name", "b", "--set", "architecture.z_dim=7")
    assert fork.code == 2
    assert "architecture.z_dim is 100 there, 7 here." in fork.err
    assert ganstudio("runs", "fork", "a", "--name", "b", "--detach").code == 0
    assert ganstudio("runs", "continue", "a").code == 0
    assert ganstudio("runs", "stop", "a").code == 0
    assert ganstudio("runs", "stop", "b").code == 0
    assert ganstudio("runs", "resume", "b", "--detach").code == 0
    assert ganstudio("runs", "stop", "b").code == 0
    forked = made(workspace, "b")
    assert (forked.status, forked.record.recipe["generator_optimizer"]["lr"]) == ("stopped", 1e-4)
    assert forked.record.parent == f"a@{int(Path(kept).stem) / 1000:g}"
    assert '"event":"resumed"' in (forked.path / "metrics.jsonl").read_text()
    assert made(workspace, "a").status == "stopped"
