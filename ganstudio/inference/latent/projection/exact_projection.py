"""Projection by gradients, which the worker computes: what it is asked, and its answer drawn by the export."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganstudio.bridge import call_worker
from ganstudio.inference.latent.projection.distance import distance
from ganstudio.inference.latent.projection.projector import Projected, Projector, Start

Floats = NDArray[np.float32]
STEPS = 300


@dataclass(frozen=True, eq=False)
class Answer:
    """What was found, by which model: its own file `tuned` where the generator was tuned for the picture."""

    projector: Projector
    found: Projected
    tuned: Path | None


def project_exactly(
    projector: Projector,
    run: Path,
    images: Floats,
    starts: Sequence[Sequence[Start]],
    names: Sequence[str | None],
    steps: int,
) -> list[Answer]:
    """The answer of each of `images` [N, C, H, W], searched from the nearest of its starts.

    `names` are the ends of the names of tuned exports, None where nothing is tuned. Raises what the worker raises.
    """
    export, first = projector.model.whole.path, [ones[0] for ones in starts]
    with tempfile.TemporaryDirectory(prefix="ganstudio-") as folder:
        asked, answered = Path(folder) / "asked.npz", Path(folder) / "answered.npz"
        labels = np.array([start.label or 0 for start in first] if projector.takes_class else [], np.int64)
        np.savez(asked, images=images, latents=np.stack([start.latent for start in first]), labels=labels)
        tuned = [f"--tuned={tuned_path(export, name)}" for name in names if name is not None]
        answer = call_worker(
            *("project", str(export), str(asked), str(answered), "--run", str(run), "--steps", str(steps)),
            *("--seed", str(projector.seed), *tuned),
        )
        with np.load(answered, allow_pickle=False) as found:
            latents = found["latents"]
    files: Sequence[Path | None] = [Path(path) for path in answer["tuned"]] or [None] * len(images)
    return [
        _answer(projector, x, start, latent, file)
        for x, start, latent, file in zip(images, first, latents, files, strict=True)
    ]


def tuned_path(export: Path, name: str) -> Path:
    """Where the generator lies that was tuned for the picture of that name: beside the export."""
    return export.with_name(f"{export.stem}-{name}.onnx")


def _answer(projector: Projector, x: Floats, start: Start, latent: Floats, file: Path | None) -> Answer:
    drawing = projector if file is None else Projector.open(file, "cpu")
    image = drawing.draw(latent[None], start.label)[0]
    reached = distance(image, x)
    found = Projected(latent, start.label, image, reached, start)
    if file is None and reached.mse > start.distance.mse:
        found = replace(found, latent=start.latent, image=start.image, distance=start.distance)
    return Answer(drawing, found, file)
