"""Keyframes: everything of a film that has a number, and how it goes from one time to the next.

Numbers in float64 and no clock: the same file gives the same numbers on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# how far a share of the time, from 0 to 1, leads; all begin at 0 and end at 1
EASINGS: Mapping[str, Callable[[float], float]] = {
    "linear": lambda x: x,
    "ease-in": lambda x: x * x,
    "ease-out": lambda x: x * (2 - x),
    "smooth": lambda x: x * x * (3 - 2 * x),
}


class Key(NamedTuple):
    """A value at a time, in seconds; `ease` is of the way from here to the next key."""

    time: float
    value: float
    ease: str = "smooth"


class Span(NamedTuple):
    """Between which two values a moment lies, and how far from the first to the second, in [0, 1]."""

    start: float
    end: float
    share: float


@dataclass(frozen=True)
class Track:
    """One thing over time: its keys, in order, the first at 0. `period` is the length of a loop, None without one.

    After the last key its value stays, in a loop it goes back to the first's.
    """

    keys: tuple[Key, ...]
    period: float | None = None

    def at(self, time: float) -> Span:
        """The span at a time from 0 on."""
        place = max(index for index, key in enumerate(self.keys) if key.time <= time)
        key = self.keys[place]
        following = self.keys[place + 1 : place + 2]
        if following:
            (after,) = following
        elif self.period is not None and len(self.keys) > 1:
            after = self.keys[0]._replace(time=self.period)
        else:
            return Span(key.value, key.value, 0.0)
        share = EASINGS[key.ease]((time - key.time) / (after.time - key.time))
        return Span(key.value, after.value, share)

    def number(self, time: float) -> float:
        """The value at a time, of what can lie between two."""
        span = self.at(time)
        return span.start + span.share * (span.end - span.start)

    def nearer(self, time: float) -> int:
        """The value at a time, of what cannot lie between two: it changes half-way."""
        span = self.at(time)
        return int(span.start if span.share < 0.5 else span.end)


@dataclass(frozen=True, eq=False)
class Film:
    """The keyframes of a film for one model.

    Attributes:
        seconds, fps: its length and pace; a loop of n frames repeats after n / fps seconds.
        latents: what `latent` goes by the places of: each z [z_dim] or, with styles, ws [layers, size], float32.
        origins: where each comes from, "" where that is its seed, of `seeds`.
        latent, class_, noise_seed: go between places in latents, between classes (None without), and between seeds.
        psi, cutoff, noise: truncation, the layer from which on there is none, and what noise is multiplied by.
        directions: strengths by name; `layers` are those that they move.
        centres: how many there are to be truncated towards.
    """

    seconds: float
    fps: float
    loop: bool
    latents: tuple[NDArray[np.float32], ...]
    origins: tuple[str, ...]
    seeds: tuple[int, ...]
    latent: Track
    class_: Track | None
    noise_seed: Track
    psi: Track
    cutoff: Track
    noise: Track
    directions: Mapping[str, Track]
    layers: slice
    centres: int

    def __len__(self) -> int:
        return frame_count(self.seconds, self.fps, self.loop)

    @property
    def names(self) -> tuple[str, ...]:
        """What each latent is called: its origin, or its seed."""
        return tuple(origin or str(seed) for origin, seed in zip(self.origins, self.seeds, strict=True))

    def time(self, frame: int) -> float:
        """The time of a frame in seconds. The last of an open film is at its end, a loop ends one frame before."""
        steps = len(self) if self.loop else len(self) - 1
        return frame * self.seconds / steps if steps else 0.0


def frame_count(seconds: float, fps: float, loop: bool) -> int:
    """How many frames a film has."""
    steps = round(seconds * fps)
    return max(1, steps) if loop else steps + 1
