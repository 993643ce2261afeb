"""The worker's verb `project`: latents of pictures by gradients, and generators tuned for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganstudio.engine.devices import choose
from ganstudio.engine.encoder.generators import Differentiable
from ganstudio.engine.encoder.losses import Likeness
from ganstudio.engine.encoder.training import statistics
from ganstudio.engine.export.compare_with_run import specs_of
from ganstudio.engine.projection.asked import Asked
from ganstudio.engine.projection.pivotal import tune_for
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent.projection.projector import PRIOR
from ganstudio.progress import Progress, progress

RATE = 0.05  # of Adam, in the latents' own spread
EASE = 0.25  # the share of the steps at the end over which the rate falls to 0


def project(
    export: Path, asked_path: Path, answer: Path, run: Path, steps: int, seed: int, tuned: Sequence[Path], device: str
) -> dict[str, Any]:
    """Writes the latents that were found to `answer` and, where `tuned` names files, a generator for each picture.

    Raises UsageError where the run no longer keeps what the export was made of.
    """
    where = choose(device, "fp32").device
    specs, _, _ = specs_of(run, export)
    source = Differentiable(specs, LatentModel.open(export, "cpu"), where)
    asked = Asked.read(asked_path, where)
    channels, height, width = asked.images.shape[1:]
    likeness = Likeness((channels, height, width), where)
    still = source.noise_of(seed, len(asked.images))
    found = search(source, asked, likeness, still, steps, progress("searching"))
    np.savez(answer, latents=found.cpu().numpy())
    made = [
        tune_for(export, specs, source, Asked(one.images, found[n : n + 1], one.labels), likeness, seed, path)
        for n, path in enumerate(tuned)
        for one in [asked.one(n)]
    ]
    return {"latents": str(answer), "by": likeness.says, "tuned": [str(path) for path in made]}


def search(
    source: Differentiable,
    asked: Asked,
    likeness: Likeness,
    still: dict[str, Tensor],
    steps: int,
    show: Progress,
) -> Tensor:
    """Latents [N, layers, size]: of each picture the best that Adam met. All layers move alike.

    It minimizes the likeness and, as least squares do, PRIOR times the mean square of how far latents are out.
    """
    centre, spread = (one.to(source.device) for one in statistics(source))
    moved = torch.zeros(len(asked.images), 1, asked.latents.shape[2], device=source.device, requires_grad=True)
    optimizer = torch.optim.Adam([moved], lr=RATE)
    best = asked.latents.clone()
    least = torch.full((len(best),), float("inf"), device=source.device)
    for step in range(steps + 1):
        optimizer.param_groups[0]["lr"] = RATE * min(1.0, (steps - step) / max(1.0, EASE * steps))
        latents = asked.latents + moved * spread
        images = source.images(latents, asked.labels, still)
        losses = likeness.of_each(images, asked.images)
        losses = losses + PRIOR * ((latents - centre) / spread).square().mean((1, 2))
        nearer = losses.detach() < least
        best = torch.where(nearer[:, None, None], latents.detach(), best)
        least = torch.where(nearer, losses.detach(), least)
        optimizer.zero_grad()
        losses.sum().backward()
        optimizer.step()
        show(step, steps)
    return best
