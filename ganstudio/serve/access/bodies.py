"""How many bytes of requests are held at once: of one client, and of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

_OF_ONE, _OF_ALL = 4, 16  # times the largest body


class Held:
    """Bytes of one request that are held, until its end."""

    def __init__(self, bodies: Bodies, owner: str) -> None:
        self._bodies, self._owner, self.size = bodies, owner, 0

    def add(self, size: int) -> bool:
        """Counts more bytes; False where there is no room for them."""
        self.size += size
        return self._bodies.add(self._owner, size)


class Bodies:
    """What all requests hold; `largest` is how many bytes one body may have."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._of_each: Counter[str] = Counter()
        self._of_all = 0

    @contextmanager
    def held(self, owner: str) -> Iterator[Held]:
        """The bytes of one request of `owner`: none yet."""
        held = Held(self, owner)
        try:
            yield held
        finally:
            self._of_all -= held.size
            self._of_each[owner] -= held.size
            if self._of_each[owner] <= 0:
                del self._of_each[owner]

    def add(self, owner: str, size: int) -> bool:
        """Counts bytes of `owner`; False where they are more than one, or all, may hold."""
        self._of_all += size
        self._of_each[owner] += size
        return self._of_each[owner] <= _OF_ONE * self._largest and self._of_all <= _OF_ALL * self._largest
