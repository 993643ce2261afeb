"""Trains an encoder on a generator's own samples and, where gradients reach its latents, on real images."""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch
from torch import Tensor

from ganstudio.engine.batches import Batches
from ganstudio.engine.contract import Batch, Stage
from ganstudio.engine.draws import Draw, generator
from ganstudio.engine.encoder.generators import Differentiable, Sampled
from ganstudio.engine.encoder.losses import SEEN, Likeness
from ganstudio.engine.encoder.network import Encoder
from ganstudio.errors import TrainingError
from ganstudio.progress import Progress

BATCH = 32
RATE = 1e-3
LATENT_WEIGHT = 0.1  # of squared errors of latents, in their own spread
SHELL_WEIGHT = 0.01  # of latents of real images that lie further out than drawn ones do
STATISTICS = 2_000  # latents that tell centre and spread
_FULL = Stage(0, 1.0)


@dataclass(frozen=True)
class Budget:
    """When training ends. The learning rate falls to 0 over `kimg`, else over `minutes`, which always are a stop."""

    minutes: float
    kimg: float | None = None

    def progress(self, nimg: int, seconds: float) -> float:
        """The share of the schedule that is done."""
        return nimg / (1000 * self.kimg) if self.kimg else seconds / (60 * self.minutes)

    def is_spent(self, nimg: int, seconds: float) -> bool:
        return self.progress(nimg, seconds) >= 1 or seconds >= 60 * self.minutes


@dataclass(frozen=True)
class Trained:
    encoder: Encoder
    nimg: int
    seconds: float


def statistics(source: Differentiable | Sampled) -> tuple[Tensor, Tensor]:
    """Centre [layers, size] and spread [size] of latents; 0 and 1 of z, by definition."""
    if source.space == "z":
        return torch.zeros(1, source.z_dim), torch.ones(source.z_dim)
    parts = [source.draw(250, generator(0, "encoder/statistics", n)).latents.cpu() for n in range(STATISTICS // 250)]
    ws = torch.cat(parts)
    centre = ws.mean(0)
    return centre, (ws - centre).mean(1).std(0).clamp_min(1e-4)


def train(
    source: Differentiable | Sampled,
    shape: tuple[int, int, int],
    likeness: Likeness,
    real: Batches | None,
    budget: Budget,
    device: torch.device,
    show: Progress,
) -> Trained:
    """The trained encoder, in eval mode. `real` are the images that the generator is to draw again.

    Raises TrainingError where the loss is no number.
    """
    torch.manual_seed(0)
    channels, *size = shape
    centre, spread = statistics(source)
    encoder = Encoder(channels, (size[0], size[1]), centre, spread, source.space == "w").to(device).train()
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=RATE, weight_decay=1e-4)
    began, nimg, step = time.monotonic(), 0, 0
    while not budget.is_spent(nimg, seconds := time.monotonic() - began):
        optimizer.param_groups[0]["lr"] = RATE * min(1.0, (step + 1) / 100) * (1 - budget.progress(nimg, seconds))
        draw = Draw(0, "encoder", step, BATCH, slice(0, BATCH), device)
        batch = None if real is None else real.at("encoder", step * BATCH, draw, _FULL)
        loss = _loss(encoder, source, likeness, batch, step, device)
        if not torch.isfinite(loss):
            raise TrainingError(f"encoder: the loss is no number after {nimg:,} samples.")
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        nimg, step = nimg + BATCH, step + 1
        if budget.kimg:
            show(min(nimg, round(1000 * budget.kimg)), round(1000 * budget.kimg))
        else:
            show(int(seconds), int(60 * budget.minutes))
    return Trained(encoder.eval(), nimg, time.monotonic() - began)


def _loss(
    encoder: Encoder,
    source: Differentiable | Sampled,
    likeness: Likeness,
    batch: Batch | None,
    step: int,
    device: torch.device,
) -> Tensor:
    """Squared errors of the latents of samples, and how unlike real images are drawn again."""
    random = generator(0, "encoder/samples", step)
    drawn = source.draw(BATCH, random)
    fakes = drawn.images.to(device)
    # one call for both: the norms must not tell samples from real images
    found = encoder.latents(fakes if batch is None else torch.cat([fakes, batch.images]))
    wanted = (drawn.latents.to(device) - encoder.centre) / encoder.spread
    got = (found[:BATCH] - encoder.centre) / encoder.spread
    loss = LATENT_WEIGHT * (got - wanted).square().mean()
    if batch is None or not isinstance(source, Differentiable):
        return loss
    latents = found[BATCH:]
    again = source.images(latents, batch.labels if source.classes else None, source.noise(BATCH, random))
    out = ((latents - encoder.centre) / encoder.spread).square().mean((1, 2))
    return loss + likeness(again, batch.images, SEEN) + SHELL_WEIGHT * (out - 1).clamp_min(0).mean()
