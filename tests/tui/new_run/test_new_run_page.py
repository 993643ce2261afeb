"""Screen 3 by its keys. Options were described by the real worker, once; dry runs and a start are real."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from ganstudio.runs import store
from ganstudio.tui.app import Dashboard
from ganstudio.tui.dialogs.form import Form
from ganstudio.tui.new_run.page import NewPage
from ganstudio.tui.widgets.editor import Editor
from ganstudio.tui.widgets.table import Table
from ganstudio.workspace import Workspace
from tests.tui.driving import press, screen_text, until
from tests.tui.new_run.new_run_pilot import draft_of, drive, fill, move_to, option_ids, pick, value

pytestmark = pytest.mark.usefixtures("described")


def test_it_opens_on_the_list_of_knobs_and_digits_switch_screens(workspace: Workspace) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        assert app.focused is page.query_one(Table)
        keys = page.query_one(Table).keys
        assert {"run.data", "training.kimg", "architecture.z_dim", "objective.kind", "training.batch"} <= set(keys)
        await press(pilot, "1")
        assert app.current_mode == "runs"

    drive(workspace, steps)


def test_enter_edits_and_takes_only_what_is_legal(workspace: Workspace) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await move_to(pilot, page, "training.batch")
        await press(pilot, "enter", "0")
        assert app.current_mode == "new"
        assert "greater than 0" in screen_text(app)
        await press(pilot, "enter")
        assert (page.query_one(Editor).open, value(page, "training.batch")) == (True, 64)
        await press(pilot, "backspace", *"32", "enter")
        assert (page.query_one(Editor).open, value(page, "training.batch")) == (False, 32)
        assert app.focused is page.query_one(Table)
        assert "--set training.batch=32" in screen_text(app)

    drive(workspace, steps)


def test_escape_leaves_what_was_edited_as_it_was(workspace: Workspace) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await move_to(pilot, page, "run.name")
        await press(pilot, "enter", *"fine", "escape")
        assert (page.query_one(Editor).open, value(page, "run.name")) == (False, "")
        assert app.focused is page.query_one(Table)

    drive(workspace, steps)


def test_while_a_value_is_typed_no_key_acts(workspace: Workspace) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await move_to(pilot, page, "run.name")
        await press(pilot, "enter", *"Rtyb", "ctrl+r", "ctrl+t", "ctrl+o", "enter")
        assert value(page, "run.name") == "Rtyb"
        assert len(app.screen_stack) == 1
        assert not store.list_runs(workspace)

    drive(workspace, steps)


def test_what_is_one_of_a_few_is_chosen_and_what_is_on_or_off_is_turned(workspace: Workspace) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await move_to(pilot, page, "objective.kind")
        await press(pilot, "enter")
        await pick(app, pilot, "hinge")
        assert value(page, "objective.kind") == "hinge"
        await move_to(pilot, page, "data.mirror")
        await press(pilot, "enter")
        assert value(page, "data.mirror") is True
        await move_to(pilot, page, "augmentation")
        await press(pilot, "enter")
        assert "augmentation.policy" in page.query_one(Table).keys
        text = screen_text(app)
        assert "objective.kind hinge ← non_saturating" in text
        assert "augmentation on ← off" in text

    drive(workspace, steps)


def test_data_device_and_architecture_are_chosen_among_what_there_is(workspace: Workspace, photos: Path) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await move_to(pilot, page, "run.data")
        await press(pilot, "enter")
        assert {"mnist", "kmnist"} <= set(option_ids(app))
        await pick(app, pilot, "…")
        assert isinstance(app.screen, Form)
        await press(pilot, *"nowhere", "enter")
        assert "There is no 'nowhere' in" in screen_text(app)
        await fill(app, pilot, photos)
        assert value(page, "run.data") == str(photos)
        await move_to(pilot, page, "run.device")
        await press(pilot, "enter")
        assert option_ids(app)[:2] == ["auto", "cpu"]
        await pick(app, pilot, "cpu")
        await move_to(pilot, page, "architecture.id")
        await press(pilot, "enter")
        await pick(app, pilot, "mlp")
        await until(pilot, lambda: draft_of(page).options is not None)
        assert draft_of(page).knob("architecture.channels") is None
        assert "--device cpu" in screen_text(app)

    drive(workspace, steps)


@pytest.mark.parametrize("key", ["d", "backspace"])
def test_a_knob_is_set_back_to_what_it_began_as(workspace: Workspace, key: str) -> None:
    async def steps(_: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await move_to(pilot, page, "run.seed")
        await press(pilot, "enter", "5", "enter")
        assert value(page, "run.seed") == 5
        await press(pilot, key)
        assert value(page, "run.seed") == 0

    drive(workspace, steps)


def test_every_knob_is_set_back_at_once(workspace: Workspace) -> None:
    async def steps(_: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        for key in ("data.mirror", "growth", "regularizers.r1"):
            await move_to(pilot, page, key)
            await press(pilot, "enter")
        assert len(draft_of(page).differences) == 3
        await press(pilot, "D")
        assert draft_of(page).differences == []

    drive(workspace, steps)


@pytest.mark.parametrize(("add", "remove"), [("plus", "minus"), ("equals_sign", "delete")])
def test_parts_are_added_and_taken_away(workspace: Workspace, add: str, remove: str) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await press(pilot, add)
        assert {"regularizers.r1", "augmentation", "growth"} <= set(option_ids(app))
        await pick(app, pilot, "regularizers.r1")
        assert page.query_one(Table).key == "regularizers.r1"
        await move_to(pilot, page, "regularizers.r1.gamma")
        await press(pilot, remove)
        assert value(page, "regularizers.r1") is False
        assert page.query_one(Table).key == "regularizers.r1"

    drive(workspace, steps)


def test_the_filter_leaves_knobs_with_these_words_and_escape_takes_it_back(workspace: Workspace) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        every = page.query_one(Table).keys
        await press(pilot, "slash", *"learning rate", "enter")
        assert [key for key in page.query_one(Table).keys if "§" not in key] == [
            "generator_optimizer.lr",
            "discriminator_optimizer.lr",
        ]
        assert app.focused is page.query_one(Table)
        await press(pilot, "slash", "x")
        assert "No knob is like that" in screen_text(app)
        await press(pilot, "escape")
        assert page.query_one(Table).keys == every

    drive(workspace, steps)


def test_the_cursor_passes_over_headings_and_jumps_from_section_to_section(workspace: Workspace) -> None:
    async def steps(_: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        table = page.query_one(Table)
        await press(pilot, "g")
        assert table.key == "run.from"
        await press(pilot, "k")
        assert table.key == "run.from"
        await press(pilot, "right_square_bracket")
        assert table.key == "task.kind"
        await press(pilot, "right_square_bracket")
        assert table.key == "architecture.id"
        await press(pilot, "k")
        assert table.key == "task.style_mixing"
        await press(pilot, "j", "left_square_bracket", "left_square_bracket")
        assert table.key == "run.from"
        await press(pilot, "G")
        assert table.key == "evaluation.probe_kimg"
        seen = set()
        for _ in range(len(table.keys)):
            seen.add(table.key)
            table.action_move(-1)
        assert not [key for key in seen if key and key.startswith("§")]

    drive(workspace, steps)
