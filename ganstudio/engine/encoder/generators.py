"""A generator as its inverse is trained on it: samples with their latents and, of a run of ours, gradients."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ganstudio.engine.contract import ExportSpec
from ganstudio.engine.export.compare_with_run import specs_of
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latents import noise


class Drawn(NamedTuple):
    """Samples: images [N, C, H, W], latents [N, layers, size], and classes [N] where there are some."""

    images: Tensor
    latents: Tensor
    labels: Tensor | None


class Differentiable:
    """The generator of a run, restored in torch, its weights frozen. Latents are as LatentModel has them.

    `space`, `classes` and `shape` are the export's: without its halves beside it a generator with styles goes by z.
    """

    def __init__(self, specs: Sequence[ExportSpec], model: LatentModel, device: torch.device) -> None:
        parts = {spec.suffix: spec for spec in specs}
        self.mapping = parts.get("mapping")
        self.last = parts["synthesis" if model.space == "w" else ""]  # what latents go through
        self.space, self.classes, self.z_dim = model.space, len(model.classes), model.whole.z_dim
        self.device = device
        for spec in specs:
            spec.module.eval().to(device).requires_grad_(False)

    @torch.no_grad()
    def draw(self, count: int, source: torch.Generator) -> Drawn:
        """Samples of normal z, classes evenly."""
        z = torch.randn(count, self.z_dim, generator=source).to(self.device)
        labels = torch.randint(self.classes, (count,), generator=source).to(self.device) if self.classes else None
        latents = z[:, None]
        if self.space == "w":
            assert self.mapping is not None
            latents = self.mapping.module(*_inputs(self.mapping, z, labels, None))
        return Drawn(self.images(latents, labels, self.noise(count, source)), latents, labels)

    def noise(self, count: int, source: torch.Generator) -> dict[str, Tensor]:
        """The noise inputs of so many images, by name."""
        return {
            name: torch.randn(count, *shape, generator=source).to(self.device)
            for name, shape in self._noise_shapes().items()
        }

    def noise_of(self, seed: int, count: int) -> dict[str, Tensor]:
        """The noise that the export is given for a seed, for each of `count` images."""
        return {
            name: torch.from_numpy(noise([seed] * count, int(name.removeprefix("noise_")), shape)).to(self.device)
            for name, shape in self._noise_shapes().items()
        }

    def images(self, latents: Tensor, labels: Tensor | None, noise: dict[str, Tensor]) -> Tensor:
        """Images of latents [N, layers, size], with gradients to them."""
        first = latents if self.space == "w" else latents[:, 0]
        images: Tensor = self.last.module(*_inputs(self.last, first, labels, noise))
        return images

    def _noise_shapes(self) -> dict[str, list[int]]:
        return {name: list(one.shape[1:]) for name, one in self.last.inputs.items() if name.startswith("noise_")}


class Sampled:
    """Any export, drawn by onnxruntime: samples and their latents, no gradients."""

    def __init__(self, model: LatentModel) -> None:
        self.model, self.space, self.classes, self.z_dim = model, model.space, len(model.classes), model.whole.z_dim

    def draw(self, count: int, source: torch.Generator) -> Drawn:
        """As Differentiable.draw."""
        z = torch.randn(count, self.z_dim, generator=source).numpy()
        labels = torch.randint(self.classes, (count,), generator=source) if self.classes else None
        classes = None if labels is None else labels.tolist()
        latents = self.model.latents(z, classes)
        seeds = torch.randint(2**31, (count,), generator=source).tolist()
        images = self.model.images(latents, classes, seeds=seeds)
        return Drawn(torch.from_numpy(images), torch.from_numpy(np.ascontiguousarray(latents)), labels)


def generator_of(export: Path, run: Path | None, model: LatentModel, device: torch.device) -> Differentiable | Sampled:
    """The generator of the run that an export is of, or the export alone. Raises UsageError where it is not kept."""
    if run is None:
        return Sampled(model)
    specs, _, _ = specs_of(run, export)
    return Differentiable(specs, model, device)


def _inputs(spec: ExportSpec, first: Tensor, labels: Tensor | None, noise: dict[str, Tensor] | None) -> list[Tensor]:
    """What the module of a graph is called with, in its order: latents, classes, no truncation, noise."""
    given: list[Tensor] = []
    for name in spec.inputs:
        if name in ("z", "ws"):
            given.append(first)
        elif name == "labels":
            assert labels is not None
            given.append(labels)
        elif name == "psi":
            given.append(torch.ones((), device=first.device))
        else:
            assert noise is not None
            given.append(noise[name])
    return given
