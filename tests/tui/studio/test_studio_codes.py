"""The keys of the screen Studio that set a model's codes."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import numpy as np

from ganstudio.cli.app import run
from ganstudio.inference.codes import laid_out, value_of
from ganstudio.inference.explore import Point, at_seed, step_point, with_code
from ganstudio.workspace import Workspace
from tests.tui.driving import press, screen_text
from tests.tui.studio.studio_pilot import Studio, drive, footer, keys, stage

CATEGORY, FIRST, SECOND = laid_out([4], 2)
CODE_KEYS = {"choose_slider", "step_slider(-1)", "step_slider(1)", "next_slider"}


def values(point: Point | None) -> list[float]:
    assert point is not None
    return [round(value_of(point.latent(), code), 3) for code in (CATEGORY, FIRST, SECOND)]


def test_d_chooses_a_code_and_the_value_of_a_category(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        before, free = stage(page).pixels, values(page.snapshot.point)
        assert f"▸ category_1 {free[0]:.0f}" in screen_text(app)
        await press(pilot, "d", "enter")
        assert "Which value of category_1?" in screen_text(app)
        await press(pilot, "g", "escape")
        await press(pilot, "d", "enter", "home", "down", "down", "enter")
        assert page.snapshot.point == with_code(at_seed(0, 100), CATEGORY, 2)
        assert values(page.snapshot.point) == [2, *free[1:]]
        await keys(pilot, page)
        assert (stage(page).pixels != before).any()
        assert "category_1 2 · pair 1" in screen_text(app)

    drive(case, exported("coded"))


def test_plus_and_minus_step_the_marked_code_a_number_by_tenths_and_a_category_round(
    exported: Callable[..., Workspace],
) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        category, first, _ = values(page.snapshot.point)
        await keys(pilot, page, "minus", "minus", "minus", "minus")
        assert values(page.snapshot.point)[0] == category
        await press(pilot, "d", "down", "enter")  # a number: there is nothing more to choose
        assert "▸ number_1" in screen_text(app)
        await keys(pilot, page, "minus")
        assert values(page.snapshot.point)[1] == round(first - 0.1, 1)
        await keys(pilot, page, *["equals_sign"] * 3)
        assert values(page.snapshot.point)[1] > 0.99
        await keys(pilot, page, "D", "minus")
        assert [code.name for code, _ in page.snapshot.point.codes] == ["category_1", "number_1", "number_2"]
        await press(pilot, "d", "end", "enter")  # none
        assert page.snapshot.point == at_seed(0, 100)

    drive(case, exported("coded"))


def test_a_code_stays_along_steps_seeds_and_grids_and_undo_takes_it_back(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        await keys(pilot, page, "plus", "n", "right")
        [(code, value)] = page.snapshot.point.codes
        assert page.snapshot.point == with_code(step_point(at_seed(1, 100), 1, 0, 1), code, value)
        await keys(pilot, page, "g")
        assert {values(point)[0] for point in page.snapshot.choice.points} == {value}
        await keys(pilot, page, "escape", "u", "u", "u")
        assert page.snapshot.point == at_seed(0, 100)

    drive(case, exported("coded"))


def test_y_copies_a_command_that_sets_the_codes_and_draws_the_same_picture(exported: Callable[..., Workspace]) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        await keys(pilot, page, "plus", "D", "plus", "y")
        copied = app.clipboard
        shown = page._cache.get(page.snapshot.point)
        (_, value), (_, number) = page.snapshot.point.codes
        assert f"--code category_1={value:g} --code number_1={number:g}" in copied
        out = app.workspace.root / "drawn.png"
        words = [*shlex.split(copied)[1:], "--out", str(out)]
        assert run(["--workspace", str(app.workspace.root), *words]) == 0
        from PIL import Image

        np.testing.assert_array_equal(np.asarray(Image.open(out)), shown.squeeze(-1))

    drive(case, exported("coded"))


def test_another_model_keeps_the_codes_that_it_has_and_one_without_offers_no_keys(
    exported: Callable[..., Workspace],
) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        assert footer(page) >= CODE_KEYS
        await keys(pilot, page, "plus", "m", "down", "enter")
        assert page.snapshot.export.name == "styles"
        assert page.snapshot.point == at_seed(0, 100)
        assert not footer(page) & CODE_KEYS
        assert "category_1" not in screen_text(app)

    drive(case, exported("styles", "coded"))
