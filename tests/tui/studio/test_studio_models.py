from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from ganstudio.commands import Outcome
from ganstudio.inference.explore import at_seed, step_point
from ganstudio.tui.studio.page import StudioPage
from ganstudio.workspace import Workspace
from tests.inference.generators import write_generator
from tests.tui.driving import press, screen_text, settled, toast_texts, until
from tests.tui.studio.studio_pilot import Studio, all_drawn, drive, footer, keys, stage


def test_m_opens_another_model_at_the_same_latent(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        await keys(pilot, page, "n", "right", "a", "m", "down", "enter")
        assert page.snapshot.export is not None
        assert page.snapshot.export.name == "styles"
        there = step_point(at_seed(1, 100), 1, 0, 1)
        assert (page.snapshot.point, page.snapshot.slots) == (there, (there, None))
        assert app.chosen_export == "styles"
        await keys(pilot, page, "m", "escape")
        assert page.snapshot.export.name == "styles"

    drive(case, exported("styles", "pets"))


def test_the_export_that_another_screen_chose_is_opened(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        await press(pilot, "1")
        app.chosen_export = "styles"
        app.action_go("studio")
        await settled(pilot)
        await until(pilot, lambda: all_drawn(page))
        assert page.snapshot.export is not None
        assert page.snapshot.export.name == "styles"

    drive(case, exported("styles", "pets"))


def test_the_point_stays_while_other_screens_are_looked_at(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        await keys(pilot, page, "n", "right")
        before = page.snapshot
        await press(pilot, "1", "5")
        assert page.snapshot == before

    drive(case, exported())


def test_an_export_that_was_made_anew_meanwhile_is_opened_again(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        await press(pilot, "right", "1")
        write_generator(app.workspace.exports / "pets.onnx", classes=("only",))
        await press(pilot, "5")
        await until(pilot, lambda: all_drawn(page))
        assert page.snapshot.export is not None
        assert page.snapshot.export.manifest.classes == ("only",)
        assert page.snapshot.point == step_point(at_seed(0, 100, 0), 1, 0, 1)

    drive(case, exported())


def test_a_file_that_is_deleted_while_it_is_open_goes_on_and_is_told(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        await press(pilot, "1")
        (app.workspace.exports / "pets.onnx").unlink()
        await press(pilot, "5")
        await keys(pilot, page, "n")
        assert page.snapshot.point == at_seed(1, 100, 0)
        assert "pets.onnx is gone" in screen_text(app)

    drive(case, exported())


def test_without_an_export_it_is_said_and_what_e_does_not_manage_too(recorded: Workspace) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        assert "No model is open: e exports" in screen_text(app)
        assert footer(page) & {"move(1, 0)", "save", "grid", "undo"} == set()
        await press(pilot, "right", "n", "w", "g", "u", "a", "y", "enter")
        await press(pilot, "e")  # its checkpoints are empty files
        await until(pilot, lambda: "is damaged" in stage(page).empty)
        assert "No model is open: e exports" in stage(page).empty

    drive(case, recorded)


def test_e_exports_the_chosen_run_and_opens_what_was_made(
    recorded: Workspace, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Sequence[str]] = []

    def launch(arguments: Sequence[str], ended: Callable[[Outcome], None]) -> None:
        asked.append(arguments)
        page = StudioPage.current  # type: ignore[attr-defined]
        page.call_later(finish, ended)

    def finish(ended: Callable[[Outcome], None]) -> None:
        recorded.exports.mkdir()
        shutil.copy(models / "pets.onnx", recorded.exports / "digits.onnx")
        ended(Outcome(0, json.dumps({"name": "digits"}), ""))

    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        monkeypatch.setattr(StudioPage, "current", page, raising=False)
        monkeypatch.setattr(app, "launch", launch)
        app.chosen_run = "digits"
        await press(pilot, "e")
        await until(pilot, lambda: all_drawn(page))
        assert asked == [("export", "onnx", "digits", "--json")]
        assert page.snapshot.export is not None
        assert page.snapshot.export.name == "digits"
        assert "export" not in footer(page)

    drive(case, recorded)


def test_readonly_names_the_command_that_exports(recorded: Workspace) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        assert "ganstudio export onnx" in stage(page).empty
        await press(pilot, "e", "m")
        assert page.snapshot.text == ""

    drive(case, recorded, readonly=True)


def test_an_empty_workspace_says_so(workspace: Workspace) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        assert "no run with a checkpoint" in stage(page).empty
        await press(pilot, "m", "e", "right")
        assert "No model is open" in toast_texts(app)

    drive(case, workspace)


def test_a_file_that_is_no_model_is_told_plainly(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        assert "cut short or damaged" in stage(page).empty
        await press(pilot, "1")
        app.chosen_export = "pets"
        await press(pilot, "5")
        assert "cut short or damaged" in stage(page).empty
        app.chosen_export = "nothing"
        await press(pilot, "1", "5")
        assert "nothing is no export" in stage(page).empty

    workspace = exported()
    content = (workspace.exports / "pets.onnx").read_bytes()
    (workspace.exports / "pets.onnx").write_bytes(content[:1000])
    drive(case, workspace)


def test_weights_that_are_damaged_are_told_and_another_model_can_be_chosen(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        assert "onnxruntime cannot load it" in stage(page).empty
        await keys(pilot, page, "m", "down", "enter")
        assert page.snapshot.export is not None
        assert page.snapshot.export.name == "styles"

    workspace = exported("styles", "pets")
    path = workspace.exports / "pets.onnx"
    path.write_bytes(path.read_bytes().replace(b"ConvTranspose", b"NopeTranspose"))
    drive(case, workspace)


def test_a_model_that_answers_nan_is_told_and_not_asked_for_ever(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        assert "1 of 1 images hold NaN" in stage(page).empty
        answers = page.snapshot.answers
        await keys(pilot, page, "right")
        assert page.snapshot.answers == answers + 1

    workspace = exported("styles")
    path = workspace.exports / "styles.onnx"
    model = onnx.load(path)
    weights = next(one for one in model.graph.initializer if one.name == "w2")
    weights.CopyFrom(numpy_helper.from_array(np.full((64, 1, 4, 4), np.nan, np.float32), "w2"))
    onnx.save(model, path)
    drive(case, workspace)
