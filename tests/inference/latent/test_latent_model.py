"""Latents half-way: z of a plain generator, ws of one with styles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganstudio.errors import UsageError
from ganstudio.inference.latent.layers import layers_named
from ganstudio.inference.latent.mean import KEY, dumped_mean, stored_mean
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latents import latents
from ganstudio.inference.manifest import read_metadata
from tests.inference.generators import STYLE_Z, STYLES, with_metadata, write_styled

SEEDS = range(5)


@pytest.mark.parametrize("psi", [1.0, 0.5])
def test_both_halves_draw_what_the_whole_draws(styled: LatentModel, psi: float) -> None:
    z = latents(SEEDS, STYLE_Z)
    ws = styled.latents(z)
    assert ws.shape == (5, *STYLES)
    whole = styled.whole.generate(z, psi=psi, seeds=SEEDS)
    assert np.abs(styled.images(ws, seeds=SEEDS, psi=psi) - whole).max() < 1e-5


def test_a_plain_generators_latents_are_its_z(plain: LatentModel) -> None:
    z = latents(SEEDS, 100)
    assert (plain.space, plain.shape, plain.layer_px) == ("z", (1, 100), ())
    assert (plain.images(plain.latents(z)) == plain.whole.generate(z)).all()


def test_a_mean_that_no_half_keeps_is_measured(tmp_path: Path, styled: LatentModel) -> None:
    measured = LatentModel.open(write_styled(tmp_path / "old.onnx", mean=False), "cpu").mean
    assert measured.shape == STYLES
    assert np.abs(measured - styled.mean).max() < 1e-5


def test_a_mean_that_differs_by_layer_is_kept_whole() -> None:
    import base64

    mean = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert len(base64.b64decode(dumped_mean(mean))) == 24
    assert len(base64.b64decode(dumped_mean(np.repeat(mean[:1], 2, 0)))) == 12


def test_a_damaged_mean_is_refused_by_the_files_name(tmp_path: Path) -> None:
    path = write_styled(tmp_path / "damaged.onnx").with_name("damaged.mapping.onnx")
    with_metadata(path, {**read_metadata(path), KEY: "AAAA!"})
    with pytest.raises(UsageError, match=r"damaged\.mapping\.onnx: its mean"):
        stored_mean(path, *STYLES)


def test_layers_go_by_the_pixels_of_their_noise(styled: LatentModel) -> None:
    assert styled.layer_px == (4, 8, 8, 8)
    assert layers_named("coarse", styled) == slice(0, 4)
    assert layers_named("1-2", styled) == slice(1, 3)
    assert layers_named("3", styled) == slice(3, 4)
    with pytest.raises(UsageError, match="no layer of stylegan is fine; its maps are of 4 to 8 px"):
        layers_named("fine", styled)


@pytest.mark.parametrize("text", ["4", "2-1", "0-9", "", "-1", "rough"])
def test_what_names_no_layers_is_refused_with_what_does(styled: LatentModel, text: str) -> None:
    with pytest.raises(UsageError, match="numbers from 0 to 3"):
        layers_named(text, styled)


def test_a_plain_generator_has_all_layers_and_no_others(plain: LatentModel) -> None:
    assert layers_named("all", plain) == slice(0, 1)
    with pytest.raises(UsageError, match="no layers to choose from"):
        layers_named("coarse", plain)


def test_noise_needs_seeds(styled: LatentModel) -> None:
    with pytest.raises(UsageError, match="takes noise"):
        styled.images(styled.latents(latents(SEEDS, STYLE_Z)))
