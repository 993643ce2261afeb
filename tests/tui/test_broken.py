"""One thing that is broken takes no screen with it: the others are shown, and it is said what is wrong with it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from ganstudio.runs import events
from ganstudio.tui import poller, run_readers
from ganstudio.tui.app import Dashboard
from ganstudio.tui.data.sets import read_sets
from ganstudio.tui.exports.content import read_exports
from ganstudio.tui.messages import MachineChanged, ReadFailed
from ganstudio.tui.new_run.page import NewPage
from ganstudio.tui.new_run.parents import presets
from ganstudio.tui.run_readers import RunsReader
from ganstudio.tui.widgets.table import Table
from ganstudio.workspace import Workspace, data_home
from tests.inference.generators import write_generator
from tests.tui.driving import QUIET, dashboard, press, read_to_the_end, record, screen_text, until

BROKEN: dict[str, Any] = {
    "no-recipe": {"recipe": {}},
    "no-data": {"data": {}},
    "name-is-a-number": {"data": {"name": 3}},
    "no-resolution": {"recipe": {"data": {}, "training": {"kimg": 1}}},
    "no-kimg": {"recipe": {"data": {"resolution": 32}, "training": {"kimg": None}}},
    "preset-is-a-list": {"preset": []},
}


def spoil(workspace: Workspace) -> None:
    """Beside the recorded run digits: others with something wrong in their records, or with none to be read."""
    for name, changes in BROKEN.items():
        record(workspace, "broken")
        folder = (workspace.runs / "broken").rename(workspace.runs / name)
        told = json.loads((folder / "run.json").read_text())
        (folder / "run.json").write_text(json.dumps({**told, "id": name, **changes}))
    for name, text in {"a-list": "[]", "cut": '{"id": "cu', "deep": "[" * 100_000}.items():
        (workspace.runs / name).mkdir()
        (workspace.runs / name / "run.json").write_text(text)


def test_runs_that_cannot_be_read_are_left_out_by_name_and_the_others_are_shown(workspace: Workspace) -> None:
    record(workspace, "digits")
    spoil(workspace)

    async def drive() -> None:
        async with dashboard(workspace) as (app, pilot):
            table = app.screen.query_one(Table)
            assert "digits" in table.keys
            assert "left out: " in screen_text(app)
            await press(pilot, *["j"] * len(table.keys), "2")
            assert "cpu 12%" in screen_text(app)  # the poller still looks

    asyncio.run(drive())
    found = RunsReader(workspace).read()
    assert found is not None
    told = {name for name in (*BROKEN, "a-list", "cut", "deep") if any(name in line for line in found.damaged)}
    assert told | {row.id for row in found.rows} == {*BROKEN, "a-list", "cut", "deep", "digits"}
    assert {"no-recipe", "no-data", "no-resolution", "a-list", "cut", "deep"} <= told


def test_a_run_whose_files_have_odd_names_is_shown(workspace: Workspace) -> None:
    record(workspace, "digits")
    for folder, end in (("checkpoints", "pt"), ("samples", "png")):
        (workspace.runs / "digits" / folder / f"²⁵.{end}").touch()

    async def drive() -> None:
        async with dashboard(workspace) as (app, pilot):
            await press(pilot, "enter")
            await until(pilot, lambda: app.run_snapshot is not None and app.run_snapshot.samples)
            assert not app._notifications

    asyncio.run(drive())


def test_findings_that_cannot_be_made_leave_the_run_in_the_list(
    recorded: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    diagnose = run_readers.diagnose

    def fails(path: Path, *given: Any) -> Any:
        if path.name == "broken":
            raise KeyError("logits")
        return diagnose(path, *given)

    monkeypatch.setattr(run_readers, "diagnose", fails)
    found = read_to_the_end(RunsReader(recorded, clock=lambda: 0.0))
    assert {row.id for row in found.rows} == {"broken", "digits", "hot-critic"}
    assert found.damaged == ("findings of broken: cannot be read (KeyError: 'logits').",)
    assert all(row.findings is not None for row in found.rows)


def test_a_look_that_fails_is_told_of_once_and_takes_no_other_look_along(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(RunsReader, "read", fails)
    monkeypatch.setattr(poller, "MACHINE_S", 0.0)
    posted: list[Any] = []
    looking = poller.Poller(workspace, posted.append, lambda: lambda: QUIET)
    assert not looking.poll_once()
    assert not looking.poll_once()
    assert [type(message) for message in posted] == [ReadFailed, MachineChanged, MachineChanged]
    assert "Permission denied" in posted[0].why


def test_exports_that_cannot_be_read_are_said_below_the_others(workspace: Workspace) -> None:
    workspace.exports.mkdir()
    write_generator(workspace.exports / "pets.onnx", classes=("cat", "dog"))
    write_generator(workspace.exports / "odd.onnx", value_range=("low", "high"))
    write_generator(workspace.exports / "shapeless.onnx", image_shape=3)
    write_generator(workspace.exports / "timeless.onnx", latency_ms={"onnxruntime": 3})
    (workspace.exports / "text.onnx").write_text("no graph")
    (workspace.exports / "folder.onnx").mkdir()
    exports = read_exports(workspace)
    assert [export.name for export in exports.rows] == ["pets"]
    for name in ("odd", "shapeless", "timeless", "text", "folder"):
        assert any(f"{name}.onnx" in line for line in exports.left_out), name


def test_sets_that_cannot_be_read_are_rows_that_say_why(packed: None) -> None:
    for name, text in {"cut": "{", "a-list": "[]", "no-kinds": "{}"}.items():
        (data_home() / name).mkdir()
        (data_home() / name / "manifest.json").write_text(text)
    (data_home() / "empty").mkdir()
    for name, changes in {"no-source": {"attributes": [3]}, "odd-depth": {"depth": "x"}}.items():
        (data_home() / name).mkdir()
        told = json.loads((data_home() / "animals" / "manifest.json").read_text()) | {"name": name} | changes
        (data_home() / name / "manifest.json").write_text(json.dumps(told))
        (data_home() / name / "images.npy").write_bytes((data_home() / "animals" / "images.npy").read_bytes())
    kinds = {row.name: row.kind for row in read_sets().rows}
    assert (kinds["animals"], kinds["shapes"]) == ("packed", "packed")
    for name in ("cut", "a-list", "no-kinds", "empty", "no-source", "odd-depth"):
        row = read_sets().find(name)
        assert row is not None
        assert row.kind == "damaged"
        assert row.words


def on_new(workspace: Workspace, drive: Any) -> None:
    async def go() -> None:
        async with dashboard(workspace) as (app, pilot):
            await press(pilot, "3")
            page = app.screen
            assert isinstance(page, NewPage)
            await until(pilot, lambda: page.snapshot.draft or page.snapshot.failed)
            await drive(app, pilot, page)

    asyncio.run(go())


def test_a_preset_that_cannot_be_read_is_said_and_the_next_one_is_begun_with(
    workspace: Workspace, described: None
) -> None:
    own = workspace.root / "presets"
    own.mkdir()
    (own / "dcgan.toml").write_text("training = ")
    (own / "odd.toml").write_text("training = 3\narchitecture = 4\n")

    async def drive(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        draft = page.snapshot.draft
        assert draft is not None
        assert draft.start.given not in ("dcgan", "odd")
        assert "dcgan.toml" in screen_text(app)
        await press(pilot, "b")
        options = app.screen.query_one(OptionList)
        options.highlighted = options.get_option_index("preset")
        await press(pilot, "enter")
        shown = {option.id for option in app.screen.query_one(OptionList).options}
        assert {"dcgan", "odd", "wgan"} <= shown
        options = app.screen.query_one(OptionList)
        options.highlighted = options.get_option_index("odd")
        await press(pilot, "enter")
        await until(pilot, lambda: page.snapshot.failed)
        assert page.snapshot.draft is draft or page.snapshot.draft.start.given == draft.start.given  # type: ignore[union-attr]

    on_new(workspace, drive)
    assert dict(presets(workspace))["dcgan"].startswith("✗ ")


def test_a_run_that_cannot_be_begun_from_is_said_and_the_draft_stays(workspace: Workspace, described: None) -> None:
    record(workspace, "digits")
    folder = workspace.runs / "digits"
    told = json.loads((folder / "run.json").read_text())
    told["recipe"]["architecture"] = 3
    (folder / "run.json").write_text(json.dumps(told))

    async def drive(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        assert page.snapshot.draft is not None
        page.read_start("clone", "digits")
        await until(pilot, lambda: page.snapshot.failed)
        assert page.snapshot.draft.start.given == "dcgan"

    on_new(workspace, drive)


def test_an_event_of_the_wrong_shape_leaves_the_other_runs(recorded: Workspace) -> None:
    with (recorded.runs / "digits" / events.NAME).open("a") as file:
        file.write('{"event": "started", "nimg": 1, "time_s": 1, "device": {}, "precision": 3, "notes": 5}\n')
    found = RunsReader(recorded).read()
    assert found is not None
    assert {"broken", "hot-critic"} <= {row.id for row in found.rows}
