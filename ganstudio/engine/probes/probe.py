"""A look at a training from outside, now and then, for `diagnose`: what its samples are like, what its critic knows.

Samples come from fixed latents and the averaged generator, and are compared with as many real images. Small pictures
(8 px, each pixel a mean) stand for them in all distances, so that noise, which averages out, is no diversity.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import fmean

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.engine.batches import HELD_TELLING
from ganstudio.engine.contract import Batch, Condition, CriticOutput, Nets
from ganstudio.engine.draws import Draw, reseed
from ganstudio.engine.probes import label_probe
from ganstudio.engine.session import Session
from ganstudio.engine.updates.report import ordered

COUNT = 128  # samples, and real images of either kind
SIDE = 8
EDGE = 0.99  # of 1: values beyond are saturated
STILL = 0.01  # a pixel whose values scatter less over the samples is dead
MOST_CLASSES = 16  # with more of them, too few samples are left of each
CHECKED = 2048  # images that are looked at for repeats and blanks
MOST_HELD = 64  # rows of images held out that are named


@dataclass
class Probe:
    """Looks at one session. `last` are the small samples of the look before, for how far they have moved since."""

    session: Session
    last: Tensor | None = field(default=None, init=False)

    @torch.inference_mode()
    def __call__(self) -> dict[str, float]:
        """Numbers by name. Nothing that is trained or drawn from changes. Every process must call this, each for all of
        the images: in train mode a critic may hold layers that wait for the others, such as SyncBatchNorm.

        diversity, neighbours: the mean distance of two samples, and of a sample to its nearest, over that of the data.
        class_diversity: the least of a class's own diversities.
        saturated, dead: shares of values at an end of the range and of pixels that never change, less the data's.
        drift: how far the samples of the same latents moved since the last look, over the data's mean distance.
        label_effect: how far another label moves a sample, over how far another latent does.
        label_auc: how often the critic's answer to a training image suits its own label more than another; both only
        where the generator is told labels.
        held_auc, d_held: how often the critic ranks a training image above one that it never saw (0.5: it cannot
        tell), and its mean logit on these; neither where fewer than HELD_TELLING images are held out.
        """
        session = self.session
        real = session.batches.fixed("probe/real", COUNT, session.stage)
        labels = self._labels(real)
        draw = Draw(session.seed, "probe", 0, COUNT, slice(0, COUNT), session.compute.device)
        nets = session.previewed()
        with session.compute.autocast():
            fake = session.task.generate(nets, draw, session.stage, labels, None).float()
        found = self._likeness(fake, labels, real)
        return found | self._of_labels(nets, draw, real) | self._known(real)

    @property
    def _told_labels(self) -> bool:
        """Whether the generator is told labels, of which there are several."""
        conditional = any(getattr(net, "conditional", False) for net in self.session.nets.generators.values())
        return conditional and len(self.session.shape.present) > 1

    def _labels(self, real: Batch) -> Tensor | None:
        present = self.session.shape.present
        if not (self._told_labels and real.labels is not None and len(present) <= MOST_CLASSES):
            return None
        return label_probe.turns(present, COUNT, self.session.compute.device)

    def _likeness(self, fake: Tensor, labels: Tensor | None, real: Batch) -> dict[str, float]:
        images = real.images.float()
        small, other = _small(fake), _small(images)
        apart, usual = torch.cdist(small, small), torch.cdist(other, other)
        spread = max(_mean(usual), 1e-6)
        found = {
            "diversity": _mean(apart) / spread,
            "neighbours": _nearest(apart) / max(_nearest(usual), 1e-6),
            "saturated": _saturated(fake) - _saturated(images),
            "dead": _dead(fake) - _dead(images),
        }
        if labels is not None:
            shares = [
                _mean(apart[rows][:, rows]) / max(_mean(usual[true][:, true]), 1e-6)
                for k in self.session.shape.present
                if (rows := labels == k).sum() > 2 and (true := real.labels == k).sum() > 2
            ]
            found |= {"class_diversity": min(shares)} if shares else {}
        if self.last is not None:
            found["drift"] = float((small - self.last).norm(dim=1).mean()) / spread
        self.last = small
        return found

    def _of_labels(self, nets: Nets, draw: Draw, real: Batch) -> dict[str, float]:
        """What labels change, and what the critics, as they are in training, make of wrong ones: the mean over them."""
        session, present = self.session, self.session.shape.present
        if not self._told_labels or real.labels is None:
            return {}
        with session.compute.autocast():
            made = label_probe.pictures(session.task, nets, draw, session.stage, present)
        other = _small(real.images.float())
        spread = max(_mean(torch.cdist(other, other)), 1e-6)
        answers = []
        for critic in session.nets.critics.values():

            def answer(labels: Tensor, critic: nn.Module = critic) -> CriticOutput:
                reseed(session.compute.device, session.seed, "probe", 0)  # the same dropout for either label
                output: CriticOutput = critic(real.images, Condition(labels), **session.nets.stage(session.stage))
                return output

            with _as_it_was(critic), session.compute.autocast():
                answers.append(label_probe.listens(answer, real.labels, present))
        samples, relabelled, redrawn = map(_small, made)
        return {
            "label_effect": label_probe.effect(samples, relabelled, redrawn, spread),
            "label_auc": fmean(answers),
        }

    def _known(self, real: Batch) -> dict[str, float]:
        """How the critics, as they are in training, answer images that they know and others: the mean over them."""
        held = self.session.batches.held(COUNT, self.session.stage)
        nets = self.session.nets
        if held is None or len(held.images) < HELD_TELLING:
            return {}
        answers = []
        for critic in nets.critics.values():
            with _as_it_was(critic), self.session.compute.autocast():
                reseed(self.session.compute.device, self.session.seed, "probe", 0)
                known, unknown = (
                    critic(batch.images, Condition(batch.labels), **nets.stage(self.session.stage)).mean_logits()
                    for batch in (real, held)
                )
            answers.append((float(ordered(known, unknown)), float(unknown.mean())))
        auc, logit = map(fmean, zip(*answers, strict=True))
        return {"held_auc": auc, "d_held": logit}


@contextmanager
def _as_it_was(net: nn.Module) -> Iterator[None]:
    """Whatever `net` is called with: its buffers (batch statistics, power iterations) and the random stream stay."""
    buffers = [(buffer, buffer.clone()) for buffer in net.buffers()]
    devices = sorted({p.device.index or 0 for p in net.parameters() if p.device.type == "cuda"})
    with torch.random.fork_rng(devices):
        try:
            yield
        finally:
            for buffer, value in buffers:
                buffer.copy_(value)


def look_at_data(session: Session) -> dict[str, object]:
    """What `diagnose` should know of the data: how many images train, and of those looked at, how many repeat another
    or are of one colour. For the dashboard's Studio the rows of some images that training never sees.
    """
    batches = session.batches
    rows = _spread(batches.rows, CHECKED)
    pixels = batches.pixels[rows.to(batches.pixels.device)].flatten(1).cpu().numpy()
    seen = {row.tobytes() for row in pixels}
    return {
        "count": len(batches.rows),
        "held_out": len(batches.held_rows),
        "held_rows": _spread(batches.held_rows, MOST_HELD).tolist(),
        "checked": len(pixels),
        "repeated": len(pixels) - len(seen),
        "blank": int((pixels.min(1) == pixels.max(1)).sum()) if len(pixels) else 0,
        "class_counts": list(session.shape.class_counts),
        "conditional": any(getattr(net, "conditional", False) for net in session.nets.generators.values()),
    }


def _spread(rows: Tensor, most: int) -> Tensor:
    """At most so many of the rows, evenly spread over all of them."""
    return rows[torch.linspace(0, len(rows) - 1, min(most, len(rows))).round().long()]


def _small(images: Tensor) -> Tensor:
    """[N, ...] of images, clips or voxel grids at 8 px."""
    flat = images.flatten(1, -3)
    return F.adaptive_avg_pool2d(flat, SIDE).flatten(1)


def _mean(distances: Tensor) -> float:
    """Of a matrix of distances, without those to itself."""
    count = len(distances)
    return float(distances.sum()) / max(count * (count - 1), 1)


def _nearest(distances: Tensor) -> float:
    """The median distance to the nearest other."""
    others = distances + torch.eye(len(distances), device=distances.device) * 1e9
    return float(others.min(1).values.median())


def _saturated(images: Tensor) -> float:
    return float((images.abs() > EDGE).float().mean())


def _dead(images: Tensor) -> float:
    return float((images.std(0) < STILL).float().mean())
