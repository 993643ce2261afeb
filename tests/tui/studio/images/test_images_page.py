"""Studio, of models that are given pictures."""

from __future__ import annotations

import shlex
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from textual.widgets import Input

from ganstudio.cli.app import run
from ganstudio.inference.images.answer import Alpha, Box
from ganstudio.inference.images.model import ImageModel
from ganstudio.inference.images.render import Cut
from ganstudio.tui.studio.images.view import Comparison
from ganstudio.tui.studio.page import StudioPage
from ganstudio.workspace import Workspace
from tests.inference.generators import write_generator
from tests.inference.images.networks import write_copier, write_filler, write_greyer, write_upscaler
from tests.tui.driving import press, screen_text, settled, toast_texts, until
from tests.tui.studio.images.images_pilot import Studio, answered, drive, footer, keys, made, noise, save

DOMAINS = ("dark", "middle", "bright")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return save(tmp_path / "in" / "photo.png", noise(40, 60))


def test_a_picture_s_answer_lies_under_a_line_that_arrows_move(workspace: Workspace, photo: Path) -> None:
    write_greyer(workspace.exports / "grey.onnx", DOMAINS)

    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        view = page.query_one(Comparison)
        own = noise(40, 60)
        assert "input" in screen_text(app)
        assert (made(page) == 0).all()

        def columns() -> int:
            """How many columns from the left are the picture's."""
            await_free = view.pixels
            assert await_free is not None
            return int((await_free[:, :, :].reshape(await_free.shape[0], -1, 3) != 0).all(2).any(0).sum())

        before = columns()
        await press(pilot, "right", "right")
        assert columns() > before
        await press(pilot, *["left"] * 12)
        assert page.snapshot.wipe.place == 0
        assert view.pixels is not None
        assert (view.pixels == 0).all()
        await press(pilot, *["right"] * 20)
        assert view.pixels is not None
        assert (view.pixels == own).all()  # as its pixels are: it is smaller than its room
        await press(pilot, "up")
        assert not page.snapshot.wipe.upright
        assert "input over dark" in screen_text(app)
        await press(pilot, "v")
        assert page.snapshot.view == "beside"
        assert view.pixels is not None
        assert (view.pixels[:, -20:] == 0).all()
        assert view.pixels[:, :20].any()

    drive(case, workspace, photo)


def test_tab_asks_for_the_next_domain_and_c_for_one_by_its_name(workspace: Workspace, photo: Path) -> None:
    write_greyer(workspace.exports / "grey.onnx", DOMAINS)

    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        assert {"domain(1)", "strength(1)", "save"} <= footer(page)
        assert "alpha" not in footer(page)
        await keys(pilot, page, "tab")
        assert (made(page) == 128).all()
        assert "domain middle" in screen_text(app)
        await keys(pilot, page, "shift+tab", "shift+tab")
        assert (made(page) == 255).all()
        await press(pilot, "c")
        assert "dark" in screen_text(app)
        await keys(pilot, page, "up", "up", "enter")
        assert (made(page) == 0).all()

    drive(case, workspace, photo)


def test_strength_mixes_the_answer_with_the_picture(workspace: Workspace, photo: Path) -> None:
    write_greyer(workspace.exports / "grey.onnx", DOMAINS)

    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        view = page.query_one(Comparison)
        await keys(pilot, page, *["left"] * 10, *["left_square_bracket"] * 6)
        assert "strength 40 %" in screen_text(app)
        assert view.pixels is not None
        assert np.abs(view.pixels - 0.6 * noise(40, 60)).max() <= 0.51
        await keys(pilot, page, *["left_square_bracket"] * 9)
        assert (view.pixels == noise(40, 60)).all()

    drive(case, workspace, photo)


def test_what_is_saved_is_byte_for_byte_what_the_copied_command_makes(workspace: Workspace, photo: Path) -> None:
    write_upscaler(workspace.exports / "up.onnx")

    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        assert made(page).shape == (80, 120, 3)
        assert "bicubic" in screen_text(app)
        await keys(pilot, page, "s", "y")
        [saved] = (workspace.root / "pictures").iterdir()
        assert saved.name == "photo-up.png"
        assert str(saved) in toast_texts(app)
        command = shlex.split(app.clipboard)
        assert command[:3] == ["ganstudio", "upscale", str(photo)]
        assert run([*command[1:-1], str(workspace.root / "again")]) == 0
        assert saved.read_bytes() == (workspace.root / "again" / "photo.png").read_bytes()

    drive(case, workspace, photo)


def test_a_box_is_moved_filled_and_saved_with_its_mask(workspace: Workspace, photo: Path) -> None:
    write_filler(workspace.exports / "fill.onnx")

    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        assert page.snapshot.view == "hole"
        assert page.snapshot.hole == Box(15, 22, 10, 15)
        await keys(pilot, page, "left", "down", "shift+right", "shift+up")
        hole = page.snapshot.hole
        assert hole == Box(17, 19, 8, 18)
        inside = np.zeros((40, 60), bool)
        inside[17:25, 19:37] = True
        assert (made(page)[inside] == 191).all()
        assert (made(page)[~inside] == noise(40, 60)[~inside]).all()
        await keys(pilot, page, "y")
        command = shlex.split(app.clipboard)
        assert run([*command[1:-1], str(workspace.root / "again")]) == 0
        [again] = (workspace.root / "again").iterdir()
        [saved] = (workspace.root / "pictures").glob("*-17x19x8x18.png")
        from PIL import Image

        with Image.open(saved) as one, Image.open(again) as other:
            assert np.array_equal(np.asarray(one), np.asarray(other))
        await keys(pilot, page, *["left"] * 20, *["up"] * 20, *["shift+left"] * 20)
        assert page.snapshot.hole == Box(0, 0, 8, 1)

    drive(case, workspace, photo)


