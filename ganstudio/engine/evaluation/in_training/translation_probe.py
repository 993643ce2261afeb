"""A look at a translation from outside, now and then, for `diagnose`: how far its output is from its input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ganstudio.engine.draws import Draw
from ganstudio.engine.session import Session
from ganstudio.engine.tasks.paired import Paired
from ganstudio.engine.tasks.translator import Translator

COUNT = 32  # images for each domain


@dataclass
class TranslationProbe:
    """Looks at one session, by the averaged networks and the same pictures each time."""

    session: Session

    @torch.inference_mode()
    def __call__(self) -> dict[str, float]:
        """changed: the mean difference of output and input over that of input and what is to be made of it, the least
        of the domains; 0 of a network that copies. Where no pairs say what is to be made, any image of the domain
        stands for it.
        """
        shares = [
            _mean_difference(given, made) / max(_mean_difference(given, wanted), 1e-6)
            for given, made, wanted in self._looked_at()
        ]
        return {"changed": min(shares)} if shares else {}

    def _looked_at(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Inputs, what is made of them, and what was to be made, for each domain."""
        session, stage, task = self.session, self.session.stage, self.session.task
        nets, batches = session.previewed(), session.batches
        if isinstance(task, Translator):
            for target in task.targets:
                given, wanted = batches.outside(target, COUNT, stage), batches.of_domain(target, COUNT, stage)
                with session.compute.autocast():
                    made = task.translate(nets, stage, given, target)
                count = min(len(given), len(wanted))
                yield given[:count], made[:count], wanted[:count].flip(0)  # images of both may be in one order
        elif isinstance(task, Paired):
            batch = batches.held(COUNT, stage) or batches.fixed("probe/real", COUNT, stage)
            if batch.source is not None and batch.source.shape == batch.images.shape:
                count = len(batch.images)
                draw = Draw(session.seed, "probe", 0, count, slice(0, count), session.compute.device)
                with session.compute.autocast():
                    made = task.generate(nets, draw, stage, batch.labels, batch)
                yield batch.source, made, batch.images


def _mean_difference(a: Tensor, b: Tensor) -> float:
    return float((a.float() - b.float()).abs().mean())
