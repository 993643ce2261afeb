"""Recordings as files of keyframes, which `ganstudio animate` reads, and as the film that it makes of them."""

from __future__ import annotations

import itertools
import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ganstudio.errors import StudioError
from ganstudio.inference.explore import Point
from ganstudio.inference.latent.film_plan import plan_film
from ganstudio.inference.latent.keyframe_file import KeyframeFile
from ganstudio.inference.latent.keyframes import Film
from ganstudio.inference.latent.point_model import PointModel
from ganstudio.inference.latent.recording import Recording
from ganstudio.inference.latent_files import SavedLatents, write_latents
from ganstudio.workspace import write_atomic

_BARE = re.compile(r"[A-Za-z0-9_-]+")  # keys that TOML takes without quotes


def film_of(recording: Recording, model: PointModel) -> Film:
    """The film that `ganstudio animate` makes of a recording's file. Raises RecipeError with all that is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.toml"
        document = _document_and_latents(path, recording, model)
        return plan_film(KeyframeFile.of(path, document), model.latent, model.directions)


def write_recording(folder: Path, recording: Recording, model: PointModel) -> Path:
    """Writes a recording as MODEL-1.toml, or the next number that is free, with a file of latents where it needs one.

    Raises StudioError where the disk takes no files.
    """
    name = model.whole.path.stem
    free = (folder / f"{name}-{number}.toml" for number in itertools.count(1))
    path = next(one for one in free if not one.exists() and not one.with_suffix(".npz").exists())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomic(path, toml_text(_document_and_latents(path, recording, model)).encode())
    except OSError as error:
        raise StudioError(f"{folder}: nothing can be written there: {error.strerror or error}.") from None
    return path


def toml_text(document: Mapping[str, Any]) -> str:
    """A film's document as TOML, which `tomllib` reads back as it was."""
    lines = [f"{key} = {_value(value)}" for key, value in document.items() if key != "keyframe"]
    for table in document["keyframe"]:
        lines += ["", "[[keyframe]]", *(f"{key} = {_value(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _document_and_latents(path: Path, recording: Recording, model: PointModel) -> dict[str, Any]:
    """The document of a film at `path`. Writes the latents that are no seed's own beside it."""
    points = recording.points
    shared = _Shared.of(points, model)
    saved = [point for point in dict.fromkeys(points) if not shared.by_seed(point)]
    npz = path.with_suffix(".npz")
    if saved:
        write_latents(npz, _latents(saved, model, shared), {})
    film: dict[str, Any] = {"model": model.whole.path.stem, "fps": recording.fps, "ease": recording.ease}
    if recording.seconds is not None:
        film |= {"seconds": recording.seconds, "loop": True}
    if shared.centres > 1:
        film["centres"] = shared.centres
    tables = []
    for time, point in zip(recording.times, points, strict=True):
        place = {"latent": npz.name, "index": saved.index(point)} if point in saved else {"seed": point.seed}
        tables.append({"t": time} | place | shared.values(point, model))
    return film | {"keyframe": tables}


@dataclass(frozen=True)
class _Shared:
    """What every keyframe sets because one of them does, and `centres`, which are the whole film's."""

    centres: int
    psi: bool
    cutoff: bool
    noise: bool
    directions: tuple[str, ...]

    @classmethod
    def of(cls, points: Sequence[Point], model: PointModel) -> _Shared:
        centres = next((point.centres for point in points if point.psi != 1 and not point.styles), 1)
        own = [point for point in points if not _done(point, centres)]
        begin = points[0].seed if points[0] in own and _by_seed(points[0]) else points[0].noise
        return cls(
            centres,
            any(point.psi != 1 for point in own),
            model.styles and any(point.cutoff is not None for point in own),
            bool(model.latent.noise_shapes) and any(point.noise != begin for point in points),
            tuple(sorted({name for point in own for name, _ in point.strengths})),
        )

    def done(self, point: Point) -> bool:
        """Whether all is done to a point's latent already: it has styles of others, or other centres than the film."""
        return _done(point, self.centres)

    def by_seed(self, point: Point) -> bool:
        """Whether a keyframe's `seed` says all of its latent."""
        return _by_seed(point) and not self.done(point)

    def values(self, point: Point, model: PointModel) -> dict[str, Any]:
        """Keys of a point's keyframe."""
        done = self.done(point)
        found: dict[str, Any] = {}
        if model.whole.classes:
            found["class"] = model.whole.classes[point.label or 0]
        if self.psi:
            found["psi"] = 1.0 if done else point.psi
        if self.cutoff:
            found["cutoff"] = model.latent.layers if done or point.cutoff is None else point.cutoff
        if self.noise:
            found["noise_seed"] = point.noise
        if self.directions:
            found["directions"] = {name: 0.0 if done else point.strength(name) for name in self.directions}
        return found


def _done(point: Point, centres: int) -> bool:
    return bool(point.styles) or (point.psi != 1 and point.centres != centres)


def _by_seed(point: Point) -> bool:
    return point.of_seed and not point.codes and not point.mixed


def _latents(points: Sequence[Point], model: PointModel, shared: _Shared) -> SavedLatents:
    """The latents of points before they are truncated and moved, unless that is done; ws where there are styles."""
    found = np.stack([model.edited(point) if shared.done(point) else model.start(point) for point in points])
    return SavedLatents(
        z=np.zeros((len(points), 0), np.float32) if model.styles else found[:, 0],
        seeds=tuple(point.noise for point in points),
        labels=tuple(point.label or 0 for point in points) if model.whole.classes else None,
        psi=1.0,
        origins=tuple(point.origin_text for point in points),
        model=model.whole.path.stem,
        sha256=model.whole.manifest.sha256,
        ws=found if model.styles else None,
    )


def _value(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        pairs = (f"{key if _BARE.fullmatch(key) else _value(key)} = {_value(one)}" for key, one in value.items())
        return "{ " + ", ".join(pairs) + " }"
    return repr(value)