def test_what_is_transparent_is_the_hole_where_a_picture_has_some(workspace: Workspace, tmp_path: Path) -> None:
    write_filler(workspace.exports / "fill.onnx")
    pixels = noise(20, 20, 4)
    pixels[..., 3] = 255
    pixels[5:9, 5:9, 3] = 0

    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        assert page.snapshot.hole == Alpha()
        assert (made(page)[5:9, 5:9, :3] == 191).all()
        await keys(pilot, page, "a")
        assert isinstance(page.snapshot.hole, Box)
        await keys(pilot, page, "a")
        assert page.snapshot.hole == Alpha()

    drive(case, workspace, save(tmp_path / "cut-out.png", pixels))


def test_what_is_wrong_with_a_file_is_said_and_the_picture_stays(workspace: Workspace, photo: Path) -> None:
    write_copier(workspace.exports / "copy.onnx")
    (photo.parent / "text.png").write_text("no picture")
    other = save(photo.parent / "zebra.png", noise(8, 8))

    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        await press(pilot, "n")
        assert "text.png" in screen_text(app)
        assert page.snapshot.error
        assert page.snapshot.subject is not None
        assert page.snapshot.subject.path == photo
        await keys(pilot, page, "n")
        assert page.snapshot.subject.path == other
        assert not page.snapshot.error
        (photo.parent / "zebra.png").unlink()
        page.open_path(other)
        await settled(pilot)
        assert page.snapshot.error
        assert (made(page) == noise(8, 8)).all()
        await press(pilot, "o")
        app.screen.query_one(Input).value = str(photo.parent / "phot.png")
        await press(pilot, "enter")
        assert "There is no 'phot.png'" in screen_text(app)
        app.screen.query_one(Input).value = str(photo)
        await press(pilot, "enter")
        await answered(pilot, page)
        assert page.snapshot.subject.path == photo

    drive(case, workspace, photo)


def test_an_answer_in_tiles_is_stopped_between_two_and_begun_again(
    workspace: Workspace, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_upscaler(workspace.exports / "up.onnx")
    monkeypatch.setattr("ganstudio.inference.images.memory.cut_for", lambda _: Cut(1000, 20))
    begun, free = threading.Event(), threading.Event()
    answers = ImageModel.run

    def waits(self: ImageModel, *given: Any) -> Any:
        begun.set()
        free.wait(20)
        return answers(self, *given)

    monkeypatch.setattr(ImageModel, "run", waits)

    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        page.open_path(photo)
        await until(pilot, lambda: begun.is_set() and page.snapshot.progress)
        assert "tile 1 of" in screen_text(app)
        await pilot.press("escape")
        free.set()
        await until(pilot, lambda: page._answering is None)
        assert page.snapshot.current is None
        assert "stopped: enter begins again" in screen_text(app)
        await keys(pilot, page, "enter")
        assert made(page).shape == (80, 120, 3)
        assert "tiles" in screen_text(app)

    drive(case, workspace)


def test_the_page_that_opens_is_that_of_what_the_model_takes(workspace: Workspace, photo: Path) -> None:
    write_generator(workspace.exports / "pets.onnx")
    write_copier(workspace.exports / "copy.onnx")

    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        await press(pilot, "m", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, StudioPage) and app.screen.snapshot.export)
        await press(pilot, "1", "5")
        assert isinstance(app.screen, StudioPage)
        app.chosen_export = "copy"
        await press(pilot, "1", "5")
        await until(pilot, lambda: app.screen is page)
        assert page.snapshot.subject is not None
        assert page.snapshot.subject.path == photo

    drive(case, workspace, photo)


def test_zooming_shows_a_part_and_escape_all_of_it(workspace: Workspace, tmp_path: Path) -> None:
    write_copier(workspace.exports / "copy.onnx")

    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        view = page.query_one(Comparison)
        await keys(pilot, page, *["left"] * 10, "plus", "plus", "shift+left", "shift+left")
        assert page.snapshot.camera.box((64, 64)) == (24, 16, 16, 16)
        assert view.pixels is not None
        assert (np.unique(view.pixels) == np.unique(noise(64, 64)[24:40, 16:32])).all()
        await keys(pilot, page, "plus", "escape")
        assert page.snapshot.camera.zoom == 1

    drive(case, workspace, save(tmp_path / "a.png", noise(64, 64)))


@pytest.mark.parametrize(
    ("size", "pictures"), [((80, 24), "kitty"), ((20, 5), "blocks"), ((20, 5), "kitty"), ((200, 60), "blocks")]
)
def test_every_size_and_mode_shows_it(workspace: Workspace, photo: Path, size: tuple[int, int], pictures: str) -> None:
    write_upscaler(workspace.exports / "up.onnx")

    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        await keys(pilot, page, "right", "v", "Z", "plus", "v", "up", "Z", "minus")
        assert size != (80, 24) or "? help  o open" in screen_text(app)

    drive(case, workspace, photo, size=size, pictures=pictures)


def test_readonly_saves_nothing(workspace: Workspace, photo: Path) -> None:
    write_filler(workspace.exports / "fill.onnx")

    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        assert "save" not in footer(page)
        await keys(pilot, page, "s", "w", "y")
        assert "--readonly saves none" in toast_texts(app)
        assert not (workspace.root / "pictures").exists()

    drive(case, workspace, photo, readonly=True)


def test_the_page_imports_no_torch() -> None:
    program = (
        "import sys, ganstudio.tui.studio.images.page, ganstudio.tui.studio.images.comparing;"
        "print([name for name in ('torch', 'onnx', 'ganstudio.engine', 'ganstudio.cli') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
