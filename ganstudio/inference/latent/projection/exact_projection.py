"""Projection by gradients, which the worker computes: what it is asked, and its answer drawn by the export."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganstudio.bridge import call_worker
from ganstudio.inference.latent.projection.distance import distance
from ganstudio.inference.latent.projection.projector import Projected, Projector

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
    begun: Sequence[Projected],
    names: Sequence[str | None],
    steps: int,
) -> list[Answer]:
    """The answer of each of `images` [N, C, H, W], searched from what each was found to be without gradients.

    `names` are the ends of the names of tuned exports, None where nothing is tuned. Raises what the worker raises.
    """
    export = projector.model.whole.path
    with tempfile.TemporaryDirectory(prefix="ganstudio-") as folder:
        asked, answered = Path(folder) / "asked.npz", Path(folder) / "answered.npz"
        labels = np.array([one.label or 0 for one in begun] if projector.takes_class else [], np.int64)
        np.savez(asked, images=images, latents=np.stack([one.latent for one in begun]), labels=labels)
        tuned = [f"--tuned={tuned_path(export, name)}" for name in names if name is not None]
        answer = call_worker(
            *("project", str(export), str(asked), str(answered), "--run", str(run), "--steps", str(steps)),
            *("--seed", str(projector.seed), *tuned),
        )
        with np.load(answered, allow_pickle=False) as found:
            latents = found["latents"]
    files: Sequence[Path | None] = [Path(path) for path in answer["tuned"]] or [None] * len(images)
    return [
        _answer(projector, x, one, latent, file)
        for x, one, latent, file in zip(images, begun, latents, files, strict=True)
    ]


def tuned_path(export: Path, name: str) -> Path:
    """Where the generator lies that was tuned for the picture of that name: beside the export."""
    return export.with_name(f"{export.stem}-{name}.onnx")


def _answer(projector: Projector, x: Floats, begun: Projected, latent: Floats, file: Path | None) -> Answer:
    """The worker's answer; `begun` where that is further away by pixels than what all began with.

    It may be further than `begun`, which is the nearest by pixels alone: in colour the worker minimizes LPIPS besides.
    """
    drawing = projector if file is None else Projector.open(file, "cpu")
    image = drawing.draw(latent[None], begun.label)[0]
    reached = distance(image, x)
    if file is None and reached.mse > begun.start.distance.mse:
        return Answer(drawing, begun, None)
    return Answer(drawing, Projected(latent, begun.label, image, reached, begun.start), file)
