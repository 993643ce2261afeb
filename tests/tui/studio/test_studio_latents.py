"""The keys of Studio on a model with styles and directions."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.cli.app import run
from ganstudio.inference.explore import at_seed, with_strength
from ganstudio.inference.latent.directions import Direction, Directions
from ganstudio.inference.manifest import read_manifest
from ganstudio.tui.studio.activations_screen import ActivationsScreen
from ganstudio.tui.studio.nearest_screen import NearestScreen
from ganstudio.tui.widgets.mosaic import Mosaic
from ganstudio.workspace import Workspace
from tests.inference.generators import STYLE_Z, STYLES, write_styled
from tests.tui.driving import press, screen_text, toast_texts, until
from tests.tui.studio.studio_pilot import Studio, drive, footer, keys, stage

START = at_seed(0, STYLE_Z)


@pytest.fixture
def styled(workspace: Workspace) -> Workspace:
    path = write_styled(workspace.exports / "styled.onnx")
    write_directions(path, "thick", "slant")
    return workspace


def write_directions(export: Path, *names: str) -> None:
    manifest = read_manifest(export)
    assert manifest is not None
    made = [
        Direction(name, np.random.RandomState(place).randn(*STYLES).astype(np.float32), {}, {"reach": [-1, 1]})
        for place, name in enumerate(names)
    ]
    Directions(Directions.path_beside(export), manifest.sha256, "w", tuple(made)).save()


def drawn_by(app_clipboard: str, out: Path) -> np.ndarray:
    """The picture that a copied command draws."""
    assert run([*shlex.split(app_clipboard)[1:], "--out", str(out)]) == 0
    return np.asarray(Image.open(out))


def test_sliders_arrows_and_truncation_draw_what_the_copied_command_draws(styled: Workspace) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        assert "▸ thick +0.00" in screen_text(app)
        await keys(pilot, page, "plus", "D", "minus", "v", "shift+right", "up", "left_square_bracket")
        await keys(pilot, page, "left_curly_bracket", "left_curly_bracket")
        moved = with_strength(with_strength(START, "thick", 1.0), "slant", 0)
        assert page.snapshot.point == replace(moved, psi=0.9, cutoff=2)
        await keys(pilot, page, "right", "y")
        assert "thick +1.20!" in screen_text(app)
        assert app.clipboard.startswith("ganstudio edit --model styled --seed 0 --direction thick=+1.2 --psi 0.9")
        np.testing.assert_array_equal(drawn_by(app.clipboard, styled.root / "out.png"), stage(page).pixels[..., 0])
        await keys(pilot, page, "right_parenthesis", "right_parenthesis", "y")
        assert "towards 3 centres" in screen_text(app)
        assert app.clipboard.endswith("--psi 0.9 --cutoff 2 --centres 3")
        np.testing.assert_array_equal(drawn_by(app.clipboard, styled.root / "more.png"), stage(page).pixels[..., 0])
        await keys(pilot, page, "left_parenthesis", "left_parenthesis", "left_parenthesis")
        await keys(pilot, page, "D", "0")
        assert page.snapshot.point == replace(START, psi=0.9, cutoff=2)
        await keys(pilot, page, *"uuuuuu")
        assert page.snapshot.point == replace(moved, psi=0.9, cutoff=2)

    drive(case, styled)


def test_layers_of_a_slot_and_noise_of_their_own_are_saved_for_the_command(styled: Workspace) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        assert "mix" not in footer(page)
        await keys(pilot, page, "n", "a", "n")
        await press(pilot, "M", "down", "enter")
        await keys(pilot, page, "o", "o", "y")
        point = page.snapshot.point
        assert point is not None
        assert point.styles == ((2, 4, at_seed(1, STYLE_Z)),) or len(point.styles) == 1
        assert point.noise == 4
        assert app.clipboard.startswith("ganstudio sample --latent ")
        np.testing.assert_array_equal(drawn_by(app.clipboard, styled.root / "out.png"), stage(page).pixels[..., 0])
        await keys(pilot, page, "b", "i", "right", "escape", "O", "O")
        assert page.snapshot.point == replace(point, noise_seed=None)
        await press(pilot, "M", "end", "enter")
        assert page.snapshot.point == at_seed(2, STYLE_Z)

    drive(case, styled)


def test_a_slider_leads_from_class_to_class(workspace: Workspace) -> None:
    write_styled(workspace.exports / "styled.onnx", classes=("cat", "dog", "7"))

    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        await press(pilot, "f", "down", "enter")
        assert "▸ to 7 0%" in screen_text(app)
        await keys(pilot, page, "plus", "plus", "plus", "n", "t", "C", "t")
        points = page.snapshot.film.points
        assert [(point.seed, point.label, point.fade) for point in points] == [(1, 0, (2, 0.3)), (1, 1, (2, 0.3))]
        assert "30% to 7" in screen_text(app)
        await press(pilot, "y")
        np.testing.assert_array_equal(drawn_by(app.clipboard, workspace.root / "out.png"), stage(page).pixels[..., 0])
        await press(pilot, "W")
        await until(pilot, lambda: "animate" in app.clipboard)
        path = workspace.root / "films" / "styled-1.toml"
        assert run(["animate", str(path), "--out", str(workspace.root / "frames")]) == 0
        last = np.asarray(Image.open(workspace.root / "frames" / "frame-00025.png"))
        np.testing.assert_allclose(last.astype(int), stage(page).pixels[..., 0], atol=1)
        await keys(pilot, page, "0")
        assert page.snapshot.point == at_seed(1, STYLE_Z, 1)

    drive(case, workspace)


def test_a_saved_latent_is_gone_to_and_what_is_none_is_told(styled: Workspace) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        await keys(pilot, page, "plus", "w")
        shown = stage(page).pixels
        (npz,) = styled.root.glob("pictures/*.npz")
        await keys(pilot, page, "n")
        page._read_latent(page._model, str(npz), "0")
        await until(pilot, lambda: page.snapshot.point is not None and page.snapshot.point.layers == STYLES[0])
        await keys(pilot, page)
        assert page.snapshot.point is not None
        assert page.snapshot.point.origin == "0 thick=+0.2"
        np.testing.assert_array_equal(stage(page).pixels, shown)
        await keys(pilot, page, "right", "plus", "u", "u")
        page._read_latent(page._model, str(npz), "7")
        await until(pilot, lambda: "7 is none of them" in toast_texts(app))

    drive(case, styled)


def test_keyframes_are_shown_played_and_written_for_animate(styled: Workspace) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        assert "play" not in footer(page)
        await keys(pilot, page, "t", "plus", "t", "n", "t", "backspace", "t")
        assert page.snapshot.film.times == (0, 1, 2)
        assert "keyframes: 3 in 2 s" in screen_text(app)
        await pilot.press("p")
        await until(pilot, lambda: len(page._frames) == 51 and "film" in screen_text(app))
        assert "move(1, 0)" not in footer(page)
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: " · x2" in screen_text(app))
        played = page._frames
        await keys(pilot, page, "escape")
        assert not page.snapshot.playing
        np.testing.assert_array_equal(stage(page).pixels, page._cache.get(page.snapshot.point))
        await press(pilot, "W")
        await until(pilot, lambda: app.clipboard)
        path = styled.root / "films" / "styled-1.toml"
        assert app.clipboard == f"ganstudio animate {path} --out {path.with_suffix('.gif')}"
        assert run(["animate", str(path), "--out", str(styled.root / "frames")]) == 0
        for number in (0, 20, 50):
            frame = np.asarray(Image.open(styled.root / "frames" / f"frame-{number:05}.png"))
            np.testing.assert_array_equal(frame, played[number][..., 0])

    drive(case, styled)


def test_directions_that_were_found_meanwhile_are_there_when_the_screen_is(styled: Workspace) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        await keys(pilot, page, "v", "right")
        write_directions(styled.exports / "styled.onnx", "slant", "wide")
        await press(pilot, "1", "5")
        await until(pilot, lambda: [one.name for one in page.snapshot.abilities.directions] == ["slant", "wide"])
        assert page.snapshot.point == START  # without the strength of what is gone
        assert page.snapshot.names == ("slant",)

    drive(case, styled)


def test_maps_and_nearest_images_are_screens_over_it(styled: Workspace) -> None:
    async def case(opened: Studio) -> None:
        app, pilot, page = opened
        await pilot.press("F")
        await until(pilot, lambda: "layer 1 of 1 · Tanh · 1 maps of 8 x 8" in screen_text(app))
        assert isinstance(app.screen, ActivationsScreen)
        assert "deviation" in screen_text(app)
        await press(pilot, "right", "down", "escape", "T")
        assert isinstance(app.screen, NearestScreen)
        shown = app.screen.query_one("#neighbours", Mosaic)
        await until(pilot, lambda: "dcgan-mnist-1 is not in this workspace" in shown.empty)
        await press(pilot, "escape")
        assert app.screen is page

    drive(case, styled)


def test_readonly_writes_no_film(styled: Workspace) -> None:
    async def case(opened: Studio) -> None:
        _, pilot, page = opened
        await keys(pilot, page, "t", "n", "t")
        assert "play" in footer(page)
        assert "write_film" not in footer(page)
        await press(pilot, "W")
        assert not (styled.root / "films").exists()

    drive(case, styled, readonly=True)


def test_the_nearest_training_images_are_shown_with_distances() -> None:
    from ganstudio.inference.augmentation.training_images import Neighbour
    from ganstudio.tui.studio.nearest_screen import distances, resized

    black = np.zeros((8, 8, 1), np.uint8)
    text = distances([Neighbour(12, 3.25, "dog", black)], "animals", 4000, 5.0, 20.0).plain
    for words in ("animals, 4,000 images", "3.2  row 12  dog", "within 5.0, half within 20.0", "look closely"):
        assert words in text
    assert "look closely" not in distances([Neighbour(12, 6.0, "", black)], "animals", 4000, 5.0, 20.0).plain
    assert resized(black, (16, 16, 3)).shape == (16, 16, 3)
    assert resized(np.zeros((8, 8, 4), np.uint8), (8, 8, 3)).shape == (8, 8, 3)
