"""Directions from examples: the mean of some latents less the mean of others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import UsageError
from ganstudio.inference.latent.finding.sampled import labels_of
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent_files import read_latents
from ganstudio.inference.latents import latents, parse_seeds


def difference(model: LatentModel, before: str, after: str, layers: slice) -> NDArray[np.float32]:
    """[layers, size]: the mean latent that `after` names less that of `before`; 0 in layers that stay.

    Raises UsageError where either names no latents, or both name the same.
    """
    found = np.zeros(model.shape, np.float32)
    apart = _mean(model, after, "--after") - _mean(model, before, "--before")
    found[layers] = apart[layers]
    if not np.abs(found).max() > 1e-6:
        raise UsageError("--before and --after name the same latents: there is no way from one to the other.")
    return found


def _mean(model: LatentModel, given: str, flag: str) -> NDArray[np.float32]:
    path = Path(given)
    if path.is_dir():
        name = model.whole.path.stem
        raise UsageError(
            f"{flag} {given}: a folder of pictures; latents are wanted, as seeds or as an npz file with z.",
            f"ganstudio directions find {name} --from pairs --before 0-15 --after 16-31   # or .npz files",
        )
    labels: NDArray[np.int64] | None
    if path.suffix == ".npz":
        saved = read_latents(path)
        z, labels = saved.z, None if saved.labels is None else np.array(saved.labels)
        if z.shape[1] != model.whole.z_dim:
            wants = f"{model.whole.path.stem} takes {model.whole.z_dim}"
            raise UsageError(f"{given}: z is of {z.shape[1]} numbers; {wants}.")
        labels = labels_of(model, saved.seeds) if model.classes and labels is None else labels
    else:
        try:
            seeds = parse_seeds(given)
        except UsageError as error:
            raise UsageError(error.message.replace("--seed", flag), f"{flag} latents.npz   # or seeds") from None
        z, labels = latents(seeds, model.whole.z_dim), labels_of(model, seeds)
    ws = model.latents(z, labels.tolist() if labels is not None and model.classes else None)
    mean: NDArray[np.float32] = ws.mean(0, np.float64).astype(np.float32)
    return mean
