"""InfoGAN, Chen et al. 2016 (arXiv:1606.03657, appendix C.1): dense layers, two strided convolutions, codes within z.

The paper's images are of 28 px; here both sides may be any multiple of 4. Its 62 numbers of noise, ten-way code and two
continuous codes are a z of 74, whose first 12 numbers are the codes: inference/codes.py says how they are read off z.
Images are in [-1, 1], so that the generator ends in tanh.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from pydantic import Field, NonNegativeInt, PositiveInt
from torch import Tensor, nn

from ganstudio.engine.contract import Architecture, Condition, CriticOutput, DataShape, Options
from ganstudio.engine.layers.codes import room, spelled_out
from ganstudio.inference.codes import laid_out
from ganstudio.units import both_texts, recipe_text

SMALLEST, LARGEST = 8, 64  # pixels along a side


class InfoganOptions(Options):
    z_dim: PositiveInt = Field(default=74, description="length of the noise that an image is made from, with its codes")
    codes: tuple[PositiveInt, ...] = Field(
        default=(10,), examples=[[10, 4]], description="how many values each categorical code has; [] is none"
    )
    continuous_codes: NonNegativeInt = Field(default=2, description="codes that are a number from -1 to 1")
    channels: PositiveInt = Field(default=64, description="channels at half the image's sides; twice that at a quarter")
    hidden: PositiveInt = Field(default=1024, description="width of the dense layers")


def _quarter(options: InfoganOptions, shape: DataShape) -> tuple[int, int, int]:
    height, width = shape.size
    return 2 * options.channels, height // 4, width // 4


class Generator(nn.Module):
    conditional = False

    def __init__(self, options: InfoganOptions, shape: DataShape) -> None:
        super().__init__()
        self.z_dim, self.codes = options.z_dim, laid_out(options.codes, options.continuous_codes)
        first, width = _quarter(options, shape), options.channels
        self.net = nn.Sequential(
            *(nn.Linear(options.z_dim, options.hidden, bias=False), nn.BatchNorm1d(options.hidden), nn.ReLU()),
            *(nn.Linear(options.hidden, math.prod(first), bias=False), nn.Unflatten(1, first)),
            *(nn.BatchNorm2d(first[0]), nn.ReLU(), nn.ConvTranspose2d(first[0], width, 4, 2, 1, bias=False)),
            *(nn.BatchNorm2d(width), nn.ReLU(), nn.ConvTranspose2d(width, shape.channels, 4, 2, 1), nn.Tanh()),
        )
        self.apply(initialize)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Images [N, C, H, W] in [-1, 1] from z [N, z_dim]."""
        return self.net(spelled_out(z, self.codes))


class Critic(nn.Module):
    """Real or fake, and in the head `codes` which codes an image was made from: logits, then means."""

    def __init__(self, options: InfoganOptions, shape: DataShape) -> None:
        super().__init__()
        first, width, hidden = _quarter(options, shape), options.channels, options.hidden
        self.body = nn.Sequential(
            *(nn.Conv2d(shape.channels, width, 4, 2, 1), nn.LeakyReLU(0.1)),
            *(nn.Conv2d(width, first[0], 4, 2, 1, bias=False), nn.BatchNorm2d(first[0]), nn.LeakyReLU(0.1)),
            *(nn.Flatten(), nn.Linear(math.prod(first), hidden, bias=False)),
            *(nn.BatchNorm1d(hidden), nn.LeakyReLU(0.1)),
        )
        self.real = nn.Linear(hidden, 1)
        taken = room(laid_out(options.codes, options.continuous_codes))
        self.codes = nn.Sequential(
            *(nn.Linear(hidden, 128, bias=False), nn.BatchNorm1d(128), nn.LeakyReLU(0.1), nn.Linear(128, taken))
        )
        self.apply(initialize)

    def forward(self, images: Tensor, condition: Condition) -> CriticOutput:
        features = self.body(images)
        return CriticOutput(self.real(features), heads={"codes": self.codes(features)})


def initialize(module: nn.Module) -> None:
    """Weights from N(0, 0.02), as in DCGAN."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(module.weight, 0.0, 0.02)


def check(options: InfoganOptions, shape: DataShape) -> Iterator[str]:
    nearest = tuple(min(max(round(side / 4) * 4, SMALLEST), LARGEST) for side in shape.size)
    if nearest != shape.size:
        yield (
            f"data.resolution: infogan takes sides that are multiples of 4, from {SMALLEST} to {LARGEST} px; "
            f"got {both_texts(shape.size)}. Nearest: {recipe_text(nearest)}."
        )
    codes = laid_out(options.codes, options.continuous_codes)
    if not codes:
        yield "architecture.codes: [] and no continuous codes leave nothing to learn beside images. Nearest: [10]."
    if few := [size for size in options.codes if size < 2]:
        yield f"architecture.codes: a categorical code has two values or more; got {few[0]}. Nearest: 2."
    if room(codes) > options.z_dim:
        yield (
            f"architecture.z_dim: the codes take {room(codes)} numbers of z; got {options.z_dim}. "
            f"Nearest: {room(codes)}."
        )


ARCHITECTURE = Architecture(
    summary="InfoGAN: dense layers and two convolutions, with codes that the critic reads back. 8 to 64 px.",
    recipe={"objective": {"kind": "non_saturating"}},
    options=InfoganOptions,
    generator=Generator,
    critic=Critic,
    check=check,
    rectangles=True,
)
