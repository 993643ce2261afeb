"""What a person types of a film that Studio records, and where it stands while it is played."""

from __future__ import annotations

import itertools
from dataclasses import replace

from ganstudio.errors import UsageError
from ganstudio.inference.latent.keyframes import EASINGS
from ganstudio.inference.latent.recording import Recording

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)


def next_speed(speed: float, step: int) -> float:
    """Returns the speed that is so many steps faster."""
    return SPEEDS[min(max(0, SPEEDS.index(speed) + step), len(SPEEDS) - 1)]


def parse_recording(film: Recording, values: dict[str, str]) -> Recording:
    """Returns a recording with what was typed into a form: times, seconds of a loop, fps, ease. Raises UsageError."""
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
