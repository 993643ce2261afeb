"""Maps of a generator's layers, and their spectra."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ganstudio.errors import UsageError
from ganstudio.inference.explore import at_seed
from ganstudio.inference.latent.activations import Activations, Layer, Maps, radial_power
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent.point_model import PointModel
from tests.inference.generators import STYLE_Z, write_clips, write_generator


def test_the_layers_of_a_generator_come_in_order_and_the_last_is_its_picture(plain: LatentModel) -> None:
    model = PointModel(plain)
    seen = Activations(model)
    assert [(one.kind, one.maps, one.height) for one in seen.layers] == [
        *(("Relu", 128, 8), ("Relu", 64, 16)),
        ("Tanh", 1, 32),
    ]
    point = at_seed(3, 100)
    image = plain.whole.generate(point.latent()[None])[0]
    np.testing.assert_allclose(seen.maps(point, 2).values, image, atol=1e-5)
    assert seen.maps(point, 0).values.min() == 0


def test_classes_truncation_and_noise_are_those_of_the_point(tmp_path: Path) -> None:
    path = write_generator(tmp_path / "all.onnx", classes=("a", "b"), psi=True, noise=True)
    model = PointModel.open(path)
    seen = Activations(model)
    point = replace(at_seed(3, 100, 1, 0.5), noise_seed=8)
    image = model.whole.generate(point.latent()[None], [1], psi=0.5, seeds=[8])[0]
    np.testing.assert_allclose(seen.maps(point, 2).values, image, atol=1e-5)


def test_of_styles_the_maps_are_of_the_ws_that_are_shown(styled: LatentModel) -> None:
    model = PointModel(styled)
    seen = Activations(model)
    point = replace(at_seed(3, STYLE_Z, psi=0.5), cutoff=2)
    image = styled.images(model.edited(point)[None], seeds=[3])[0]
    np.testing.assert_allclose(seen.maps(point, len(seen.layers) - 1).values, image, atol=1e-6)


def test_a_graph_without_maps_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no layers"):
        Activations(PointModel.open(write_clips(tmp_path / "clips.onnx")))


def test_a_wave_has_its_power_at_its_frequency() -> None:
    x = np.arange(16)
    wave = np.broadcast_to(3 + 2 * np.cos(2 * np.pi * 5 * x / 16), (2, 16, 16)).astype(np.float32)
    power = radial_power(wave)
    assert len(power) == 9
    assert power.argmax() == 5
    np.testing.assert_allclose(np.delete(power, 5), 0, atol=1e-12)
    ring = np.rint(np.hypot(*np.meshgrid(np.fft.fftfreq(16, 1 / 16), np.fft.fftfreq(16, 1 / 16)))) == 5
    assert power[5] * ring.sum() == pytest.approx(2, rel=1e-6)  # a cosine of amplitude 2 has a mean square of 2


def test_noise_is_as_strong_at_every_frequency() -> None:
    noise = np.random.RandomState(0).randn(64, 32, 32).astype(np.float32)
    np.testing.assert_allclose(radial_power(noise)[1:] * 32 * 32, 1, rtol=0.15)


def test_maps_are_drawn_around_their_layer_s_mean() -> None:
    values = np.zeros((3, 2, 2), np.float32)
    values[0], values[1, 0, 0] = 6, 6
    maps = Maps(Layer("x", "Relu", 3, 2, 2), values)
    assert (maps.mean, maps.flat) == (2.5, 2)
    np.testing.assert_allclose(maps.means, [6, 1.5, 0])
    tiles = maps.tiles()
    assert tiles.shape == (3, 2, 2, 1)
    assert tiles[0].min() > 128 > tiles[2].max()
    flat = Maps(maps.layer, np.ones((3, 2, 2), np.float32))
    assert set(flat.tiles().reshape(-1).tolist()) == {128}
