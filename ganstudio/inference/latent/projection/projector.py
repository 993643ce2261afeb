"""From a picture to the latent that draws it: a start, by the encoder or the nearest random sample, then CMA-ES.

CMA-ES (Hansen and Ostermeier 2001, doi:10.1162/106365601750190398; the package `cmaes`) asks the export alone for
pictures, no gradient. Here it moves u, coordinates of variance 1 (coordinates.py), and minimizes

    mean (G(u) - x)^2 + PRIOR mean u^2

within the ball that drawable latents lie in. Beyond SEPARABLE coordinates its covariance is diagonal (Ros and Hansen
2008, doi:10.1007/978-3-540-87700-4_30), which is learned in as many times more pictures, not in their square.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent.projection.coordinates import Coordinates
from ganstudio.inference.latent.projection.distance import Distance, distance
from ganstudio.inference.latent.projection.encoder import Encoder
from ganstudio.inference.latent.projection.nearest import NOISE_SEED, nearest_samples
from ganstudio.inference.providers import AUTO
from ganstudio.progress import Progress, no_progress

Floats = NDArray[np.float32]
StartKind = Literal["encoder", "samples"]

STEPS = 200  # generations of CMA-ES
POPULATION = 24
PRIOR = 1e-3
SEPARABLE = 24
REACH: dict[StartKind, float] = {"encoder": 0.12, "samples": 0.3}  # the first standard deviation of u
CLASSES_TRIED = 3  # that are refined, of those whose starts are nearest


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
        """For each of `images` [N, C, H, W] where to begin, the nearest first: one a class where one is needed."""
        if self.encoder is None:
            found = nearest_samples(self.model, images, label=label)
            nearest = [
                [Start(one.latent, one.label, one.image, distance(one.image, x), "samples") for one in ones]
                for ones, x in zip(found, images, strict=True)
            ]
            return nearest if self.takes_class else [ones[:1] for ones in nearest]
        return [self._encoded(x, latent, label) for x, latent in zip(images, self.encoder.latents(images), strict=True)]

    def _encoded(self, x: Floats, latent: Floats, label: int | None) -> list[Start]:
        labels = [None] if not self.takes_class else range(len(self.model.classes)) if label is None else [label]
        found = []
        for one in labels:
            image = self.draw(latent[None], one)[0]
            found.append(Start(latent, one, image, distance(image, x), "encoder"))
        return sorted(found, key=lambda start: start.distance.mse)

    def project(
        self, x: Floats, starts: Sequence[Start], steps: int = STEPS, tick: Callable[[int], None] = lambda _done: None
    ) -> Projected:
        """The nearest picture to `x` [C, H, W] that is found from `starts`; never further away than they are.

        `tick` is told how many of the steps are done; what it raises ends the search.
        """
        tried = starts[:CLASSES_TRIED]
        each = steps // len(tried)
        found = [self._refined(x, start, each, tick, each * n) for n, start in enumerate(tried)]
        return min(found, key=lambda one: one.distance.mse)

    def find(
        self, images: Floats, label: int | None = None, progress: Progress = no_progress, steps: int = STEPS
    ) -> Iterator[Projected]:
        """What each of `images` [N, C, H, W] is found to be, in turn; `progress` is told the steps of all."""
        total = steps * len(images)
        for place, (image, starts) in enumerate(zip(images, self.starts(images, label), strict=True)):
            done = place * steps
            yield self.project(image, starts, steps, lambda n, at=done: progress(at + n, total))  # type: ignore[misc]
        progress(total, total)

    def _refined(self, x: Floats, start: Start, steps: int, tick: Callable[[int], None], before: int) -> Projected:
        """The best of a search from one start, by its distance with the prior."""
        space = self.coordinates
        first = space.kept_drawable(space.of_latents(start.latent[None]))
        best, least = first[0], self._losses(x, start, first)[0]
        search = _search(first[0], REACH[start.kind]) if steps else None
        for step in range(steps):
            assert search is not None
            asked = np.stack([search.ask() for _ in range(search.population_size)])
            wanted = asked[:, : space.count]
            u = space.kept_drawable(wanted)
            losses = self._losses(x, start, u) + PRIOR * np.square(wanted - u).mean(1)
            search.tell(list(zip(asked, losses.tolist(), strict=True)))
            if losses.min() < least:
                best, least = u[losses.argmin()], losses.min()
            tick(before + step + 1)
            if search.should_stop():
                break
        latent = space.moved(start.latent, best[None])[0]
        image = self.draw(latent[None], start.label)[0]
        reached = distance(image, x)
        if reached.mse > start.distance.mse:
            return Projected(start.latent, start.label, start.image, start.distance, start)
        return Projected(latent, start.label, image, reached, start)

    def _losses(self, x: Floats, start: Start, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """What is minimized, [N], at coordinates [N, K]."""
        images = self.draw(self.coordinates.moved(start.latent, u), start.label)
        off = np.square(images - x).reshape(len(u), -1).mean(1, dtype=np.float64)
        losses: NDArray[np.float64] = off + PRIOR * np.square(u).mean(1)
        return losses


def _search(first: NDArray[np.float64], reach: float) -> Any:
    """A CMA-ES around `first` [K]; the same on every call. It moves two numbers or more, of which K count."""
    import cmaes

    first = first if len(first) > 1 else np.append(first, 0.0)
    kind = cmaes.CMA if len(first) <= SEPARABLE else cmaes.SepCMA
    return kind(mean=first, sigma=reach, seed=0, population_size=POPULATION)
