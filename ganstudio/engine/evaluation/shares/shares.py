"""Shares of classes, attributes and measured looks among samples, and whether they differ from the data's.

Counted are a classifier's answers, on samples and on images of the data that it was not trained on: never its answers
against true labels, since it errs, and would find a difference where there is none. A share differs where Fisher's
exact test says so after Holm's correction for all the shares that are compared. That is the count of statistically
different bins of Richardson & Weiss 2018, arXiv:1805.12462, with classes for their clusters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.data.store import DataSet
from ganstudio.engine.draws import generator
from ganstudio.engine.evaluation.proportions import CONFIDENCE, Counted, fisher, holm
from ganstudio.engine.evaluation.real_features import chosen, pixels_of
from ganstudio.engine.evaluation.sampling import chunk
from ganstudio.engine.evaluation.shares.readings import KINDS, UNSURE, Answers, Kind, Measured, Reader, read_all
from ganstudio.engine.evaluation.sources import Source, Stored, seen_channels
from ganstudio.engine.export.classifier import held_out_rows
from ganstudio.errors import UsageError
from ganstudio.inference.latent.classifier import Classifier
from ganstudio.progress import progress

FEWEST = 20  # images a side
FORGOTTEN = 0.1  # of the data's share: a class that comes less often, beyond doubt, is one of few mistakes
Verdict = Literal["forgotten", "less", "more", "alike"]


@dataclass(frozen=True)
class Asked:
    """`by` is empty for all that there is; `classifier` is a file's, with its black and white, where there is one."""

    by: tuple[Kind, ...] = ()
    classifier: Path | None = None
    value_range: tuple[float, float] = (-1.0, 1.0)

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Asked:
        """What `ganstudio evaluate` sends."""
        low, high = table["range"]
        return cls(tuple(table["by"]), table["classifier"] and Path(table["classifier"]), (low, high))


@dataclass(frozen=True)
class Share:
    """One class's, or one attribute's, or one tail's; `p` is corrected for all that are compared."""

    kind: Kind
    name: str
    data: Counted
    samples: Counted
    p: float

    @property
    def verdict(self) -> Verdict:
        """`forgotten` where no sample is of it, or a tenth of the data's share at most, at 95 %."""
        if self.p >= 1 - CONFIDENCE:
            return "alike"
        if self.samples.share > self.data.share:
            return "more"
        few = self.samples.count == 0 or self.samples.interval[1] <= FORGOTTEN * self.data.share
        return "forgotten" if few and self.kind != "measures" and self.name != UNSURE else "less"

    def as_json(self) -> dict[str, Any]:
        ratio = self.samples.share / self.data.share if self.data.count else None
        return {
            **{"kind": self.kind, "name": self.name, "data": self.data.as_json(), "samples": self.samples.as_json()},
            **{"ratio": ratio, "p": self.p, "verdict": self.verdict},
        }


def shares(source: Source, real: DataSet, n: int, asked: Asked) -> dict[str, Any]:
    """The answer of `evaluate --shares`, of `n` samples. Raises UsageError where there is nothing to go by."""
    classifier = Classifier.open(asked.classifier, asked.value_range) if asked.classifier else None
    readers = _readers(classifier, min(source.channels, seen_channels(real.manifest.channels)), asked.by)
    own = classifier is not None and classifier.made.get("fingerprint") == real.manifest.fingerprint
    rows = torch.from_numpy(held_out_rows(real)) if own else chosen(real.manifest.count, n)
    halved = isinstance(source, Stored) and source.data.manifest.fingerprint == real.manifest.fingerprint
    mixed = rows[torch.randperm(len(rows), generator=generator(0, "evaluate/shares", 0))]
    beside, rows = (mixed[::2].sort().values, mixed[1::2].sort().values) if halved else (mixed[:0], rows)
    count = len(beside) if halved else n
    if min(count, len(rows)) < FEWEST:
        raise UsageError(f"--shares: {FEWEST} images on each side are needed; there are {min(count, len(rows))}.")
    real_side = read_all(readers, _pixels(real, source, rows), len(rows), progress("reading images"))
    drawn = _pixels(real, source, beside) if halved else source.pixels(n)
    samples_side = read_all(readers, drawn, count, progress("reading samples"))
    found = _compared(readers, real_side, samples_side)
    return {
        "n": {"data": len(rows), "samples": count},
        "shares": [share.as_json() for share in found],
        "forgotten": [share.name for share in found if share.verdict == "forgotten"],
        "classifier": _told(classifier, readers, real, rows, real_side, own),
        **{"confidence": CONFIDENCE, "interval": "Wilson", "test": "Fisher, exact", "correction": "Holm"},
        **{"halves": halved, "conditional": bool(source.classes) and not isinstance(source, Stored)},
    }


