"""The distance that a training reports: the Fréchet distance between averaged samples and data, in some features.

It is a FID in those of one Inception network only; see `names.py`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from ganstudio import weights
from ganstudio.engine.evaluation import choice
from ganstudio.engine.evaluation.frechet import Moments, frechet_distance
from ganstudio.engine.evaluation.held_out_score import HeldOutScorer
from ganstudio.engine.evaluation.metrics import too_few
from ganstudio.engine.evaluation.names import score_name
from ganstudio.engine.evaluation.planes import as_planes, per_volume, stamped, volumes_for
from ganstudio.engine.evaluation.real_features import known_features, real_features
from ganstudio.engine.evaluation.sampling import chunk, samples
from ganstudio.engine.evaluation.several_scores import SeveralScores
from ganstudio.engine.evaluation.training_scorer import Score, TrainingScorer
from ganstudio.engine.session import Session
from ganstudio.engine.tasks.measure import FRECHET, best_first
from ganstudio.errors import RecipeError
from ganstudio.progress import progress
from ganstudio.units import HeightWidth

QUICK = "lenet"  # the one network that no training waits for
FEW = 500  # images a score compares at most where auto chose another network, and a CPU runs it
TRIED_S = 0.5  # that the images should take from which a score's time is told
ALIKE = 0.1  # of the data's scatter in features: samples of less are all but one picture
FRECHET_S = 3.3  # one distance in 2,048 features; it grows with the cube of their number


def scorer(session: Session, settled: Mapping[str, Any] | None = None) -> tuple[TrainingScorer | None, str | None]:
    """What scores this training, or None, and why it is this or none. Raises UsageError where it cannot be.

    `settled` is what the run's scores were made with so far, `features` and `n`: a resume must go on with it, whatever
    auto would choose today, because figures of another network or count do not compare.
    """
    asked, shape = session.recipe.evaluation.features, session.shape
    kind = _unscored(session)
    match asked:
        case "none":
            return None, None
        case "auto" if kind:
            return None, f"no score: {kind}"
        case "auto" if not _distances(session):
            return HeldOutScorer(session), None
        case "auto":
            distance, why = _chosen(session, settled or {})
            return _beside(session, distance), why
    if not kind and not _distances(session):
        kind = f"the {session.recipe.task.kind} task is measured image by image, in no network's features"
    problem = f"{kind}." if kind else choice.refusal(asked, shape.channels, max(shape.size[-2:]))
    if problem:
        raise RecipeError([f"evaluation.features: {problem} Nearest: none."])
    if settled is None and asked in (read := choice.read_by(session.nets)):
        other, _ = choice.auto(shape.channels, max(shape.size[-2:]), session.compute.device, True, read)
        own = f"the critic reads {asked} itself, and a score in it would say how well the critic was fooled"
        raise RecipeError([f"evaluation.features: {own}. Nearest: {other or 'none'}."])
    return _beside(session, Scorer(session, asked, session.recipe.evaluation.n)), None


def _beside(session: Session, distance: Scorer | None) -> TrainingScorer | None:
    """The distance and, where the task has such and images are held out, its measures image by image.

    Without the distance that `best` follows there is no score at all: it would follow another.
    """
    measures = best_first(session.task.measures)
    image_by_image = any(measure.compare for measure in measures) and len(session.batches.held_rows) > 0
    if not image_by_image:
        return distance
    held = HeldOutScorer(session)
    if distance is None:
        return held if measures[0].compare else None
    return SeveralScores((held, distance) if measures[0].compare else (distance, held))


def _chosen(session: Session, settled: Mapping[str, Any]) -> tuple[Scorer | None, str]:
    """What auto chooses, and why. On a CPU it compares few images in all networks but QUICK, so that scores fit."""
    shape, device = session.shape, session.compute.device
    n = _most(session, session.recipe.evaluation.n)
    name = settled.get("features")
    if name not in weights.FEATURES:
        name, why = choice.auto(shape.channels, max(shape.size[-2:]), device, True, choice.read_by(session.nets))
        if name is None:
            return None, f"no score: {why}"
    elif lacking := _lacking(name):
        why = f"this run's scores are made in {name}, whose weights are not here any more ({lacking})"
        return None, f"no score: {why}"
    else:
        why = f"features {name}: this run's scores are made in them"
    fewer = settled.get("n") or (n if name == QUICK or device.type != "cpu" else min(n, FEW))
    if fewer < n:
        why += f"; {fewer:,} images a score on a CPU (--set evaluation.features={name} takes all {n:,})"
    return Scorer(session, name, fewer), why


def _most(session: Session, n: int) -> int:
    """`n` images, or as many as the data has: of clips and voxel grids some planes of each."""
    manifest = session.data.manifest
    return min(n, manifest.count * per_volume(manifest.depth))


def _lacking(features: str) -> str | None:
    """The command that brings the weights of a network; None where they are here."""
    needed = weights.FEATURES[features]
    if needed is None or weights.locate(weights.find(needed)) is not None:
        return None
    return weights.how_to_get(weights.find(needed))


def _unscored(session: Session) -> str | None:
    """Why a training of this kind has no score, whatever the network."""
    if not session.task.measures:
        return session.task.excused.get("score", f"the {session.recipe.task.kind} task has no measure")
    best = best_first(session.task.measures)[0]
    if best.compare and not len(session.batches.held_rows):
        return f"{best.name} is of images that training never sees: data.held_out is 0"
    return None


def _distances(session: Session) -> bool:
    """Whether what is measured is the Fréchet distance of samples."""
    return any(measure.compare is None for measure in session.task.measures)


def missing(session: Session, why: str | None, run: str) -> str:
    """Why the training `run` has no score, and what to do about that; `why` is what `scorer` said."""
    if why is None:
        return (
            "evaluation.features is none; a checkpoint is scored by "
            f"`ganstudio evaluate {run} --against {session.data.manifest.name}`"
        )
    instead = "; go by its samples: `ganstudio tui`" if _unscored(session) else ""
    return why.removeprefix("no score: ") + instead


class Scorer:
    """Compares `n` averaged samples with as many images of the data, which are looked at for the first score.

    Both sides go through the same pixels, and classes are as often as in the data. Clips and voxel grids are compared
    by their frames and slices.
    """

    def __init__(self, session: Session, features: str, n: int) -> None:
        self.session, self.features = session, features
        self.n = _most(session, n)
        self.extractor = stamped(choice.load(features, session.compute.device, self.n), session.data.manifest.axes)
        self._took_s: float | None = None  # the quickest score, without a first look at the data
        self._guess_s = math.inf

    @property
    def names(self) -> tuple[str, ...]:
        return (score_name(FRECHET.name, self.extractor.stamp, self.n),)

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
    @torch.inference_mode()
    def real(self) -> Moments:
        data = self.session.data
        show = progress("looking at the data")
        return Moments.of(real_features(data, self._size, self.n, self.extractor, show, self._whole).numpy())

    def __call__(self) -> list[Score]:
        """The distance of `n` averaged samples, drawn under a purpose of their own."""
        began = time.perf_counter()
        real = self.real
        looked = time.perf_counter()
        fake = Moments.empty(self.extractor.dim)
        for pixels in self._drawn(self.n):
            for features in self._features(pixels):
                fake += Moments.of(features.numpy())
        value = frechet_distance(fake, real)
        ended = time.perf_counter()
        self._took_s = min(self._took_s or math.inf, ended - looked)
        alike = fake.spread < ALIKE * real.spread
        return [Score(self.names[0], self.extractor.stamp, self.n, value, ended - began, alike, FRECHET.better)]

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
        known = known_features(self.session.data, self._size, self.n, self.extractor, self._whole)
        looks = self.n if known is not None else 2 * self.n
        guess_s = self.n * draw_s + looks * look_s + FRECHET_S * (self.extractor.dim / 2048) ** 3
        self._guess_s = min(self._guess_s, guess_s)
        return self._guess_s

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
