"""Pivotal tuning (Roich et al. 2021, arXiv:2106.05744): a generator moves until it draws one picture at a fixed latent.

Equation 3 is the likeness at the pivot; equation 4 holds the generator where it was at latents around it, on the way to
those of samples. The paper moves StyleGAN2 by LPIPS over AlexNet and pixels; here LPIPS is VGG16's.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from ganstudio import __version__
from ganstudio.engine.contract import ExportSpec
from ganstudio.engine.draws import generator
from ganstudio.engine.encoder.generators import Differentiable
from ganstudio.engine.encoder.losses import Likeness
from ganstudio.engine.export.onnx import convert
from ganstudio.engine.projection.asked import Asked
from ganstudio.inference.exports import Export
from ganstudio.inference.latent.model import LatentModel
from ganstudio.progress import progress
from ganstudio.workspace import write_together

STEPS = 200
RATE = 3e-4
NEAR = 0.3  # how far towards a sample the latents lie at which nothing is to change
LOCAL_WEIGHT = 0.1  # lambda_R
ENOUGH = 1e-3  # mean squared difference of pixels: half a level of 16


def tune_for(
    export: Path,
    specs: Sequence[ExportSpec],
    source: Differentiable,
    asked: Asked,
    likeness: Likeness,
    seed: int,
    out: Path,
) -> Path:
    """Writes to `out` the export with its weights tuned to draw the picture at its latent; its halves beside it.

    `specs` and `source` stay as they are. Raises StudioError where torch and onnxruntime disagree.
    """
    modules = copy.deepcopy([spec.module for spec in specs])  # together: the halves go on sharing one network
    tuned = [replace(spec, module=module) for spec, module in zip(specs, modules, strict=True)]
    moving = Differentiable(tuned, LatentModel.open(export, "cpu"), source.device)
    _tune(moving, source, asked, likeness, seed)
    loaded = Export.load(export)
    basis = replace(
        loaded.manifest,
        **{"run": None, "run_created": None, "checkpoint_nimg": None, "ema": None, "blend": None},
        tuned={"of": loaded.name, "sha256": loaded.manifest.sha256},
        ganstudio=__version__,
    )
    made: dict[Path, bytes] = {}
    for spec in tuned:
        spec.module.cpu()
        target = out.with_name(f"{out.stem}.{spec.suffix}.onnx") if spec.suffix else out
        made[target] = convert(spec, replace(basis, name=target.stem))
    write_together(dict(reversed(made.items())))
    return out


def _tune(moving: Differentiable, source: Differentiable, asked: Asked, likeness: Likeness, seed: int) -> None:
    """Moves the weights that the latents go through."""
    weights = [one for one in moving.last.module.parameters() if one.is_floating_point()]
    for one in weights:
        one.requires_grad_(True)
    optimizer, show = torch.optim.Adam(weights, lr=RATE), progress("tuning")
    still = source.noise_of(seed, 1)
    for step in range(STEPS):
        drawn = moving.images(asked.latents, asked.labels, still)
        if likeness.pixels(drawn, asked.images).item() < ENOUGH:
            break
        loss = likeness(drawn, asked.images) + LOCAL_WEIGHT * _strayed(moving, source, asked, step)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        show(step + 1, STEPS)
    show(STEPS, STEPS)
    for one in weights:
        one.requires_grad_(False)


def _strayed(moving: Differentiable, source: Differentiable, asked: Asked, step: int) -> Tensor:
    """How far the generator has moved at a latent between the pivot and a sample."""
    random = generator(0, "pivotal", step)
    other = source.draw(1, random)
    between = asked.latents.lerp(other.latents, NEAR)
    noises = source.noise(1, random)
    with torch.no_grad():
        before = source.images(between, asked.labels, noises)
    return (moving.images(between, asked.labels, noises) - before).square().mean()
