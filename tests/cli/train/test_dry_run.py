"""`train --dry-run` and `runs fork --dry-run`: what they ask the worker, which is played here, and what they tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ganstudio import bridge
from ganstudio.data import store as data_store
from ganstudio.data.obtain import open_set
from ganstudio.data.pack import add
from ganstudio.errors import RecipeError
from ganstudio.recipe.load import dump, resolve
from ganstudio.runs import store
from ganstudio.workspace import Workspace
from tests.cli.conftest import Course, Program
from tests.runs.making import make_run, tell

SMALL = ("--set", "training.batch=8", "--kimg", "1")
FOUND: dict[str, Any] = {
    **{"ok": True, "device": "cpu", "precision": "bf16", "parameters": {"generator": 1234567}, "notes": []},
    **{"batch": 8, "micro_batch": None},
}
MEASURED = {
    **{"step_ms": 88.0, "img_per_s": 100.0, "memory_bytes": 5.2e8, "checkpoint_bytes": 20e6, "disk_bytes": 60e6},
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The questions that were put to the worker."""
    questions: list[tuple[str, ...]] = []

    def answer(*question: str) -> dict[str, Any]:
        questions.append(question)
        return {**FOUND, **(MEASURED if question[0] == "dry-run" else {})}

    monkeypatch.setattr(bridge, "call_worker", answer)
    return questions


@pytest.fixture
def parent(workspace: Workspace) -> Path:
    """A run of 100 kimg with a checkpoint at 60."""
    recipe = dump(resolve({"architecture": {"id": "dcgan"}, "training": {"kimg": 100}}, [], "test"))
    path = make_run(workspace, "old", recipe=recipe, minutes=None)
    (path / "checkpoints" / "0000060000.pt").touch()
    tell(path, "checkpointed", 60_000, path="checkpoints/0000060000.pt", changes=[])
    return path


def test_a_dry_run_tells_time_memory_and_disk(ganstudio: Program, photos: Path, asked: list[tuple[str, ...]]) -> None:
    ended = ganstudio("train", "dcgan", "--data", photos, *SMALL, "--dry-run")
    assert ended.code == 0, ended.err
    assert [question[0] for question in asked] == ["dry-run"]
    for line in (
        "step        88 ms, 100 img/s\n",
        "time        10s in all\n",
        "memory      520.0 MB at most",
        "disk        60.0 MB of checkpoints at most, 20.0 MB each; ",
    ):
        assert line in ended.out


def test_the_time_is_no_longer_than_the_minutes_that_were_given(
    ganstudio: Program, photos: Path, asked: list[tuple[str, ...]]
) -> None:
    def time(*more: str) -> float:
        return float(
            json.loads(ganstudio("train", "dcgan", "--data", photos, *more, "--dry-run", "--json").out)["time_s"]
        )

    assert time("--set", "training.batch=8", "--kimg", "1000") == 10_000
    assert time("--set", "training.batch=8", "--kimg", "1000", "--minutes", "2") == 120


@pytest.mark.usefixtures("data_unread")
def test_a_dry_run_of_a_fork_makes_nothing_and_counts_what_is_left(
    ganstudio: Program, workspace: Workspace, asked: list[tuple[str, ...]], parent: Path
) -> None:
    ended = ganstudio("runs", "fork", "old", "--dry-run", "--json")
    assert ended.code == 0, ended.err
    answer = json.loads(ended.out)
    assert answer["time_s"] == 400  # 40 kimg at 100 images a second
    assert answer["disk_free_bytes"] > 0
    [question] = asked
    assert question[2:] == ("--start", str(parent / "checkpoints" / "0000060000.pt"))
    assert [run.id for run in store.list_runs(workspace)] == ["old"]


def test_a_dry_run_with_minutes_says_how_far_the_schedules_get(
    ganstudio: Program, photos: Path, asked: list[tuple[str, ...]]
) -> None:
    def notes(*flags: str) -> list[str]:
        ended = ganstudio("train", "dcgan", "--data", photos, *SMALL, "--kimg", "100", "--dry-run", *flags, "--json")
        return [text for text in json.loads(ended.out)["notes"] if "schedules" in text]

    falling = ("--set", "generator_optimizer.lr.end=0")
    assert notes(*falling, "--minutes", "5") == ["in 5 minutes at about 100 img/s the schedules get to 30 %"]
    assert notes(*falling) == []
    assert notes("--minutes", "5") == []


