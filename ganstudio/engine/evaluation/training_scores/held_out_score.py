"""Scores of what a task makes of held-out images, image by image: PSNR of an enlarged picture, say."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from ganstudio.engine.contract import Batch
from ganstudio.engine.draws import Draw
from ganstudio.engine.evaluation.sampling import PURPOSE, chunk
from ganstudio.engine.evaluation.training_scores.training_scorer import Score
from ganstudio.engine.session import Session
from ganstudio.engine.tasks.measure import best_first
from ganstudio.engine.tasks.synthesis import enlarged
from ganstudio.units import format_count

MOST = 256  # images a score looks at: they are held in memory at once


class HeldOutScorer:
    """The means of a task's own measures over held-out images, by the averaged networks."""

    quick = True  # a few images, and no network beside the generator
    settings: dict[str, object] | None = None  # nothing that a resume could change

    def __init__(self, session: Session) -> None:
        self.session = session
        self.caution: str | None = session.task.caution
        self.measures = [measure for measure in best_first(session.task.measures) if measure.compare]
        self.n = min(session.recipe.evaluation.n, MOST, len(session.batches.held_rows))
        self.known_s: float | None = None  # what the quickest score took

    @property
    def names(self) -> tuple[str, ...]:
        """What its scores are called, the one first that `best` follows."""
        return tuple(f"{measure.name}-{format_count(self.n)}" for measure in self.measures)

    def expected_s(self) -> float:
        """Seconds that the next score is going to take; 0 before the first, which nothing puts off."""
        return self.known_s or 0.0

    @torch.inference_mode()
    def __call__(self) -> list[Score]:
        """One score a measure, the one first that `best` follows."""
        began = time.perf_counter()
        rows = [
            torch.stack([measure.compare(made, batch).double() for measure in self.measures])
            for made, batch in self._made()
        ]
        means = torch.cat(rows, 1).mean(1).tolist()
        seconds = time.perf_counter() - began
        self.known_s = min(self.known_s or seconds, seconds)
        return [
            Score(name, "", self.n, mean, seconds, better=measure.better)
            for name, mean, measure in zip(self.names, means, self.measures, strict=True)
        ]

    def _made(self) -> Iterator[tuple[Tensor, Batch]]:
        """What was made and the batch that it was made of, some images at a time, at the target resolution."""
        session, shape = self.session, self.session.shape
        held = session.batches.held(self.n, session.stage)
        at_once, nets = chunk(shape.channels, shape.size), session.previewed()
        for start in range(0, self.n if held else 0, at_once):
            batch = held.rows(slice(start, min(start + at_once, self.n)))
            count = len(batch.images)
            draw = Draw(session.seed, PURPOSE, start, count, slice(0, count), session.compute.device)
            with session.compute.autocast():
                made = session.task.generate(nets, draw, session.stage, batch.labels, batch)
            yield made.float(), replace(batch, images=enlarged(batch.images, shape.size[-1]))
