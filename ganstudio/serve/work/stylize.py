"""Pictures painted in a style: in pictures that were sent, in saved styles, or in a mixture of them."""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.whole_picture import WholePicture
from ganstudio.errors import UsageError, nearest
from ganstudio.inference.images.work import Made, Tick
from ganstudio.inference.latents import LARGEST_SEED
from ganstudio.inference.style.art import chosen, whole_of
from ganstudio.inference.style.chosen_styles import NEGATIVE_WEIGHT, NO_WEIGHT, Style, mix_name
from ganstudio.inference.style.saved_styles import RANDOM, SavedStyles
from ganstudio.inference.style.style_pictures import style_of
from ganstudio.inference.style.stylize import Stylize, check_strength
from ganstudio.progress import Progress, no_progress
from ganstudio.serve import requests
from ganstudio.serve.children import Decoders
from ganstudio.serve.models.catalog import Lease
from ganstudio.serve.models.opened import Opened
from ganstudio.serve.models.saved_styles import saved_styles_of
from ganstudio.serve.problems import refused
from ganstudio.serve.settings import Limits
from ganstudio.serve.uploads import Upload
from ganstudio.serve.work.images import Make, check_lease, made_of, scratch, work_on
from ganstudio.serve.work.work import Tile, Work


@dataclass(frozen=True)
class Wish:
    """A style that is asked for: a saved one, found, or the bytes of a picture."""

    field: str  # what the request calls it
    given: Style | bytes
    weight: float
    name: str = ""  # of a picture

    @property
    def key(self) -> str:
        """What answers in it are known by."""
        return self.given.key if isinstance(self.given, Style) else hashlib.sha256(self.given).hexdigest()


def plan_stylize(lease: Lease, upload: Upload[requests.Stylize], limits: Limits, decoders: Decoders) -> Work:
    """Raises ProblemError, or UsageError in the words of `ganstudio stylize`."""
    check_lease(lease, "stylize")
    opened, asked = lease.opened, upload.asked
    check_strength(asked.strength)
    seed, wishes = _wishes(saved_styles_of(opened.export), upload)
    options = f"{asked.strength:.6g} {asked.keep_colour} " + " ".join(f"{one.weight:.6g} {one.key}" for one in wishes)
    styles: list[Style] = []  # found before the first picture is made
    make = _make(styles, asked.strength, asked.keep_colour)
    work = work_on("stylize", lease, upload, limits, decoders, make, srgb=True, options=options)

    async def tiles(progress: Progress) -> AsyncIterator[Tile]:
        styles[:] = [await _style(opened, one, decoders) for one in wishes]
        name = mix_name(styles)
        said = tuple(f"style {style.name}: {text}" for style in styles for text in style.notes)
        chosen_by_seed = {} if seed is None else {"Style": f"painted in {name}"}  # as `art` says it
        async for tile in work.tiles(progress):
            notes = (*said, *tile.notes)
            yield replace(tile, words=tile.words | chosen_by_seed, seed=seed, style=name, notes=notes)

    return replace(work, tiles=tiles)


def painted(work: Work, lease: Lease, name: str, begins: str) -> Work:
    """The pictures of `work` painted in a saved style of another model, as `ganstudio art --through` paints them.

    `begins` are the words of the style that they are drawn in, "" for none. Raises UsageError: there is no such style.
    """
    opened = lease.opened
    style = _found(saved_styles_of(opened.export), name)
    make = _make([style])
    said = ", ".join(filter(None, [begins, f"painted in {style.name}"]))

    async def tiles(progress: Progress) -> AsyncIterator[Tile]:
        async for tile in work.tiles(progress):
            made = await made_of(opened, whole_of(tile.pixels), None, make, no_progress)
            words = tile.words | {"Style": said, "Through": opened.name}
            yield replace(tile, pixels=made.pixels, words=words, style=style.name, notes=made.notes)

    return replace(work, tiles=tiles, sheet=None, leases=(*work.leases, lease))


