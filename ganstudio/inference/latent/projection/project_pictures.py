"""Projects picture files, one after the other: fitted, searched for, written; what is there already is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.decode import Fit
from ganstudio.data.manifest import UnreadableError
from ganstudio.data.pack_options import parse_colour
from ganstudio.errors import StudioError, UsageError, nearest
from ganstudio.inference.images.jobs import Failure, Job, key_of
from ganstudio.inference.latent.projection import exact_projection
from ganstudio.inference.latent.projection.distance import Distance
from ganstudio.inference.latent.projection.fitting import fitted, to_images
from ganstudio.inference.latent.projection.projected_files import (
    beside_path,
    is_projected,
    latent_path,
    write_projected,
)
from ganstudio.inference.latent.projection.projector import AT_ONCE, STEPS, Projected, Projector, Start
from ganstudio.inference.manifest import ExportManifest
from ganstudio.inference.sampling import choose_classes
from ganstudio.progress import Progress

FITS = ("crop", "pad", "stretch")


@dataclass(frozen=True)
class Options:
    """How pictures are projected: all that a file's content depends on besides picture and model, but `plain`."""

    label: int | None
    steps: int
    exact: bool
    pivotal: bool
    fit: Fit
    background: tuple[int, int, int]
    plain: bool

    @classmethod
    def of(
        cls,
        manifest: ExportManifest,
        class_: str | None,
        steps: int | None,
        exact: bool,
        pivotal: bool,
        fit: str,
        background: str,
        plain: bool,
    ) -> Options:
        """The options as they are typed. Raises UsageError where one cannot be."""
        if fit not in FITS:
            raise UsageError(f"--fit {fit!r}: there is no such way. {nearest(fit, FITS)}")
        labels = choose_classes(manifest.classes, [0], class_) if class_ is not None else None
        steps = steps if steps is not None else exact_projection.STEPS if exact else STEPS
        colour = parse_colour(background)
        return cls(labels[0] if labels else None, steps, exact, pivotal, cast("Fit", fit), colour, plain)

    def __str__(self) -> str:
        parts = (self.label, self.steps, self.exact, self.pivotal, self.fit, *self.background)
        return " ".join(map(str, ("project", *parts)))


@dataclass(frozen=True, eq=False)
class Outcome:
    """A picture that is done; all but the job is empty where its files were there already."""

    job: Job
    label: int | None = None
    distance: Distance | None = None
    start: Start | None = None
    notes: tuple[str, ...] = ()
    tuned: Path | None = None

    def as_json(self, classes: Sequence[str]) -> dict[str, Any]:
        start = self.start and {"from": self.start.kind, **self.start.distance._asdict()}
        return {
            **{"source": str(self.job.source), "path": str(self.job.path), "latent": str(latent_path(self.job))},
            **{"beside": str(beside_path(self.job)), "there": self.distance is None},
            "class": None if self.label is None else classes[self.label],
            "distance": self.distance and self.distance._asdict(),
            **{"start": start, "tuned": self.tuned and str(self.tuned), "notes": list(self.notes)},
        }


@dataclass(frozen=True, eq=False)
class _Given:
    """A picture to be projected: pixels [H, W, C] in the model's size."""

    job: Job
    key: str
    pixels: NDArray[np.uint8]
    notes: tuple[str, ...]


def project_all(
    projector: Projector,
    jobs: Sequence[Job],
    options: Options,
    run: Path | None,
    progress: Progress,
) -> Iterator[Outcome | Failure]:
    """The outcome of each job, in order. `run` is the folder of the export's run, where they are `exact`.

    `progress` is told steps of all pictures. Raises OSError where nothing can be written.
    """
    each = max(1, options.steps)
    total, finished = each * len(jobs), 0
    progress(0, total)
    waiting: list[_Given] = []
    for job in jobs:
        given = _read(projector, job, options)
        if isinstance(given, _Given):
            waiting.append(given)
        else:
            finished += 1
            yield given
        if waiting and (len(waiting) == AT_ONCE or job is jobs[-1]):
            before = finished * each
            yield from _projected(projector, waiting, options, run, lambda n, at=before: progress(at + n, total))  # type: ignore[misc]
            finished += len(waiting)
            waiting = []
        progress(finished * each, total)


def tuned_name(job: Job) -> str:
    """What the name of a generator ends with that was tuned for this picture: its folders and its stem."""
    return "-".join((*job.name.parts[:-1], job.path.stem))


def _read(projector: Projector, job: Job, options: Options) -> _Given | Outcome | Failure:
    """The fitted picture of a job, or what came of it without a search."""
    manifest, encoder = projector.model.whole.manifest, projector.encoder
    hashes = manifest.sha256 + (encoder.sha256 if encoder else "")
    try:
        key = key_of(hashes, str(options), [job.source])
        tuned = exact_projection.tuned_path(projector.model.whole.path, tuned_name(job))
        if is_projected(job, key) and (tuned.is_file() or not options.pivotal):
            return Outcome(job)
        shape = tuple(map(int, manifest.image_shape))
        pixels, notes = fitted(job.source, shape, options.fit, options.background)
    except (UnreadableError, StudioError, OSError) as error:
        return Failure(job.source, error.strerror or str(error) if isinstance(error, OSError) else str(error))
    return _Given(job, key, pixels, notes)


def _projected(
    projector: Projector, given: Sequence[_Given], options: Options, run: Path | None, tick: Callable[[int], None]
) -> Iterator[Outcome | Failure]:
    """Searches for some pictures, and writes the files of each as soon as it is found."""
    images = to_images(np.stack([one.pixels for one in given]))
    written = 0
    try:
        if run is not None:
            begun = list(projector.find(images, options.label))
            names = [tuned_name(one.job) if options.pivotal else None for one in given]
            answers = iter(exact_projection.project_exactly(projector, run, images, begun, names, options.steps))
        else:
            found = projector.find(images, options.label, lambda done, _total: tick(done), options.steps)
            answers = (exact_projection.Answer(projector, one, None) for one in found)
        for one, answer in zip(given, answers, strict=True):
            yield _written(one, answer, options.plain)
            written += 1
    except StudioError as error:
        broken = not isinstance(error, UsageError)
        yield from (Failure(one.job.source, error.message, broken) for one in given[written:])


def _written(given: _Given, answer: exact_projection.Answer, plain: bool) -> Outcome:
    found: Projected = answer.found
    write_projected(given.job, given.key, answer.projector, found, given.pixels, plain)
    label = found.label if answer.projector.takes_class else None
    return Outcome(given.job, label, found.distance, found.start, given.notes, answer.tuned)
