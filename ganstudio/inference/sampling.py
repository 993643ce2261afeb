"""Seeds and classes in, pictures out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ganstudio.data.labels.classes import parse_number
from ganstudio.errors import UsageError, nearest
from ganstudio.inference.latents import latents
from ganstudio.inference.model import OnnxModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def sample(
    model: OnnxModel,
    seeds: Sequence[int],
    classes: Sequence[int] | None = None,
    *,
    psi: float = 1.0,
    batch: int | None = None,
    z: NDArray[np.float32] | None = None,
) -> Iterator[NDArray[np.uint8]]:
    """The picture of each seed in turn, uint8 [H, W, C]; of clips and voxel grids [T|D, H, W, C].

    `batch`, or the model's own, are computed at a time. `classes` are indices, one a seed, for a conditional model and
    for no other; `psi` is the truncation of a model that has it. `z` [N, z_dim] are latents that take the place of the
    seeds' own; noise inputs stay the seeds'.

    The same call gives the same bytes. Other batch sizes may round a float differently: a pixel is then one level off.
    """
    from ganstudio.inference.pixels import to_pixels

    batch = batch or model.batch
    for start in range(0, len(seeds), batch):
        some = seeds[start : start + batch]
        labels = None if classes is None else classes[start : start + batch]
        latents_of_batch = latents(some, model.z_dim) if z is None else z[start : start + batch]
        yield from to_pixels(model.generate(latents_of_batch, labels, psi=psi, seeds=some, batch=batch))


def choose_classes(names: Sequence[str], seeds: Sequence[int], wanted: str | None) -> list[int] | None:
    """A class index a seed, or None for an unconditional model, which has no names.

    `wanted` is a name, a number that equals a name (10 is 10.0), or an index where not all names are numbers; a name
    wins where it is both. Without it seed s gets class s mod K: a range of seeds
    walks through the classes in order, and a seed still means one picture in whatever range it stands.

    Raises:
        UsageError: `wanted` is no class, or the model has none.
    """
    if not names:
        if wanted is None:
            return None
        raise UsageError(f"--class: {wanted!r} was given, but the model is not conditional: leave --class out.")
    if wanted is None:
        return [seed % len(names) for seed in seeds]
    return [_class_index(names, wanted)] * len(seeds)


def _class_index(names: Sequence[str], wanted: str) -> int:
    if wanted in names:
        return names.index(wanted)
    numbers = [parse_number(name) for name in names]
    if (value := parse_number(wanted)) is not None and value in numbers:
        return numbers.index(value)
    if None in numbers and wanted.isdecimal() and len(wanted) < 10 and int(wanted) < len(names):
        return int(wanted)
    raise UsageError(f"--class: {wanted!r} is no class of this model. {nearest(wanted, names)}")