@pytest.mark.parametrize("more", [(), ("--dry-run",)], ids=["train", "dry-run"])
def test_a_resolution_that_the_networks_refuse_is_refused_before_it_is_derived(
    ganstudio: Program, workspace: Workspace, photos: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]
) -> None:
    add(photos)

    def refuse(verb: str, *files: str) -> None:
        assert verb == ("dry-run" if more else "validate")
        assert json.loads(Path(files[0]).read_text())["data"]["resolution"] == 32  # as it is stored
        raise RecipeError(["data.resolution: got 48."])

    monkeypatch.setattr(bridge, "call_worker", refuse)
    ended = ganstudio("train", "dcgan", "--data", photos, *SMALL, "--set", "data.resolution=48", *more)
    assert (ended.code, ended.out) == (2, "")
    assert "error: data.resolution: got 48." in ended.err
    assert data_store.names() == ["photos"]
    assert not workspace.runs.exists()


@pytest.mark.parametrize("more", [(), ("--dry-run",)], ids=["train", "dry-run"])
def test_what_no_images_could_mend_is_refused_before_a_new_folder_is_packed(
    ganstudio: Program, workspace: Workspace, photos: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]
) -> None:
    def refuse(verb: str, *choices: str) -> None:
        assert (verb, [json.loads(one)["side"] for one in choices]) == ("options", [48])
        raise RecipeError(["data.resolution: got 48."])

    monkeypatch.setattr(bridge, "call_worker", refuse)
    ended = ganstudio("train", "dcgan", "--data", photos, *SMALL, "--set", "data.resolution=48", *more)
    assert (ended.code, ended.out, ended.err) == (2, "", "error: data.resolution: got 48.\n")
    ended = ganstudio("train", "dcgan", "--data", photos, "--set", "training.batch=64", *more)
    assert (ended.code, ended.err.splitlines()[0]) == (
        2,
        "error: training.batch: at most the 40 images of photos; got 64. Nearest: 40.",
    )
    ended = ganstudio("train", "dcgan", "--data", photos, *SMALL, "--gpus", "3", *more)
    assert ended.err == "error: training.batch: must divide among 3 processes; got 8. Nearest: 9.\n"
    assert data_store.names() == []
    assert not workspace.runs.exists()


def test_every_member_of_a_sweep_is_judged_before_a_new_folder_is_packed(
    ganstudio: Program, workspace: Workspace, photos: Path, asked: list[tuple[str, ...]]
) -> None:
    (workspace.runs / "mine-1").mkdir(parents=True)
    ended = ganstudio("train", "dcgan", "--data", photos, "--sweep", "training.batch=8,64", "--kimg", "1")
    assert "training.batch: at most the 40 images of photos; got 64." in ended.err
    ended = ganstudio("train", "dcgan", "--data", photos, "--sweep", "training.batch=8,16", "--name", "mine")
    assert "--name mine: there is a run mine-1 already." in ended.err
    assert (data_store.names(), asked) == ([], [])


