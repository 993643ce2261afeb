"""Did the generator learn images by heart? For each sample the training image it may be a copy of, and how close.

The 50 training images nearest in some features are candidates: those that look alike. Each is compared in pixels, by
the distance of inference/augmentation/novelty.py (grey thumbnails of one mean, here of 32 x 32), at the best of 81
moves by up to two thumbnail pixels, half a one at a time. The candidate that is nearest so is the sample's, and

    closeness = its distance / the median distance of all 50 candidates

0 is a copy; a fresh picture is not much nearer to one candidate than to the rest. (Carlini et al. 2023,
arXiv:2301.13188, divide by the mean over 50 neighbours for the same reason: where images lie densely, as those of the
digit 1 do, everything is near to something.)

A sample is suspicious where it is closer than all but one in a hundred real images that were not trained on; without
such images, than training images are to the others. Repeats, at distance 0, do not count in that measure. So a
generator as good as the data has about 1 % of suspicious samples, and what it has beyond is what it copied. Data that
holds near repeats of its own, and copies that are noisy, are told apart by a larger share better than by 1 %: where one
of LEVELS shows an excess that is no chance, the level that shows it most clearly is taken.

What this is not: a copy that was turned, or whose source is not among the candidates, escapes; the feature network
decides what those are. `augment`, which has no feature network, calls a picture near by the thumbnails alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import UsageError
from ganstudio.inference.augmentation.novelty import QUANTILE, Thumbnails, thumbnails
from ganstudio.inference.pixels import grid
from ganstudio.progress import Progress, no_progress

CANDIDATES = 50
FEWEST = 64  # images on each side: of fewer, one in a hundred cannot be told
_SIDE = 32  # of a thumbnail
_REACH = 4  # halves of a thumbnail pixel that a move goes to each side
LEVELS = (QUANTILE, 0.02, 0.05, 0.1)
CHANCES = 1000  # of fresh samples, one in so many is called copies at a level
_JUDGES = 2000  # training images that are compared with the others where there are no held-out ones
_QUERIES = 128
_ROWS = 32_768
_STILL = 2048
_GAP = 2  # pixels between the pairs of a picture

Features = NDArray[np.float32]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Images:
    """`pixels` [N, H, W, 1 or 3] and their `features` [N, D]."""

    pixels: Pixels
    features: Features


@dataclass(frozen=True)
class Nearest:
    """The training image of each of N images, `closeness` to it, and the pixel `distance` in grey levels, each [N]."""

    rows: NDArray[np.int64]
    closeness: NDArray[np.float64]
    distance: NDArray[np.float64]


@dataclass(frozen=True)
class Memorized:
    """What was found of N samples: up to the closeness `limit`, one is suspicious.

    `limit` is the `rank`-th smallest closeness of `judges` real images. How many of N as fresh as these are below it
    follows a beta-binomial law, whatever the data.
    """

    found: Nearest
    limit: float
    rank: int
    judges: int

    @property
    def suspicious(self) -> NDArray[np.bool_]:
        """Which samples are, [N]."""
        return self.found.closeness <= self.limit

    @property
    def share(self) -> float:
        return float(self.suspicious.mean())

    @property
    def expected(self) -> float:
        """The share of samples as fresh as real images."""
        return self.rank / (self.judges + 1)

    @property
    def chance(self) -> float:
        """The share that one in CHANCES such sets of samples exceeds."""
        return float(self._law.isf(1 / CHANCES)) / len(self.found.rows)

    @property
    def excess(self) -> float:
        """The share beyond what is expected, in standard deviations."""
        return (self.share - self.expected) * len(self.found.rows) / float(self._law.std())

    @property
    def copied(self) -> float:
        """The share of samples that are copies, as far as suspicion tells; 0 where it may be chance."""
        return (self.share - self.expected) / (1 - self.expected) if self.share > self.chance else 0.0

    @property
    def _law(self) -> Any:
        from scipy.stats import betabinom

        return betabinom(len(self.found.rows), self.rank, self.judges + 1 - self.rank)

    def as_json(self) -> dict[str, Any]:
        told = {"n": len(self.found.rows), "suspicious": int(self.suspicious.sum()), "share": self.share}
        limits = {"expected": self.expected, "chance": self.chance, "limit": self.limit, "judges": self.judges}
        return {**told, **limits, "copied": self.copied}


def memorized(
    samples: Images,
    training: Images,
    held_out: Images | None = None,
    mirrored: bool = False,
    progress: Progress = no_progress,
) -> Memorized:
    """The judgement of `samples`. `mirrored` looks for mirror images too, which a training with mirroring may repeat.

    Raises UsageError for fewer than FEWEST images on a side.
    """
    sides = [("samples", samples), ("training images", training)]
    for what, side in [*sides, ("held-out images", held_out)] if held_out else sides:
        if len(side.pixels) < FEWEST:
            raise UsageError(f"memorized: {FEWEST} {what} or more are needed; got {len(side.pixels)}.")
    if held_out is None:
        some = np.linspace(0, len(training.pixels) - 1, min(len(training.pixels), _JUDGES)).round().astype(np.int64)
        held_out = Images(training.pixels[some], training.features[some])
    known = still(training.pixels)
    fresh = nearest(held_out, training, known, mirrored, repeats=False).closeness
    fresh = fresh[np.isfinite(fresh)]
    return judged(nearest(samples, training, known, mirrored, progress=progress), fresh)


def judged(found: Nearest, fresh: NDArray[np.float64]) -> Memorized:
    """What was `found`, against the closeness of real images [M]; where there are none exact copies are suspicious."""
    limits = np.sort(fresh) if len(fresh) else np.zeros(1)
    ranks = [max(1, int(level * len(limits))) for level in LEVELS]
    every = [Memorized(found, float(limits[rank - 1]), rank, len(limits)) for rank in ranks]
    beyond = [one for one in every if one.share > one.chance]
    return max(beyond, key=lambda one: one.excess, default=every[0])


def nearest(
    queries: Images,
    training: Images,
    known: Thumbnails,
    mirrored: bool = False,
    repeats: bool = True,
    progress: Progress = no_progress,
) -> Nearest:
    """The nearest candidate of each query; `known` are the training images, `still`.

    Without `repeats`, candidates at distance 0 do not count: a query that is among the training images is compared with
    the others. Where hardly another is left its closeness is infinite.
    """
    parts = []
    for start in range(0, len(queries.pixels), _QUERIES):
        here = slice(start, start + _QUERIES)
        candidates = _alike(queries.features[here], training.features)
        distances = _apart(_moved(queries.pixels[here], mirrored), known[candidates])
        if not repeats:
            distances[distances == 0] = np.inf
        closest = distances.argmin(axis=1)
        at = (np.arange(len(closest)), closest)
        parts.append((candidates[at], distances[at], np.median(distances, axis=1)))
        progress(min(here.stop, len(queries.pixels)), len(queries.pixels))
    rows, distance, typical = (np.concatenate(part) for part in zip(*parts, strict=True))
    closeness = np.where(np.isinf(typical), np.inf, 0.0)
    np.divide(distance, typical, out=closeness, where=np.isfinite(typical) & (typical > 0))
    return Nearest(rows, closeness, distance)


def pairs(samples: Pixels, training: Pixels, found: Nearest, most: int = 32, columns: int = 4) -> Pixels:
    """A picture of the `most` suspicious samples, the closest first: each on the left, its training image on the right.

    [rows * (H + gap), columns * (2 W + gap), C]. Both are of one size; where one is grey it is repeated.
    """
    order = np.argsort(found.closeness, kind="stable")[:most]
    both = [np.asarray(samples[order]), np.asarray(training[found.rows[order]])]
    channels = max(one.shape[3] for one in both)
    tiles = np.concatenate([np.broadcast_to(one, (*one.shape[:3], channels)) for one in both], axis=2)
    framed = np.pad(tiles, ((0, 0), (0, _GAP), (0, _GAP), (0, 0)), constant_values=255)
    return grid(framed, min(columns, len(framed)))


def _alike(queries: Features, real: Features) -> NDArray[np.int64]:
    """The rows of the CANDIDATES of `real` [M, D] that are nearest to each query, [n, CANDIDATES] in no order."""
    count = min(CANDIDATES, len(real))
    best = np.empty((len(queries), 0), np.float32)
    rows = np.empty((len(queries), 0), np.int64)
    for start in range(0, len(real), _ROWS):
        block = real[start : start + _ROWS]
        apart = (block**2).sum(axis=1) - 2 * (queries @ block.T)  # the queries' own squares change no order
        best = np.concatenate([best, apart], axis=1)
        rows = np.concatenate([rows, np.broadcast_to(np.arange(start, start + len(block)), apart.shape)], axis=1)
        kept = np.argpartition(best, count - 1, axis=1)[:, :count]
        best = np.take_along_axis(best, kept, axis=1)
        rows = np.take_along_axis(rows, kept, axis=1)
    return rows


def still(pixels: Pixels) -> Thumbnails:
    """One thumbnail a picture, [N, _SIDE * _SIDE], as it is at the move that moves nothing."""
    return np.concatenate([_moved(pixels[n : n + _STILL], False, 0)[:, 0] for n in range(0, len(pixels), _STILL)])


def _moved(pixels: Pixels, mirrored: bool, reach: int = _REACH) -> Thumbnails:
    """Thumbnails of each picture at every move, [n, moves, P]: what a move uncovers repeats the edge."""
    fine = thumbnails(pixels, 2 * _SIDE).reshape(-1, 2 * _SIDE, 2 * _SIDE)
    both = [fine, fine[:, :, ::-1]] if mirrored else [fine]
    wide = np.pad(both, ((0, 0), (0, 0), (reach, reach), (reach, reach)), mode="edge")
    squares = wide[:, :, :-1, :-1] + wide[:, :, :-1, 1:] + wide[:, :, 1:, :-1] + wide[:, :, 1:, 1:]
    steps = range(2 * reach + 1)
    windows = [squares[:, :, y::2, x::2][:, :, :_SIDE, :_SIDE] for y in steps for x in steps]
    moved = np.concatenate(windows).reshape(-1, len(pixels), _SIDE * _SIDE).swapaxes(0, 1) / np.float32(4)
    return np.rint(moved - moved.mean(axis=2, keepdims=True)).astype(np.int16)


def _apart(moved: Thumbnails, candidates: Thumbnails) -> NDArray[np.float64]:
    """From each picture, at its best move, to each of its candidates [n, K, P]: [n, K] in grey levels, 0 for equals."""
    left, right = moved.astype(np.float32), candidates.astype(np.float32)
    squares = (left**2).sum(axis=2)[:, :, None] + (right**2).sum(axis=2)[:, None]
    apart = (squares - 2 * (left @ right.swapaxes(1, 2))).min(axis=1)
    return np.sqrt(np.maximum(apart, 0).astype(np.float64) / left.shape[2])
