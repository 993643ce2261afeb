"""A run's numbers from its beginning, in few enough spans to be read and written at any time.

A span covers a stretch of images and holds the mean of every number that was told in it. When there are too many, two
neighbours become one, so that the oldest spans are as wide as the newest. Folding event by event gives what folding all
at once gives.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ganstudio.runs.events import Event

MOST = 40  # spans
NARROWEST = 500  # images of a span, in a run that has just begun
_MOST = 10**300  # a whole number that no float can hold is damage
MEASURED = ("tick", "probed", "evaluated")  # events that hold numbers
_NOT_SIGNALS = ("nimg", "time_s")


class Mean(NamedTuple):
    """Of `weight` numbers, of which `most` is the largest.

    Six digits are kept at every step, so that a fold that was written down goes on the same.
    """

    value: float
    weight: int
    most: float

    @classmethod
    def of(cls, number: float) -> Mean:
        return cls(_short(number), 1, _short(number))

    def joined(self, other: Mean) -> Mean:
        weight = self.weight + other.weight
        value = _short(self.value + (other.value - self.value) * (other.weight / weight))
        return Mean(value, weight, max(self.most, other.most))


def _short(value: float) -> float:
    return float(f"{value:.6g}")


@dataclass(frozen=True)
class Span:
    """Ends with `nimg`, the last image told of in it. `means` are by dotted name: `losses.d`, `probe.drift`."""

    nimg: int
    means: dict[str, Mean] = field(default_factory=dict)

    def joined(self, later: Span) -> Span:
        means = self.means | later.means
        for name in self.means.keys() & later.means.keys():
            means[name] = self.means[name].joined(later.means[name])
        return Span(later.nimg, means)


@dataclass(frozen=True)
class History:
    """`width` images to a span: number i ends within `width * (i, i + 1]`. Those without an event are left out."""

    width: int = NARROWEST
    spans: tuple[Span, ...] = ()

    def after(self, event: Event) -> History:
        """With the numbers of a tick, a probe or an evaluation; a score of samples all alike is no part of a course."""
        if event.get("alike") is True:
            return self
        means = {name: Mean.of(value) for name, value in numbers(event) if math.isfinite(value)}
        if not means:
            return self
        new = Span(event["nimg"], means)
        if self.spans and self._place(self.spans[-1].nimg) == self._place(new.nimg):
            return History(self.width, (*self.spans[:-1], self.spans[-1].joined(new)))
        grown = History(self.width, (*self.spans, new))
        while len(grown.spans) > MOST:
            grown = grown._halved()
        return grown

    def until(self, nimg: int) -> History:
        """Without what was told after `nimg`."""
        return History(self.width, tuple(span for span in self.spans if span.nimg <= nimg))

    def line(self, name: str, since: int = 0) -> list[tuple[int, float]]:
        """(nimg, mean) of each span in which the number was told."""
        return [(s.nimg, s.means[name].value) for s in self.spans if name in s.means and s.nimg > since]

    def peak(self, name: str) -> float | None:
        """The largest that the number ever was."""
        return max((span.means[name].most for span in self.spans if name in span.means), default=None)

    def _place(self, nimg: int) -> int:
        return max(nimg - 1, 0) // self.width

    def _halved(self) -> History:
        wider = History(self.width * 2)
        spans: list[Span] = []
        for span in self.spans:
            if spans and wider._place(spans[-1].nimg) == wider._place(span.nimg):
                spans[-1] = spans[-1].joined(span)
            else:
                spans.append(span)
        return History(wider.width, tuple(spans))

    def dumps(self) -> str:
        table = {"width": self.width, "spans": [[span.nimg, span.means] for span in self.spans]}
        return json.dumps(table, separators=(",", ":"))

    @classmethod
    def loads(cls, text: str) -> History:
        table = json.loads(text)
        spans = (Span(nimg, {name: Mean(*mean) for name, mean in means.items()}) for nimg, means in table["spans"])
        return cls(table["width"], tuple(spans))


def numbers(event: Event) -> Iterator[tuple[str, float]]:
    """Every number of an event by dotted name: `losses.d` and `d_real`, `probe.drift`, `scores.FD[lenet]-5k`."""
    if event["event"] == "evaluated":
        yield f"scores.{event['score']}", event["value"]
        return
    before = "probe." if event["event"] == "probed" else ""
    for name, value in event.items():
        if isinstance(value, dict):
            for key, number in value.items():
                if isinstance(number, float) or (isinstance(number, int) and abs(number) < _MOST):
                    yield f"{name}.{key}", number
        elif name not in _NOT_SIGNALS and (isinstance(value, float) or (isinstance(value, int) and abs(value) < _MOST)):
            yield before + name, value
