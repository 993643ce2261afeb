from __future__ import annotations

import shlex
from collections.abc import Callable

import numpy as np
import pytest

from ganstudio.cli.app import run
from ganstudio.inference import OnnxModel
from ganstudio.inference.explore import FRAMES, at_seed, step_point
from ganstudio.inference.sampling import sample
from ganstudio.workspace import Workspace
from tests.tui.driving import screen_text, told
from tests.tui.studio.in_studio import Studio, drive, footer, keys, stage


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
                assert page.snapshot.point == step_point(point, 1, axis, steps)
                assert (stage(page).pixels != before).any()

    drive(case, exported())


def test_tab_takes_the_next_pair_of_directions_and_shift_tab_the_one_before(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        await keys(pilot, page, "tab", "tab", "right", "shift+tab", "up", "shift+tab", "shift+tab", "shift+tab")
        assert page.snapshot.point == step_point(step_point(at_seed(0, 100, 0), 3, 0, 1), 2, 1, 1)
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
        assert "x1 is no seed" in screen_text(app)  # under the line, which stays
        await keys(pilot, page, "home", "delete", "enter")
        assert page.snapshot.point == at_seed(1, 100, 0)
        await keys(pilot, page, "s", *"7", "escape")
        assert page.snapshot.point == at_seed(1, 100, 0)

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
        assert page.snapshot.point == step_point(at_seed(0, 100, 0), 1, 0, 1)
        await keys(pilot, page, "u", "u", "u")
        assert page.snapshot.point == at_seed(0, 100, 0)
        assert stage(page).pixels is first  # it was not drawn again

    drive(case, exported())


def test_slots_are_filled_shown_again_and_walked_between(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        assert "walk" not in footer(page)
        await keys(pilot, page, "a", "n", "right", "b", "A")
        first, second = at_seed(0, 100, 0), step_point(at_seed(1, 100, 0), 1, 0, 1)
        assert page.snapshot.slots == (first, second)
        assert page.snapshot.point == first
        await keys(pilot, page, "B")
        assert page.snapshot.point == second
        await keys(pilot, page, "i")
        assert page.snapshot.current == first
        assert f"A to B: 1 of {FRAMES}" in screen_text(app)
        await keys(pilot, page, "right", "right", "left", "shift+right")
        assert page.snapshot.current is not None
        assert page.snapshot.current.origin_text == "slerp(0, 1 pair 1 +1 +0, 0.25)"
        await keys(pilot, page, "escape")
        assert page.snapshot.current == second
        await keys(pilot, page, "i", "right", "enter")
        assert page.snapshot.choice is None
        assert page.snapshot.point is not None
        assert page.snapshot.point.origin_text == "slerp(0, 1 pair 1 +1 +0, 0.05)"
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
        assert page.snapshot.current == step_point(step_point(here, 1, 0, 3), 1, 1, 3 * (side // 2))
        await keys(pilot, page, "escape")
        assert page.snapshot.current == here
        await keys(pilot, page, "g", "g", "g", "tab", "right", "enter")
        assert page.snapshot.point == step_point(here, 2, 0, 3)

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
