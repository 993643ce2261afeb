"""FastGAN's networks and the term that draws real images from its critic's maps."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
import torch
from torch import Tensor, nn

from ganstudio.engine.contract import Condition, CriticOutput, DataShape, JudgedPair, Nets, Pair
from ganstudio.engine.evaluation.imagenet.trunks import VGG16
from ganstudio.engine.layers.fastgan_generator import Doubling, SkipGenerator
from ganstudio.engine.terms.losses.reconstruction import Reconstruction, halves
from ganstudio.errors import RecipeError
from ganstudio.recipe import schema
from tests.engine.evaluation.perceptual import random_weights, write_weights
from tests.engine.networks.test_architectures import build, problems, square
from tests.engine.updates.test_regularizers import context


@pytest.mark.parametrize("size", [(16, 16), (32, 32), (64, 64), (128, 128), (256, 256), (512, 512), (1024, 1024)])
def test_it_answers_in_the_datas_shape_for_5x5_patches_at_every_square(size: tuple[int, int]) -> None:
    generator, critic = build("fastgan", DataShape(3, size))
    images = generator(torch.empty(2, 256, device="meta"), None)
    assert images.shape == (2, 3, *size)
    assert critic(images, Condition()).logits.shape == (2, 1, 5, 5)


def test_it_draws_and_judges_rgba_of_24_by_40() -> None:
    generator, critic = build("fastgan", DataShape(4, (24, 40)))
    images = generator(torch.empty(2, 256, device="meta"), None)
    assert images.shape == (2, 4, 24, 40)
    assert critic(images, Condition()).logits.shape == (2, 1, 9, 17)


def test_an_excitation_scales_the_channels_of_a_larger_map() -> None:
    # equation 1: y = F(x_low) * x_high, at 256 px from 4, 8 and 16 to 64, 128 and 256
    generator, _ = build("fastgan", square(32), device="cpu", channels=2)
    assert isinstance(generator, SkipGenerator)
    generator.eval()
    seen: dict[str, Tensor] = {}
    for name, module in (("low", generator.first), ("high", generator.doublings[1]), ("next", generator.doublings[2])):
        module.register_forward_hook(lambda _m, given, out, name=name: seen.update({name: out, f"{name} in": given[0]}))
    generator(torch.randn(2, 256), None)
    factors = generator.excitations[0](seen["low"])
    assert factors.shape == (2, seen["high"].shape[1], 1, 1)
    torch.testing.assert_close(seen["next in"], seen["high"] * factors)
    large, _ = build("fastgan", square(256))
    assert isinstance(large, SkipGenerator)
    assert (large.span, len(large.excitations)) == (4, 3)


def test_every_second_doubling_has_two_convolutions() -> None:
    generator, _ = build("fastgan", square(256))
    doublings = [m for m in generator.modules() if isinstance(m, Doubling)]
    assert [sum(isinstance(m, nn.Conv2d) for m in d) for d in doublings] == [2, 1, 2, 1, 2, 1]


def test_every_convolution_has_spectral_norm() -> None:
    for net in build("fastgan", square(32)):
        layers = [m for m in net.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)]
        assert layers
        assert all(hasattr(m, "parametrizations") for m in layers)


def test_less_than_16_px_is_refused_with_the_nearest() -> None:
    assert problems("fastgan", square(8)) == ("data.resolution: fastgan needs 16 px or more; got 8. Nearest: 16.",)


def test_half_of_a_map_and_of_the_image_are_cut_at_the_same_place() -> None:
    places = torch.arange(4 * 6.0).view(1, 1, 4, 6).expand(3, -1, -1, -1)
    images = places.repeat_interleave(2, 2).repeat_interleave(2, 3)
    corner = torch.tensor([[0.0, 0.0], [0.99, 0.99], [0.5, 0.3]])
    part, seen = halves(places, images, corner)
    assert part.shape == (3, 1, 2, 3)
    # three rows and four columns to begin at: 0.5 * 3 and 0.3 * 4 are in the second
    assert part[:, 0, 0, 0].tolist() == [0.0, 2 * 6 + 3, 1 * 6 + 1]
    torch.testing.assert_close(seen[:, :, ::2, ::2], part)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_lpips_compares_grey_colour_and_rgba_and_only_the_decoders_learn(
    channels: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_weights(tmp_path / "vgg16.pth", random_weights(VGG16))
    monkeypatch.setattr("ganstudio.weights.locate", lambda _: file)
    monkeypatch.setattr("ganstudio.weights.require", lambda _: file)
    term = Reconstruction(schema.Reconstruction(distance="lpips"))
    assert term.reads == {"vgg16"}
    nets = Nets({}, {"critic": Decodable()})
    nets.extras["d"] = term.networks(nets, DataShape(channels, (32, 32)))
    assert not nets.extras["d"]["reconstruction_lpips"].state_dict()
    assert not list(nets.extras["d"]["reconstruction_lpips"].parameters())
    heads = {"fine": torch.randn(2, 3, 16, 16), "coarse": torch.randn(2, 5, 8, 8)}
    real, images = CriticOutput(torch.zeros(2, 1), (), heads), torch.rand(2, channels, 32, 32) * 2 - 1
    given = context(lambda *_: real, 2)
    given.nets.extras["d"] = nets.extras["d"]
    value = term(given, [JudgedPair(Pair("critic", images, images), None, real, None, images)]).value
    assert value.shape == (2,)
    assert value.min() > 0
    value.sum().backward()
    for part in ("fine", "coarse"):
        gradients = [p.grad for p in nets.extras["d"][f"critic_{part}_decoder"].parameters()]
        assert all(g is not None and torch.isfinite(g).all() for g in gradients)
        assert any(g.abs().max() > 0 for g in gradients if g is not None)


class Decodable(nn.Module):
    decodable: ClassVar = {"fine": (3, 2), "coarse": (5, 4)}


def shown(count: int, step: int = 0) -> tuple[Reconstruction, Nets, JudgedPair, CriticOutput]:
    term = Reconstruction(schema.Reconstruction())
    torch.manual_seed(step)
    nets = Nets({}, {"critic": Decodable()})
    nets.extras["d"] = term.networks(nets, DataShape(2, (16, 16)))
    heads = {"fine": torch.randn(count, 3, 8, 8), "coarse": torch.randn(count, 5, 4, 4)}
    real = CriticOutput(torch.zeros(count, 1), (), heads)
    images = torch.rand(count, 2, 16, 16) * 2 - 1
    return term, nets, JudgedPair(Pair("critic", images, images), None, real, None, images), real


def test_the_value_is_the_l1_distance_of_both_decoders_to_what_the_critic_saw() -> None:
    term, nets, judged, real = shown(4)
    given = context(lambda *_: real, 4)
    given.nets.extras["d"] = nets.extras["d"]
    result = term(given, [judged])
    assert judged.seen_real is not None
    whole = nets.extras["d"]["critic_coarse_decoder"](real.heads["coarse"])
    assert whole.shape == (4, 2, 16, 16)
    corner = given.draw.uniform("reconstruction/part", 2)
    part, seen = halves(real.heads["fine"], judged.seen_real, corner)
    drawn = nets.extras["d"]["critic_fine_decoder"](part)
    by_hand = (whole - judged.seen_real).abs().mean((1, 2, 3)) + (drawn - seen).abs().mean((1, 2, 3))
    assert len(set(corner.flatten().tolist())) == 8
    torch.testing.assert_close(result.value, by_hand, atol=1e-3, rtol=1e-3)


def test_a_critic_without_maps_to_decode_is_refused_by_name() -> None:
    with pytest.raises(RecipeError, match=r"regularizers\.reconstruction: this critic .* Nearest: architecture\.id="):
        Reconstruction(schema.Reconstruction()).networks(Nets({}, {"critic": nn.Linear(1, 1)}), square(16))


def test_lpips_without_its_weights_is_refused_with_the_command_that_brings_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("GANSTUDIO_DATA", str(tmp_path))
    term = Reconstruction(schema.Reconstruction(distance="lpips"))
    with pytest.raises(RecipeError, match=r"regularizers\.reconstruction\.distance: lpips needs") as error:
        term.networks(Nets({}, {"critic": Decodable()}), square(16))
    assert error.value.hint is not None
    assert "ganstudio weights import lpips-vgg16" in error.value.hint
