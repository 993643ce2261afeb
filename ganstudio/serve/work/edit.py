"""Pictures moved along directions, and mixed: through a model's latents, in its thread."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator, Sequence

import numpy as np

from ganstudio.inference.latent.directions import Direction, parse_move
from ganstudio.inference.latent.editing import Edit
from ganstudio.inference.latent.layers import layers_named
from ganstudio.inference.latent.mixing import Mix, Sources, mixed
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent.projection.nearest import NOISE_SEED
from ganstudio.inference.latent.truncation import check_styles
from ganstudio.inference.latents import latents
from ganstudio.inference.origins import mix_words
from ganstudio.inference.pixels import grid, strips
from ganstudio.inference.sampling import choose_classes
from ganstudio.progress import Progress
from ganstudio.serve import requests
from ganstudio.serve.models.batching import Floats
from ganstudio.serve.models.catalog import Lease
from ganstudio.serve.models.model_info import directions_of
from ganstudio.serve.models.opened import Opened
from ganstudio.serve.problems import refused
from ganstudio.serve.settings import Limits
from ganstudio.serve.work.draw import Drawn, codes_of, edited_tiles, with_codes, work_of
from ganstudio.serve.work.seeds import seeds_of, truncation_of
from ganstudio.serve.work.work import Tile, Work

Moves = tuple[tuple[Direction, float], ...]


async def plan_edit(lease: Lease, asked: requests.Edit, limits: Limits) -> Work:
    """Raises ProblemError, or UsageError in the words of `ganstudio edit`."""
    opened, manifest = lease.opened, lease.opened.export.manifest
    opened.check_draws()
    latent = await opened.run(lambda: opened.latent)
    truncation = truncation_of(manifest, opened.name, asked)
    if asked.latent is not None and (asked.seed is not None or asked.seeds is not None or asked.n is not None):
        raise refused("latent: it takes the place of seeds. Give one of the two.", "latent")
    seeds = (NOISE_SEED,) if asked.latent else seeds_of(asked.seed, asked.seeds, asked.n, limits.images)
    moves, layers = moves_of(opened, latent, asked)
    truncation.check(latent)
    z, ws = (None, None) if asked.latent is None else given_latents(latent, [asked.latent], "latent")
    codes = codes_of(opened, asked)
    if codes and ws is not None:
        raise refused("codes: ws are made of them already: leave codes out.", "codes")
    class_ = asked.latent.class_ if asked.latent and asked.latent.class_ is not None else asked.class_
    classes = None if ws is not None else choose_classes(manifest.classes, seeds, class_)
    named = tuple((one.name, strength) for one, strength in moves)
    drawn = Drawn(seeds, classes, asked.psi, truncation, codes, named, asked.layers or "")
    z = latents(seeds, opened.generator.z_dim) if z is None and ws is None else z
    z = None if z is None else with_codes(z, codes)
    change = Edit(moves, layers, truncation)
    return work_of(
        "edit", lease, drawn, asked.format, asked.size, lambda _progress: edited_tiles(opened, drawn, change, z, ws)
    )


def moves_of(opened: Opened, latent: LatentModel, asked: requests.Edit | requests.Interpolate) -> tuple[Moves, slice]:
    """The directions that are moved along, each with its strength, and in which layers. Raises UsageError."""
    known = directions_of(opened.export, latent.space)
    moves = tuple(parse_move(f"{name}={strength:g}", known) for name, strength in asked.directions.items())
    return moves, slice(None) if asked.layers is None else layers_named(asked.layers, latent)


def given_latents(
    latent: LatentModel, given: Sequence[requests.Latent | int], field: str
) -> tuple[Floats | None, Floats | None]:
    """(z [N, z_dim], ws [N, layers, size]) of latents that were sent, one of them None; a number is a seed's.

    Raises ProblemError.
    """
    found = []
    for place, one in enumerate(given):
        if isinstance(one, int):
            labels = choose_classes(latent.classes, (one,), None)
            found.append(latent.latents(latents([one], latent.whole.z_dim), labels)[0])
        else:
            found.append(_sent(latent, one, field if len(given) == 1 else f"{field}.{place}"))
    shaped = np.stack(found)
    return (shaped[:, 0], None) if latent.space == "z" else (None, shaped)


def _sent(latent: LatentModel, one: requests.Latent, here: str) -> Floats:
    """The numbers [layers, size] of a latent; `here` is its field. Raises ProblemError."""
    name, wanted = latent.whole.path.stem, latent.layers * latent.size
    if one.space != latent.space:
        raise refused(f"{here}: {name} has latents in {latent.space}; got one in {one.space}.", here)
    try:
        values = np.frombuffer(base64.b64decode(one.values, validate=True), "<f4")
    except (binascii.Error, ValueError):
        raise refused(f"{here}: values are no base64 of float32.", f"{here}.values") from None
    if values.size != wanted or not np.isfinite(values).all():
        raise refused(f"{here}: {name} takes {wanted} finite numbers; got {values.size}.", f"{here}.values")
    return values.astype(np.float32).reshape(latent.layers, latent.size)


def encode_latent(values: Floats) -> str:
    """What `Latent.values` has of latents [layers, size]."""
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode()


async def plan_mix(lease: Lease, asked: requests.Mix, limits: Limits) -> Work:
    """Raises ProblemError, or UsageError in the words of `ganstudio mix`."""
    opened, manifest = lease.opened, lease.opened.export.manifest
    opened.check_draws()
    latent = await opened.run(lambda: opened.latent)
    truncation = truncation_of(manifest, opened.name, asked)
    check_styles(latent, "mix")
    rows = seeds_of(None, asked.rows, None, limits.images, "rows")
    columns = seeds_of(None, asked.cols, None, limits.images, "cols")
    tiles = (1 + len(rows)) * (1 + len(columns))
    if tiles > 4 * limits.images:
        raise refused(f"rows, cols: {tiles} pictures are more than the {4 * limits.images} of a grid.", "rows")
    truncation.check(latent)
    layers = layers_named(asked.layers, latent)
    if layers.stop - layers.start == latent.layers:
        raise refused(f"layers {asked.layers}: are all layers: a picture would be its column's source.", "layers")
    sources = [Sources(seeds, choose_classes(manifest.classes, seeds, asked.class_)) for seeds in (rows, columns)]
    plan = Mix(sources[0], sources[1], layers, truncation)
    words = mix_words(opened.name, manifest.sha256, plan, asked.psi)

    async def tiles_of(progress: Progress) -> AsyncIterator[Tile]:
        parts = []
        async for pixels in opened.each(mixed(latent, plan)):
            parts.append(pixels)
            progress(len(parts), tiles)
        yield Tile(grid(strips(np.stack(parts)), len(columns) + 1), words)

    return Work("mix", opened.name, f"{opened.name}-mix", asked.format, 1, tiles_of, leases=(lease,))
