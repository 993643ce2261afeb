"""BigGAN, Brock et al. 2019 (arXiv:1809.11096, appendix B, tables 4 to 6 and figure 15).

The class is embedded once for the whole generator, and z is cut into as many parts as there are blocks and one more:
the first makes the first map; each other, with the class, tells one block's batch norms their scales and shifts. The
critic is told the class by projection. Both sides are under spectral norm. Widths are the papers' at 32, 64, 128 and
256 px; the 128 px network has `attention` at 64.

Sampling uses standing statistics: means over forward passes of the averaged weights (`finalize`). Truncation, `psi`,
draws z from a normal that is cut at a threshold: see `Generator.truncated`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from pydantic import Field, NonNegativeInt, PositiveInt
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ganstudio.engine.contract import Architecture, Condition, CriticOutput, DataShape, Options
from ganstudio.engine.draws import Draw
from ganstudio.engine.finalized import standing_statistics
from ganstudio.engine.layers.attention import SelfAttention, attention_problems
from ganstudio.engine.layers.class_head import ClassHead
from ganstudio.engine.layers.conditional_batch_norm import ConditionalBatchNorm2d
from ganstudio.engine.layers.first_map import first_map, halvings, size_problems
from ganstudio.engine.layers.residual import DownBlock, UpBlock
from ganstudio.errors import nearest_number


class BigganOptions(Options):
    z_dim: PositiveInt = Field(default=120, description="length of the noise, a part for each block and one more")
    channels: PositiveInt = Field(default=96, description="what the widths are multiples of, ch in the paper")
    label_dim: NonNegativeInt = Field(
        default=0, examples=[128], description="length of the class embedding that all blocks share; 0 ignores labels"
    )
    attention: tuple[PositiveInt, ...] = Field(
        default=(), examples=[[16]], description="short sides of the maps that have self-attention, on both sides"
    )
    passes: PositiveInt = Field(default=16, description="batches of 64 that standing statistics are means over")


SMALLEST, LARGEST = 16, 256  # pixels along the short side
# Channels by how often the image is halved, as multiples of `channels`: the generator's from its first map up, the
# critic's from its first block down. Those of 16 px are this file's own.
UP = {
    2: (4, 4, 4),
    3: (4, 4, 4, 4),
    4: (16, 16, 8, 4, 2),
    5: (16, 16, 8, 4, 2, 1),
    6: (16, 16, 8, 8, 4, 2, 1),
}
DOWN = {
    2: (4, 4, 4),
    3: (4, 4, 4, 4),
    4: (1, 2, 4, 8, 16),
    5: (1, 2, 4, 8, 16, 16),
    6: (1, 2, 4, 8, 8, 16, 16),
}
HALVED_TWICE = 3  # up to so many halvings, 32 px, the critic halves twice, and two blocks stay at 8 px


class Generator(nn.Module):
    def __init__(self, options: BigganOptions, shape: DataShape) -> None:
        super().__init__()
        self.z_dim, self.conditional, self.passes = options.z_dim, options.label_dim > 0, options.passes
        self.class_counts = shape.class_counts
        first, *widths = (options.channels * times for times in UP[halvings(shape.resolution)])
        self.parts = len(widths) + 1
        part = options.z_dim // self.parts
        told = part + options.label_dim
        self.embedding = nn.Embedding(shape.classes, options.label_dim) if self.conditional else None
        self.first = (first, *first_map(shape))
        self.stem = _layer(nn.Linear(part, math.prod(self.first)))
        self.blocks = nn.ModuleList()
        side = min(first_map(shape))
        for width in widths:
            self.blocks.append(UpBlock(first, width, lambda channels: _norm(channels, told), _layer))
            first, side = width, 2 * side
            if side in options.attention:
                self.blocks.append(SelfAttention(width, _layer))
        self.norm = nn.BatchNorm2d(first)
        self.to_image = _layer(nn.Conv2d(first, shape.channels, 3, padding=1))
        if self.embedding is not None:
            nn.init.orthogonal_(self.embedding.weight)

    def forward(self, z: Tensor, labels: Tensor | None) -> Tensor:
        """Images [N, C, H, W] in [-1, 1] from z [N, z_dim] and, where conditional, labels [N]."""
        first, *told = z.chunk(self.parts, 1)
        if self.embedding is not None:
            shared = self.embedding(labels).to(z.dtype)
            told = [torch.cat([part, shared], 1) for part in told]
        x = self.stem(first).unflatten(1, self.first)
        parts = iter(told)
        for block in self.blocks:
            x = block(x, next(parts)) if isinstance(block, UpBlock) else block(x)
        return self.to_image(F.relu(self.norm(x))).tanh()

    def finalize(self, draw: Draw) -> None:
        """Standing statistics: every batch norm's are measured anew, with the weights that images are made with."""
        inputs = (
            (
                draw.normal(f"z{n}", self.z_dim),
                draw.classes(f"labels{n}", self.class_counts) if self.conditional else None,
            )
            for n in range(self.passes)
        )
        standing_statistics(self, (self(z, labels) for z, labels in inputs))

    @staticmethod
    def truncated(z: Tensor, psi: Tensor) -> Tensor:
        """z as of a normal from which all beyond a threshold is cut; psi is the share of the normal that is left.

        The paper draws again what lies beyond the threshold (section 3.1). This has the same distribution and is a
        function of z: each number keeps its rank. A threshold of 2 is a psi of 0.954, of 1 one of 0.683, of 0.5 one of
        0.383; at psi 1 nothing changes, at 0 every z is 0.
        """
        root = math.sqrt(2)
        return torch.where(psi < 1, root * inverse_erf(psi * torch.erf(z / root)), z)


