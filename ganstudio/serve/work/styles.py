"""What `style` of POST /generate means: a class, a direction, a centre of ws, or a saved style that is painted in."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import replace

from ganstudio.errors import nearest
from ganstudio.inference.latent.truncation import truncated
from ganstudio.inference.latents import latents
from ganstudio.inference.pixels import strips, to_pixels
from ganstudio.inference.style.saved_styles import RANDOM
from ganstudio.serve.models.batching import Floats
from ganstudio.serve.models.catalog import Catalog, Lease
from ganstudio.serve.models.model_info import directions_of, layers_of, styles_of
from ganstudio.serve.models.opened import Opened
from ganstudio.serve.problems import refused
from ganstudio.serve.requests import Edit, Generate, SimpleGenerate
from ganstudio.serve.settings import Limits
from ganstudio.serve.work.draw import Drawn, drawn_of, plan_generate, work_of
from ganstudio.serve.work.edit import plan_edit
from ganstudio.serve.work.stylize import painted
from ganstudio.serve.work.work import Tile, Work

STYLE_PSI = 0.5  # of a style that is a centre


async def plan_simple(lease: Lease, asked: SimpleGenerate, limits: Limits, catalog: Catalog) -> tuple[Work, str | None]:
    """The work of POST /generate, and the style that it is in: None where none was asked for, or there is none."""
    style = _chosen(lease.opened, asked, catalog)
    kind, _, name = (style or "").partition(":")
    same = asked.model_dump(include={"model", "seed", "n", "psi", "size", "format"})
    class_ = name if kind == "class" else asked.class_
    if kind == "direction":
        return await plan_edit(lease, Edit(**same, class_=class_, directions={name: 1.0}), limits), style
    generate = Generate(**same, class_=class_)
    if kind == "centre":
        return _towards(lease, drawn_of(lease.opened, generate, limits), asked, int(name)), style
    work = plan_generate(lease, generate, limits)
    if kind == "saved":
        painter, _, saved = name.partition("/")
        async with catalog.plan_lease(painter) as through:
            return painted(work, through, saved, f"class {class_}" if class_ else ""), style
    return work, style


def _chosen(opened: Opened, asked: SimpleGenerate, catalog: Catalog) -> str | None:
    """The style that is asked for, chosen where it may be any. Raises ProblemError for one that there is not."""
    if asked.style is None:
        return None
    styled = layers_of(opened.export)[0] is not None
    known = styles_of(opened.export, directions_of(opened.export, "w" if styled else "z"), styled, catalog.all())
    if asked.style == RANDOM:
        fits = [style for style in known[1:] if _conflict(style, asked) is None]
        return random.SystemRandom().choice(fits) if fits else None
    if asked.style not in known:
        raise refused(f"style: {asked.style!r} is none of {opened.name}. {nearest(asked.style, known)}", "style")
    if why := _conflict(asked.style, asked):
        raise refused(why, "style")
    return asked.style


def _conflict(style: str, asked: SimpleGenerate) -> str | None:
    """Why a style cannot be had besides what else is asked for; None where it can."""
    if style.startswith("class:") and asked.class_ is not None:
        return "style: it is a class already. Give style or class."
    if style.startswith("centre:") and asked.psi is not None:
        return f"style: a centre has psi {STYLE_PSI}: leave psi out."
    return None


def _towards(lease: Lease, drawn: Drawn, asked: SimpleGenerate, number: int) -> Work:
    """Seeds whose ws are moved half-way to one of the centres."""
    opened = lease.opened

    def draw(place: int) -> Floats:
        model = opened.latent
        labels = None if drawn.classes is None else [drawn.classes[place]]
        ws = model.latents(latents([drawn.seeds[place]], model.whole.z_dim), labels)
        moved = truncated(ws, opened.centres[number - 1 : number], STYLE_PSI)
        return model.images(moved, seeds=[drawn.seeds[place]])

    async def tiles() -> AsyncIterator[Tile]:
        for place, seed in enumerate(drawn.seeds):
            pixels = strips(to_pixels(await opened.run(draw, place)))[0]
            words = drawn.words(opened, place, 1) | {"Psi": f"{STYLE_PSI:g}", "Style": f"centre:{number}"}
            yield Tile(pixels, words, seed, drawn.class_name(opened, place))

    work = work_of("generate", lease, drawn, asked.format, asked.size, lambda _progress: tiles())
    return replace(work, sheet=None)
