"""ganstudio mix: the grid, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latents import latents
from ganstudio.inference.pixels import to_pixels
from tests.cli.conftest import Program
from tests.cli.latent.test_edit import refusal
from tests.cli.sample.sample_files import metadata_of, pixels_of
from tests.inference.generators import STYLE_Z

SOURCES = ("mix", "--rows", "0-2", "--cols", "10,12")


def tile(row: int, column: int) -> np.ndarray:
    return pixels_of("a.png")[8 * row : 8 * row + 8, 8 * column : 8 * column + 8].astype(int)


def test_the_edges_show_the_sources_and_the_inside_their_mixes(
    styled: LatentModel, here: Path, ganstudio: Program
) -> None:
    ended = ganstudio(*SOURCES, "--layers", "0-1", "--out", "a.png", "--json")
    assert ended.code == 0
    assert pixels_of("a.png").shape == (32, 24)
    row, column = styled.latents(latents([2, 12], STYLE_Z))
    mixed = np.concatenate([column[:2], row[2:]])
    for wanted, seed, place in ((row, 2, (3, 0)), (column, 12, (0, 2)), (mixed, 2, (3, 2))):
        pixels = to_pixels(styled.images(wanted[None], seeds=[seed]))[0, :, :, 0]
        np.testing.assert_allclose(tile(*place), pixels, atol=1)
    assert not tile(0, 0).any()
    told = json.loads(ended.out)
    assert (told["rows"], told["columns"], told["layers"]) == ([0, 1, 2], [10, 12], [0, 1])
    assert told["path"] == str(here / "a.png")
    words = metadata_of("a.png")
    assert (words["Rows"], words["Columns"], words["Layers"], words["Seed"]) == ("0-2", "10,12", "0-1", "0-2,10,12")


def test_truncation_reaches_sources_and_mixes(styled: LatentModel, ganstudio: Program) -> None:
    assert ganstudio(*SOURCES, "--layers", "2", "--psi", "0", "--cutoff", "3", "--out", "a.png").code == 0
    ws = styled.latents(latents([0], STYLE_Z))
    ws[:, :3] = styled.mean[:3]
    np.testing.assert_allclose(tile(1, 0), to_pixels(styled.images(ws, seeds=[0]))[0, :, :, 0], atol=1)
    np.testing.assert_allclose(tile(1, 0), tile(1, 1), atol=1)
    assert metadata_of("a.png")["Cutoff"] == "3"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--layers", "fine"), "--layers fine: no layer of stylegan is fine; its maps are of 4 to 8 px"),
        (("--layers", "coarse"), "are all layers of stylegan"),
        (("--layers", "7"), "names no layers of stylegan"),
        (("--layers", "1", "--cols", "x"), "--cols: 'x' is no seed"),
        (("--layers", "1", "--out", "a.npz"), "a grid is one picture"),
        (("--layers", "1", "--out", "folder"), "a grid is one picture"),
        (("--layers", "1", "--rows", "0-99999", "--cols", "0-99"), "808 x 800008 pixels is too large"),
        (("--layers", "1", "--cutoff", "2"), "--cutoff: changes nothing"),
        (("--layers", "1", "--class", "2"), "not conditional"),
    ],
)
def test_what_cannot_be_mixed_is_refused(
    styled: LatentModel, ganstudio: Program, arguments: tuple[str, ...], told: str
) -> None:
    assert told in refusal(ganstudio, *SOURCES, "--out", "a.png", *arguments)


def test_a_model_without_a_mapping_is_refused_by_name(dcgan: LatentModel, ganstudio: Program) -> None:
    told = refusal(ganstudio, *SOURCES, "--layers", "coarse", "--out", "a.png")
    assert "mix: dcgan has no styles to work on: no halves dcgan.mapping.onnx and dcgan.synthesis.onnx" in told