def inverse_erf(y: Tensor) -> Tensor:
    """The x of which y is the error function, by Newton's method: ONNX has no operator for it.

    It begins from an approximation that is right to 0.002 (Winitzki 2008) and is made of operators that export.
    """
    log = torch.log((1 - y * y).clamp_min(1e-7))
    a = 0.147
    half = 2 / (math.pi * a) + log / 2
    x = y.sign() * (torch.sqrt(half * half - log / a) - half).clamp_min(0).sqrt()
    for _ in range(2):
        x = x - (torch.erf(x) - y) * (math.sqrt(math.pi) / 2) * torch.exp(x * x)
    return x


class Critic(nn.Module):
    def __init__(self, options: BigganOptions, shape: DataShape) -> None:
        super().__init__()
        times = halvings(shape.resolution)
        halved = 2 if times <= HALVED_TWICE else times
        width, side = shape.channels, shape.resolution
        blocks: list[nn.Module] = []
        for level, wider in enumerate(options.channels * multiple for multiple in DOWN[times]):
            down = level < halved
            blocks.append(DownBlock(width, wider, layer=_layer, down=down, first=level == 0))
            width, side = wider, side // 2 if down else side
            if down and side in options.attention:
                blocks.append(SelfAttention(width, _layer))
        self.blocks = nn.Sequential(*blocks)
        self.to_logit = _layer(nn.Linear(width, 1))
        self.head = ClassHead("projection", width, shape.classes, _layer) if options.label_dim else None

    def forward(self, images: Tensor, condition: Condition) -> CriticOutput:
        features = F.relu(self.blocks(images))
        pooled = features.sum((2, 3))
        logits = self.to_logit(pooled)
        if self.head is not None:
            logits, _ = self.head(logits, pooled, condition.labels)
        return CriticOutput(logits, (features,))


def _layer(layer: Any) -> nn.Module:
    """Orthogonal weights (Saxe et al. 2014, arXiv:1312.6120), biases of 0, under spectral norm."""
    nn.init.orthogonal_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    normed: nn.Module = spectral_norm(layer)
    return normed


def _norm(channels: int, told: int) -> ConditionalBatchNorm2d:
    """Scales and shifts that are linear in what a block is told."""
    gain, bias = (_layer(nn.Linear(told, channels, bias=False)) for _ in range(2))
    return ConditionalBatchNorm2d(channels, gain, bias)


def check(options: BigganOptions, shape: DataShape) -> Iterator[str]:
    if wrong := list(size_problems("biggan", shape, LARGEST)):
        yield from wrong
    elif shape.resolution < SMALLEST:
        yield f"data.resolution: biggan needs {SMALLEST} px or more; got {shape.resolution}. Nearest: {SMALLEST}."
    else:
        yield from attention_problems(options.attention, shape.resolution)
        parts = len(UP[halvings(shape.resolution)])
        if options.z_dim % parts:
            nearest = nearest_number(options.z_dim, [parts * n for n in range(1, options.z_dim // parts + 2)])
            yield (
                f"architecture.z_dim: at {shape.resolution} px z is cut into {parts} equal parts; "
                f"got {options.z_dim}. Nearest: {nearest}."
            )
    if options.label_dim and not shape.classes:
        yield "architecture.label_dim: the data set has no classes. Nearest: 0, or a folder with a sub-folder a class."


ARCHITECTURE = Architecture(
    summary="BigGAN: class embeddings and parts of z in every block. Rectangles of 16 to 256 px, grey, RGB or RGBA.",
    recipe={"objective": {"kind": "hinge"}, "architecture": {"channels": 8, "label_dim": 8, "attention": [16]}},
    options=BigganOptions,
    generator=Generator,
    critic=Critic,
    check=check,
    channels=(1, 3, 4),
    rectangles=True,
)