def _readers(classifier: Classifier | None, channels: int, by: Sequence[Kind]) -> list[Reader]:
    there: list[Reader] = [Measured.of(channels)]
    if classifier is not None:
        there.insert(0, Answers(classifier))
    found = [reader for reader in there if not by or reader.kind in by]
    if lacking := [kind for kind in by if kind not in [reader.kind for reader in found]]:
        known = [kind for kind in KINDS if kind in [reader.kind for reader in there]]
        raise UsageError(f"--by {lacking[0]}: there are none to go by. Known here: {', '.join(known)}.")
    return found


def _pixels(real: DataSet, source: Source, rows: Tensor) -> Any:
    return pixels_of(real, source.size, rows, chunk(source.channels, source.size), source.whole)


def _compared(
    readers: Sequence[Reader], real: Sequence[NDArray[np.float64]], samples: Sequence[NDArray[np.float64]]
) -> list[Share]:
    """All shares, in the readers' order. What neither side has is no comparison, and corrects nothing."""
    found: list[tuple[Kind, str, Counted, Counted]] = []
    for reader, rows, drawn in zip(readers, real, samples, strict=True):
        in_samples = reader.columns(drawn, rows)
        for name, has in reader.columns(rows, rows).items():
            data = Counted(int(has.sum()), len(has))
            made = Counted(int(in_samples[name].sum()), len(in_samples[name]))
            if data.count or made.count:
                found.append((reader.kind, name, data, made))
    corrected = holm([fisher(data, made) for _, _, data, made in found])
    return [Share(*one, p) for one, p in zip(found, corrected, strict=True)]


def _told(
    classifier: Classifier | None,
    readers: Sequence[Reader],
    real: DataSet,
    rows: Tensor,
    read: Sequence[NDArray[np.float64]],
    own: bool,
) -> dict[str, Any] | None:
    """What the answers are worth; `accuracy` is of the images that they were compared on, None where it is not known.

    `unseen` says whether the classifier was never shown these.
    """
    answers = next((one for one, reader in zip(read, readers, strict=True) if isinstance(reader, Answers)), None)
    if classifier is None or answers is None:
        return None
    told = {"path": str(classifier.path), "images": len(rows), "unseen": own, "data": classifier.made.get("data")}
    return {**told, "accuracy": _accuracy(classifier, real, rows.numpy(), answers)}


def _accuracy(
    classifier: Classifier, real: DataSet, rows: NDArray[np.int64], answers: NDArray[np.float64]
) -> float | None:
    """The share of right answers, or of right attributes; None where the data has no labels of the same names."""
    manifest, names = real.manifest, classifier.names
    if classifier.exclusive and (labels := real.labels()) is not None and set(names) == set(manifest.classes):
        place = np.array([manifest.classes.index(name) for name in names])
        return float((place[answers.argmax(1)] == labels[rows]).mean())
    if not classifier.exclusive and (known := real.attributes()) is not None and names == manifest.attributes:
        return float(((answers > 0) == known[rows]).mean())
    return None
