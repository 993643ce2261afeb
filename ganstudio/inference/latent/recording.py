"""Recordings: points at times, the keyframes of a film. recording_file.py writes them for `ganstudio animate`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ganstudio.inference.explore import Point

STEP_S = 1.0  # from one keyframe to the next that is set


@dataclass(frozen=True)
class Recording:
    """Points at times in seconds, the first at 0. `seconds` is the length of a loop; without it the film ends at the
    last keyframe.
    """

    points: tuple[Point, ...] = ()
    times: tuple[float, ...] = ()
    fps: float = 25.0
    ease: str = "smooth"
    seconds: float | None = None

    def with_point(self, point: Point) -> Recording:
        """With one more keyframe, STEP_S after the last; a loop grows as much."""
        if not self.points:
            return replace(self, points=(point,), times=(0.0,))
        seconds = None if self.seconds is None else self.seconds + STEP_S
        times = (*self.times, self.times[-1] + STEP_S)
        return replace(self, points=(*self.points, point), times=times, seconds=seconds)

    def without_last(self) -> Recording:
        return replace(self, points=self.points[:-1], times=self.times[:-1])


NOTHING = Recording()
