"""What is read of pictures: a classifier's answers, and numbers that pixels alone give.

Both sides of a comparison are read by the same reader, so that its mistakes are on both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.inference.latent.classifier import Classifier
from ganstudio.inference.latent.measures import measured, measures_of
from ganstudio.progress import Progress

Kind = Literal["classes", "attributes", "measures"]
KINDS: tuple[Kind, ...] = ("classes", "attributes", "measures")
EDGE = 0.1  # the share of the data that is beyond each limit of a measure
UNSURE = "(unsure)"
UNSURE_SHARE = 0.05  # of the data: the answers that a classifier is least sure of


class Reader(Protocol):
    """Columns of yes or no in the end, by way of numbers that are read of each picture once."""

    @property
    def kind(self) -> Kind: ...

    def read(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Numbers [N, R] of pixels [N, H, W, C]."""

    def columns(self, rows: NDArray[np.float64], real: NDArray[np.float64]) -> dict[str, NDArray[np.bool_]]:
        """Of read `rows` [N, R], by name, which picture is of a class, has an attribute or lies beyond a limit, [N].

        `real` are the numbers read of the data.
        """


@dataclass(frozen=True)
class Answers:
    """A classifier's: of classes the likeliest, of attributes each that is likelier than not.

    Where it is less sure of the class than of all but a twentieth of the data, the picture is of no class but UNSURE:
    what is no digit is called some digit all the same, and would fill the place of one that was forgotten.
    """

    classifier: Classifier

    @property
    def kind(self) -> Kind:
        return "classes" if self.classifier.exclusive else "attributes"

    def read(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        return self.classifier.log_odds(pixels)

    def columns(self, rows: NDArray[np.float64], real: NDArray[np.float64]) -> dict[str, NDArray[np.bool_]]:
        names = self.classifier.names
        if not self.classifier.exclusive:
            return {name: rows[:, column] > 0 for column, name in enumerate(names)}
        unsure = rows.max(1) < np.quantile(real.max(1), UNSURE_SHARE)
        found = {name: (rows.argmax(1) == column) & ~unsure for column, name in enumerate(names)}
        return {**found, UNSURE: unsure}


@dataclass(frozen=True)
class Measured:
    """Brightness, size and what else pixels tell: below the data's 10 % quantile, and above its 90 % one."""

    names: tuple[str, ...]
    kind: Kind = "measures"

    @classmethod
    def of(cls, channels: int) -> Measured:
        return cls(measures_of(channels))

    def read(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        return measured(pixels, self.names)

    def columns(self, rows: NDArray[np.float64], real: NDArray[np.float64]) -> dict[str, NDArray[np.bool_]]:
        found: dict[str, NDArray[np.bool_]] = {}
        for column, name in enumerate(self.names):
            low, high = np.quantile(real[:, column], (EDGE, 1 - EDGE))
            found[f"{name} < {low:.3g}"] = rows[:, column] < low
            found[f"{name} > {high:.3g}"] = rows[:, column] > high
        return found


def read_all(
    readers: Iterable[Reader], parts: Iterable[Tensor], n: int, progress: Progress
) -> list[NDArray[np.float64]]:
    """What each reader finds in `n` pictures, uint8 [N, C, H, W] at a time: numbers [n, R] each."""
    readers = list(readers)
    found: list[list[NDArray[np.float64]]] = [[] for _ in readers]
    done = 0
    progress(0, n)
    for part in parts:
        pixels = part.movedim(1, -1).cpu().numpy()
        for rows, reader in zip(found, readers, strict=True):
            rows.append(reader.read(pixels))
        done += len(pixels)
        progress(done, n)
    return [np.concatenate(rows) for rows in found]
