"""Perceptual path length: how far an image moves, to the eye, for a small step in latent space.

Karras et al. 2018, arXiv:1812.04948, equations 2 and 3, with epsilon = 1e-4 and d = LPIPS:

    l_z = E[ d(G(slerp(z1, z2; t)), G(slerp(z1, z2; t + epsilon))) / epsilon^2 ]
    l_w = E[ d(g(lerp(f(z1), f(z2); t)), g(lerp(f(z1), f(z2); t + epsilon))) / epsilon^2 ]

Low is smooth. A generator that jumps between memorized images has long paths, and one that draws a single image has
none: the number says nothing without a score of quality beside it. The lowest and the highest hundredth of the steps
are left out, as in the paper's code. `end` steps start on drawn latents (t = 0), `full` steps anywhere between two.

Labels and noise are the same at both ends of a step. Points are found in float64: a float32 `t + epsilon` would be off
by up to 6e-4 of the step. Images are not quantized, which turns most steps into 0 and the rest into jumps. The slerp is
that of `interpolate` (inference/walk.py); the paper's differs in the norm alone, which StyleGAN's first layer forgets.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ganstudio.engine.contract import StyleGenerator
from ganstudio.engine.devices import full_precision
from ganstudio.engine.draws import Draw
from ganstudio.engine.evaluation.lpips import Lpips
from ganstudio.errors import StudioError, UsageError
from ganstudio.inference.walk import lerp, slerp
from ganstudio.progress import Progress, no_progress
from ganstudio.units import format_count

EPSILON = 1e-4
TRIM = (1.0, 99.0)  # percentiles; what is beyond them is left out
FEWEST = 100  # steps: of fewer, no hundredth can be left out
_CHUNK = 32

Sampling = Literal["end", "full"]
Show = Callable[[Tensor, Draw], Tensor]  # from points, and a draw of whatever else is drawn: labels, noise
Join = Callable[[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True)
class Space:
    """Where paths run: `point` leads there from normal z [N, z_dim], `join` between two points, `images` out of it."""

    name: str
    point: Show
    join: Join
    images: Show


def in_z(generate: Show, straight: bool = False) -> Space:
    """The space of z [N, z_dim], of which `generate` makes images, by great circles; by lines where `straight`."""
    return Space("z-lerp" if straight else "z", _itself, lerp if straight else slerp, generate)


def _itself(z: Tensor, _draw: Draw) -> Tensor:
    return z


def in_w(mapping: Show, synthesis: Show) -> Space:
    """The space of ws [N, L, D] of a generator with styles, by lines: `mapping` makes them of z, `synthesis` images."""
    return Space("w", mapping, lerp, synthesis)


def spaces(net: nn.Module, class_counts: tuple[int, ...], stage: dict[str, Any], straight: bool = False) -> list[Space]:
    """Those of a generator in eval mode: z, and w where it has styles. `class_counts` say how often a class is drawn.

    `stage` is what networks that grow are called with (`Nets.stage`); `straight` is z's alone.
    """
    made: Any = net  # contract.py says what a generator has, not with which types

    def labels(draw: Draw) -> Tensor | None:
        return draw.classes("labels", class_counts) if made.conditional else None

    if not isinstance(net, StyleGenerator):
        return [in_z(lambda z, draw: made(z, labels(draw), **stage), straight)]

    def mapping(z: Tensor, draw: Draw) -> Tensor:
        return net.mapping(z, labels(draw))

    def synthesis(ws: Tensor, draw: Draw) -> Tensor:
        noise = tuple(draw.image_noise(f"noise_{i}", *shape) for i, shape in enumerate(net.noise_shapes))
        return net.synthesis(ws, noise, **stage)

    return [in_z(lambda z, draw: synthesis(mapping(z, draw), draw), straight), in_w(mapping, synthesis)]


@dataclass(frozen=True)
class PathLength:
    """`value` is the mean of the `kept` of `lengths` [n], `error` its standard error, `deviation` theirs."""

    score: str
    lengths: NDArray[np.float64]
    kept: int
    value: float
    deviation: float

    @property
    def error(self) -> float:
        return self.deviation / math.sqrt(self.kept)

    def as_json(self) -> dict[str, Any]:
        told = {"score": self.score, "value": self.value, "error": self.error, "deviation": self.deviation}
        return {**told, "n": len(self.lengths), "kept": self.kept}


@torch.inference_mode()
def path_length(
    space: Space,
    z_dim: int,
    lpips: Lpips,
    n: int,
    seed: int,
    device: torch.device,
    sampling: Sampling = "end",
    progress: Progress = no_progress,
) -> PathLength:
    """The mean length of `n` steps of a generator in eval mode. The same seed draws the same steps.

    Raises:
        UsageError: fewer than FEWEST steps.
        StudioError: an image holds NaN.
    """
    if n < FEWEST:
        raise UsageError(f"path length: {FEWEST} steps or more are needed; got {n}. Nearest: {FEWEST}.")
    lengths = []
    for start in range(0, n, _CHUNK):
        count = min(_CHUNK, n - start)
        draw = Draw(seed, "evaluate/ppl", start, count, slice(0, count), device)
        with full_precision(device):
            lengths.append(_lengths(space, z_dim, lpips, draw, sampling))
        progress(start + count, n)
    found = np.concatenate(lengths)
    if bad := int((~np.isfinite(found)).sum()):
        raise StudioError(f"path length: {bad} of {n} steps end in NaN: the generator's activations overflowed.")
    kept = trimmed(found)
    score = f"PPL-{space.name}-{sampling}[{lpips.stamp}]-{format_count(n)}"
    return PathLength(score, found, len(kept), float(kept.mean()), float(kept.std()))


def trimmed(lengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Those between the 1st and the 99th percentile, both of which are lengths that occur and stay."""
    low = np.percentile(lengths, TRIM[0], method="lower")
    high = np.percentile(lengths, TRIM[1], method="higher")
    return lengths[(lengths >= low) & (lengths <= high)]


def _lengths(space: Space, z_dim: int, lpips: Lpips, draw: Draw, sampling: Sampling) -> NDArray[np.float64]:
    """One step for each of the draw's samples, [N]."""
    first, second = (space.point(draw.normal(f"z{end}", z_dim), draw) for end in (1, 2))
    a, b = (ends.cpu().double().numpy().reshape(len(ends), -1) for ends in (first, second))
    t = np.zeros((len(a), 1)) if sampling == "end" else draw.uniform("t", 1).cpu().double().numpy()
    here, there = (
        _opaque(space.images(torch.from_numpy(space.join(a, b, at)).to(first).view_as(first), draw))
        for at in (t, t + EPSILON)
    )
    return lpips(here, there).cpu().double().numpy() / EPSILON**2


def _opaque(images: Tensor) -> Tensor:
    """RGBA images in [-1, 1] over mid grey, which is 0; others as they are."""
    return images[:, :3] * ((images[:, 3:] + 1) / 2) if images.shape[1] == 4 else images
