"""Short clips with separate content and motion, after MoCoGAN: Tulyakov et al. 2018 (arXiv:1707.04993, section 3).

z is a content code, the same for all frames, and one number vector a frame, which a recurrent network turns into the
motion codes of the frames (section 3.1). A DCGAN draws each frame from content and motion. Two critics judge: one whole
clips, by convolutions along time too, the other single frames, drawn anew for every update, one of each clip in the
paper (section 3.2; categories of motion are left out). The data decides how many frames a clip has.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import torch
from pydantic import Field, PositiveInt
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ganstudio.engine.contract import (
    Architecture,
    Condition,
    CriticOutput,
    DataShape,
    Nets,
    Options,
    Pair,
    StepContext,
)
from ganstudio.engine.draws import Draw
from ganstudio.engine.layers.first_map import first_map, halvings, size_problems
from ganstudio.engine.tasks.synthesis import Synthesis
from ganstudio.errors import RecipeError
from ganstudio.recipe.schema import Recipe
from ganstudio.recipe.task_choices import SynthesisTask

LARGEST = 128  # pixels along the short side of a frame


class VideoganOptions(Options):
    content_dim: PositiveInt = Field(default=50, description="numbers of z that all frames of a clip share")
    motion_dim: PositiveInt = Field(default=10, description="numbers of z that each frame has of its own")
    channels: PositiveInt = Field(default=64, description="channels at half a frame's sides; doubled each level down")
    clip_channels: PositiveInt = Field(default=64, description="channels of the critic of clips, counted alike")
    frames: PositiveInt = Field(default=1, description="frames of each clip that the critic of frames is shown")
    critic_norm: Literal["batch", "spectral"] = Field(
        default="batch", description="of both critics; spectral bounds each layer's slope"
    )
    max_channels: PositiveInt = Field(default=512, description="channels never exceed this")


def frame_shape(shape: DataShape) -> DataShape:
    return DataShape(shape.channels, shape.size[-2:])


def widths(channels: int, options: VideoganOptions, shape: DataShape) -> list[int]:
    """Channels from half a frame's sides, where they are `channels`, down to the smallest map."""
    return [min(channels * 2**level, options.max_channels) for level in range(halvings(shape.resolution))]


