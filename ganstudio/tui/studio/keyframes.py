"""The keyframes of the film that Studio records, as its state has them, and where a film that is played stands."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ganstudio.errors import UsageError
from ganstudio.inference.explore import Point
from ganstudio.inference.latent.keyframes import EASINGS

if TYPE_CHECKING:
    from ganstudio.inference.latent.recording import Recording

STEP_S = 1.0  # from one keyframe to the next that is set
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True)
class Film:
    """Points at times in seconds. `seconds` is the length of a loop; None ends the film at its last keyframe.

    `playing` says whether its frames are shown, `speed` how fast.
    """

    points: tuple[Point, ...] = ()
    times: tuple[float, ...] = ()
    fps: float = 25.0
    ease: str = "smooth"
    seconds: float | None = None
    playing: bool = False
    speed: float = 1.0

    def with_keyframe(self, point: Point) -> Film:
        """Returns the film with one more keyframe, STEP_S after the last; a loop grows as much."""
        if not self.points:
            return replace(self, points=(point,), times=(0.0,))
        seconds = None if self.seconds is None else self.seconds + STEP_S
        return replace(
            self, points=(*self.points, point), times=(*self.times, self.times[-1] + STEP_S), seconds=seconds
        )

    def without_last(self) -> Film:
        return replace(self, points=self.points[:-1], times=self.times[:-1])

    def with_speed(self, step: int) -> Film:
        """Returns the film at the next speed, or the one before."""
        place = SPEEDS.index(self.speed) + step
        return replace(self, speed=SPEEDS[min(max(0, place), len(SPEEDS) - 1)])

    def recording(self) -> Recording:
        from ganstudio.inference.latent.recording import Keyframe, Recording

        keyframes = tuple(Keyframe(time, point) for time, point in zip(self.times, self.points, strict=True))
        return Recording(keyframes, self.fps, self.seconds is not None, self.ease, self.seconds)


NO_FILM = Film()


def parse_film(film: Film, values: dict[str, str]) -> Film:
    """Returns the film with what was typed into a form: times, seconds of a loop, fps, ease. Raises UsageError."""
    times = tuple(_number(word, "times") for word in values["times"].replace(",", " ").split())
    if len(times) > len(film.points) or not times:
        raise UsageError(f"times: one a keyframe, of which there are {len(film.points)}; got {len(times)}.")
    if times[0] != 0 or any(later <= sooner for sooner, later in itertools.pairwise(times)):
        raise UsageError("times: the first is 0, and they go up.")
    seconds = _number(values["loop"], "loop") if values["loop"] else None
    if seconds is not None and seconds <= times[-1]:
        raise UsageError(f"loop: its length is above {times[-1]:g}, the last keyframe's time; got {seconds:g}.")
    fps = _number(values["fps"], "fps")
    if not 1 <= fps <= 120:
        raise UsageError(f"fps: from 1 to 120; got {fps:g}.")
    if values["ease"] not in EASINGS:
        raise UsageError(f"ease: one of {', '.join(EASINGS)}.")
    return replace(film, points=film.points[: len(times)], times=times, seconds=seconds, fps=fps, ease=values["ease"])


def frame_at(elapsed_s: float, count: int, fps: float) -> int:
    """Returns the number of the frame that is shown so long after the first, again and again from the beginning."""
    return int(elapsed_s * fps) % count


def _number(text: str, what: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not 0 <= number <= 36_000:
        raise UsageError(f"{what}: {text!r} is no number of seconds." if what != "fps" else f"fps: {text!r} is none.")
    return number
