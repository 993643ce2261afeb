"""Directions from examples: the mean of some latents less the mean of others."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.manifest import UnreadableError
from ganstudio.data.sources.folders import list_folder
from ganstudio.data.store import Progress, no_progress
from ganstudio.errors import UsageError
from ganstudio.inference.latent.editing import check_ws
from ganstudio.inference.latent.finding.sampled import labels_of
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent.projection.fitting import fitted, to_images
from ganstudio.inference.latent.projection.projector import Projector
from ganstudio.inference.latent_files import read_latents
from ganstudio.inference.latents import latents, parse_seeds


def difference(
    model: LatentModel, before: str, after: str, layers: slice, progress: Progress = no_progress
) -> NDArray[np.float32]:
    """[layers, size]: the mean latent that `after` names less that of `before`; 0 in layers that stay.

    Each names seeds, an npz file, or a folder of pictures, whose latents are searched for: `progress` is told how far.
    Raises UsageError where either names no latents, or both name the same.
    """
    found = np.zeros(model.shape, np.float32)
    apart = _mean(model, after, "--after", progress) - _mean(model, before, "--before", progress)
    found[layers] = apart[layers]
    if not np.abs(found).max() > 1e-6:
        raise UsageError("--before and --after name the same latents: there is no way from one to the other.")
    return found


def _mean(model: LatentModel, given: str, flag: str, progress: Progress) -> NDArray[np.float32]:
    path = Path(given)
    if path.is_dir():
        found = _projected(model, path, flag, progress)
    elif path.suffix == ".npz":
        found = _saved(model, path)
    else:
        try:
            seeds = parse_seeds(given)
        except UsageError as error:
            why = error.message.replace("--seed", flag)
            raise UsageError(why, f"{flag} latents.npz   # or seeds, or a folder of pictures") from None
        found = _of_z(model, latents(seeds, model.whole.z_dim), labels_of(model, seeds))
    mean: NDArray[np.float32] = found.mean(0, np.float64).astype(np.float32)
    return mean


def _saved(model: LatentModel, path: Path) -> NDArray[np.float32]:
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


def _projected(model: LatentModel, folder: Path, flag: str, progress: Progress) -> NDArray[np.float32]:
    """The latents [N, layers, size] of the pictures in a folder, each as `ganstudio project` finds it."""
    listing = list_folder(folder)
    shape = tuple(map(int, model.whole.manifest.image_shape))
    pixels = []
    for picture in listing.pictures:
        with contextlib.suppress(UnreadableError):
            pixels.append(fitted(Path(picture.location.path), shape)[0])
    if not pixels:
        raise UsageError(f"{flag} {folder}: there is no picture in that folder.")
    projector = Projector.open(model.whole.path, model.whole.provider)
    return np.stack([one.latent for one in projector.find(to_images(np.stack(pixels)), None, progress)])


def _of_z(model: LatentModel, z: NDArray[np.float32], labels: NDArray[np.int64] | None) -> NDArray[np.float32]:
    return model.latents(z, labels.tolist() if labels is not None and model.classes else None)
