"""How sure a share is that was counted: intervals, a test of two shares, and a correction for many such tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CONFIDENCE = 0.95
_Z = 1.959963984540054  # of a normal distribution, 95 % are within so many deviations


@dataclass(frozen=True)
class Counted:
    """`count` of `n`."""

    count: int
    n: int

    @property
    def share(self) -> float:
        return self.count / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval of 95 %: Wilson 1927, doi:10.1080/01621459.1927.10502953.

        Unlike the normal one it is no single point where none or all were counted.
        """
        share, z2 = self.share, _Z**2 / self.n
        middle = (share + z2 / 2) / (1 + z2)
        half = math.sqrt(z2 * (share * (1 - share) + z2 / 4)) / (1 + z2)
        low = 0.0 if self.count == 0 else middle - half
        high = 1.0 if self.count == self.n else middle + half
        return low, high

    def as_json(self) -> dict[str, object]:
        return {"count": self.count, "n": self.n, "share": self.share, "interval": list(self.interval)}


def fisher(one: Counted, other: Counted) -> float:
    """The probability that chance alone makes two equal shares differ as much: Fisher's exact test, two-sided."""
    from scipy.stats import fisher_exact

    table = np.array([[one.count, one.n - one.count], [other.count, other.n - other.count]])
    return float(fisher_exact(table).pvalue)


def mcnemar(only_one: int, only_other: int) -> float:
    """The probability that chance alone parts two equally right answers so: McNemar's exact test, two-sided.

    The counts are of images that one of the two alone has right.
    """
    from scipy.stats import binomtest

    total = only_one + only_other
    return float(binomtest(only_one, total).pvalue) if total else 1.0


def holm(probabilities: Sequence[float]) -> list[float]:
    """The probabilities of several tests, each corrected for all: Holm 1979, doi:10.2307/4615733.

    Where those below 0.05 are called differences, one in twenty such families has a false one at most, whatever the
    tests have to do with each other.
    """
    order = np.argsort(probabilities, kind="stable")
    corrected, largest = [0.0] * len(probabilities), 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(probabilities) - rank) * probabilities[place]))
        corrected[place] = largest
    return corrected