class Generator(nn.Module):
    """z [N, content_dim + T * motion_dim]: the content code, then the numbers of the first frame, and so on."""

    conditional = False

    def __init__(self, options: VideoganOptions, shape: DataShape) -> None:
        super().__init__()
        self.frames, self.content_dim, self.motion_dim = shape.size[0], options.content_dim, options.motion_dim
        self.z_dim = options.content_dim + self.frames * options.motion_dim
        self.motion = nn.GRUCell(options.motion_dim, options.motion_dim)
        self.start = nn.Linear(options.motion_dim, options.motion_dim)
        *rest, top = widths(options.channels, options, shape)
        first = (top, *first_map(frame_shape(shape)))
        told = options.content_dim + options.motion_dim
        layers: list[nn.Module] = [nn.Linear(told, math.prod(first), bias=False), nn.Unflatten(1, first)]
        for width in reversed(rest):
            layers += [nn.BatchNorm2d(top), nn.ReLU(), nn.ConvTranspose2d(top, width, 4, 2, 1, bias=False)]
            top = width
        layers += [nn.BatchNorm2d(top), nn.ReLU(), nn.ConvTranspose2d(top, shape.channels, 4, 2, 1), nn.Tanh()]
        self.frame = nn.Sequential(*layers)
        self.frame.apply(initialize)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Clips [N, C, T, H, W] in [-1, 1] from z [N, z_dim]."""
        content, steps = z[:, : self.content_dim], z[:, self.content_dim :].unflatten(1, (self.frames, self.motion_dim))
        state = self.start(steps[:, 0])
        told = []
        for time in range(self.frames):
            state = self.motion(steps[:, time], state)
            told.append(torch.cat([content, state], 1))
        frames = self.frame(torch.stack(told, 1).flatten(0, 1))
        return frames.unflatten(0, (-1, self.frames)).movedim(1, 2)


class ClipCritic(nn.Module):
    """Judges clips [N, C, T, H, W] as a whole; time is halved along with the sides for as long as there are frames."""

    def __init__(self, options: VideoganOptions, shape: DataShape) -> None:
        super().__init__()
        width, frames = shape.channels, shape.size[0]
        layers: list[nn.Module] = []
        for level, wider in enumerate(widths(options.clip_channels, options, shape)):
            kernel, step = (4, 2) if frames >= 2 else (3, 1)
            convolution = nn.Conv3d(width, wider, (kernel, 4, 4), (step, 2, 2), 1, bias=level == 0)
            layers += _normalized(options, convolution, nn.BatchNorm3d(wider) if level else None)
            width, frames = wider, frames // step
        self.net = nn.Sequential(
            *layers, nn.Flatten(), nn.Linear(width * frames * math.prod(first_map(frame_shape(shape))), 1)
        )
        self.apply(initialize)

    def forward(self, images: Tensor, condition: Condition) -> CriticOutput:
        return CriticOutput(self.net(images))


class FrameCritic(nn.Module):
    """Judges the frames of [N, C, T, H, W], each by itself: logits [N, T]."""

    def __init__(self, options: VideoganOptions, shape: DataShape) -> None:
        super().__init__()
        width = shape.channels
        layers: list[nn.Module] = []
        for level, wider in enumerate(widths(options.channels, options, shape)):
            convolution = nn.Conv2d(width, wider, 4, 2, 1, bias=level == 0)
            layers += _normalized(options, convolution, nn.BatchNorm2d(wider) if level else None)
            width = wider
        self.net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(width * math.prod(first_map(frame_shape(shape))), 1))
        self.apply(initialize)

    def forward(self, images: Tensor, condition: Condition) -> CriticOutput:
        return CriticOutput(self.net(images.movedim(2, 1).flatten(0, 1)).view(len(images), -1))


def _normalized(options: VideoganOptions, convolution: nn.Module, norm: nn.Module | None) -> list[nn.Module]:
    """A level of a critic: its convolution, its norm, of which the first level has none in batches, and the slope."""
    if options.critic_norm == "spectral":
        return [spectral_norm(convolution), nn.LeakyReLU(0.2)]
    return [convolution, *([] if norm is None else [norm]), nn.LeakyReLU(0.2)]


def initialize(module: nn.Module) -> None:
    """Weights from N(0, 0.02), batch-norm scales from N(1, 0.02), as in DCGAN."""
    if isinstance(module, nn.Conv2d | nn.Conv3d | nn.ConvTranspose2d | nn.Linear) and not hasattr(
        module, "parametrizations"
    ):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d | nn.BatchNorm3d):
        nn.init.normal_(module.weight, 1.0, 0.02)


class VideoSynthesis(Synthesis):
    """Clips from noise, for a critic of clips and one of frames."""

    def build(self, architecture: Architecture, options: Options, shape: DataShape) -> Nets:
        nets = super().build(architecture, options, shape)
        assert isinstance(options, VideoganOptions)
        self.frames = options.frames
        return replace(nets, critics={"clips": nets.critics["critic"], "frames": FrameCritic(options, shape)})

    def pairs(self, context: StepContext) -> list[Pair]:
        (clips,) = super().pairs(context)
        fake, real = drawn_frames(clips.fake, self.frames, context.draw, "frames/fake"), None
        if clips.real is not None:
            real = drawn_frames(clips.real, self.frames, context.draw, "frames/real")
        return [replace(clips, critic="clips"), replace(clips, critic="frames", fake=fake, real=real)]


def drawn_frames(clips: Tensor, count: int, draw: Draw, purpose: str) -> Tensor:
    """So many frames [N, C, count, H, W] of clips [N, C, T, H, W], different ones, drawn for each clip by itself."""
    places = draw.uniform(purpose, clips.shape[2]).argsort(1)[:, :count]
    rows = torch.arange(len(clips), device=clips.device)[:, None]
    return clips.movedim(2, 1)[rows, places].movedim(1, 2)


def task(recipe: Recipe) -> VideoSynthesis:
    """The task of a recipe. Raises RecipeError where it is another than synthesis."""
    if not isinstance(recipe.task, SynthesisTask):
        raise RecipeError([f"task: videogan makes clips of noise; got {recipe.task.kind}. Nearest: synthesis."])
    return VideoSynthesis(recipe.task)


def check(options: VideoganOptions, shape: DataShape) -> Iterator[str]:
    if options.frames > shape.size[0]:
        yield f"architecture.frames: a clip has {shape.size[0]}; got {options.frames}. Nearest: {shape.size[0]}."
    yield from size_problems("videogan", frame_shape(shape), LARGEST)


ARCHITECTURE = Architecture(
    summary="MoCoGAN: content and motion of clips apart, a critic of clips and one of frames. Frames of 8 to 128 px.",
    recipe={
        "objective": {"kind": "non_saturating"},
        "architecture": {"channels": 16, "clip_channels": 16},
        "training": {"batch": 16},
    },
    options=VideoganOptions,
    generator=Generator,
    critic=ClipCritic,
    check=check,
    task=task,
    flat=False,
    volumes=True,
    channels=(1, 3, 4),
    rectangles=True,
)
