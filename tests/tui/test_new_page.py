"""Screen 3 by its keys. Options were described by the real worker, once; dry runs and a start are real."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from ganstudio.runs import store
from ganstudio.tui.app import Dashboard
from ganstudio.tui.describing import describe
from ganstudio.tui.drafting import Draft
from ganstudio.tui.screens.asking import Choose, Report
from ganstudio.tui.screens.filling import Form
from ganstudio.tui.screens.new import NewPage
from ganstudio.tui.widgets.editor import Editor
from ganstudio.tui.widgets.table import Table
from ganstudio.workspace import Workspace, state_home
from tests.tui.driving import dashboard, press, screen_text, settled, until

Drive = Callable[[Dashboard, Pilot[None], NewPage], Awaitable[None]]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the worker says of the architectures that ship."""
    home = tmp_path_factory.mktemp("described")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANSTUDIO_STATE", str(home))
        for name in ("dcgan", "mlp"):
            describe(name)
    return home / "describe"


@pytest.fixture(autouse=True)
def described(answers: Path) -> None:
    shutil.copytree(answers, state_home() / "describe")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of forty pictures of noise, 32 x 32 pixels."""
    import numpy as np
    from PIL import Image

    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(40):
        pixels = np.random.RandomState(number).randint(0, 256, (32, 32, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:02}.png")
    return folder


def drive(workspace: Workspace, steps: Drive, *keys: str, size: tuple[int, int] = (120, 40), **given: Any) -> None:
    """Runs `steps` on the screen once it has a draft with described options."""

    async def go() -> None:
        async with dashboard(workspace, size, **given) as (app, pilot):
            await press(pilot, *(keys or ("3",)))
            page = app.screen
            assert isinstance(page, NewPage)
            await until(pilot, lambda: page.snapshot.draft is not None and page.snapshot.draft.options is not None)
            await settled(pilot)
            await steps(app, pilot, page)

    asyncio.run(go())


def draft_of(page: NewPage) -> Draft:
    assert page.snapshot.draft is not None
    return page.snapshot.draft


def value(page: NewPage, key: str) -> Any:
    knob = draft_of(page).knob(key)
    assert knob is not None, key
    return knob.value(draft_of(page).table)


async def at(pilot: Pilot[None], page: NewPage, key: str) -> None:
    """The cursor on a knob."""
    page.query_one(Table).select(key)
    await settled(pilot)
    assert page.query_one(Table).key == key


async def pick(app: Dashboard, pilot: Pilot[None], key: str) -> None:
    """Chooses an option of the question that is asked."""
    assert isinstance(app.screen, Choose)
    options = app.screen.query_one(OptionList)
    options.highlighted = options.get_option_index(key)
    await press(pilot, "enter")


async def fill(app: Dashboard, pilot: Pilot[None], path: Path) -> None:
    """A path, in the line that has the focus, all at once as if pasted."""
    assert isinstance(app.focused, Input)
    app.focused.value = str(path)
    await press(pilot, "enter")


def offered(app: Dashboard) -> list[str | None]:
    return [option.id for option in app.screen.query_one(OptionList).options]


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
        await at(pilot, page, "training.batch")
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
        await at(pilot, page, "run.name")
        await press(pilot, "enter", *"fine", "escape")
        assert (page.query_one(Editor).open, value(page, "run.name")) == (False, "")
        assert app.focused is page.query_one(Table)

    drive(workspace, steps)


def test_while_a_value_is_typed_no_key_acts(workspace: Workspace) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await at(pilot, page, "run.name")
        await press(pilot, "enter", *"Rtyb", "ctrl+r", "ctrl+t", "ctrl+o", "enter")
        assert value(page, "run.name") == "Rtyb"
        assert len(app.screen_stack) == 1
        assert not store.list_runs(workspace)

    drive(workspace, steps)


def test_what_is_one_of_a_few_is_chosen_and_what_is_on_or_off_is_turned(workspace: Workspace) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await at(pilot, page, "objective.kind")
        await press(pilot, "enter")
        await pick(app, pilot, "hinge")
        assert value(page, "objective.kind") == "hinge"
        await at(pilot, page, "data.mirror")
        await press(pilot, "enter")
        assert value(page, "data.mirror") is True
        await at(pilot, page, "augmentation")
        await press(pilot, "enter")
        assert "augmentation.policy" in page.query_one(Table).keys
        text = screen_text(app)
        assert "objective.kind hinge ← non_saturating" in text
        assert "augmentation on ← off" in text

    drive(workspace, steps)


def test_data_device_and_architecture_are_chosen_among_what_there_is(workspace: Workspace, photos: Path) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await at(pilot, page, "run.data")
        await press(pilot, "enter")
        assert {"mnist", "kmnist"} <= set(offered(app))
        await pick(app, pilot, "…")
        assert isinstance(app.screen, Form)
        await press(pilot, *"nowhere", "enter")
        assert "no such folder" in screen_text(app)
        await fill(app, pilot, photos)
        assert value(page, "run.data") == str(photos)
        await at(pilot, page, "run.device")
        await press(pilot, "enter")
        assert offered(app)[:2] == ["auto", "cpu"]
        await pick(app, pilot, "cpu")
        await at(pilot, page, "architecture.id")
        await press(pilot, "enter")
        await pick(app, pilot, "mlp")
        await until(pilot, lambda: draft_of(page).options is not None)
        assert draft_of(page).knob("architecture.channels") is None
        assert "--device cpu" in screen_text(app)

    drive(workspace, steps)


@pytest.mark.parametrize("key", ["d", "backspace"])
def test_a_knob_is_set_back_to_what_it_began_as(workspace: Workspace, key: str) -> None:
    async def steps(_: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await at(pilot, page, "run.seed")
        await press(pilot, "enter", "5", "enter")
        assert value(page, "run.seed") == 5
        await press(pilot, key)
        assert value(page, "run.seed") == 0

    drive(workspace, steps)


def test_every_knob_is_set_back_at_once(workspace: Workspace) -> None:
    async def steps(_: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        for key in ("data.mirror", "growth", "regularizers.r1"):
            await at(pilot, page, key)
            await press(pilot, "enter")
        assert len(draft_of(page).differences) == 3
        await press(pilot, "D")
        assert draft_of(page).differences == []

    drive(workspace, steps)


@pytest.mark.parametrize(("add", "remove"), [("plus", "minus"), ("equals_sign", "delete")])
def test_parts_are_added_and_taken_away(workspace: Workspace, add: str, remove: str) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await press(pilot, add)
        assert {"regularizers.r1", "augmentation", "growth"} <= set(offered(app))
        await pick(app, pilot, "regularizers.r1")
        assert page.query_one(Table).key == "regularizers.r1"
        await at(pilot, page, "regularizers.r1.gamma")
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
        assert table.key == "architecture.id"
        await press(pilot, "k")
        assert table.key == "task"
        await press(pilot, "j", "left_square_bracket")
        assert table.key == "run.from"
        await press(pilot, "G")
        assert table.key == "evaluation.probe_kimg"
        seen = set()
        for _ in range(len(table.keys)):
            seen.add(table.key)
            table.action_move(-1)
        assert not [key for key in seen if key and key.startswith("§")]

    drive(workspace, steps)


@pytest.mark.parametrize("key", ["b", "ctrl+o", "enter"])
def test_it_begins_with_another_preset(workspace: Workspace, key: str) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await press(pilot, "g", key)
        await pick(app, pilot, "preset")
        await pick(app, pilot, "wgan-gp")
        assert draft_of(page).start.label == "preset wgan-gp"
        assert value(page, "regularizers.gradient_penalty") is True
        assert "against preset wgan-gp" in screen_text(app)

    drive(workspace, steps)


def test_it_begins_with_a_run_as_a_fork_from_any_checkpoint_or_as_a_clone(recorded: Workspace) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await press(pilot, "b")
        await pick(app, pilot, "run")
        await pick(app, pilot, "digits")
        await pick(app, pilot, "at")
        await pick(app, pilot, "digits@6.016")
        assert "$ ganstudio runs fork digits@6.016" in screen_text(app)
        await press(pilot, "b")
        await pick(app, pilot, "clone")
        assert "against digits" in screen_text(app)
        assert page.snapshot.command[:4] == ("train", "dcgan", "--data", "mnist")
        await press(pilot, "b")
        await pick(app, pilot, "fork")
        assert draft_of(page).start.given == "digits"
        assert "digits@24 has trained 24 kimg" in draft_of(page).problems["training.kimg"]
        assert "✗ training.kimg" in screen_text(app)
        await at(pilot, page, "training.kimg")
        await press(pilot, "enter", *"48", "enter")
        assert page.snapshot.command == ("runs", "fork", "digits", "--kimg", "48")

    drive(recorded, steps)


def test_it_begins_with_a_file_of_the_user_s_own(workspace: Workspace, tmp_path: Path) -> None:
    witness = Path(__file__).parents[1] / "engine" / "witnesses" / "relativistic_pair.py"
    file = Path(shutil.copy(witness, tmp_path / "mine.py"))

    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await press(pilot, "b")
        await pick(app, pilot, "file")
        await press(pilot, *"x", "enter")
        assert "is not a Python file" in screen_text(app)
        await fill(app, pilot, file)
        await until(pilot, lambda: draft_of(page).start.how == "file" and draft_of(page).options)
        assert page.snapshot.command == ("train", str(file), "--data", "mnist")
        await at(pilot, page, "architecture.id")
        await press(pilot, "enter")
        assert len(app.screen_stack) == 1  # its networks are the file's

    drive(workspace, steps)


def test_fork_on_the_screen_of_runs_begins_a_fork(recorded: Workspace) -> None:
    async def steps(_: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        assert draft_of(page).start.how == "fork"
        assert page.studio.parent_of_new is None

    drive(recorded, steps, "f")


def test_a_draft_is_kept_while_other_screens_are_looked_at(recorded: Workspace) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await at(pilot, page, "data.mirror")
        await press(pilot, "enter", "1", "3")
        assert app.screen is page
        assert value(page, "data.mirror") is True

    drive(recorded, steps)


def test_a_parent_that_cannot_be_is_told_and_there_is_a_draft_all_the_same(recorded: Workspace) -> None:
    async def go() -> None:
        async with dashboard(recorded) as (app, pilot):
            app.new_run("digits@99")
            await settled(pilot)
            page = app.screen
            assert isinstance(page, NewPage)
            await until(pilot, lambda: page.snapshot.draft is not None)
            await settled(pilot)
            assert "no checkpoint at 99 kimg" in screen_text(app)
            assert draft_of(page).start.how == "preset"
            await press(pilot, "escape")
            assert "no checkpoint at 99" not in screen_text(app)

    asyncio.run(go())


def test_a_run_of_a_later_version_is_told_of_and_cannot_be_forked(recorded: Workspace) -> None:
    file = recorded.runs / "digits" / "run.json"
    table = json.loads(file.read_text())
    table["recipe"]["training"]["warp"] = 9
    file.write_text(json.dumps(table))

    async def go() -> None:
        async with dashboard(recorded) as (app, pilot):
            app.new_run("digits")
            await settled(pilot)
            await until(pilot, lambda: "training.warp: unknown key" in screen_text(app))
            assert app.screen.check_action("start", ()) is False

    asyncio.run(go())


def test_y_copies_the_command_line(workspace: Workspace) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await at(pilot, page, "objective.kind")
        await press(pilot, "enter")
        await pick(app, pilot, "hinge")
        await press(pilot, "y")
        assert app.clipboard == "ganstudio train dcgan --data mnist --set 'objective={kind=\"hinge\"}'"

    drive(workspace, steps)


def test_help_lists_the_keys(workspace: Workspace) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], _: NewPage) -> None:
        await press(pilot, "question_mark")
        assert isinstance(app.screen, Report)
        assert "start the run" in screen_text(app)

    drive(workspace, steps)


def test_nothing_starts_or_is_tried_where_something_is_wrong(workspace: Workspace) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await at(pilot, page, "training.micro_batch")
        await press(pilot, "enter", *"16", "enter")
        await at(pilot, page, "training.batch")
        await press(pilot, "enter", *"100")
        assert "! training.micro_batch: must divide the batch of 100" in screen_text(app)
        await press(pilot, "enter", "R", "t", "y")
        assert "must divide the batch of 100" in screen_text(app)
        assert not page.snapshot.starting
        assert page.snapshot.trial.doing == ""
        assert not store.list_runs(workspace)

    drive(workspace, steps)


def test_readonly_starts_nothing(workspace: Workspace) -> None:
    async def steps(_: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await press(pilot, "R", "ctrl+r", "t", "ctrl+t")
        assert not page.snapshot.starting
        assert page.snapshot.trial.doing == ""

    drive(workspace, steps, readonly=True)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [(20, 5), (80, 24), (100, 30), (200, 60)])
def test_it_can_be_used_at_any_size(recorded: Workspace, size: tuple[int, int], theme: str) -> None:
    async def steps(_: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await at(pilot, page, "run.seed")
        await press(pilot, "enter", "5", "enter", "slash", "l", "r", "enter", "escape", "b", "escape")
        assert value(page, "run.seed") == 5

    drive(recorded, steps, size=size, theme=theme)


async def _small(pilot: Pilot[None], page: NewPage, photos: Path) -> None:
    """The smallest run there is: two perceptrons, eight images a step."""
    page.begin_with("preset", "gan")
    await until(pilot, lambda: draft_of(page).start.given == "gan" and draft_of(page).options)
    for key, text in (
        ("run.data", str(photos)),
        ("training.batch", 8),
        ("training.kimg", 0.064),
        ("run.device", "cpu"),
    ):
        knob = draft_of(page).knob(key)
        assert knob is not None
        page._put(knob, text)
    await settled(pilot)


def test_a_dry_run_tells_what_a_run_needs_until_the_draft_is_another(workspace: Workspace, photos: Path) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await _small(pilot, page, photos)
        await pilot.press("ctrl+t")
        await pilot.press("escape")
        await pilot.pause()
        assert page.snapshot.trial.doing == ""  # it was stopped
        await pilot.press("t")
        await until(pilot, lambda: page.snapshot.trial.answer or page.snapshot.trial.error)
        assert page.snapshot.trial.error == ""
        text = screen_text(app)
        for said in ("a step", "img/s", "memory", "disk", "generator", "critic"):
            assert said in text
        assert "of before the last change" not in text
        await at(pilot, page, "run.seed")
        await press(pilot, "enter", "5", "enter")
        assert "of before the last change" in screen_text(app)
        assert not store.list_runs(workspace)

    drive(workspace, steps)


def test_a_run_starts_and_is_opened(workspace: Workspace, photos: Path) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await _small(pilot, page, photos)
        await at(pilot, page, "run.name")
        await press(pilot, "enter", *"tiny", "enter")
        assert page.active_bindings["R"].binding.action == page.active_bindings["ctrl+r"].binding.action
        await pilot.press("R")
        await until(pilot, lambda: app.current_mode == "run")
        assert app.chosen == "tiny"
        # its name is taken now, and the next one needs another
        assert value(page, "run.name") == ""
        await until(pilot, lambda: store.find(workspace, "tiny").status in ("finished", "failed"))

    drive(workspace, steps)
    run = store.find(workspace, "tiny")
    assert (run.status, run.state.nimg, run.record.preset) == ("finished", 64, "gan")


def test_what_kept_a_run_from_starting_stays_on_the_screen(workspace: Workspace, photos: Path) -> None:
    async def steps(app: Dashboard, pilot: Pilot[None], page: NewPage) -> None:
        await _small(pilot, page, photos)
        shutil.rmtree(photos)
        await pilot.press("R")
        await until(pilot, lambda: page.snapshot.failed)
        assert app.screen is page
        assert "neither a data set nor a path" in str(page.query_one("#note", Static).render())
        assert not page.snapshot.starting

    drive(workspace, steps)
