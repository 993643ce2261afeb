"""The distance that a training reports: the Fréchet distance between averaged samples and data, in some features.

It is a FID in those of one Inception network only; see `names.py`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch

from ganstudio.engine.evaluation import choice
from ganstudio.engine.evaluation.extractors import load
from ganstudio.engine.evaluation.frechet import Moments, frechet_distance
from ganstudio.engine.evaluation.names import score_name
from ganstudio.engine.evaluation.real import real_features
from ganstudio.engine.evaluation.sampling import chunk, samples
from ganstudio.engine.session import Session
from ganstudio.errors import RecipeError
from ganstudio.progress import progress


@dataclass(frozen=True)
class Score:
    score: str
    extractor: str
    n: int
    value: float
    seconds: float


def scorer(session: Session) -> tuple[Scorer | None, str | None]:
    """What scores this training, or None, and why it is this or none. Raises UsageError where it cannot be."""
    asked, shape = session.recipe.evaluation.features, session.shape
    kind = _unscored(session)
    match asked:
        case "none":
            return None, None
        case "auto":
            if kind:
                return None, f"no score: {kind}"
            name, why = choice.auto(shape.channels, shape.resolution, session.compute.device, live=True)
            return Scorer(session, name), why
    problem = f"{kind}." if kind else choice.refusal(asked, shape.channels, shape.resolution)
    if problem:
        raise RecipeError([f"evaluation.features: {problem} Nearest: none."])
    return Scorer(session, asked), None


def _unscored(session: Session) -> str | None:
    """Why a training of this kind has no score, whatever the network."""
    if not session.shape.flat:
        return "scores are of images, neither clips nor voxel grids"
    if session.recipe.task != "synthesis":
        return f"the {session.recipe.task} task makes images of images, not of noise"
    return None


class Scorer:
    """Holds the data's moments; both sides go through the same pixels, and classes are as often as in the data."""

    def __init__(self, session: Session, features: str) -> None:
        self.session = session
        shape, n = session.shape, session.recipe.evaluation.n
        self.n = min(n, session.data.manifest.count)
        self.extractor = load(features, session.compute.device, self.n)
        show = progress("looking at the data")
        with torch.inference_mode():
            real = real_features(session.data, shape.resolution, self.n, self.extractor, show)
        self.real = Moments.of(real.numpy())

    @property
    def name(self) -> str:
        return score_name("fid", self.extractor.stamp, self.n)

    @torch.inference_mode()
    def __call__(self) -> Score:
        """The distance of `n` averaged samples, drawn under a purpose of their own."""
        session, began = self.session, time.perf_counter()
        shape, fake = session.shape, Moments.empty(self.extractor.dim)
        pixels = samples(
            *(session.task, session.previewed(), session.stage, session.seed, self.n),
            *(chunk(shape.channels, shape.resolution), shape.class_counts, session.compute.device),
            session.compute.autocast,
        )
        for drawn in pixels:
            for some in drawn.split(self.extractor.batch):
                fake += Moments.of(self.extractor.features(some).numpy())
        value = frechet_distance(fake, self.real)
        return Score(self.name, self.extractor.stamp, self.n, value, time.perf_counter() - began)