def _make(styles: Sequence[Style], strength: float = 1.0, keep_colour: bool = False) -> Make:
    def make(opened: Opened, whole: WholePicture, _mask: NDArray[np.bool_] | None, tick: Tick) -> Made:
        model = opened.stylizer
        work = Stylize(model, opened.cut, styles, strength, keep_colour, tick=tick, seams=None)
        try:
            return work.make(whole, scratch())
        finally:
            model.forget_content()

    return make


def _wishes(saved: SavedStyles, upload: Upload[requests.Stylize]) -> tuple[int | None, list[Wish]]:
    """The styles that are asked for, and the seed that chose one at random, else None. Raises ProblemError."""
    asked, given = upload.asked, upload.styles
    if not given:
        names = f" Saved: {', '.join(saved.names)}." if saved.names else ""
        raise refused(f"style: which one? Send a picture, or a saved style's name.{names}", "style")
    weights = _weights(asked.weights, len(given))
    if RANDOM not in given:
        if asked.seed is not None:
            raise refused(f"seed: it chooses a {RANDOM} style, and there is none: leave seed out.", "seed")
        ways = zip(given, weights, strict=True)
        pictures = [place for place, one in enumerate(given) if isinstance(one, bytes)]
        return None, [
            Wish(f"style.{place}", _found(saved, one, place), weight)
            if isinstance(one, str)
            else Wish(f"style.{place}", one, weight, f"picture {pictures.index(place) + 1}")
            for place, (one, weight) in enumerate(ways)
        ]
    if len(given) > 1:
        raise refused(f"style: {RANDOM} is one of the saved styles: give it alone.", "style")
    if not saved:
        raise refused(f"style: {RANDOM}: {saved.model} has no saved styles to choose from: send a picture.", "style")
    seed = secrets.randbelow(LARGEST_SEED + 1) if asked.seed is None else asked.seed
    name = saved.names[chosen(len(saved), seed, "stylizer")]
    return seed, [Wish("style.0", _found(saved, name), 1.0)]


def _weights(given: Sequence[float] | None, count: int) -> Sequence[float]:
    """A weight for each style. Raises ProblemError in the words of `ganstudio stylize`."""
    if given is None:
        return [1.0] * count
    if len(given) != count:
        raise refused(f"weights: one for each style: {count}; got {len(given)}.", "weights")
    for place, weight in enumerate(given):
        field = f"weights.{place}"
        if not math.isfinite(weight):
            raise refused(f"{field}: {weight:g} is no weight.", field)
        if weight < 0:
            raise refused(f"{field}: {NEGATIVE_WEIGHT}; got {weight:g}.", field)
    if not sum(given):
        raise refused(f"weights: {NO_WEIGHT}", "weights")
    return given


def _found(saved: SavedStyles, name: str, place: int = 0) -> Style:
    """A saved style. Raises ProblemError where there is none of that name."""
    if (one := saved.get(name)) is not None:
        return Style(one.name, 1.0, one.statistics, one.thumbnail)
    field = f"style.{place}"
    known = nearest(name, [RANDOM, *saved.names]) if saved.names else "None is saved: send a picture."
    raise refused(f"{field}: {name!r} is no saved style of {saved.model}. {known}", field)


async def _style(opened: Opened, wish: Wish, decoders: Decoders) -> Style:
    """A style that is asked for, its picture decoded in a child and looked at in the model's thread."""
    if isinstance(wish.given, Style):
        return replace(wish.given, weight=wish.weight)
    try:
        async with decoders.turn:
            whole = await decoders.decode(wish.given, True, wish.field)
            found = await opened.run(lambda: style_of(whole, wish.field, opened.stylizer, opened.cut))
    except UsageError as error:
        raise refused(error.message, wish.field) from None
    return Style(wish.name, wish.weight, found.statistics, found.thumbnail, notes=found.notes)
