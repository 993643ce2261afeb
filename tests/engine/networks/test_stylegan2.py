"""StyleGAN2: demodulation against one weight a sample, classes, the published size."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.engine.architectures.stylegan2 import Critic, Generator, Layer, ModulatedConvolution, Stylegan2Options
from ganstudio.engine.contract import Condition, DataShape

SMALL = Stylegan2Options(z_dim=8, w_dim=8, mapping_layers=2, channel_base=128, max_channels=16, label_dim=4)
TALL = DataShape(4, (16, 24), (5, 5, 5))


def fused(layer: ModulatedConvolution, x: Tensor, w: Tensor) -> Tensor:
    """The convolution as in the paper: each sample has weights of its own, scaled (eq. 1) and normalized (eq. 3)."""
    images = []
    for image, styles in zip(x, layer.style(w), strict=True):
        weight = layer.weight * layer.scale * styles[None, :, None, None]
        if layer.demodulate:
            weight = weight / (weight.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
        if layer.smooth is None:
            images.append(F.conv2d(image[None], weight, padding=layer.padding))
        else:
            images.append(layer.smooth(F.conv_transpose2d(image[None], weight.transpose(0, 1), stride=2)))
    return torch.cat(images)


@pytest.mark.parametrize(
    ("kernel", "demodulate", "up"), [(3, True, False), (3, True, True), (1, False, False)], ids=["same", "up", "image"]
)
def test_scaling_maps_before_and_after_is_scaling_the_weights_of_each_sample(
    kernel: int, demodulate: bool, up: bool
) -> None:
    torch.manual_seed(0)
    layer = ModulatedConvolution(6, 4, kernel, 8, demodulate, up)
    x, w = torch.randn(3, 6, 5, 7), 3 * torch.randn(3, 8)
    given = x.clone().requires_grad_(), x.clone().requires_grad_()
    ours, theirs = layer(given[0], w), fused(layer, given[1], w)
    assert ours.shape[2:] == ((10, 14) if up else (5, 7))
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
    twice = []
    for images, source in zip((ours, theirs), given, strict=True):
        (gradient,) = torch.autograd.grad(images.sin().sum(), source, create_graph=True)
        twice.append(torch.autograd.grad(gradient.square().sum(), layer.style.weight)[0])
    torch.testing.assert_close(*twice, atol=1e-3, rtol=1e-4)


def test_demodulated_maps_keep_a_variance_of_one_whatever_w_says() -> None:
    torch.manual_seed(0)
    layer = ModulatedConvolution(64, 64, 3, 8)
    for scale in (0.1, 10.0):
        deviation = layer(torch.randn(4, 64, 16, 16), scale * torch.randn(4, 8))[..., 1:-1, 1:-1].std().item()
        assert deviation == pytest.approx(1, rel=0.1)


def test_a_layer_puts_sqrt_2_behind_the_rectifier_of_convolution_noise_and_bias() -> None:
    torch.manual_seed(0)
    layer = Layer(6, 4, 8)
    nn.init.constant_(layer.strength, 0.3)
    nn.init.normal_(layer.bias)
    x, w, noise = torch.randn(2, 6, 5, 7), torch.randn(2, 8), torch.randn(2, 1, 5, 7)
    by_hand = F.leaky_relu(layer.convolution(x, w) + 0.3 * noise + layer.bias, 0.2) * math.sqrt(2)
    torch.testing.assert_close(layer(x, w, noise), by_hand)


def test_the_image_is_the_sum_of_what_every_level_adds() -> None:
    torch.manual_seed(0)
    net = Generator(SMALL.model_copy(update={"label_dim": 0}), TALL)
    ws = net.mapping(torch.randn(2, 8), None)
    noise = tuple(torch.randn(2, *shape) for shape in net.noise_shapes)
    whole = net.synthesis(ws, noise)
    assert whole.shape == (2, 4, 16, 24)
    nn.init.zeros_(net.to_image[0].convolution.weight)
    nn.init.zeros_(net.to_image[1].convolution.weight)
    last = net.synthesis(ws, noise)
    nn.init.zeros_(net.to_image[2].convolution.weight)
    assert not net.synthesis(ws, noise).any()
    assert last.any()
    assert not torch.allclose(last, whole)


def test_a_class_changes_the_image_and_the_critics_answer() -> None:
    torch.manual_seed(0)
    generator, critic = Generator(SMALL, TALL), Critic(SMALL, TALL)
    z = torch.randn(1, 8).expand(3, -1)
    ws = generator.mapping(z, torch.tensor([0, 1, 1]))
    torch.testing.assert_close(ws[1], ws[2])
    assert not torch.allclose(ws[0], ws[1])
    images = torch.randn(1, 4, 16, 24).expand(3, -1, -1, -1)
    answers = critic(images, Condition(torch.tensor([0, 1, 1]))).logits
    torch.testing.assert_close(answers[1], answers[2])
    assert not torch.allclose(answers[0], answers[1])


def test_under_bf16_the_image_is_summed_in_fp32() -> None:
    torch.manual_seed(0)
    net = Generator(SMALL, TALL)
    with torch.autocast("cpu", torch.bfloat16):
        ws = net.mapping(torch.randn(2, 8), torch.tensor([0, 1]))
        noise = tuple(torch.randn(2, *shape) for shape in net.noise_shapes)
        images = net.synthesis(ws, noise)
    assert images.dtype == torch.float32
    torch.testing.assert_close(images, net.synthesis(ws.float(), noise), atol=0.15, rtol=0)
