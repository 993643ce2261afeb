"""Samples for a score, drawn under a purpose of their own, and the pixels that either side of a score has."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from ganstudio.engine.contract import Nets, Stage
from ganstudio.engine.draws import Draw
from ganstudio.engine.tasks.task import Task
from ganstudio.errors import StudioError
from ganstudio.half_blocks import GREY

PURPOSE = "evaluate"
_MOST_VALUES = 2**24  # of a chunk's images: activations take some tens of times that
_MOST, _LEAST = 500, 8  # images


def chunk(channels: int, size: tuple[int, ...]) -> int:
    """Images at once, by their size alone: the draws of a chunk follow from where it begins. RGBA counts as RGB."""
    return min(_MOST, max(_LEAST, _MOST_VALUES // (min(channels, 3) * math.prod(size))))


def over_grey(pixels: Tensor) -> Tensor:
    """Pixels uint8 [N, 3, H, W] of RGBA laid over grey, for networks that know no alpha; others as they are."""
    if pixels.shape[1] != 4:
        return pixels
    alpha = pixels[:, 3:].int()
    return ((pixels[:, :3].int() * alpha + GREY * (255 - alpha) + 127) // 255).byte()


def quantized(images: Tensor) -> Tensor:
    """Images in [-1, 1] as they are in a PNG: uint8, RGBA laid over grey.

    Raises StudioError where one holds NaN, which no grey may hide.
    """
    if torch.isnan(images).any():
        raise StudioError("samples hold NaN: the generator's weights or activations overflowed.")
    return over_grey(((images.float() + 1) * 127.5).round().clamp(0, 255).byte())


@torch.inference_mode()
def samples(
    task: Task,
    nets: Nets,
    stage: Stage,
    seed: int,
    n: int,
    at_once: int,
    class_counts: tuple[int, ...],
    device: torch.device,
    precision: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> Iterator[Tensor]:
    """Pixels uint8 [N, C, H, W], `at_once` at a time, of `n` averaged samples; classes as often as `class_counts`."""
    for start in range(0, n, at_once):
        count = min(at_once, n - start)
        draw = Draw(seed, PURPOSE, start, count, slice(0, count), device)
        labels = draw.classes("labels", class_counts) if class_counts else None
        with precision():
            images = task.generate(nets, draw, stage, labels, None)
        yield quantized(images)


def drawn_labels(seed: int, n: int, at_once: int, class_counts: tuple[int, ...]) -> Tensor:
    """The classes [n] that `samples` draws, called with the same."""
    starts = range(0, n, at_once)
    counts = [min(at_once, n - start) for start in starts]
    draws = [
        Draw(seed, PURPOSE, start, count, slice(0, count), torch.device("cpu"))
        for start, count in zip(starts, counts, strict=True)
    ]
    return torch.cat([draw.classes("labels", class_counts) for draw in draws])
