"""How well a direction holds, measured on seeds that it was not found by.

Keys of `Direction.proof`:
    measure: the thing that was measured, as `thickness` or `class 7`; spearman: the median over the seeds of each
        one's rank correlation between nine strengths from -1 to 1 and that thing; seeds: how many.
    moves: by how many standard deviations of the samples strength 1 moves the mean of each thing, the other
        directions' among them: half of the way from strength -1 to 1.
    reach: [low, high], the strengths up to which half of the pictures stay within the data (see reach.py), at most
        FARTHEST; reach_of: what they were compared with.
    class_kept: of seeds whose class is sure at 0, the share of pictures at -1 and 1 that are of the same class; sure:
        how many such seeds there are. None and 0 without a classifier of classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.inference.latent.finding.sampled import Samples, labels_of, moved_pixels, small_size
from ganstudio.inference.latent.gauges import SURE, probability
from ganstudio.inference.latent.reach import Known, median_reach
from ganstudio.inference.latent.resizing import resized
from ganstudio.inference.latents import latents
from ganstudio.progress import Progress, no_progress

SEEDS = 200
STRENGTHS = tuple(np.linspace(-1, 1, 9).tolist())
FURTHER = (1.5, 2.0, 3.0, 4.0, 6.0)
FARTHEST = FURTHER[-1]
_TRIAL_SEEDS = 250

Rows = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Trial:
    """What was seen of seeds at some strengths: values [S, N, K] of all gauges, and whether each picture is beyond."""

    samples: Samples
    strengths: Rows
    values: Rows
    beyond: NDArray[np.bool_]

    def at(self, strength: float) -> Rows:
        """Values [N, K] at one of the strengths."""
        found: Rows = self.values[int(np.flatnonzero(np.isclose(self.strengths, strength))[0])]
        return found

    def spearman(self) -> Rows:
        """The median over the seeds of the rank correlation of each gauge [K] with strengths from -1 to 1."""
        from scipy.stats import rankdata

        inner = np.abs(self.strengths) <= 1 + 1e-9
        ranks = rankdata(self.values[inner], axis=0)
        ranks -= ranks.mean(0)
        steps = np.arange(inner.sum()) - (inner.sum() - 1) / 2
        size = np.sqrt((ranks**2).sum(0) * (steps**2).sum())
        rho = np.divide(np.tensordot(steps, ranks, 1), size, out=np.zeros_like(size), where=size > 0)
        found: Rows = np.median(rho, axis=0)
        return found

    def moves(self) -> Rows:
        """By how many standard deviations of the samples strength 1 moves the mean of each gauge [K]."""
        deviations = self.samples.values.std(0)
        half = (self.at(1) - self.at(-1)).mean(0) / 2
        found: Rows = np.divide(half, deviations, out=np.zeros_like(half), where=deviations > 1e-12)
        return found

    def class_kept(self) -> tuple[float | None, int]:
        """The share of pictures at -1 and 1 of the class that was sure at 0, and how many seeds were sure."""
        columns = self.samples.gauges.classes
        if not columns:
            return None, 0
        answers = self.at(0)[:, columns]
        sure = probability(answers.max(1)) >= SURE
        if not sure.any():
            return None, 0
        kept = [(self.at(end)[sure][:, columns].argmax(1) == answers[sure].argmax(1)).mean() for end in (-1, 1)]
        return float(np.mean(kept)), int(sure.sum())

    def reach(self) -> list[float]:
        """The strengths, below and above 0, at which half of the pictures have left the data."""
        ends = []
        for sign in (-1, 1):
            way = [int(place) for place in np.argsort(np.abs(self.strengths)) if sign * self.strengths[place] >= 0]
            ends.append(0.0 + sign * median_reach(np.abs(self.strengths[way]), self.beyond[way]))  # never -0
        return ends


def tried(
    samples: Samples,
    flat: Rows,
    strengths: tuple[float, ...],
    known: Known | None = None,
    seeds: range | None = None,
    progress: Progress = no_progress,
) -> Trial:
    """What seeds, by default the 200 after those of the samples, are like at `strengths` times `flat` [D]."""
    model = samples.model
    seeds = range(len(samples), len(samples) + SEEDS) if seeds is None else seeds
    labels = labels_of(model, seeds)
    found = model.latents(latents(seeds, model.whole.z_dim), None if labels is None else labels.tolist())
    size = small_size(model.whole.image_shape)
    values, beyond = [], []
    for place, strength in enumerate(strengths):
        parts = list(moved_pixels(model, found, seeds, labels, samples.vector(strength * flat)))
        values.append(np.concatenate([samples.gauges.values(pixels) for pixels in parts]))
        far = [known.beyond(resized(pixels, *size)) for pixels in parts] if known else [np.zeros(len(seeds), bool)]
        beyond.append(np.concatenate(far))
        progress(place + 1, len(strengths))
    return Trial(samples, np.array(strengths), np.stack(values), np.stack(beyond))


def quick_trial(samples: Samples, flat: Rows) -> Trial:
    """What other seeds than the proof's are like at -1, 0 and 1: to choose between candidates by."""
    first = len(samples) + SEEDS
    return tried(samples, flat, STRENGTHS[::4], seeds=range(first, first + _TRIAL_SEEDS))


def proved(
    samples: Samples, flat: Rows, known: Known, reach_of: str, progress: Progress = no_progress
) -> tuple[Trial, dict[str, Any]]:
    """What was seen of a direction, and all of its proof but what is measured of it."""
    strengths = (*(-far for far in reversed(FURTHER)), *STRENGTHS, *FURTHER)
    trial = tried(samples, flat, strengths, known, progress=progress)
    kept, sure = trial.class_kept()
    moves = dict(zip(samples.gauges.names, (round(float(one), 4) for one in trial.moves()), strict=True))
    return trial, {
        **{"seeds": SEEDS, "moves": moves, "reach": trial.reach(), "reach_of": reach_of},
        **{"class_kept": kept, "sure": sure},
    }
