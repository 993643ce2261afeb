"""The residual networks of WGAN-GP, SNGAN and SAGAN, for squares and other rectangles, grey, RGB or RGBA.

Miyato et al. 2018 (arXiv:1802.05957, appendix B, tables 4 to 6). Gulrajani et al. 2017 (arXiv:1704.00028, appendix F)
have the same blocks with `critic_norm = "layer"` or `"none"` and `pool = "mean"`. `layout = "constant"` is the papers'
network for CIFAR-10: one width, and a critic that stays at 8 px for its last two blocks. `"doubled"` is theirs for
64 px and more: the width doubles each level down, and the critic ends in one more block at 4 px.

With a `head` the generator's batch norms have a scale and a shift for each class, and the critic is told, or tells, the
class (Miyato & Koyama 2018, arXiv:1802.05637). SAGAN (Zhang et al. 2019, arXiv:1805.08318) adds `attention` and
`generator_norm = "spectral"`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Literal

import torch.nn.functional as F
from pydantic import Field, PositiveInt
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ganstudio.engine.contract import Architecture, Condition, CriticOutput, DataShape, Options
from ganstudio.engine.layers.attention import SelfAttention, attention_problems
from ganstudio.engine.layers.class_head import ClassHead
from ganstudio.engine.layers.conditional_batch_norm import ConditionalBatchNorm2d
from ganstudio.engine.layers.first_map import first_map, halvings, size_problems
from ganstudio.engine.layers.residual import DownBlock, Layer, Norm, UpBlock, no_norm


class ResnetOptions(Options):
    z_dim: PositiveInt = Field(default=128, description="length of the noise that an image is made from")
    channels: PositiveInt = Field(default=256, description="of the generator's largest map")
    critic_channels: PositiveInt = Field(default=128, description="of the critic's largest map")
    max_channels: PositiveInt = Field(default=1024, description="channels never exceed this")
    layout: Literal["constant", "doubled"] = Field(
        default="constant", description="one width, as in papers for 32 px, or doubled each level down, as for more"
    )
    generator_norm: Literal["none", "spectral"] = Field(
        default="none", description="of the generator's weights, besides batch norm"
    )
    critic_norm: Literal["spectral", "layer", "none"] = Field(
        default="spectral", description="spectral bounds each layer's slope; layer norm suits a gradient penalty"
    )
    pool: Literal["sum", "mean"] = Field(default="sum", description="of the critic's last map, over its places")
    head: Literal["none", "projection", "classes", "proxies"] = Field(
        default="none", description="how the critic learns of classes, which the generator is told; none ignores labels"
    )
    attention: tuple[PositiveInt, ...] = Field(
        default=(), examples=[[16]], description="short sides of the maps that have self-attention, on both sides"
    )


SMALLEST, LARGEST = 16, 512  # pixels along the short side


def widths(options: ResnetOptions, channels: int, blocks: int) -> list[int]:
    """Channels from the largest map down, of which the largest has `channels`."""
    growth = 2 if options.layout == "doubled" else 1
    return [min(channels * growth**level, options.max_channels) for level in range(blocks)]


class Generator(nn.Module):
    def __init__(self, options: ResnetOptions, shape: DataShape) -> None:
        super().__init__()
        self.z_dim, self.conditional = options.z_dim, options.head != "none"
        layer = _layer(options.generator_norm)
        norm = partial(ConditionalBatchNorm2d.by_class, classes=shape.classes) if self.conditional else nn.BatchNorm2d
        *rest, top = widths(options, options.channels, halvings(shape.resolution) + (options.layout == "doubled"))
        if options.layout == "constant":
            rest = [*rest, top]
        self.first = (top, *first_map(shape))
        self.stem = layer(nn.Linear(options.z_dim, math.prod(self.first)))
        self.blocks = nn.ModuleList()
        side = min(first_map(shape))
        for width in reversed(rest):
            self.blocks.append(UpBlock(top, width, norm, layer))
            top, side = width, 2 * side
            self.blocks.extend(_attention(options, top, side, layer))
        self.norm = nn.BatchNorm2d(top)
        self.to_image = layer(nn.Conv2d(top, shape.channels, 3, padding=1))

    def forward(self, z: Tensor, labels: Tensor | None) -> Tensor:
        """Images [N, C, H, W] in [-1, 1] from z [N, z_dim] and, where conditional, labels [N]."""
        told = labels if self.conditional else None
        x = self.stem(z).unflatten(1, self.first)
        for block in self.blocks:
            x = block(x, told) if isinstance(block, UpBlock) else block(x)
        return self.to_image(F.relu(self.norm(x))).tanh()


class Critic(nn.Module):
    def __init__(self, options: ResnetOptions, shape: DataShape) -> None:
        super().__init__()
        self.mean = options.pool == "mean"
        layer = _layer(options.critic_norm)
        norm: Norm = partial(nn.GroupNorm, 1) if options.critic_norm == "layer" else no_norm
        times = halvings(shape.resolution) - (options.layout == "constant")
        width, side = shape.channels, shape.resolution
        blocks: list[nn.Module] = []
        for level, wider in enumerate(widths(options, options.critic_channels, times)):
            blocks.append(DownBlock(width, wider, norm, layer, first=level == 0))
            width, side = wider, side // 2
            blocks += _attention(options, width, side, layer)
        for wider in [width, width] if options.layout == "constant" else [min(2 * width, options.max_channels)]:
            blocks.append(DownBlock(width, wider, norm, layer, down=False))
            width = wider
        self.blocks = nn.Sequential(*blocks)
        self.norm = norm(width)
        self.to_logit = layer(nn.Linear(width, 1))
        self.head = None if options.head == "none" else ClassHead(options.head, width, shape.classes, layer)

    def forward(self, images: Tensor, condition: Condition) -> CriticOutput:
        features = F.relu(self.norm(self.blocks(images)))
        pooled = features.mean((2, 3)) if self.mean else features.sum((2, 3))
        logits = self.to_logit(pooled)
        if self.head is None:
            return CriticOutput(logits, (features,))
        logits, heads = self.head(logits, pooled, condition.labels)
        return CriticOutput(logits, (features,), heads)


def _layer(norm: str) -> Layer:
    """Initializes a layer, as the networks' authors did in code, and puts it under its norm.

    Weights are uniform (Glorot & Bengio 2010), larger by the square root of 2 where they are 3x3; biases begin at 0.
    """

    def made(layer: nn.Module) -> nn.Module:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            wide = isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3)
            nn.init.xavier_uniform_(layer.weight, math.sqrt(2) if wide else 1.0)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        return spectral_norm(layer) if norm == "spectral" else layer

    return made


def _attention(options: ResnetOptions, width: int, side: int, layer: Layer) -> list[nn.Module]:
    """Self-attention where the recipe wants it over maps of this short side."""
    return [SelfAttention(width, layer)] if side in options.attention else []


def check(options: ResnetOptions, shape: DataShape) -> Iterator[str]:
    if wrong := list(size_problems("resnet", shape, LARGEST)):
        yield from wrong
    elif shape.resolution < SMALLEST:
        yield f"data.resolution: resnet needs {SMALLEST} px or more; got {shape.resolution}. Nearest: {SMALLEST}."
    else:
        yield from attention_problems(options.attention, shape.resolution)
    if options.head != "none" and not shape.classes:
        yield "architecture.head: the data set has no classes. Nearest: none, or a folder with a sub-folder a class."


ARCHITECTURE = Architecture(
    summary="Residual blocks, as in WGAN-GP, SNGAN and SAGAN. Rectangles of 16 to 512 px, grey, RGB or RGBA.",
    recipe={"objective": {"kind": "hinge"}, "architecture": {"channels": 32, "critic_channels": 32}},
    options=ResnetOptions,
    generator=Generator,
    critic=Critic,
    check=check,
    channels=(1, 3, 4),
    rectangles=True,
)
