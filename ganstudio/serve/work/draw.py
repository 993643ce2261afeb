"""Pictures of seeds, drawn in batches with those of other requests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ganstudio.inference.codes import Code, parse_value, with_value
from ganstudio.inference.latent.editing import Edit, edited, starting_latents
from ganstudio.inference.latent.truncation import Truncation
from ganstudio.inference.latents import format_seeds, latents
from ganstudio.inference.origins import code_words, edit_words
from ganstudio.inference.pixels import sheet_size, strips, to_pixels
from ganstudio.inference.provenance import picture_words
from ganstudio.inference.sampling import choose_classes
from ganstudio.progress import Progress
from ganstudio.serve.models.batching import Floats, Wanted
from ganstudio.serve.models.catalog import Lease
from ganstudio.serve.models.opened import Opened
from ganstudio.serve.problems import refused
from ganstudio.serve.requests import Edit as EditRequest
from ganstudio.serve.requests import Format, Generate
from ganstudio.serve.settings import Limits
from ganstudio.serve.work.seeds import seeds_of, truncation_of
from ganstudio.serve.work.work import Pixels, Sheet, Tile, Work


@dataclass(frozen=True)
class Drawn:
    """Seeds with their classes, as a model draws them: what `ganstudio sample` is asked."""

    seeds: tuple[int, ...]
    classes: list[int] | None
    psi: float | None
    truncation: Truncation
    codes: tuple[tuple[Code, float], ...] = ()
    moves: tuple[tuple[str, float], ...] = ()
    layers: str = ""

    def words(self, opened: Opened, start: int, count: int) -> dict[str, str]:
        """What a file of some of them says of its origin: byte for byte as `sample` and `edit` write it."""
        manifest = opened.export.manifest
        part = slice(start, start + count)
        classes = [manifest.classes[label] for label in (self.classes or [])[part]]
        words = picture_words(opened.name, manifest.sha256, format_seeds(self.seeds[part]), classes, self.psi)
        return words | code_words(self.codes) | edit_words(self.moves, self.layers, self.truncation)

    def class_name(self, opened: Opened, place: int) -> str | None:
        return None if self.classes is None else opened.export.manifest.classes[self.classes[place]]


def plan_generate(lease: Lease, asked: Generate, limits: Limits) -> Work:
    """Raises ProblemError, or UsageError in the words of `ganstudio sample`."""
    opened, drawn = lease.opened, drawn_of(lease.opened, asked, limits)
    return work_of("generate", lease, drawn, asked.format, asked.size, lambda _progress: _tiles(opened, drawn))


def drawn_of(opened: Opened, asked: Generate, limits: Limits) -> Drawn:
    """What is to be drawn, checked."""
    opened.check_draws()
    manifest = opened.export.manifest
    seeds = seeds_of(asked.seed, asked.seeds, asked.n, limits.images)
    truncation = truncation_of(manifest, opened.name, asked)
    classes = choose_classes(manifest.classes, seeds, asked.class_)
    return Drawn(seeds, classes, asked.psi, truncation, codes_of(opened, asked))


def codes_of(opened: Opened, asked: Generate | EditRequest) -> tuple[tuple[Code, float], ...]:
    """The codes that are to have values of their own. Raises ProblemError, or UsageError for one that is none."""
    known = opened.export.manifest.codes
    if asked.codes and not known:
        raise refused(f"codes: {opened.name} has no codes: leave codes out.", "codes")
    return tuple(parse_value(f"{name}={value:g}", known) for name, value in asked.codes.items())


def with_codes(z: Floats, codes: Sequence[tuple[Code, float]]) -> Floats:
    """Latents [N, z_dim] in which codes have these values."""
    for code, value in codes:
        z = with_value(z, code, value)
    return z


def work_of(
    kind: str,
    lease: Lease,
    drawn: Drawn,
    format_: Format,
    size: int | None,
    tiles: Callable[[Progress], AsyncIterator[Tile]],
) -> Work:
    """Work whose pictures are of seeds."""
    opened, count = lease.opened, len(drawn.seeds)
    manifest = opened.export.manifest
    sheet = Sheet(*sheet_size(manifest.image_shape, len(manifest.classes), count), drawn.words(opened, 0, count))
    return Work(kind, opened.name, f"{opened.name}-seed", format_, count, tiles, sheet, size, (lease,))


async def _tiles(opened: Opened, drawn: Drawn) -> AsyncIterator[Tile]:
    """The pictures of some seeds: together with those of others, or through the halves where truncation needs these."""
    z = with_codes(latents(drawn.seeds, opened.generator.z_dim), drawn.codes)
    if drawn.truncation.in_w:
        change = Edit(truncation=drawn.truncation)
        async for tile in edited_tiles(opened, drawn, change, z):
            yield tile
        return
    wanted = wanted_of(z, drawn.classes, drawn.seeds, drawn.truncation.psi)
    place = 0
    async for pixels in pictures_of(opened, wanted):
        yield Tile(pixels, drawn.words(opened, place, 1), drawn.seeds[place], drawn.class_name(opened, place))
        place += 1


async def edited_tiles(
    opened: Opened, drawn: Drawn, change: Edit, z: Floats | None, ws: Floats | None = None
) -> AsyncIterator[Tile]:
    """The pictures of latents that are truncated or moved: computed in the model's thread, some at a time."""
    latent = await opened.run(lambda: opened.latent)
    starts = starting_latents(latent, drawn.seeds, drawn.classes, z, ws)
    pictures = edited(latent, starts, drawn.seeds, None if ws is not None else drawn.classes, change)
    place = 0
    async for pixels in opened.each(pictures):
        flat = strips(pixels[None])[0]
        yield Tile(flat, drawn.words(opened, place, 1), drawn.seeds[place], drawn.class_name(opened, place))
        place += 1


def wanted_of(z: Floats, classes: Sequence[int] | None, seeds: Sequence[int], psi: float) -> Wanted:
    labels = None if classes is None else np.asarray(classes, np.int64)
    return Wanted(z, labels, np.asarray(seeds, np.int64), psi)


async def pictures_of(opened: Opened, wanted: Wanted) -> AsyncIterator[Pixels]:
    """The flat picture [H, W, C] of each image, in turn."""
    images = await opened.images(wanted)
    for pixels in strips(to_pixels(images)):
        yield pixels
