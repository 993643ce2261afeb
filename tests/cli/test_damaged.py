"""One damaged file in a run's folder is told of, and takes neither list nor dashboard nor another run with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ganstudio.recipe.load import dump, resolve
from ganstudio.runs import checkpoints, requests, store
from ganstudio.runs.queue import tickets
from ganstudio.tui.run_readers import RunsReader
from ganstudio.workspace import Workspace, state_home
from tests.cli.conftest import Program
from tests.runs.making import STARTED, make_run, tell

RECIPE = dump(resolve({"architecture": {"id": "dcgan"}}, [], "test"))
DEEP = "[" * 100_000
DATA = {"name": "digits", "path": "/d", "fingerprint": "f", "count": 10, "resolution": 32, "channels": 1, "classes": []}

# What becomes of run.json, and what is said of it.
RECORDS: list[tuple[dict[str, Any], str]] = [
    ({"recipe": {}}, "recipe.training is missing"),
    ({"recipe": []}, "recipe must be a table; got []"),
    ({"recipe": {"training": {"kimg": "much"}}}, "recipe.training.kimg must be a number above 0; got 'much'"),
    ({"recipe": {"training": {"kimg": 0}}}, "recipe.training.kimg"),
    ({"recipe": {**RECIPE, "training": {**RECIPE["training"], "batch": None}}}, "recipe.training.batch"),
    ({"recipe": {**RECIPE, "generator_optimizer": {"lr": "fast"}}}, "recipe.generator_optimizer.lr"),
    ({"recipe": {**RECIPE, "regularizers": [7]}}, "recipe.regularizers must be a list of tables"),
    ({"recipe": {**RECIPE, "objective": "hinge"}}, "recipe.objective"),
    ({"data": {}}, "data.name is missing"),
    ({"data": None}, "data must be a table; got None"),
    ({"data": {**DATA, "name": 7}}, "data.name must be a text"),
    ({"data": {**DATA, "count": "ten"}}, "data.count must be a whole number from 1; got 'ten'"),
    ({"data": {**DATA, "classes": [1]}}, "data.classes must be a list of texts"),
    ({"id": 7}, "id must be a text"),
    ({"name": None}, "name must be a text"),
    ({"preset": {}}, "preset must be a text"),
    ({"minutes": "4"}, "minutes must be a number above 0 or null"),
    ({"minutes": float("nan")}, "minutes"),
    ({"created": 5}, "created must be a text"),
    ({"sweep": None}, "sweep must be a table"),
    ({"group": ["a"]}, "group must be a text or null"),
    ({"processes": True}, "processes must be a whole number from 1; got True"),
    ({"patience": 10**400}, "patience"),
    ({"versions": []}, "versions must be a table"),
    ({"start": "half"}, "start must be one of everything, networks or null"),
]
EVENTS: list[dict[str, Any]] = [
    {"event": "started", "kimg_total": "many"},
    {"event": "started", "kimg_total": 0},
    {"event": "started", "notes": 7},
    {"event": "started", "parameters": [1]},
    {"event": "resumed", "best": 5},
    {"event": "resumed", "changes": [{"key": "lr"}]},
    {"event": "changed", "key": "lr", "from": 1, "to": 2},
    {"event": "changed", "key": "generator_optimizer.lr", "from": 1, "to": "fast"},
    {"event": "changed", "key": "later.knob", "from": 1, "to": 2},
    {"event": "evaluated", "score": 1, "value": 2},
    {"event": "failed", "error": {}},
    {"event": "queued", "ahead": [1]},
    {"event": "checkpointed", "path": "x", "changes": 7},
    {"event": "probed", "spread": 10**400},
    {"event": "tick", "time_s": "nan"},
    {"event": "tick", "nimg": 10**400},
    {"event": "tick", "nimg": True},
]


def good(workspace: Workspace) -> Path:
    path = make_run(workspace, "good", recipe=RECIPE)
    tell(path, "started", **STARTED)
    tell(path, "finished", 100_000, 60.0, reason="budget")
    return path


def damaged(workspace: Workspace) -> Path:
    path = make_run(workspace, "bad", recipe=RECIPE)
    tell(path, "started", **STARTED)
    for nimg in range(1000, 9000, 1000):
        losses = {"d": 0.5, "g": 1.5}
        tell(path, "tick", nimg, nimg / 1000, losses=losses, d_auc=0.99, grad_norms={"g": 1e-9}, img_per_s=9.0)
    tell(path, "finished", 9000, 60.0, reason="stop")
    return path


def survives(ganstudio: Program, workspace: Workspace) -> tuple[str, list[str]]:
    """What is said on stderr, and what the dashboard says is damaged; the good run is there in each."""
    table, listed = ganstudio("runs", "list"), ganstudio("runs", "list", "--json")
    assert (table.code, listed.code) == (0, 0)
    assert "good" in table.out
    assert "good" in [run["id"] for run in json.loads(listed.out)]
    assert ganstudio("runs", "show", "good").code == 0
    runs = RunsReader(workspace).read()
    assert runs is not None
    assert "good" in [row.id for row in runs.rows]
    return table.err, list(runs.damaged)


@pytest.mark.parametrize(("change", "said"), RECORDS, ids=[said for _, said in RECORDS])
def test_a_bad_record_is_named_with_what_is_wrong(
    ganstudio: Program, workspace: Workspace, change: dict[str, Any], said: str
) -> None:
    good(workspace)
    file = damaged(workspace) / "run.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    told, in_dashboard = survives(ganstudio, workspace)
    assert f"left out: {file}: not a run's record: {said}" in told
    assert [line.startswith(f"{file}: not a run's record: {said}") for line in in_dashboard] == [True]
    shown = ganstudio("runs", "show", "bad")
    assert (shown.code, shown.out) == (2, "")
    assert said in shown.err


def _folder(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


BROKEN: dict[str, Callable[[Path], None]] = {
    "run.json is a folder": lambda run: _folder(run / "run.json"),
    "run.json is no text": lambda run: (run / "run.json").write_bytes(b"\xff\xfe"),
    "run.json is deep": lambda run: (run / "run.json").write_text(DEEP),
    "metrics.jsonl is a folder": lambda run: _folder(run / "metrics.jsonl"),
    "metrics.jsonl is deep": lambda run: (run / "metrics.jsonl").write_text(DEEP + "\n"),
    "summary.json is deep": lambda run: (run / "summary.json").write_text(DEEP),
    "summary.json is a folder": lambda run: _folder(run / "summary.json"),
    "a negative pid": lambda run: process_of(run, pid=-5),
    "a pid too large": lambda run: process_of(run, pid=10**30),
    "an endless pid": lambda run: process_of(run, pid=float("inf")),
    "a boot that is no time": lambda run: process_of(run, boot="monday"),
    "a host that is no name": lambda run: process_of(run, host=["x"]),
    "process.json is a folder": lambda run: _folder(run / "process.json"),
    "requests is a file": lambda run: (run / "requests").rmdir() or (run / "requests").touch(),
    "a request is a folder": lambda run: _folder(run / "requests" / "1-1-stop.json"),
    "checkpoints of no number": lambda run: (run / "checkpoints" / "²³.pt").touch(),
    "samples of no number": lambda run: (run / "samples" / "²³.png").touch(),
    "best.json is no pointer": lambda run: (run / "checkpoints" / "best.json").write_text("[]"),
}


def process_of(run: Path, **fields: Any) -> None:
    import socket

    table = {"host": socket.gethostname(), "pid": 1, "created": 0.0, "boot": 0.0, **fields}
    (run / "process.json").write_text(json.dumps(table))


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_file_of_one_run_leaves_the_others(ganstudio: Program, workspace: Workspace, how: str) -> None:
    good(workspace)
    path = make_run(workspace, "bad", recipe=RECIPE)
    tell(path, "started", **STARTED)
    BROKEN[how](path)
    survives(ganstudio, workspace)
    assert "Traceback" not in ganstudio("runs", "show", "bad").err
    assert "fault of ganstudio" not in ganstudio("runs", "show", "bad").err


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: "-".join(map(str, event)))
def test_an_event_that_is_none_changes_nothing(ganstudio: Program, workspace: Workspace, event: dict[str, Any]) -> None:
    good(workspace)
    path = damaged(workspace)
    with (path / "metrics.jsonl").open("a") as file:
        file.write(json.dumps({"nimg": 9000, "time_s": 60.0, **event}) + "\n")
    survives(ganstudio, workspace)
    shown = ganstudio("runs", "show", "bad", "--json")
    assert (shown.code, json.loads(shown.out)["id"]) == (0, "bad")


POINTERS = ["[]", "{}", "{", '{"file": 7}', '{"file": "../../x.pt"}', '{"file": "9.pt"}', DEEP]


@pytest.mark.parametrize("content", POINTERS, ids=lambda content: content[:20])
def test_a_pointer_to_the_best_checkpoint_that_is_none_means_the_last(workspace: Workspace, content: str) -> None:
    path = make_run(workspace)
    (checkpoints.folder(path) / "0000001000.pt").touch()
    (checkpoints.folder(path) / "best.json").write_text(content)
    assert checkpoints.choose(path, "best").name == "0000001000.pt"


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("1x", {}),
        ("1", {"run": 7}),
        ("1", {"devices": [["cuda:0"]]}),
        ("1", {"devices": "cuda:0"}),
        ("1", {"process": []}),
        ("1", {"process": {"host": None, "pid": -1, "created": 0}}),
    ],
)
def test_a_bad_ticket_holds_nobody_up(tmp_path: Path, name: str, table: dict[str, Any]) -> None:
    tickets.take(tmp_path / "a", ("cuda:0",), "alone")
    tickets.leave(tmp_path / "a")
    whole = {"run": "/r", "devices": ["cuda:0"], "share": False, "process": {}}
    (tickets.folder() / f"{name}.json").write_text(json.dumps({**whole, **table}))
    assert tickets.take(tmp_path / "b", ("cuda:0",), "alone") == ()
    assert [ticket.run for ticket in tickets.living()] == [tmp_path / "b"]
    assert state_home().is_dir()


def test_requests_that_are_none_are_passed_over(workspace: Workspace) -> None:
    path = make_run(workspace)
    folder = path / requests.FOLDER
    (folder / "1-1-stop.json").mkdir()
    for number, content in enumerate(("", "[]", '{"kind"', DEEP), 2):
        (folder / f"{number}-1-pause.json").write_text(content)
    requests.post(path, "snapshot")
    assert [request["kind"] for request in requests.poll(path)] == ["snapshot"]
    requests.clear(path)
    assert requests.poll(path) == []


def test_presets_that_cannot_be_read_are_named_and_the_others_listed(ganstudio: Program, workspace: Workspace) -> None:
    folder = workspace.root / "presets"
    folder.mkdir()
    (folder / "dated.toml").write_text('summary = 2020-01-01\narchitecture = { id = "dcgan" }\n')
    (folder / "deep.toml").write_text(f"x = {DEEP}")
    (folder / "folder.toml").mkdir()
    (folder / "kinds.toml").write_text("regularizers = [1]\ndata = 7\n")
    (folder / "mine.toml").write_text('architecture = { id = "dcgan" }\n')
    ended = ganstudio("presets", "list", "--json")
    assert ended.code == 0
    names = [preset["name"] for preset in json.loads(ended.out)]
    assert {"mine", "dcgan"} <= set(names)
    assert not {"dated", "deep", "folder", "kinds"} & set(names)
    for name in ("dated", "deep", "folder", "kinds"):
        assert name in ended.err


def test_a_run_whose_checks_passed_what_they_should_not_still_stands_alone(
    ganstudio: Program, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    good(workspace)
    bad = damaged(workspace)
    look = store.view_from

    def broken(path: Path, *rest: Any) -> Any:
        if path == bad:
            raise KeyError("never thought of")
        return look(path, *rest)

    monkeypatch.setattr(store, "view_from", broken)
    told, in_dashboard = survives(ganstudio, workspace)
    assert f"left out: {bad}: cannot be read: KeyError: 'never thought of'." in told
    assert len(in_dashboard) == 1
