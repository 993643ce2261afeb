"""The distance that a training reports: FD[lenet], the Frechet distance between averaged samples and data.

It is no FID: that name belongs to one Inception network. See `lenet.py` for what the features are.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.engine.contract import Stage
from ganstudio.engine.draws import Draw
from ganstudio.engine.evaluation import lenet
from ganstudio.engine.evaluation.frechet import Moments, frechet_distance
from ganstudio.engine.session import Session
from ganstudio.errors import RecipeError
from ganstudio.units import format_count

CHUNK = 500


@dataclass(frozen=True)
class Score:
    score: str
    extractor: str
    n: int
    value: float
    seconds: float


def lenet_fits(session: Session) -> bool:
    shape = session.shape
    return shape.flat and shape.channels == 1 and shape.resolution <= lenet.SIDE and session.recipe.task == "synthesis"


def scorer(session: Session) -> tuple[Scorer | None, str | None]:
    """What scores this training, or None and the reason why nothing does. Raises RecipeError where it can't."""
    match session.recipe.evaluation.features:
        case "none":
            return None, None
        case "lenet" if not lenet_fits(session):
            raise RecipeError([f"evaluation.features: lenet reads grey images up to {lenet.SIDE} px. Nearest: none."])
        case "auto" if not lenet_fits(session):
            what = "" if session.shape.flat else ", neither clips nor voxel grids"
            return None, f"no score: the only extractor, lenet, reads grey images up to {lenet.SIDE} px{what}"
    return Scorer(session), None


class Scorer:
    """Holds the data's moments; the real side is the first `n` images of a fixed shuffle, through the same pixels."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.net = lenet.load().to(session.compute.device)
        target = Stage(session.shape.resolution, 1.0)
        images = session.batches.fixed("evaluate/real", session.recipe.evaluation.n, target).images
        self.n = len(images)
        self.real = Moments.streamed(map(self._features, images.split(CHUNK)), lenet.FEATURES)

    @property
    def name(self) -> str:
        return f"FD[lenet]-{format_count(self.n)}"

    @torch.inference_mode()
    def __call__(self) -> Score:
        """The distance of `n` averaged samples, drawn under a purpose of their own."""
        session, began = self.session, time.perf_counter()
        nets, fake = session.previewed(), Moments.empty(lenet.FEATURES)
        for start in range(0, self.n, CHUNK):
            count = min(CHUNK, self.n - start)
            draw = Draw(session.seed, "evaluate", start, count, slice(0, count), session.compute.device)
            with session.compute.autocast():
                images = session.task.generate(nets, draw, session.stage, None, None)
            fake += Moments.of(self._features(images))
        value = frechet_distance(fake, self.real)
        return Score(self.name, "lenet", self.n, value, time.perf_counter() - began)

    @torch.inference_mode()
    def _features(self, images: Tensor) -> NDArray[np.float32]:
        return self.net.features(quantized(images)).cpu().numpy()


def quantized(images: Tensor) -> Tensor:
    """`images` as they are after a PNG: 256 levels, in [-1, 1]."""
    return ((images.float() + 1) * 127.5).round().clamp(0, 255) / 127.5 - 1
