"""Directions from examples: the mean of some latents less the mean of others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.manifest import UnreadableError
from ganstudio.data.sources.folders import list_folder
from ganstudio.errors import UsageError
from ganstudio.inference.latent.editing import check_ws
from ganstudio.inference.latent.finding.sampled import labels_of
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent.projection.fitting import fitted, to_images
from ganstudio.inference.latent.projection.projector import Projector
from ganstudio.inference.latent_files import read_latents
from ganstudio.inference.latents import latents, parse_seeds
from ganstudio.progress import Progress, no_progress

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class _Examples:
    """Latents [N, layers, size], or images [N, C, H, W] whose latents are to be found: one of the two."""

    latents: Floats | None = None
    images: Floats | None = None

    def mean(self, model: LatentModel, progress: Progress) -> Floats:
        found = self.latents
        if found is None:
            assert self.images is not None
            projector = Projector.open(model.whole.path, model.whole.provider)
            found = np.stack([one.latent for one in projector.find(self.images, None, progress)])
        mean: Floats = found.mean(0, np.float64).astype(np.float32)
        return mean


def difference(
    model: LatentModel,
    before: str,
    after: str,
    layers: slice,
    progress: Progress = no_progress,
    left_out: Callable[[str], None] = lambda _text: None,
) -> Floats:
    """[layers, size]: the mean latent that `after` names less that of `before`; 0 in layers that stay.

    Each names seeds, an npz file, or a folder of pictures, whose latents are searched for when both are read:
    `progress` is told how far, and `left_out` which pictures cannot be read. Raises UsageError where either names no
    latents, or both name the same.
    """
    ends = [_read(model, given, flag, left_out) for given, flag in ((before, "--before"), (after, "--after"))]
    start, end = (examples.mean(model, progress) for examples in ends)
    found = np.zeros(model.shape, np.float32)
    found[layers] = (end - start)[layers]
    if not np.abs(found).max() > 1e-6:
        raise UsageError("--before and --after name the same latents: there is no way from one to the other.")
    return found


def _read(model: LatentModel, given: str, flag: str, left_out: Callable[[str], None]) -> _Examples:
    path = Path(given)
    if path.is_dir():
        return _Examples(images=_pictures(model, path, flag, left_out))
    if path.suffix == ".npz":
        return _Examples(_saved(model, path))
    try:
        seeds = parse_seeds(given)
    except UsageError as error:
        why = error.message.replace("--seed", flag)
        raise UsageError(why, f"{flag} latents.npz   # or seeds, or a folder of pictures") from None
    return _Examples(_of_z(model, latents(seeds, model.whole.z_dim), labels_of(model, seeds)))


def _saved(model: LatentModel, path: Path) -> Floats:
    """The latents [N, layers, size] of an npz file. Raises UsageError where they are another model's."""
    saved = read_latents(path)
    if saved.ws is not None:
        check_ws(model, saved.ws, str(path))
        return saved.ws
    if saved.z.shape[1] != model.whole.z_dim:
        wants = f"{model.whole.path.stem} takes {model.whole.z_dim}"
        raise UsageError(f"{path}: z is of {saved.z.shape[1]} numbers; {wants}.")
    labels = None if saved.labels is None else np.array(saved.labels)
    return _of_z(model, saved.z, labels_of(model, saved.seeds) if labels is None else labels)


def _pictures(model: LatentModel, folder: Path, flag: str, left_out: Callable[[str], None]) -> Floats:
    """The pictures in a folder as images [N, C, H, W], fitted as `ganstudio project` fits them."""
    shape = tuple(map(int, model.whole.manifest.image_shape))
    pixels = []
    for picture in list_folder(folder).pictures:
        try:
            pixels.append(fitted(Path(picture.location.path), shape)[0])
        except (UnreadableError, OSError) as error:
            left_out(f"{flag} {folder}: {picture.name} is left out: {error}.")
    if not pixels:
        raise UsageError(f"{flag} {folder}: there is no picture in that folder.")
    return to_images(np.stack(pixels))


def _of_z(model: LatentModel, z: Floats, labels: NDArray[np.int64] | None) -> Floats:
    return model.latents(z, labels.tolist() if labels is not None and model.classes else None)
