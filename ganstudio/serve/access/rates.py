"""How many requests a client may make: a bucket of tokens each, that fills again."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

_MOST_CLIENTS = 10_000  # that are remembered
BURST_S = 2.0  # of the rate, that may come at once


class Rates:
    """`rate` is requests a second, 0 for no limit; `burst` is how many may come at once, else those of BURST_S."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic, burst: float | None = None) -> None:
        self._rate, self._clock = rate, clock
        self._most = max(1.0, rate * BURST_S) if burst is None else burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # client -> left, when

    def wait_s(self, client: str) -> float:
        """0 where a client may ask now, and it is counted; else how many seconds it has to wait."""
        if self._rate <= 0:
            return 0.0
        now = self._clock()
        left, when = self._buckets.pop(client, (self._most, now))
        left = min(self._most, left + (now - when) * self._rate)
        allowed = left >= 1
        self._buckets[client] = (left - 1 if allowed else left, now)
        if len(self._buckets) > _MOST_CLIENTS:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self._rate
