"""The files of a projected picture: STEM.png, what the model draws; STEM.npz, its latent; STEM-beside.png, both."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganstudio.inference.images.jobs import Job, is_done
from ganstudio.inference.latent.projection.projector import Projected, Projector
from ganstudio.inference.latent_files import SavedLatents, write_latents
from ganstudio.inference.pictures import Carried, picture
from ganstudio.inference.pixels import grid, to_pixels
from ganstudio.inference.provenance import words_of_made
from ganstudio.workspace import write_together


def latent_path(job: Job) -> Path:
    return job.path.with_suffix(".npz")


def beside_path(job: Job) -> Path:
    return job.beside("beside")


def files_of(job: Job) -> list[Path]:
    """What becomes of a picture: the answer, its latent, and both pictures side by side."""
    return [job.path, latent_path(job), beside_path(job)]


def is_projected(job: Job, key: str) -> bool:
    """Whether all its files are there, of this very picture, model and options."""
    return is_done(job.path, key) and latent_path(job).is_file() and beside_path(job).is_file()


def saved_latents(projector: Projector, found: Sequence[Projected], names: Sequence[str]) -> SavedLatents:
    """The latents of pictures called `names`, as a file holds them."""
    model, latents = projector.model, np.stack([one.latent for one in found])
    styled = model.space == "w"
    labels = tuple(one.label for one in found if one.label is not None)
    return SavedLatents(
        z=np.zeros((len(found), 0), np.float32) if styled else latents[:, 0],
        seeds=(projector.seed,) * len(found),
        labels=labels if projector.takes_class and labels else None,
        psi=1.0,
        origins=tuple(f"projected {name}" for name in names),
        model=model.whole.path.stem,
        sha256=model.whole.manifest.sha256,
        ws=latents if styled else None,
    )


def write_projected(
    job: Job, key: str, projector: Projector, found: Projected, given: NDArray[np.uint8], plain: bool = False
) -> None:
    """Writes all files of a picture whose fitted pixels are `given` [H, W, C]; the answer last: it says all are there.

    With `plain` they are without metadata. Equal input gives equal bytes.
    """
    saved = saved_latents(projector, [found], [job.source.name])
    words = {} if plain else words_of_made(saved.model, saved.sha256, key)
    drawn = to_pixels(found.image[None])
    both = grid(np.stack([given, drawn[0]]), 2)
    job.path.parent.mkdir(parents=True, exist_ok=True)
    write_latents(latent_path(job), saved, words)
    write_together(
        {beside_path(job): picture(both, words, "png", Carried()), job.path: picture(drawn[0], words, "png")}
    )
