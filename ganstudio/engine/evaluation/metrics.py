"""Measures on two sets of features: what is generated, and what is real.

torch-fidelity computes KID, IS, precision and recall; the Fréchet distance is our own (`frechet.py`), and so are
density and coverage, which it lacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

from ganstudio.engine.evaluation.frechet import Moments, frechet_distance
from ganstudio.engine.evaluation.ppl import FEWEST
from ganstudio.engine.torchvision_import import import_torchvision

if TYPE_CHECKING:
    from collections.abc import Callable

METRICS = ("fid", "kid", "is", "prdc")

KID_SUBSET = 1000  # images of a subset, of which there are 100: torch-fidelity's default, and the paper's size
NEIGHBOURS = 5  # k of density and coverage, arXiv:2002.09797, section 4.1; precision and recall have theirs, 3
CHUNK = 1000  # rows of distances at once
LEAST = {"fid": 2, "kid": KID_SUBSET, "is": 10, "prdc": NEIGHBOURS + 1, "ppl": FEWEST}  # images a side


@dataclass(frozen=True)
class Value:
    """`sd` is the deviation over subsets (KID) or splits (IS); None where there is none, or it would say nothing."""

    value: float
    sd: float | None = None


class Sides(Protocol):
    """What a metric looks at; each is computed when it is first asked for."""

    @property
    def fake(self) -> Tensor:
        """Features [N, D] of what is judged."""

    @property
    def real(self) -> Tensor:
        """Features [N, D] of the data."""

    @property
    def logits(self) -> Tensor | None:
        """A classifier's logits [N, K] of what is judged; None where the network has no classes."""


def measure(metric: str, sides: Sides) -> dict[str, Value]:
    """The values of one of METRICS by measure: `prdc` has four."""
    known: dict[str, Callable[[Sides], dict[str, Value]]] = {
        "fid": fid,
        "kid": kid,
        "is": inception_score,
        "prdc": prdc,
    }
    return known[metric](sides)


def fid(sides: Sides) -> dict[str, Value]:
    """Heusel et al. 2017, arXiv:1706.08500, eq. 6; lower is better."""
    fake, real = (Moments.of(side.double().numpy()) for side in (sides.fake, sides.real))
    return {"fid": Value(frechet_distance(fake, real))}


def kid(sides: Sides) -> dict[str, Value]:
    """Bińkowski et al. 2018, arXiv:1801.01401: unbiased, so 0 on average for equal distributions; lower is better."""
    import_torchvision()
    from torch_fidelity.metric_kid import KEY_METRIC_KID_MEAN, KEY_METRIC_KID_STD, kid_features_to_metric

    found = kid_features_to_metric(sides.fake, sides.real, kid_subset_size=KID_SUBSET, verbose=False)
    # subsets of fewer images than twice their size are mostly one another's, and all but equal whatever the spread is
    own = min(len(sides.fake), len(sides.real)) >= 2 * KID_SUBSET
    return {"kid": Value(found[KEY_METRIC_KID_MEAN], found[KEY_METRIC_KID_STD] if own else None)}


def too_few(n: int, dim: int) -> str | None:
    """A sentence on a Fréchet distance of so many images in `dim` features; None where there are enough for one.

    A covariance of n features has n - 1 directions at most: the others are missing in it, however alike the images are.
    """
    if n > dim:
        return None
    return (
        f"the Fréchet distance is of {n:,} images in {dim:,} features: so few make it too large, and chance is much of "
        f"it; it compares with figures of {n:,} images only (more than {dim:,} would do)"
    )


def inception_score(sides: Sides) -> dict[str, Value]:
    """Salimans et al. 2016, arXiv:1606.03498, over 10 splits; higher is better. It never looks at the real images."""
    import_torchvision()
    from torch_fidelity.metric_isc import KEY_METRIC_ISC_MEAN, KEY_METRIC_ISC_STD, isc_features_to_metric

    if sides.logits is None:
        raise ValueError("is: these features come without classes.")
    found = isc_features_to_metric(sides.logits)
    return {"is": Value(found[KEY_METRIC_ISC_MEAN], found[KEY_METRIC_ISC_STD])}


def prdc(sides: Sides) -> dict[str, Value]:
    """Precision and recall (Kynkäänniemi et al. 2019, arXiv:1904.06991), density and coverage; higher is better."""
    import_torchvision()
    from torch_fidelity.metric_prc import KEY_METRIC_PRECISION, KEY_METRIC_RECALL, prc_features_to_metric

    found = prc_features_to_metric(sides.fake, sides.real, prc_batch_size=CHUNK, save_cpu_ram=True, verbose=False)
    density, coverage = density_and_coverage(sides.fake, sides.real)
    return {
        "precision": Value(found[KEY_METRIC_PRECISION]),
        "recall": Value(found[KEY_METRIC_RECALL]),
        "density": Value(density),
        "coverage": Value(coverage),
    }


def density_and_coverage(fake: Tensor, real: Tensor, neighbours: int = NEIGHBOURS) -> tuple[float, float]:
    """Naeem et al. 2020, arXiv:2002.09797, eq. 3 and 4, of features [N, D] and [M, D].

    Density: how many real neighbourhoods a fake lies in, over k; 1 for equal distributions, and it may exceed 1.
    Coverage: the share of real images in whose neighbourhood there is a fake. A neighbourhood reaches to the k-th
    nearest other real image.
    """
    radii = torch.cat([torch.cdist(part, real).kthvalue(neighbours + 1).values for part in real.split(CHUNK)])
    inside, covered = 0, torch.zeros(len(real), dtype=torch.bool)
    for part in fake.split(CHUNK):
        near = torch.cdist(part, real) < radii
        inside += int(near.sum())
        covered |= near.any(0)
    return inside / (neighbours * len(fake)), float(covered.double().mean())
