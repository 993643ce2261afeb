"""One kind of work on many pictures: read, made, written, a few at once; what is there already is left."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ganstudio.cpu_count import cores
from ganstudio.data.manifest import UnreadableError
from ganstudio.data.sources.source import Location
from ganstudio.data.whole_picture import WholePicture, read_whole
from ganstudio.errors import Interrupted, StudioError, UsageError
from ganstudio.inference.images.giant import write_giant_png
from ganstudio.inference.images.jobs import Failure, Job, is_done
from ganstudio.inference.images.model import ImageModel
from ganstudio.inference.images.render import Cut, Renderer, Seams
from ganstudio.inference.images.tiles import Tiling
from ganstudio.inference.pictures import LONGEST_SIDE, Carried, picture
from ganstudio.inference.provenance import words_of_made
from ganstudio.progress import Progress, no_progress
from ganstudio.workspace import write_atomic

_AT_ONCE = 4  # pictures: some are read and written while a network is at another


@dataclass(frozen=True)
class Made:
    """What a picture became: pixels [H, W, C], what its file takes over, the tiles that it was made in."""

    pixels: NDArray[np.uint8]
    carried: Carried
    tiling: Tiling
    seams: Seams | None = None
    notes: tuple[str, ...] = ()


class Written(NamedTuple):
    """What is left of a `Made` once its file is written: all but the pixels; `size` is (H, W)."""

    size: tuple[int, int]
    tiling: Tiling
    seams: Seams | None
    notes: tuple[str, ...]


class Outcome(NamedTuple):
    """A job that is done. `written` is None where its file was there already."""

    job: Job
    written: Written | None = None
    details: Mapping[str, Any] = MappingProxyType({})


class Work(Protocol):
    """What a command does to a picture."""

    tick: Tick
    srgb: bool  # whether colours are to be sRGB: else the numbers stay as they are, and so does their profile

    @property
    def model(self) -> ImageModel:
        """What makes the pictures."""

    def key(self, job: Job) -> str:
        """What its answer is known by: see `jobs.key_of`. Raises OSError where a file is not there."""

    def is_finished(self, job: Job) -> bool:
        """Whether nothing is left to do, where the answer is there."""

    def do(self, job: Job, picture: WholePicture, done: bool) -> tuple[Made | None, dict[str, Any]]:
        """The answer, None where it is `done`, and what else there is to say of it. Raises StudioError."""


class Tick:
    """Tells how many tiles of a picture are made, and ends the work between two of them."""

    def __init__(self) -> None:
        self.progress: Progress = no_progress
        self._stopped = threading.Event()

    def __call__(self, done: int, count: int) -> None:
        """Raises Interrupted once it was stopped."""
        if self._stopped.is_set():
            raise Interrupted("interrupted")
        self.progress(done, count)

    def stop(self) -> None:
        self._stopped.set()


class SeamCheck:
    """Looks at the seams of the first picture that comes in tiles: those of the others are made alike.

    A network of one size makes no larger picture at once, so there is nothing to compare with.
    """

    def __init__(self) -> None:
        self._first = threading.Lock()

    def of(self, renderer: Renderer, pixels: NDArray[np.uint8], cut: Cut) -> Seams | None:
        tiling = cut.tiling(renderer.model, renderer.padded)
        if renderer.model.fixed or tiling.count == 1 or not self._first.acquire(blocking=False):
            return None
        return renderer.seams(pixels, tiling, cut)


def do_all(work: Work, jobs: Sequence[Job], kind: str, progress: Progress) -> Iterator[Outcome | Failure]:
    """The outcome of each job, in order. Pictures that cannot be read, or that the network fails on, are failures.

    `kind` is the format of what is written, one of `pictures.SUFFIXES` but npz. Raises OSError where nothing can be
    written.
    """
    most = max(1, min(cores(), _AT_ONCE, len(jobs)))
    waiting: deque[Future[Outcome | Failure]] = deque()
    progress(0, len(jobs))
    done = 0
    with ThreadPoolExecutor(most) as threads:
        try:
            for job in jobs:
                waiting.append(_begin(threads, work, job, kind))
                while len(waiting) > most:
                    yield waiting.popleft().result()
                    done += 1
                    progress(done, len(jobs))
            while waiting:
                yield waiting.popleft().result()
                done += 1
                progress(done, len(jobs))
        finally:
            work.tick.stop()  # what is under way, where there was an interrupt
            threads.shutdown(wait=True, cancel_futures=True)


def _begin(threads: ThreadPoolExecutor, work: Work, job: Job, kind: str) -> Future[Outcome | Failure]:
    """Reads the picture here, where one is read at a time, and leaves the rest to a thread."""
    known: Future[Outcome | Failure] = Future()
    try:
        key = work.key(job)
        done = is_done(job.path, key)
        if done and work.is_finished(job):
            known.set_result(Outcome(job))
            return known
        whole = read_whole(Location(str(job.source)), work.srgb)
    except (UnreadableError, StudioError, OSError) as error:
        reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        known.set_result(Failure(job.source, reason))
        return known
    return threads.submit(_do, work, job, kind, whole, key, done)


def _do(work: Work, job: Job, kind: str, whole: WholePicture, key: str, done: bool) -> Outcome | Failure:
    try:
        made, details = work.do(job, whole, done)
    except StudioError as error:
        return Failure(job.source, error.message, broken=not isinstance(error, UsageError))
    if made is None:
        return Outcome(job, None, details)
    longest = LONGEST_SIDE.get(kind)
    if longest and max(made.pixels.shape[:2]) > longest:
        return Failure(job.source, f"too large for {kind}, whose sides end at {longest} px: --format png")
    words = words_of_made(work.model.path.stem, work.model.manifest.sha256, key)
    write_made(job.path, made.pixels, words, kind, made.carried)
    height, width = made.pixels.shape[:2]
    return Outcome(job, Written((height, width), made.tiling, made.seams, made.notes), details)


def write_made(
    path: Path, pixels: NDArray[np.uint8], words: dict[str, str], kind: str, carried: Carried | None
) -> None:
    """Writes a picture's file, whole or not at all; a giant PNG row by row. See `pictures.picture`."""
    if isinstance(pixels, np.memmap) and kind == "png":
        write_giant_png(path, pixels, picture(pixels[:1, :1], words, kind, carried))
    else:
        write_atomic(path, picture(pixels, words, kind, carried))


def carried_of(whole: WholePicture, size: tuple[int, int], channels: int) -> Carried:
    """What a picture of `size` and so many channels takes over from `whole`: no profile of another kind of colours."""
    kept = whole.profile if whole.colours.shape[2] == (1 if channels < 3 else 3) else None
    return Carried(kept or b"", whole.exif_for(size), whole.xmp)


def scratch_of(job: Job) -> Path:
    """The folder in which a giant picture's pixels lie while it is made."""
    job.path.parent.mkdir(parents=True, exist_ok=True)
    return job.path.parent
