"""Does an augmentation help? A small classifier, trained with and without the synthetic images, answers.

Every seed holds out a fifth of the real images, class by class, and trains the same network twice on the rest, from the
same weights: once on the real images that are left, once on these and the synthetic ones, drawn alike. Both take the
same number of steps, so that more images do not mean more training. Judged is the accuracy on the held-out real images
as a mean over the classes, which a rare class counts in as much as a common one.

What this cannot see: whether the generator itself was trained on the images that are held out here. It then had a look
at them, and the gain is an upper bound.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ganstudio.data.store import DataSet
from ganstudio.engine.devices import Compute, choose
from ganstudio.engine.evaluation.small_classifier import Labelled, as_images, small, steps_for, trained
from ganstudio.errors import UsageError
from ganstudio.inference.augmentation.read_back import Synthetic, open_synthetic

HELD_OUT = 0.2
MOST_IMAGES = 60_000  # real and synthetic that a training sees
MOST_HELD_OUT = 10_000
CONFIDENCE = 0.95


def prove(real: Path, augmented: Path, seeds: int) -> dict[str, Any]:
    """Accuracies with and without the synthetic images in `augmented`, a packed data set or a folder that augment made.

    Raises DataError where either cannot be read, and UsageError where there is nothing to classify or to hold out.
    """
    data = DataSet.load(real)
    labels = data.labels()
    if labels is None or len(data.manifest.classes) < 2:
        raise UsageError(f"--prove: data set {data.manifest.name!r} has fewer than two classes.")
    if not (np.bincount(labels) >= 2).any():
        raise UsageError(f"--prove: no class of {data.manifest.name!r} has two images, so none can be held out.")
    drawn = open_synthetic(augmented, data)
    compute = choose("auto", "auto")
    without, with_ = [], []
    for seed in range(seeds):
        train, held_out = split(labels, seed)
        some, more = thinned(train, len(drawn.labels), seed)
        plain = _real(data, labels, some)
        both = plain + _drawn(drawn, more)
        judged = _real(data, labels, held_out)
        steps = steps_for(len(some))
        without.append(_accuracies(trained(plain, len(data.manifest.classes), seed, steps, compute), judged, compute))
        with_.append(_accuracies(trained(both, len(data.manifest.classes), seed, steps, compute), judged, compute))
        print(f"seed {seed}: {without[-1][1]:.2%} without, {with_[-1][1]:.2%} with", file=sys.stderr, flush=True)
    used = {"real": len(some), "synthetic": len(more), "held_out": len(held_out), "steps": steps}
    return report(without, with_, used)


def split(labels: NDArray[np.int64], seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows to train on and rows held out, a fifth of each class, at least one where there are two."""
    random = np.random.default_rng([seed, 0])
    train, held_out = [], []
    for index in np.unique(labels):
        rows = random.permutation(np.flatnonzero(labels == index))
        away = 0 if len(rows) < 2 else max(1, round(HELD_OUT * len(rows)))
        held_out.append(rows[:away])
        train.append(rows[away:])
    away_rows = random.permutation(np.concatenate(held_out))[:MOST_HELD_OUT]
    return np.sort(np.concatenate(train)), np.sort(away_rows)


def thinned(train: NDArray[np.int64], synthetic: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows of `train`, and numbers of synthetic images, that are used: the same share of both, for time's sake."""
    random = np.random.default_rng([seed, 1])
    share = min(1.0, MOST_IMAGES / (len(train) + synthetic))
    some = random.permutation(train)[: max(1, round(share * len(train)))]
    more = random.permutation(synthetic)[: max(1, round(share * synthetic))]
    return np.sort(some), np.sort(more)


def report(
    without: list[tuple[float, float]], with_: list[tuple[float, float]], used: dict[str, int]
) -> dict[str, Any]:
    """What was found; each pair is a seed's accuracy and its mean over the classes.

    The two trainings of a seed share split and weights, so the gain is judged seed by seed, by its Student interval:
    `verdict` is helps or hurts where that leaves 0 out, else "not shown".
    """
    gains = [b[1] - a[1] for a, b in zip(without, with_, strict=True)]
    mean, interval = statistics.fmean(gains), _interval(gains)
    open_question = interval is None or interval[0] <= 0 <= interval[1]
    return {
        **{"seeds": len(gains), **used, "without": _summary(without), "with": _summary(with_)},
        **{"gain": mean, "gain_interval": interval, "confidence": CONFIDENCE},
        "verdict": "not shown" if open_question else "helps" if mean > 0 else "hurts",
    }


def _summary(found: list[tuple[float, float]]) -> dict[str, Any]:
    """Means over the seeds, and standard deviations where there are several."""
    several = len(found) > 1
    told: dict[str, Any] = {}
    for key, values in zip(("accuracy", "class_mean"), zip(*found, strict=True), strict=True):
        told |= {key: statistics.fmean(values), f"{key}_sd": statistics.stdev(values) if several else None}
    return {**told, "by_seed": [list(pair) for pair in found]}


def _interval(values: list[float]) -> list[float] | None:
    """Student's interval of the mean; None for a single value."""
    if len(values) < 2:
        return None
    from scipy.stats import t

    mean = statistics.fmean(values)
    half = float(t.ppf((1 + CONFIDENCE) / 2, len(values) - 1)) * statistics.stdev(values) / len(values) ** 0.5
    return [mean - half, mean + half]


@torch.no_grad()
def _accuracies(network: nn.Module, judged: Labelled, compute: Compute) -> tuple[float, float]:
    guesses = []
    for start in range(0, len(judged.labels), 1000):
        with compute.autocast():
            logits = network(as_images(judged[np.arange(start, min(start + 1000, len(judged.labels)))], compute))
        guesses.append(logits.float().argmax(1).cpu().numpy())
    right = np.concatenate(guesses) == judged.labels
    recalls = [right[judged.labels == index].mean() for index in np.unique(judged.labels)]
    return float(right.mean()), float(np.mean(recalls))


def _real(data: DataSet, labels: NDArray[np.int64], rows: NDArray[np.int64]) -> Labelled:
    images = data.images()
    return Labelled(np.concatenate([small(images[part]) for part in _parts(rows)]), labels[rows])


def _drawn(drawn: Synthetic, rows: NDArray[np.int64]) -> Labelled:
    return Labelled(np.concatenate([small(drawn.read(part.tolist())) for part in _parts(rows)]), drawn.labels[rows])


def _parts(rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [rows[start : start + 1000] for start in range(0, len(rows), 1000)]
