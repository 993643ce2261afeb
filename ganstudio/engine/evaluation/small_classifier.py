"""A small classifier that is trained within minutes: what augmentations are proved with, and directions found by."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from ganstudio.engine.devices import Compute
from ganstudio.progress import Progress

SIDE = 32  # larger images are averaged down to it
BATCH = 64
EPOCHS, FEWEST_STEPS, MOST_STEPS = 10, 300, 1200
LEARNING_RATE = 2e-3


@dataclass(frozen=True)
class Labelled:
    """Images uint8 [N, H, W, C], and the class of each [N], or its attributes [N, A]."""

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __getitem__(self, rows: NDArray[np.int64]) -> Labelled:
        return Labelled(self.pixels[rows], self.labels[rows])

    def __add__(self, other: Labelled) -> Labelled:
        return Labelled(np.concatenate([self.pixels, other.pixels]), np.concatenate([self.labels, other.labels]))


class Classifier(nn.Module):
    """Three convolutions and two linear layers.

    Without normalization: real and synthetic images would share statistics that the held-out ones do not have.
    """

    def __init__(self, channels: int, side: int, classes: int) -> None:
        super().__init__()
        sizes = (channels, 16, 32, 32)
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in itertools.pairwise(sizes))
        self.hidden = nn.Linear(32 * (side // 8) ** 2, 128)
        self.dropout = nn.Dropout(0.3)
        self.output = nn.Linear(128, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits [N, classes] of images [N, C, S, S] in [-1, 1], S from 8 on."""
        for convolution in self.convolutions:
            images = F.max_pool2d(F.relu(convolution(images)), 2)
        return self.output(self.dropout(F.relu(self.hidden(images.flatten(1)))))


def steps_for(count: int) -> int:
    """The steps that a training on so many images takes."""
    return min(MOST_STEPS, max(FEWEST_STEPS, EPOCHS * count // BATCH))


def trained(
    images: Labelled,
    outputs: int,
    seed: int,
    steps: int,
    compute: Compute,
    progress: Progress | None = None,
) -> Classifier:
    """A network of `outputs` logits, in eval mode: a class each, or where `images` have attributes one a logit."""
    torch.manual_seed(seed)
    side, channels = images.pixels.shape[1], images.pixels.shape[3]
    network = Classifier(channels, side, outputs)
    compute.place(network).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
    random = np.random.default_rng([seed, 2])
    for step in range(steps):
        batch = images[random.integers(0, len(images.labels), BATCH)]
        with compute.autocast():
            logits = network(as_images(batch, compute))
        wanted = torch.from_numpy(batch.labels).to(compute.device)
        if wanted.ndim == 1:
            loss = F.cross_entropy(logits.float(), wanted)
        else:
            loss = F.binary_cross_entropy_with_logits(logits.float(), wanted.float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if progress:
            progress(step + 1, steps)
    network.eval()
    return network


def as_images(batch: Labelled, compute: Compute) -> Tensor:
    images = torch.from_numpy(batch.pixels).to(compute.device).permute(0, 3, 1, 2).float() / 127.5 - 1
    return images.contiguous(memory_format=torch.channels_last) if compute.channels_last else images


def small(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`pixels` [N, H, W, C] as squares, averaged down to SIDE where they are larger."""
    side = min(SIDE, *pixels.shape[1:3])
    if pixels.shape[1:3] == (side, side):
        return np.ascontiguousarray(pixels)
    images = torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float()
    averaged = F.adaptive_avg_pool2d(images, side).round().byte()
    return averaged.permute(0, 2, 3, 1).contiguous().numpy()
