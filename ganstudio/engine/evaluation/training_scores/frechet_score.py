"""The distance that a training reports: the Fréchet distance between averaged samples and data, in some features.

It is a FID in those of one Inception network only; see `names.py`. What `evaluation.metrics` has beside it is measured
of the same samples.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from ganstudio.engine.evaluation import choice
from ganstudio.engine.evaluation.frechet import Moments, frechet_distance
from ganstudio.engine.evaluation.metrics import too_few
from ganstudio.engine.evaluation.names import score_name
from ganstudio.engine.evaluation.planes import as_planes, stamped, volumes_for
from ganstudio.engine.evaluation.real_features import known_features, real_features
from ganstudio.engine.evaluation.sampling import chunk, samples
from ganstudio.engine.evaluation.training_scores import live_metrics
from ganstudio.engine.evaluation.training_scores.training_scorer import Score
from ganstudio.engine.session import Session
from ganstudio.progress import progress
from ganstudio.recipe.schema import DISTANCE, LiveMetric
from ganstudio.units import HeightWidth

QUICK = "lenet"  # the one network that no training waits for
FEW = 500  # images a score compares at most where auto chose another network, and a CPU runs it
TRIED_S = 0.5  # that the images should take from which a score's time is told
ALIKE = 0.1  # of the data's scatter in features: samples of less are all but one picture
FRECHET_S = 3.3  # one distance in 2,048 features; it grows with the cube of their number


class Scorer:
    """Compares `n` averaged samples with as many images of the data, which are looked at for the first score.

    Both sides go through the same pixels, and classes are as often as in the data. Clips and voxel grids are compared
    by their frames and slices.
    """

    def __init__(self, session: Session, features: str, n: int, metrics: Sequence[LiveMetric] = (DISTANCE,)) -> None:
        self.session, self.features = session, features
        self.n, self.beside = n, live_metrics.beside_distance(metrics)
        self.extractor = stamped(choice.load(features, session.compute.device, self.n), session.data.manifest.axes)
        self._took_s: float | None = None  # the quickest score, without a first look at the data
        self._guess_s = math.inf

    @property
    def names(self) -> tuple[str, ...]:
        measures = (live_metrics.score_measure(metric) for metric in self._metrics)
        return tuple(score_name(measure, self.extractor.stamp, self.n) for measure in measures)

    @property
    def _metrics(self) -> tuple[LiveMetric, ...]:
        return (DISTANCE, *self.beside)

    @property
    def quick(self) -> bool:
        return self.features == QUICK

    @property
    def settings(self) -> dict[str, Any]:
        return {"features": self.features, "n": self.n}

    @property
    def caution(self) -> str | None:
        """A sentence on a score of fewer images than auto takes on a CPU, and too few for its features."""
        return too_few(self.n, self.extractor.dim) if self.n < FEW else None

    @property
    def _size(self) -> HeightWidth:
        height, width = self.session.shape.size[-2:]
        return height, width

    @property
    def _whole(self) -> HeightWidth | None:
        """The size of the pictures that the session sees parts of; None where it sees whole ones."""
        crop = self.session.batches.crop
        return None if crop is None else crop.whole

    @cached_property
    def real(self) -> Moments:
        return Moments.of(self._real_features.numpy())

    @property
    @torch.inference_mode()
    def _real_features(self) -> Tensor:
        """[n, D], from where they are kept but for the first time."""
        show = progress("looking at the data")
        return real_features(self.session.data, self._size, self.n, self.extractor, show, self._whole)

    def __call__(self) -> list[Score]:
        """The distance of `n` averaged samples, drawn under a purpose of their own, and what is measured beside it."""
        began = time.perf_counter()
        self._look_at_data()
        looked = time.perf_counter()
        values, alike = self._compared()
        ended = time.perf_counter()
        self._took_s = min(self._took_s or math.inf, ended - looked)
        return [
            Score(name, self.extractor.stamp, self.n, value, ended - began, alike, live_metrics.better(metric))
            for name, value, metric in zip(self.names, values, self._metrics, strict=True)
        ]

    def _look_at_data(self) -> None:
        """What is kept for every later score."""
        _ = self.real

    def _compared(self) -> tuple[list[float], bool]:
        """The values of all metrics, the distance first, and whether the samples are all but one picture."""
        seen: list[Tensor] = []
        value, alike = self._distance(self._drawn(self.n), self.real, seen if self.beside else None)
        return [value, *self._measured_beside(seen)], alike

    @torch.inference_mode()
    def _measured_beside(self, seen: list[Tensor]) -> list[float]:
        if not self.beside:
            return []
        fake = torch.cat(seen)
        real = self._real_features if live_metrics.needs_data(self.beside) else fake[:0]
        return live_metrics.measured(self.beside, live_metrics.Sides(fake, real, self.extractor.logits(fake)))

    def _distance(self, made: Iterable[Tensor], real: Moments, seen: list[Tensor] | None = None) -> tuple[float, bool]:
        """The distance, and whether what was made is all but one picture; its features are left in `seen`."""
        fake = Moments.empty(self.extractor.dim)
        for pixels in made:
            for features in self._features(pixels):
                fake += Moments.of(features.numpy())
                if seen is not None:
                    seen.append(features)
        return frechet_distance(fake, real), fake.spread < ALIKE * real.spread

    @property
    def known_s(self) -> float | None:
        """What `expected_s` said last, which costs nothing; None where it was not asked, and no score made."""
        return self._took_s if self._took_s is not None else self._guess_s if math.isfinite(self._guess_s) else None

    def expected_s(self) -> float:
        """Seconds that the next score is going to take: what the quickest took, or what a few images say of the first.

        Whatever else the machine does makes one longer than it is, and that must not put off all that follow.
        """
        if self._took_s is not None:
            return self._took_s
        draw_s, look_s = self._tried()
        guess_s = self.n * draw_s + self._looks() * look_s + FRECHET_S * (self.extractor.dim / 2048) ** 3
        guess_s += live_metrics.expected_s(self.beside, self.extractor.dim)
        self._guess_s = min(self._guess_s, self._distances * guess_s)
        return self._guess_s

    _distances = 1  # that a score is the mean of

    def _looks(self) -> int:
        """How many images the first score looks at for each distance."""
        known = known_features(self.session.data, self._size, self.n, self.extractor, self._whole)
        return self.n if known is not None else 2 * self.n

    def _tried(self) -> tuple[float, float]:
        """Seconds to draw an image and to look at one, the least of some counts: few at once take longer each."""
        shape, took_s = self.session.shape, 0.0
        most = min(self.n, chunk(shape.channels, shape.size))
        count = min(2, most)
        draw_s, look_s = math.inf, math.inf
        while count <= most and took_s < TRIED_S:
            began = time.perf_counter()
            pixels = next(self._drawn(count))
            drawn = time.perf_counter()
            for _ in self._features(pixels):
                pass
            looked = time.perf_counter()
            draw_s, look_s = min(draw_s, (drawn - began) / count), min(look_s, (looked - drawn) / count)
            took_s, count = looked - began, 4 * count
        return draw_s, look_s

    @torch.inference_mode()
    def _drawn(self, n: int) -> Iterator[Tensor]:
        session, shape = self.session, self.session.shape
        count, at_once = volumes_for(n, session.data.manifest.depth), chunk(shape.channels, shape.size)
        drawn = samples(
            *(session.task, session.previewed(), session.stage, session.seed, count, at_once),
            *(shape.class_counts, session.compute.device),
            session.compute.autocast,
        )
        yield from as_planes(drawn, n)

    @torch.inference_mode()
    def _features(self, pixels: Tensor) -> Iterator[Tensor]:
        yield from map(self.extractor.features, pixels.split(self.extractor.batch))