def test_the_resolution_of_the_data_set_is_the_number_that_it_is_stored_in(
    ganstudio: Program, workspace: Workspace, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = []

    def answer(verb: str, *question: str) -> dict[str, Any]:
        if verb == "dry-run":
            records.append(json.loads(Path(question[0]).read_text()))
        return {**FOUND, **MEASURED}

    monkeypatch.setattr(bridge, "call_worker", answer)
    mine = workspace.root / "presets" / "mine.toml"
    mine.parent.mkdir()
    mine.write_text('architecture = { id = "dcgan" }\ndata = { resolution = "data" }\ntraining = { batch = 8 }\n')
    add(photos, size=16)
    assert 'data.resolution = "data"' in ganstudio("presets", "show", "mine").out
    assert json.loads(ganstudio("presets", "show", "mine", "--json").out)["size"] == "data"
    assert "resolution  16 px\n" in ganstudio("train", "mine", "--data", "photos", "--dry-run").out
    assert records[0]["recipe"]["data"]["resolution"] == 16
    ended = ganstudio("train", "mine", "--data", "photos", "--set", "data.resolution=dat", "--dry-run")
    assert "mine: data.resolution: must be a whole number above 0, [height, width], or data; got 'dat'." in ended.err


def test_a_sweep_tells_once_that_its_images_are_seen_smaller_than_they_are_stored(
    ganstudio: Program, photos: Path, asked: list[tuple[str, ...]]
) -> None:
    add(photos, size=64)
    sweep = ("train", "dcgan", "--data", "photos", *SMALL, "--sweep", "seed=0,1", "--dry-run")
    said = ganstudio(*sweep, "--set", "data.resolution=16").err
    assert said.count("note: ") == 1
    assert open_set("photos").manifest.size_notes(16)[0] in said


def test_data_that_need_not_be_derived_are_not_asked_about(
    ganstudio: Program, photos: Path, asked: list[tuple[str, ...]]
) -> None:
    add(photos)
    assert ganstudio("train", "dcgan", "--data", photos, *SMALL, "--set", "data.resolution=16", "--dry-run").code == 0
    assert [question[0] for question in asked] == ["dry-run"]


def test_a_dry_run_derives_no_data_and_the_run_does_once_the_worker_has_agreed(
    ganstudio: Program, workspace: Workspace, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(photos)
    asked: list[tuple[str, list[str]]] = []

    def answer(verb: str, *question: str) -> dict[str, Any]:
        asked.append((verb, data_store.names()))
        assert json.loads(Path(question[0]).read_text())["data"]["name"] == "photos"
        return {**FOUND, **MEASURED}

    monkeypatch.setattr(bridge, "call_worker", answer)
    larger = ("train", "dcgan", "--data", "photos", *SMALL, "--set", "data.resolution=48")
    for dry in (larger, (*larger, "--sweep", "seed=0,1")):
        assert ganstudio(*dry, "--dry-run").code == 0
    assert data_store.names() == ["photos"]
    assert ganstudio(*larger, "--prepare").code == 0
    assert asked == [(verb, ["photos"]) for verb in ("dry-run", "validate", "validate")]
    assert data_store.names() == ["photos", "photos@48"]
    assert store.list_runs(workspace)[0].record.data["name"] == "photos@48"


def test_what_only_the_data_shows_is_refused_before_a_run_that_goes_on_by_itself_is_made(
    ganstudio: Program, workspace: Workspace, photos: Path
) -> None:
    add(photos, labels="none")
    ended = ganstudio("train", "cgan", "--data", "photos", *SMALL, "--detach")
    assert (ended.code, ended.out) == (2, "")
    assert "architecture.label_dim" in ended.err
    assert not workspace.runs.exists()


@pytest.mark.parametrize("command", [("train", "dcgan", "--data", "PHOTOS", *SMALL), ("runs", "fork", "old")])
def test_a_dry_run_refuses_the_name_of_another_run(
    ganstudio: Program, photos: Path, asked: list[tuple[str, ...]], parent: Path, command: tuple[str, ...]
) -> None:
    words = [str(photos) if word == "PHOTOS" else word for word in command]
    ended = ganstudio(*words, "--name", "old", "--dry-run")
    assert (ended.code, asked) == (2, [])
    assert "--name old: there is a run of that name already. Free: old-2." in ended.err
    assert data_store.names() == []


def test_problems_of_the_architecture_s_keys_are_listed_beside_those_of_others(
    ganstudio: Program, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*question: str) -> None:
        networks = '{"id": "dcgan", "z_dim": 100, "channels": 64, "chanels": 8}'
        assert question == ("options", f'{{"architecture": {networks}, "side": null}}')
        raise RecipeError(["dcgan: architecture.chanels: unknown key."])

    monkeypatch.setattr(bridge, "call_worker", refuse)
    wrong = ("--set", "architecture.chanels=8", "--set", "training.batsh=8")
    ended = ganstudio("train", "dcgan", "--data", photos, *wrong)
    assert ended.code == 2
    for line in ("dcgan: training.batsh: unknown key.", "dcgan: architecture.chanels: unknown key."):
        assert ended.err.count(line) == 1


@pytest.mark.usefixtures("no_worker_left")
def test_a_fork_that_is_made_is_checked_with_its_start_and_makes_no_iterations(
    ganstudio: Program, worker: Course, parent: Path, asked: list[tuple[str, ...]]
) -> None:
    assert ganstudio("runs", "fork", "old", "--name", "new", "--detach").code == 0
    assert (asked[0][0], asked[0][2:]) == ("validate", ("--start", str(parent / "checkpoints" / "0000060000.pt")))
