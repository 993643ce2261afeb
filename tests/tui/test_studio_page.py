from __future__ import annotations

import asyncio
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from textual.pilot import Pilot

from ganstudio.cli.app import run
from ganstudio.inference import OnnxModel
from ganstudio.inference.explore import FRAMES, at_seed, moved
from ganstudio.inference.sampling import sample
from ganstudio.tui.app import Dashboard
from ganstudio.tui.commands import Outcome
from ganstudio.tui.exploring import Album, Exploring, command, seed_of
from ganstudio.tui.screens.studio import StudioPage
from ganstudio.tui.widgets.mosaic import Mosaic, Sheet, laid_out
from ganstudio.workspace import Workspace
from tests.inference.generators import write_clips, write_generator
from tests.tui.driving import dashboard, press, screen_text, settled, until

PETS = ("cat", "dog", "7")
Studio = tuple[Dashboard, Pilot[None], StudioPage]


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pets.onnx, which has classes, and styles.onnx, which has a truncation and noise."""
    folder = tmp_path_factory.mktemp("models")
    write_generator(folder / "pets.onnx", classes=PETS)
    write_generator(folder / "styles.onnx", psi=True, noise=True)
    write_clips(folder / "clips.onnx")
    return folder


@pytest.fixture
def exported(workspace: Workspace, models: Path) -> Callable[..., Workspace]:
    """A workspace with some of the models, the last one the newest."""

    def give(*names: str) -> Workspace:
        import os

        workspace.exports.mkdir(exist_ok=True)
        for age, name in enumerate(names or ("pets",)):
            path = workspace.exports / f"{name}.onnx"
            shutil.copy(models / path.name, path)
            os.utime(path, (1e9 + age, 1e9 + age))
        return workspace

    return give


@asynccontextmanager
async def studio(workspace: Workspace, **given: Any) -> AsyncIterator[Studio]:
    """The screen with its first picture, or with what it says in place of one."""
    async with dashboard(workspace, **given) as (app, pilot):
        await press(pilot, "5")
        page = app.screen
        assert isinstance(page, StudioPage)
        await until(pilot, lambda: drawn(page) or stage(page).empty)
        await settled(pilot)
        yield app, pilot, page


def drawn(page: StudioPage) -> bool:
    """Whether all that is to be seen was drawn."""
    return bool(page.snapshot.wanted) and all(point in page._album for point in page.snapshot.wanted)


async def keys(pilot: Pilot[None], page: StudioPage, *pressed: str) -> None:
    await pilot.press(*pressed)
    await until(pilot, lambda: drawn(page))
    await settled(pilot)


def stage(page: StudioPage) -> Mosaic:
    return page.query_one("#stage", Mosaic)


def told(app: Dashboard) -> str:
    """What its toasts say."""
    return "\n".join(f"{one.title} {one.message}" for one in app._notifications)


def drive(case: Callable[[Studio], Awaitable[None]], workspace: Workspace, **given: Any) -> None:
    async def go() -> None:
        async with studio(workspace, **given) as opened:
            await case(opened)

    asyncio.run(go())


def footer(page: StudioPage) -> set[str]:
    """The actions that work here and now."""
    return {active.binding.action for active in page.active_bindings.values() if active.enabled}


# what is pressed


def test_the_newest_export_is_open_at_seed_0_as_sample_draws_it(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        app, _, page = opened
        expected = next(sample(OnnxModel.open(app.workspace.exports / "pets.onnx"), [0], [0]))
        np.testing.assert_array_equal(stage(page).pixels, expected)
        for word in ("pets", "seed 0", "class cat", "pair 1", " ms"):
            assert word in screen_text(app)

    drive(case, exported("styles", "pets"))


def test_arrows_and_letters_move_along_the_pair(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        for axis, steps, pressed in (
            *((0, 1, ("right", "l")), (0, -1, ("left", "h")), (1, 1, ("up", "k")), (1, -1, ("down", "j"))),
            *((0, 4, ("shift+right", "L")), (0, -4, ("shift+left", "H"))),
            *((1, 4, ("shift+up", "K")), (1, -4, ("shift+down", "J"))),
        ):
            for key in pressed:
                point, before = page.snapshot.point, stage(page).pixels
                assert point is not None
                await keys(pilot, page, key)
                assert page.snapshot.point == moved(point, 1, axis, steps)
                assert (stage(page).pixels != before).any()

    drive(case, exported())


def test_tab_takes_the_next_pair_of_directions_and_shift_tab_the_one_before(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        await keys(pilot, page, "tab", "tab", "right", "shift+tab", "up", "shift+tab", "shift+tab", "shift+tab")
        assert page.snapshot.point == moved(moved(at_seed(0, 100, 0), 3, 0, 1), 2, 1, 1)
        assert page.snapshot.pair == 1

    drive(case, exported())


def test_seeds_go_one_by_one_and_round(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        await keys(pilot, page, "n", "right", "full_stop", "N")
        assert page.snapshot.point == at_seed(1, 100, 0)
        await keys(pilot, page, "comma", "comma")
        assert page.snapshot.point == at_seed(2**32 - 1, 100, 0)
        await keys(pilot, page, "n")
        assert page.snapshot.point == at_seed(0, 100, 0)

    drive(case, exported())


def test_a_seed_can_be_typed_and_nonsense_is_refused(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        await keys(pilot, page, "s", *"1234", "enter")
        assert page.snapshot.point == at_seed(1234, 100, 0)
        await keys(pilot, page, "s", *"x1", "enter")
        assert "x1 is no seed" in told(app)
        await keys(pilot, page, "s", "escape")
        assert page.snapshot.point == at_seed(1234, 100, 0)

    drive(case, exported())


def test_r_is_a_seed_by_chance_of_the_same_class(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        await keys(pilot, page, "C", "r")
        point = page.snapshot.point
        assert point is not None
        assert point == at_seed(point.seed, 100, 1)
        await keys(pilot, page, "r")
        assert page.snapshot.point != point

    drive(case, exported())


def test_brackets_change_the_truncation_where_there_is_one(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        await keys(pilot, page, *["left_square_bracket"] * 3)
        assert page.snapshot.point == at_seed(0, 100, psi=0.7)
        assert "ψ 0.70" in screen_text(app)
        await keys(pilot, page, "right_square_bracket")
        assert page.snapshot.point == at_seed(0, 100, psi=0.8)
        assert "choose_class" not in footer(page)

    drive(case, exported("styles"))


def test_a_class_is_chosen_by_c_and_the_next_by_capital_c(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        await keys(pilot, page, "c", "down", "enter")
        assert page.snapshot.point == at_seed(0, 100, 1)
        assert "class dog" in screen_text(app)
        await keys(pilot, page, "C", "C", "c", "escape")
        assert page.snapshot.point == at_seed(0, 100, 0)
        await keys(pilot, page, "left_square_bracket")
        assert page.snapshot.point == at_seed(0, 100, 0)

    drive(case, exported())


def test_u_goes_back_step_by_step(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        first = stage(page).pixels
        await keys(pilot, page, "right", "n", "C")
        await keys(pilot, page, "u", "u")
        assert page.snapshot.point == moved(at_seed(0, 100, 0), 1, 0, 1)
        await keys(pilot, page, "u", "u", "u")
        assert page.snapshot.point == at_seed(0, 100, 0)
        assert stage(page).pixels is first  # it was not drawn again

    drive(case, exported())


def test_slots_are_filled_shown_again_and_walked_between(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        assert "walk" not in footer(page)
        await keys(pilot, page, "a", "n", "right", "b", "A")
        first, second = at_seed(0, 100, 0), moved(at_seed(1, 100, 0), 1, 0, 1)
        assert page.snapshot.slots == (first, second)
        assert page.snapshot.point == first
        await keys(pilot, page, "B")
        assert page.snapshot.point == second
        await keys(pilot, page, "i")
        assert page.snapshot.current == first
        assert f"A to B: 1 of {FRAMES}" in screen_text(app)
        await keys(pilot, page, "right", "right", "left", "shift+right")
        assert page.snapshot.current is not None
        assert page.snapshot.current.told == "slerp(0, 1 pair 1 +1 +0, 0.25)"
        await keys(pilot, page, "escape")
        assert page.snapshot.current == second
        await keys(pilot, page, "i", "right", "enter")
        assert page.snapshot.choice is None
        assert page.snapshot.point is not None
        assert page.snapshot.point.told == "slerp(0, 1 pair 1 +1 +0, 0.05)"
        await keys(pilot, page, "u")
        assert page.snapshot.point == second

    drive(case, exported())


@pytest.mark.parametrize(("size", "side"), [((120, 40), 5), ((80, 24), 3)])
def test_g_shows_what_lies_around_and_enter_goes_there(
    exported: Callable[..., Workspace], size: tuple[int, int], side: int
) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        here = page.snapshot.point
        assert here is not None
        await keys(pilot, page, "g")
        assert page.snapshot.choice is not None
        assert (len(page.snapshot.choice.points), page.snapshot.current) == (side**2, here)
        await keys(pilot, page, "right", "up", "up", "up", "up")
        assert page.snapshot.current == moved(moved(here, 1, 0, 3), 1, 1, 3 * (side // 2))
        await keys(pilot, page, "escape")
        assert page.snapshot.current == here
        await keys(pilot, page, "g", "g", "g", "tab", "right", "enter")
        assert page.snapshot.point == moved(here, 2, 0, 3)

    drive(case, exported(), size=size)


def test_w_saves_a_picture_and_a_latent_that_the_command_line_draws_again(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        await keys(pilot, page, "C", "right", "up", "w")
        png, npz = sorted(app.workspace.root.glob("pictures/*"), key=lambda path: path.suffix, reverse=True)
        assert str(png) in told(app)
        again = app.workspace.root / "again.png"
        assert run(["sample", "--latent", str(npz), "--out", str(again)]) == 0
        assert again.read_bytes() == png.read_bytes()

    drive(case, exported())


def test_w_saves_the_marked_picture_of_a_grid(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        await keys(pilot, page, "g", "right", "w", "escape")
        assert len(list(app.workspace.root.glob("pictures/pets-seed0-classcat-*.png"))) == 1

    drive(case, exported())


def test_a_folder_that_takes_no_files_is_told(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        (app.workspace.root / "pictures").write_text("in the way")
        await keys(pilot, page, "w")
        assert "nothing can be written there" in told(app)

    drive(case, exported())


def test_a_plain_point_s_command_is_copied_by_its_seed(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        await keys(pilot, page, "C", "n", "y")
        assert app.clipboard == "ganstudio sample --model pets --seed 1 --class dog"
        assert not (app.workspace.root / "pictures").exists()
        again = app.workspace.root / "again.png"
        assert run([*shlex.split(app.clipboard)[1:], "--out", str(again)]) == 0

    drive(case, exported())


def test_a_moved_point_is_saved_for_its_command(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        await keys(pilot, page, "right", "y")
        (npz,) = app.workspace.root.glob("pictures/*.npz")
        assert app.clipboard == f"ganstudio sample --latent {npz}"

    drive(case, exported())


def test_readonly_saves_nothing(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        assert "save" not in footer(page)
        await keys(pilot, page, "right", "w", "y")
        assert "--readonly saves none" in told(app)
        assert not (app.workspace.root / "pictures").exists()

    drive(case, exported(), readonly=True)


# which model


def test_m_opens_another_model_at_the_same_latent(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        await keys(pilot, page, "n", "right", "a", "m", "down", "enter")
        assert page.snapshot.export is not None
        assert page.snapshot.export.name == "styles"
        there = moved(at_seed(1, 100), 1, 0, 1)
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
        await until(pilot, lambda: drawn(page))
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
        await until(pilot, lambda: drawn(page))
        assert page.snapshot.export is not None
        assert page.snapshot.export.manifest.classes == ("only",)
        assert page.snapshot.point == moved(at_seed(0, 100, 0), 1, 0, 1)

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
        app.chosen = "digits"
        await press(pilot, "e")
        await until(pilot, lambda: drawn(page))
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
        assert "No model is open" in told(app)

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


# how it is drawn


def test_keys_that_are_held_do_not_line_up(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        before = page.snapshot.answers
        for _ in range(40):
            page.action_move(1, 0)  # as if no time went by between them
        await until(pilot, lambda: drawn(page))
        assert page.snapshot.point == moved(at_seed(0, 100, 0), 1, 0, 40)
        assert page.snapshot.answers - before <= 2
        assert stage(page).pixels is page._album.get(page.snapshot.point)

    drive(case, exported())


def test_a_key_paints_nothing_but_what_it_changes(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        await keys(pilot, page, "a", "b", "right")
        slots = [page.query_one(f"#slot{number}", Mosaic) for number in (0, 1)]
        strips = [slot._strips for slot in slots]
        await keys(pilot, page, "right", "n")
        assert [slot._strips for slot in slots] == strips
        assert all(now is before for now, before in zip([slot._strips for slot in slots], strips, strict=True))

    drive(case, exported())


def test_a_clip_s_frames_are_all_shown(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        assert len(stage(page)._sheet.tiles) == 16
        await keys(pilot, page, "right", "a", "g", "escape", "w")

    drive(case, exported("clips"))


@pytest.mark.parametrize(("size", "theme"), [((20, 5), "dark"), ((1, 1), "light"), ((200, 60), "light")])
def test_no_size_is_too_small(exported: Callable[..., Workspace], size: tuple[int, int], theme: str) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        await keys(pilot, page, "right", "a", "n", "b", "i", "right", "escape", "g", "right", "enter")
        await pilot.resize_terminal(60, 15)
        await settled(pilot)

    drive(case, exported(), size=size, theme=theme)


def test_a_terminal_of_few_colours_is_told_so(
    exported: Callable[..., Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def case(opened: Studio) -> None:
        app, _, _ = opened
        assert "Pictures need 256 colours" in screen_text(app)

    drive(case, exported())


def test_studio_imports_no_torch(exported: Callable[..., Workspace]) -> None:
    workspace = exported()
    program = (
        "import sys, ganstudio.tui.screens.studio; from pathlib import Path; from ganstudio.inference import OnnxModel;"
        "assert 'numpy' not in sys.modules and 'onnxruntime' not in sys.modules;"
        "from ganstudio.inference.explore import at_seed; from ganstudio.inference.saved import keep;"
        "keep(Path(sys.argv[1]), OnnxModel.open(sys.argv[2]), at_seed(1, 100, 0));"
        "print([name for name in ('torch', 'onnx', 'ganstudio.engine', 'ganstudio.cli') if name in sys.modules])"
    )
    given = [str(workspace.root / "pictures"), str(workspace.exports / "pets.onnx")]
    done = subprocess.run([sys.executable, "-c", program, *given], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# what is behind it


def test_an_album_keeps_the_last_pictures_and_many_where_they_are_small() -> None:
    album = Album(least=2, room=100)
    points = [at_seed(seed, 4) for seed in range(5)]
    for point in points:
        album.put(point, np.zeros((4, 4, 3), np.uint8))
    assert [point in album for point in points] == [False, False, False, True, True]
    album = Album(least=2, room=1000)
    for point in points:
        album.put(point, np.zeros((4, 4, 3), np.uint8))
    assert all(point in album for point in points)
    album.put(points[0], None)
    assert points[0] in album
    assert album.get(points[0]) is None


def test_going_nowhere_leaves_no_step_to_undo() -> None:
    here = at_seed(1, 8)
    seen = Exploring(point=here)
    assert seen.gone_to(here) == seen
    assert seen.gone_to(at_seed(2, 8)).undone() == seen
    assert seen.undone() == seen
    assert Exploring().walking() == Exploring().gridded(3) == Exploring()


@pytest.mark.parametrize("text", ["", "-1", "1-2", "1,2", "4294967296", "9" * 5000, "1.5", "a"])
def test_what_is_no_seed_is_refused(text: str) -> None:
    from ganstudio.errors import UsageError

    with pytest.raises(UsageError, match="is no seed"):
        seed_of(text)


def test_a_seed_may_have_spaces_around_it() -> None:
    assert seed_of(" 42 ") == 42


def test_a_command_tells_class_and_truncation(models: Path) -> None:
    from ganstudio.inference.exports import Export

    pets, styles = (Export.load(models / f"{name}.onnx") for name in ("pets", "styles"))
    assert command(pets, at_seed(3, 100, 2))[-2:] == ["--class", "7"]
    assert command(styles, at_seed(3, 100, psi=0.5))[-2:] == ["--psi", "0.5"]


GROUND, MARK = (1, 2, 3), (9, 8, 7)


def tile(grey: int) -> Any:
    return np.full((8, 8, 1), grey, np.uint8)


def test_a_sheet_marks_one_tile_and_leaves_ground_between_them() -> None:
    page = laid_out(Sheet((tile(50), tile(60), None, tile(70)), 3, 2), 24, 24, GROUND, MARK)
    assert page.shape == (22, 22, 3)  # two tiles of 8 with 2 around each
    assert (page[2:10, 2:10] == 50).all()
    assert (page[2:10, 12:20] == 60).all()
    assert (page[12:20, 2:10] == GROUND).all()
    assert (page[12:20, 12:20] == 70).all()
    assert (page[11, 11:21] == MARK).all()
    assert (page[10] == GROUND).all()


def test_of_many_tiles_those_around_the_marked_one_are_shown() -> None:
    tiles = tuple(tile(number) for number in range(30))
    for marked, first in ((0, 0), (15, 11), (29, 22)):
        page = laid_out(Sheet(tiles, marked, sides=(8,)), 42, 22, GROUND, MARK)
        assert page.shape == (22, 42, 3)  # four by two of them
        assert page[2, 2, 0] == first


def test_a_sheet_without_room_shows_the_marked_tile() -> None:
    page = laid_out(Sheet((tile(50), tile(60)), 1, 2), 3, 3, GROUND, MARK)
    assert (page == 60).all()
