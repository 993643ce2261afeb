"""Walks from seed to seed, or from latent to latent, a picture a frame."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

from ganstudio.inference.latent.editing import Edit, edited
from ganstudio.inference.latent.projection.nearest import NOISE_SEED
from ganstudio.inference.latent.truncation import Truncation
from ganstudio.inference.origins import edit_words, walk_words
from ganstudio.inference.pixels import sheet_size, strips
from ganstudio.inference.sampling import choose_classes
from ganstudio.inference.walk import Walk
from ganstudio.progress import Progress
from ganstudio.serve.models.batching import Floats
from ganstudio.serve.models.catalog import Lease
from ganstudio.serve.models.opened import Opened
from ganstudio.serve.problems import refused
from ganstudio.serve.requests import Interpolate, Latent
from ganstudio.serve.settings import Limits
from ganstudio.serve.work.draw import pictures_of, wanted_of
from ganstudio.serve.work.edit import given_latents, moves_of
from ganstudio.serve.work.seeds import check_psi, seeds_of
from ganstudio.serve.work.work import Pixels, Sheet, Tile, Work


async def plan_interpolate(lease: Lease, asked: Interpolate, limits: Limits) -> Work:
    """Raises ProblemError, or UsageError in the words of `ganstudio interpolate`."""
    opened = lease.opened
    opened.check_draws()
    manifest = opened.export.manifest
    check_psi(manifest, opened.name, asked.psi)
    walk = await _walk(opened, asked, limits)
    label = _label(opened, walk, asked)
    name = None if label is None else manifest.classes[label]
    change, moved = await _change(opened, asked)
    words = [
        walk_words(opened.name, manifest.sha256, walk, name, asked.psi, frame) | moved
        for frame in (None, *range(len(walk)))
    ]
    sheet = Sheet(*sheet_size(manifest.image_shape, 0, len(walk)), words[0])

    async def tiles(_progress: Progress) -> AsyncIterator[Tile]:
        pictures = _drawn(opened, walk, label, asked.psi) if change is None else _changed(opened, walk, label, change)
        place = 0
        async for pixels in pictures:
            leg, step = divmod(place, asked.steps)
            seed = None if step or walk.origins else walk.seeds[leg % len(walk.seeds)]
            place += 1
            yield Tile(pixels, words[place], seed, name)

    work = Work("interpolate", opened.name, f"{opened.name}-frame", asked.format, len(walk), tiles, sheet)
    return replace(work, size=asked.size, leases=(lease,))


async def _walk(opened: Opened, asked: Interpolate, limits: Limits) -> Walk:
    """What is walked through. Raises ProblemError where that is less than two, or has more frames than are drawn."""
    if (asked.seeds is None) == (asked.latents is None):
        raise refused("seeds: where does the walk lead? Give seeds, or latents: one of the two.", "seeds")
    if asked.latents is None:
        seeds = seeds_of(None, asked.seeds, None, limits.frames)
        if len(seeds) < 2:
            raise refused(f"seeds: a walk needs two; {seeds[0]} is one.", "seeds")
        return _stepped(Walk(seeds, asked.steps, asked.loop, asked.path), "seeds", limits)
    count = len(asked.latents)
    if count < 2:
        raise refused("latents: a walk needs two; got one.", "latents")
    latent = await opened.run(lambda: opened.latent)
    z, ws = await opened.run(given_latents, latent, asked.latents, "latents")
    if ws is not None and asked.path == "slerp" and "path" in asked.model_fields_set:
        raise refused("path: ws lie on no sphere, and go straight: leave it out.", "path")
    path = asked.path if ws is None else "lerp"
    origins = tuple(
        f"seed {one}" if isinstance(one, int) else f"latent {place}" for place, one in enumerate(asked.latents, 1)
    )
    return _stepped(Walk((NOISE_SEED,) * count, asked.steps, asked.loop, path, z, origins, ws), "latents", limits)


def _stepped(walk: Walk, of: str, limits: Limits) -> Walk:
    """The walk. Raises ProblemError where its steps are too many, or none."""
    count = len(walk.seeds)
    most = (limits.frames - 1) // (count if walk.loop else count - 1)
    if not 1 <= walk.steps <= most:
        raise refused(f"steps: from 1 to {most} for {count} {of}; got {walk.steps}.", "steps")
    return walk


def _label(opened: Opened, walk: Walk, asked: Interpolate) -> int | None:
    """The class of all frames: the one asked for, else that of the first latent with one, else of the first seed."""
    if walk.ws is not None:
        if asked.class_ is not None:
            raise refused("class: ws are made of it already: leave it out.", "class")
        return None
    class_ = asked.class_
    if class_ is None and asked.latents:
        class_ = next((one.class_ for one in asked.latents if isinstance(one, Latent) and one.class_ is not None), None)
    labels = choose_classes(opened.export.manifest.classes, walk.seeds[:1], class_)
    return labels[0] if labels else None


async def _change(opened: Opened, asked: Interpolate) -> tuple[Edit | None, dict[str, str]]:
    """What is done to each frame's latent, None where seeds alone are walked through, and words on it."""
    if asked.latents is None and not asked.directions and asked.layers is None:
        return None, {}
    latent = await opened.run(lambda: opened.latent)
    moves, layers = moves_of(opened, latent, asked)
    truncation = Truncation(1.0 if asked.psi is None else asked.psi)
    named = [(direction.name, strength) for direction, strength in moves]
    return Edit(moves, layers, truncation), edit_words(named, asked.layers or "", truncation)


async def _drawn(opened: Opened, walk: Walk, label: int | None, psi: float | None) -> AsyncIterator[Pixels]:
    """The frames of a walk from seed to seed, drawn in batches with what others ask for."""
    count, each = len(walk), opened.generator.batch
    wanted = wanted_of(
        walk.latents(0, count, opened.generator.z_dim),
        None if label is None else [label] * count,
        [walk.seeds[0]] * count,
        1.0 if psi is None else psi,
    )
    for start in range(0, count, each):
        async for pixels in pictures_of(opened, wanted.part(start, start + each)):
            yield pixels


async def _changed(opened: Opened, walk: Walk, label: int | None, change: Edit) -> AsyncIterator[Pixels]:
    """The frames of a walk whose latents are moved, or were sent: computed in the model's thread."""
    count = len(walk)
    classes = None if label is None else [label] * count
    pictures = edited(opened.latent, _starts(opened, walk, classes), [walk.seeds[0]] * count, classes, change)
    async for pixels in opened.each(pictures):
        yield strips(pixels[None])[0]


def _starts(opened: Opened, walk: Walk, classes: list[int] | None) -> Iterator[Floats]:
    """The latents [n, layers, size] of all frames, a batch at a time."""
    each, z_dim = opened.generator.batch, opened.generator.z_dim
    for start in range(0, len(walk), each):
        count = min(each, len(walk) - start)
        if walk.ws is not None:
            yield walk.styles(start, count)
        else:
            yield opened.latent.latents(walk.latents(start, count, z_dim), classes and classes[start : start + count])
