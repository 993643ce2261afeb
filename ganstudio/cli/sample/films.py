"""Films of clips and voxel grids: their frames, or slices, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ganstudio.cli.destination import writing
from ganstudio.cli.sample.request import SampleRequest
from ganstudio.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def checked_fps(kind: str, fps: float) -> float:
    """The frames a second of a film of this format. Raises UsageError where it cannot be written here, or so fast."""
    from ganstudio.inference.animation import MOST_FPS, check_codec
    from ganstudio.inference.pictures import FILMS

    if kind not in FILMS:
        return fps
    suffix = FILMS[kind][0]
    check_codec(suffix)
    if not 1 <= fps <= MOST_FPS[suffix]:
        raise UsageError(f"--fps: from 1 to {MOST_FPS[suffix]:g} for {kind}; got {fps:g}.")
    return fps


def write_films(request: SampleRequest, clips: Iterator[NDArray[np.uint8]]) -> Iterator[tuple[Path, int, int]]:
    """Writes one film of all clips [T|D, H, W, C], side by side, or one of each.

    Yields each file, the place of its first seed, and how many seeds it holds.
    """
    import numpy as np

    from ganstudio.inference.animation import write_animation
    from ganstudio.inference.pixels import grid

    if request.size is None:
        for index, (path, clip) in enumerate(zip(request.paths(), clips, strict=True)):
            with writing(path):
                write_animation(path, clip, request.fps, request.metadata(index, 1))
            yield path, index, 1
        return
    columns, rows = request.size
    [path], together = request.paths(), np.stack(list(clips), 1)
    with writing(path):
        frames = (grid(tiles, columns, rows) for tiles in together)
        write_animation(path, frames, request.fps, request.metadata(0, len(request.seeds)))
    yield path, 0, len(request.seeds)
