"""Studio, of a model that paints pictures in styles."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from ganstudio.cli.app import run
from ganstudio.inference.images.answer import Paint
from ganstudio.tui.studio.images.page import ImagesPage
from ganstudio.tui.studio.images.view import Comparison
from ganstudio.workspace import Workspace
from tests.inference.style.networks import write_stylizer
from tests.tui.driving import press, screen_text, until
from tests.tui.studio.images.images_pilot import Studio, answered, drive, footer, made, noise, save


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return save(tmp_path / "in" / "photo.png", noise(40, 60))


@pytest.fixture
def painter(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model with two saved styles, a dark and a bright one."""
    path = write_stylizer(workspace.exports / "paint.onnx")
    monkeypatch.setenv("GANSTUDIO_WORKSPACE", str(workspace.root))
    for name, low in (("dark", 0), ("bright", 200)):
        picture = save(tmp_path / "styles" / f"{name}.png", noise(32, 32) // 5 + np.uint8(low))
        assert run(["styles", "add", name, str(picture), "--model", "paint"]) == 0
    return path


async def painted(pilot: Pilot[None], page: ImagesPage, *pressed: str, paint: Paint) -> None:
    """Presses keys, and waits until the page asks for `paint` and has its answer."""
    await press(pilot, *pressed)
    await until(pilot, lambda: page.snapshot.ask is not None and page.snapshot.ask.paint == paint)
    await answered(pilot, page)


@pytest.mark.usefixtures("painter")
def test_arrows_turn_strength_and_blend_of_two_styles_under_the_line(workspace: Workspace, photo: Path) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        assert page.snapshot.view == "mix"
        assert page.snapshot.styles == ("dark", "")
        assert "style dark" in screen_text(app)
        assert {"choose_style(0)", "choose_style(1)", "colours", "move(1, 0)", "save"} <= footer(page)
        assert "alpha" not in footer(page)
        dark = made(page).mean()
        await painted(pilot, page, "down", "down", paint=Paint((("dark", 10),), 8))
        assert "strength 80 %" in screen_text(app)
        assert made(page).mean() > dark + 5
        await painted(pilot, page, "b", "down", "enter", paint=Paint((("dark", 5), ("bright", 5)), 8))
        half = made(page).mean()
        assert half > dark + 50
        await painted(pilot, page, "right", "right", "right", paint=Paint((("dark", 2), ("bright", 8)), 8))
        assert "mixed 20 : 80" in screen_text(app)
        assert made(page).mean() > half
        view = page.query_one(Comparison)
        assert view.pixels is not None
        assert np.array_equal(view.pixels[:, :20], noise(40, 60)[:, :20])  # up to the line the picture's own
        await press(pilot, "v", "right")
        assert page.snapshot.views.index(page.snapshot.view) == 1
        assert page.snapshot.wipe.place == 11

    drive(case, workspace, photo)


@pytest.mark.usefixtures("painter")
def test_what_is_saved_is_byte_for_byte_what_the_copied_command_makes(workspace: Workspace, photo: Path) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        await painted(pilot, page, "b", "down", "enter", paint=Paint((("dark", 5), ("bright", 5))))
        wanted = Paint((("dark", 7), ("bright", 3)), 9, keep_colour=True)
        await painted(pilot, page, "left", "left", "down", "p", paint=wanted)
        await press(pilot, "s", "y")
        await until(pilot, lambda: (workspace.root / "pictures").exists() and app.clipboard)
        [saved] = (workspace.root / "pictures").iterdir()
        assert saved.name == "photo-paint-dark7-bright3-strength90-own-colours.png"
        command = shlex.split(app.clipboard)
        assert command[:3] == ["ganstudio", "stylize", str(photo)]
        assert {"dark=7", "bright=3", "0.9", "--keep-colour"} <= set(command)
        assert run([*command[1:-1], str(workspace.root / "again")]) == 0
        assert saved.read_bytes() == (workspace.root / "again" / "photo.png").read_bytes()

    drive(case, workspace, photo)


@pytest.mark.usefixtures("painter")
def test_a_picture_is_a_style_too_and_one_of_one_colour_is_refused(
    workspace: Workspace, photo: Path, tmp_path: Path
) -> None:
    style = save(tmp_path / "styles" / "waves.png", noise(32, 48, seed=3))
    flat = save(tmp_path / "styles" / "flat.png", np.full((32, 32, 3), 90, np.uint8))

    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        await press(pilot, "t", "down", "down", "enter")
        await until(pilot, lambda: app.screen.query("#field-path"))
        app.screen.query_one(Input).value = str(style)
        await painted(pilot, page, "enter", paint=Paint(((str(style), 10),)))
        assert "style waves" in screen_text(app)
        await press(pilot, "t", "enter")
        await until(pilot, lambda: app.screen.query("#field-path"))
        app.screen.query_one(Input).value = str(flat)
        await press(pilot, "enter")
        await until(pilot, lambda: "it has no style" in page.snapshot.error)
        assert page.snapshot.current is None

    drive(case, workspace, photo)


def test_without_a_style_it_says_how_one_is_chosen(workspace: Workspace, photo: Path) -> None:
    write_stylizer(workspace.exports / "paint.onnx")

    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        page.open_path(photo)
        await press(pilot, "v", "v", "v")
        assert page.snapshot.ask is None
        assert "no style: t chooses one" in screen_text(app)
        await press(pilot, "t")
        assert "Which style picture?" in screen_text(app)

    drive(case, workspace)
