"""DCGAN's options that are off by default: attention, comparing a batch, and how classes reach the critic."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from ganstudio.engine.contract import Condition, DataShape
from ganstudio.engine.layers.attention import SelfAttention
from ganstudio.engine.layers.minibatch_discrimination import MinibatchDiscrimination
from ganstudio.engine.layers.minibatch_stddev import MinibatchStddev
from tests.engine.networks.test_architectures import build, problems, square

CLASSES = (5, 5, 5)


def attended(net: nn.Module) -> list[int]:
    """Channels of each self-attention, in order."""
    return [m.query.in_channels for m in net.modules() if isinstance(m, SelfAttention)]


def test_attention_stands_at_the_maps_of_the_sides_that_are_named_on_both_sides() -> None:
    generator, critic = build("dcgan", square(32), attention=[16, 4])
    assert attended(generator) == [256, 64]  # from the smallest map up
    assert attended(critic) == [64, 256]
    seen: list[torch.Tensor] = []
    for net in (generator, critic):
        for module in net.modules():
            if isinstance(module, SelfAttention):
                module.register_forward_hook(lambda _m, _inputs, answer: seen.append(answer))
    critic(generator(torch.empty(2, 100, device="meta"), None), Condition())
    assert sorted(tuple(map_.shape[2:]) for map_ in seen) == [(4, 4), (4, 4), (16, 16), (16, 16)]


def test_a_side_of_which_there_is_no_map_is_refused() -> None:
    assert problems("dcgan", square(32), attention=[32]) == (
        "architecture.attention: images of 32 px have maps of 4, 8, 16; got 32. Nearest: 16.",
    )


def test_under_spectral_norm_the_critics_attention_has_it_too() -> None:
    _, critic = build("dcgan", square(16), attention=[8], critic_norm="spectral")
    (block,) = (m for m in critic.modules() if isinstance(m, SelfAttention))
    assert all(hasattr(layer, "parametrizations") for layer in (block.query, block.key, block.value, block.output))


@pytest.mark.parametrize(
    ("minibatch", "kind", "added"), [("stddev", MinibatchStddev, 1), ("discrimination", MinibatchDiscrimination, 50)]
)
def test_a_batch_is_compared_before_the_last_layer(minibatch: str, kind: type, added: int) -> None:
    _, critic = build("dcgan", square(16), device="cpu", channels=4, minibatch=minibatch)
    assert isinstance(critic.net[-3], kind)
    assert critic.net[-2].in_channels == 8 + added
    critic.eval()
    one, other = torch.randn(2, 4, 1, 16, 16)
    alone = critic(one, Condition()).logits
    beside = critic(torch.cat([one[:2], other[2:]]), Condition()).logits
    assert not torch.allclose(alone[:2], beside[:2])


@pytest.mark.parametrize("options", [{}, {"dropout": 0.5}, {"minibatch": "stddev"}, {"attention": [8]}], ids=str)
def test_the_features_are_the_last_map_before_samples_are_compared(options: dict[str, Any]) -> None:
    _, critic = build("dcgan", DataShape(3, (16, 24)), channels=4, **options)
    (features,) = critic(torch.empty(4, 3, 16, 24, device="meta"), Condition()).features
    assert features.shape == (4, 8, 4, 6)


@pytest.mark.parametrize("head", ["projection", "classes", "proxies"])
def test_heads_replace_the_plane_and_read_the_last_map(head: str) -> None:
    _, critic = build("dcgan", square(16, 1, CLASSES), device="cpu", channels=4, label_dim=6, head=head)
    critic.eval()
    images, labels = torch.randn(1, 1, 16, 16).expand(3, -1, -1, -1), torch.arange(3)
    answer = critic(images, Condition(labels))
    assert critic.embedding is None
    assert len(set(answer.logits.flatten().tolist())) == (3 if head == "projection" else 1)
    told = answer.heads.get("classes", answer.heads.get("proxies"))
    assert told is None or len(told) == 3
    if head == "classes":
        pooled = answer.features[0].sum((2, 3))
        torch.testing.assert_close(told, critic.head.classes(pooled))


def test_a_head_without_a_label_length_is_refused() -> None:
    (problem,) = problems("dcgan", square(32, 1, CLASSES), head="classes")
    assert problem.startswith("architecture.head: classes reads classes, and architecture.label_dim=0")
    assert "label_dim" in problem
