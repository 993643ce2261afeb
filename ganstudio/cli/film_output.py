"""Where `interpolate` and `animate` write a film: one file, or a folder of frames."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ganstudio.cli.destination import check_replaceable, make_folder, names_file, writing
from ganstudio.cli.output import note, progress
from ganstudio.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

FilmOut = typer.Option(metavar="FILE|DIR", help="A .gif, .webp or .mp4 file, or a folder for PNGs.")
MOST_FRAMES = 100_000
TERMINAL_FRAMES = 8  # shown in the terminal


@dataclass(frozen=True)
class FilmOutput:
    """A film of `count` frames at `path`: a file where its suffix is a film's, else a folder."""

    path: Path
    fps: float
    count: int

    @classmethod
    def parse(cls, out: Path, fps: float, count: int, image_shape: Sequence[int | str]) -> FilmOutput:
        """The checked output. Raises UsageError for a file, a frame rate or a size that cannot be written."""
        from ganstudio.inference.animation import LONGEST_SIDE, MOST_FPS, SUFFIXES, check_codec

        output = cls(out.absolute(), fps, count)
        suffix = out.suffix.lower()
        if not output.is_film:
            if names_file(out) and not out.is_dir():
                known = f"{', '.join(SUFFIXES)}, or a folder for PNGs"
                raise UsageError(f"--out {out.name}: a film is written as {known}. Did you mean {out.stem}.gif?")
            return output
        check_codec(suffix)
        if not 1 <= fps <= MOST_FPS[suffix]:
            raise UsageError(f"--fps: from 1 to {MOST_FPS[suffix]:g} for {suffix}; got {fps:g}.")
        *depth, height, width = map(int, image_shape[1:])
        width *= math.prod(depth)
        if max(width, height) > LONGEST_SIDE[suffix]:
            raise UsageError(f"--out: {width} x {height} pixels are too many for {suffix}.", hint="--out frames/")
        return output

    @property
    def is_film(self) -> bool:
        """Whether the frames go into one file, not into a folder."""
        from ganstudio.inference.animation import SUFFIXES

        return self.path.suffix.lower() in SUFFIXES and not self.path.is_dir()

    def frame_path(self, frame: int) -> Path:
        """The path of a frame in a folder, with the digits that `ffmpeg -i frame-%05d.png` reads."""
        return self.path / f"frame-{frame:05}.png"

    def check(self, channels: int, force: bool) -> list[Path]:
        """Frames of a longer film in the folder, to be removed once this one is there; says what has no transparency.

        Raises UsageError where a file that may not be replaced is in the way.
        """
        stale: list[Path] = []
        if self.is_film:
            check_replaceable([self.path], force)
        else:
            new = dict.fromkeys(map(self.frame_path, range(self.count)))
            stale = [frame for frame in self.path.glob("frame-[0-9]*.png") if frame not in new]
            check_replaceable([*stale, *new], force)
        if self.is_film and channels == 4:
            note(f"The frames are laid over white: {self.path.name} holds no transparency, and a folder of PNGs does.")
        return stale

    def write(
        self, frames: Iterator[Pixels], words: Callable[[int | None], dict[str, str]], stale: Sequence[Path]
    ) -> list[Pixels]:
        """Writes the film or the frames, removes those that are stale, and returns some frames for the terminal.

        `words` gives the metadata of a frame, or, of None, those of the film.
        """
        from ganstudio.inference.animation import write_animation
        from ganstudio.inference.pictures import write_picture

        make_folder(self.path.parent if self.is_film else self.path)
        shown: list[Pixels] = []
        flat = self._with_progress(frames, shown)
        if self.is_film:
            with writing(self.path):
                write_animation(self.path, flat, self.fps, words(None))
            return shown
        for index, pixels in enumerate(flat):
            with writing(self.frame_path(index)):
                write_picture(self.frame_path(index), pixels, words(index), "png")
        for frame in stale:
            frame.unlink()
        if stale:
            note(f"Removed {len(stale)} frames of a longer film that were there.")
        return shown

    def _with_progress(self, frames: Iterator[Pixels], shown: list[Pixels]) -> Iterator[Pixels]:
        """The frames, flat, with progress; TERMINAL_FRAMES, evenly spaced, are put into `shown`."""
        from ganstudio.inference.pixels import strips

        chosen = {place * (self.count - 1) // max(1, TERMINAL_FRAMES - 1) for place in range(TERMINAL_FRAMES)}
        show = progress("drawing") if self.count > 200 else None
        for index, picture in enumerate(frames):
            flat = strips(picture[None])[0]
            if index in chosen:
                shown.append(flat)
            yield flat
            if show:
                show(index + 1, self.count)


def draw_frames(shown: list[Pixels]) -> None:
    """Draws some of the frames in a row where stdout is a terminal that can."""
    if not sys.stdout.isatty():
        return
    import numpy as np

    from ganstudio.cli.picture import draw_sheet

    draw_sheet(np.stack(shown), len(shown))
