"""R3GAN's networks against the paper's sizes and its block written out."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from ganstudio.engine.architectures.r3gan import GAIN, Block, Generator
from ganstudio.engine.contract import Condition, DataShape
from tests.engine.networks.test_architectures import build, is_legal, problems, square


def test_a_block_is_a_residual_of_three_convolutions_in_groups_of_16() -> None:
    torch.manual_seed(0)
    block = Block(16, 16, depth=8)
    torch.nn.init.normal_(block.project.weight)
    torch.nn.init.normal_(block.expand.bias), torch.nn.init.normal_(block.mix.bias)
    x = torch.randn(2, 16, 5, 3)
    wide = F.leaky_relu(torch.einsum("nchw,oc->nohw", x, block.expand.weight[:, :, 0, 0]) + bias(block.expand), 0.2)
    parts = [
        F.conv2d(part, weight, padding=1)
        for part, weight in zip(wide.split(16, 1), block.mix.weight.split(16), strict=True)
    ]
    mixed = F.leaky_relu(torch.cat(parts, 1) + bias(block.mix), 0.2)
    by_hand = x + torch.einsum("nchw,oc->nohw", mixed, block.project.weight[:, :, 0, 0])
    torch.testing.assert_close(block(x), by_hand)


def bias(layer: torch.nn.Conv2d) -> torch.Tensor:
    assert layer.bias is not None
    return layer.bias[:, None, None]


def test_blocks_begin_as_the_identity_and_scaled_by_the_fourth_root_of_their_number() -> None:
    generator, critic = build("r3gan", square(32), device="cpu", channels=64, max_channels=64)
    for net in (generator, critic):
        blocks = [m for m in net.modules() if isinstance(m, Block)]
        assert len(blocks) == 8
        for block in blocks:
            assert not block.project.weight.any()
            for layer, fan_in in ((block.expand, 64), (block.mix, 16 * 9)):
                assert layer.weight.std().item() == pytest.approx(GAIN * 8**-0.25 / math.sqrt(fan_in), rel=0.05)


def test_every_3x3_convolution_has_16_channels_a_group() -> None:
    for net in build("r3gan", square(64, 3), channels=384, max_channels=768):
        grouped = [m for m in net.modules() if isinstance(m, torch.nn.Conv2d) and m.kernel_size == (3, 3)]
        assert len(grouped) == 10
        assert {m.weight.shape[1] for m in grouped} == {16}


def test_pixels_are_doubled_and_blurred_by_1_2_1_and_back_in_the_other_order() -> None:
    generator, critic = build("r3gan", square(16), device="cpu")
    x = torch.randn(1, 1, 8, 8)
    blur = torch.tensor([1.0, 2.0, 1.0]).outer(torch.tensor([1.0, 2.0, 1.0])).view(1, 1, 3, 3) / 16
    doubled = F.conv2d(x.repeat_interleave(2, 2).repeat_interleave(2, 3), blur)
    torch.testing.assert_close(generator.upsample(x)[..., 1:-1, 1:-1], doubled)
    halved = F.avg_pool2d(F.conv2d(x, blur, padding=1), 2)
    torch.testing.assert_close(critic.downsample(x)[..., 1:-1, 1:-1], halved[..., 1:-1, 1:-1])


def test_the_first_map_is_a_learned_basis_times_a_number_a_channel() -> None:
    generator, _ = build("r3gan", square(8), device="cpu")
    assert isinstance(generator, Generator)
    z = torch.randn(3, 64)
    seen: list[torch.Tensor] = []
    generator.stages[0].register_forward_hook(lambda _m, given, _o: seen.append(given[0]))
    generator(z, None)
    by_hand = torch.einsum("chw,nc->nchw", generator.basis, z @ generator.amounts.weight.T)
    torch.testing.assert_close(seen[0], by_hand)


def test_a_class_moves_both_sides_and_the_critics_answer_is_a_product_with_its_embedding() -> None:
    generator, critic = build("r3gan", square(16, 1, (5, 5, 5)), device="cpu", label_dim=6)
    z = torch.randn(1, 64).expand(3, -1)
    images = generator(z, torch.arange(3))
    assert len({tuple(image.flatten().tolist()) for image in images}) == 3
    same = images[:1].expand(3, -1, -1, -1)
    logits = critic(same, Condition(torch.arange(3))).logits
    with torch.no_grad():
        critic.embedding.weight[1] = 2 * critic.embedding.weight[0]
    torch.testing.assert_close(critic(same, Condition(torch.tensor([0, 1, 2]))).logits[1], 2 * logits[0])


def test_in_training_images_are_not_cut_off_and_what_is_shown_is() -> None:
    generator, _ = build("r3gan", square(16), device="cpu")
    z = 100 * torch.randn(4, 64)
    assert generator(z, None).abs().max() > 1
    assert generator.eval()(z, None).abs().max() <= 1


def test_it_draws_and_judges_rgba_of_24_by_40() -> None:
    generator, critic = build("r3gan", DataShape(4, (24, 40)))
    images = generator(torch.empty(2, 64, device="meta"), None)
    assert images.shape == (2, 4, 24, 40)
    assert critic(images, Condition()).logits.shape == (2, 1)


def test_what_it_cannot_take_is_told_with_the_nearest_that_it_can() -> None:
    assert problems("r3gan", square(30))[0].endswith("Nearest: 32.")
    assert is_legal("r3gan", square(32))
    (width,) = problems("r3gan", square(32), channels=12)
    assert width.startswith("architecture.channels: twice the width must divide into groups of 16 channels; got 12.")
    assert width.endswith("Nearest: 8.") or width.endswith("Nearest: 16.")
    assert problems("r3gan", square(32), label_dim=4)[0].startswith("architecture.label_dim: the data set has no cl")
