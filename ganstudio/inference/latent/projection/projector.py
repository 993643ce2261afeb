"""From a picture to the latent that draws it: several starts, and least squares from each.

A start is the encoder's answer, or one of the nearest random samples. Least squares (least_squares.py) ask the export
alone for pictures, no gradient. They move u, coordinates of variance 1 (coordinates.py), and minimize

    mean (G(u) - x)^2 + PRIOR mean u^2

within the ball that drawable latents lie in. They find the lowest place around a start, so that the starts decide: all
go a few steps, and the best of them as many as are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent.projection.coordinates import Coordinates
from ganstudio.inference.latent.projection.distance import Distance, distance
from ganstudio.inference.latent.projection.encoder import Encoder
from ganstudio.inference.latent.projection.least_squares import LeastSquares
from ganstudio.inference.latent.projection.nearest import NOISE_SEED, nearest_samples
from ganstudio.inference.providers import AUTO
from ganstudio.progress import Progress, no_progress

Floats = NDArray[np.float32]
StartKind = Literal["encoder", "samples"]

STEPS = 12  # of least squares, from the best starts
FIRST_STEPS = 3  # of them from every start
STARTS = 8  # random samples that are begun with
CLASSES_TRIED = 3  # of the encoder's answer, where a class is needed: those whose pictures are nearest
KEPT = 2  # starts that are gone on with
PRIOR = 1e-3
AT_ONCE = 8  # pictures that random samples are drawn for: a second or more each time


@dataclass(frozen=True, eq=False)
class Start:
    """Where a search begins: latents [layers, size], of a class where the model takes one, and how they were found."""

    latent: Floats
    label: int | None
    image: Floats
    distance: Distance
    kind: StartKind


@dataclass(frozen=True, eq=False)
class Projected:
    """What a picture was found to be: latents [layers, size], what the model draws of them, and how near that is."""

    latent: Floats
    label: int | None
    image: Floats
    distance: Distance
    start: Start


class Projector:
    """Projects pictures by one model. `seed` is what noise inputs are drawn from, whatever the picture."""

    seed = NOISE_SEED

    def __init__(self, model: LatentModel, encoder: Encoder | None = None) -> None:
        self.model, self.encoder = model, encoder

    @classmethod
    def open(cls, path: Path, provider: str = AUTO) -> Projector:
        """The export at `path` with the encoder beside it. Raises UsageError as LatentModel and Encoder do."""
        model = LatentModel.open(path, provider)
        return cls(model, Encoder.beside(model.whole.path, model.whole.manifest, model.whole.provider))

    @cached_property
    def coordinates(self) -> Coordinates:
        return Coordinates.of(self.model)

    @property
    def takes_class(self) -> bool:
        """Whether a class is needed to draw a latent: ws hold theirs."""
        return bool(self.model.classes) and self.model.space == "z"

    def draw(self, latents: Floats, label: int | None) -> Floats:
        """Images [N, C, H, W] of latents [N, layers, size]."""
        labels = [label or 0] * len(latents) if self.takes_class else None
        return self.model.images(latents, labels, seeds=[self.seed] * len(latents))

    def starts(self, images: Floats, label: int | None = None) -> list[list[Start]]:
        """For each of `images` [N, C, H, W] where to begin, the nearest first; with a `label` of it alone."""
        found = [
            [Start(one.latent, one.label, one.image, distance(one.image, x), "samples") for one in ones]
            for ones, x in zip(nearest_samples(self.model, images, label=label, kept=STARTS), images, strict=True)
        ]
        if self.encoder is not None:
            for starts, x, latent in zip(found, images, self.encoder.latents(images), strict=True):
                starts.extend(self._encoded(x, latent, label))
        return [sorted(starts, key=lambda start: start.distance.mse) for starts in found]

    def _encoded(self, x: Floats, latent: Floats, label: int | None) -> list[Start]:
        labels = [None] if not self.takes_class else range(len(self.model.classes)) if label is None else [label]
        found = []
        for one in labels:
            image = self.draw(latent[None], one)[0]
            found.append(Start(latent, one, image, distance(image, x), "encoder"))
        return sorted(found, key=lambda start: start.distance.mse)[:CLASSES_TRIED]

    def project(
        self, x: Floats, starts: Sequence[Start], steps: int = STEPS, tick: Callable[[int], None] = lambda _done: None
    ) -> Projected:
        """The nearest picture to `x` [C, H, W] that is found from `starts`; never further away than they are.

        `tick` is told how many of the steps are done; what it raises ends the search.
        """
        nearest = min(starts, key=lambda start: start.distance.mse)
        unmoved = Projected(nearest.latent, nearest.label, nearest.image, nearest.distance, nearest)
        if not steps:
            return unmoved
        start, u = self._lowest(x, starts, steps, tick)
        latent = self.coordinates.moved(start.latent, u[None])[0]
        image = self.draw(latent[None], start.label)[0]
        found = Projected(latent, start.label, image, distance(image, x), start)
        return min(unmoved, found, key=lambda one: one.distance.mse)

    def find(
        self, images: Floats, label: int | None = None, progress: Progress = no_progress, steps: int = STEPS
    ) -> Iterator[Projected]:
        """What each of `images` [N, C, H, W] is found to be, in turn; `progress` is told the steps of all."""
        total = steps * len(images)
        for at in range(0, len(images), AT_ONCE):
            part = images[at : at + AT_ONCE]
            for place, (image, starts) in enumerate(zip(part, self.starts(part, label), strict=True), at):
                done = place * steps
                yield self.project(image, starts, steps, lambda n, at=done: progress(at + n, total))  # type: ignore[misc]
        progress(total, total)

    def _lowest(
        self, x: Floats, starts: Sequence[Start], steps: int, tick: Callable[[int], None]
    ) -> tuple[Start, NDArray[np.float64]]:
        """The start that leads lowest, and the coordinates [K] that it leads to."""
        first, kept = min(FIRST_STEPS, steps), min(KEPT, len(starts))
        rest = steps - first
        total = first * len(starts) + rest * kept

        def told(before: int) -> Callable[[int], None]:
            return lambda done: tick(steps * (before + done) // total)

        found = []
        for number, start in enumerate(starts):
            problem = self._problem(x, start)
            begun = problem.at(self.coordinates.of_latents(start.latent[None])[0])
            found.append((start, problem, problem.descend(begun, first, told(first * number))))
        found.sort(key=lambda one: one[2].loss)
        ends = []
        for number, (start, problem, position) in enumerate(found[:kept]):
            end = problem.descend(position, rest, told(first * len(starts) + rest * number))
            ends.append((start, end))
        start, end = min(ends, key=lambda one: one[1].loss)
        return start, end.u

    def _problem(self, x: Floats, start: Start) -> LeastSquares:
        space = self.coordinates
        return LeastSquares(
            x, lambda u: self.draw(space.moved(start.latent, u), start.label), space.kept_drawable, PRIOR
        )
