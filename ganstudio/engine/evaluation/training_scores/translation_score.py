"""The distance that a translation between domains reports: of what it makes of held-out images to the target domain.

The mean over the domains that it translates into, each of images of all the others. One distance over all domains would
be lowest for a network that changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from ganstudio.engine.evaluation.frechet import Moments
from ganstudio.engine.evaluation.real_features import known_features, real_features
from ganstudio.engine.evaluation.sampling import chunk, quantized
from ganstudio.engine.evaluation.training_scores.frechet_score import Scorer
from ganstudio.engine.session import Session
from ganstudio.engine.tasks.translator import Translator
from ganstudio.progress import progress

LEAST = 2  # images that a distance can be told of


def least_images(session: Session, task: Translator) -> int:
    """Held-out images that there are to translate into the domain that has fewest; images of a domain, if fewer."""
    counts = [session.shape.class_counts[target] for target in task.targets]
    return min(*counts, _least_sources(session, task))


def _least_sources(session: Session, task: Translator) -> int:
    return min(session.batches.held_count_outside(target) for target in task.targets)


class TranslationScorer(Scorer):
    """Compares at most `n` translations into each domain with at most `n` images of it, held out or not."""

    def __init__(self, session: Session, features: str, n: int) -> None:
        assert isinstance(session.task, Translator)
        self.task: Translator = session.task
        self.of_data = n
        super().__init__(session, features, min(n, _least_sources(session, self.task)))
        self._distances = len(self.task.targets)

    @property
    def settings(self) -> dict[str, Any]:
        return {"features": self.features, "n": self.of_data}

    @cached_property
    @torch.inference_mode()
    def real_of(self) -> dict[int, Moments]:
        """The target domains' images, by class."""
        show = progress("looking at the data")
        looked = (self.session.data, self._size)
        return {
            target: Moments.of(
                real_features(*looked, self._count(target), self.extractor, show, self._whole, target).numpy()
            )
            for target in self.task.targets
        }

    def _look_at_data(self) -> None:
        _ = self.real_of

    def _compared(self) -> tuple[list[float], bool]:
        """The mean distance, and whether what is made of any domain is all but one picture."""
        found = [self._distance(self._translated(target, self.n), self.real_of[target]) for target in self.task.targets]
        values, alike = zip(*found, strict=True)
        return [sum(values) / len(values)], any(alike)

    def _count(self, target: int) -> int:
        return min(self.of_data, self.session.shape.class_counts[target])

    def _looks(self) -> int:
        target = self.task.targets[0]
        count = self._count(target)
        known = known_features(self.session.data, self._size, count, self.extractor, self._whole, target)
        return self.n if known is not None else self.n + count

    def _drawn(self, n: int) -> Iterator[Tensor]:
        yield from self._translated(self.task.targets[0], n)

    @torch.inference_mode()
    def _translated(self, target: int, n: int) -> Iterator[Tensor]:
        """Pixels uint8 of the first `n` held-out images of other domains, translated."""
        session, shape = self.session, self.session.shape
        images, nets = session.batches.outside(target, n, session.stage), session.previewed()
        for part in images.split(chunk(shape.channels, shape.size)):
            with session.compute.autocast():
                made = self.task.translate(nets, session.stage, part, target)
            yield quantized(made)
