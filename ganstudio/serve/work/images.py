"""Pictures made of uploads: enlarged, translated, holes filled in. Decoded in a child, made in the model's thread."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.whole_picture import WholePicture
from ganstudio.errors import Interrupted
from ganstudio.inference.images.inpaint import Inpaint, alpha_mask
from ganstudio.inference.images.model import Kind, check_kind
from ganstudio.inference.images.translate import Translate
from ganstudio.inference.images.upscale import Upscale
from ganstudio.inference.images.work import Made, Tick
from ganstudio.inference.provenance import words_of_made
from ganstudio.progress import Progress, no_progress
from ganstudio.serve import requests
from ganstudio.serve.children import Decoders
from ganstudio.serve.models.catalog import Lease
from ganstudio.serve.models.opened import Opened
from ganstudio.serve.problems import refused
from ganstudio.serve.settings import Limits
from ganstudio.serve.uploads import Upload
from ganstudio.serve.work.work import Tile, Work

Make = Callable[[Opened, WholePicture, "NDArray[np.bool_] | None", Tick], Made]
_GROWTH = 4  # times the pixels of an upload that all pictures of an answer may have


def plan_upscale(lease: Lease, upload: Upload[requests.ImageWork], limits: Limits, decoders: Decoders) -> Work:
    """Raises UsageError for a model that does something else."""
    check_lease(lease, "upscale")

    def make(opened: Opened, whole: WholePicture, _mask: NDArray[np.bool_] | None, tick: Tick) -> Made:
        return Upscale(opened.network, opened.cut, tick=tick, seams=None).make(whole, scratch())

    return work_on("upscale", lease, upload, limits, decoders, make, srgb=False)


def plan_translate(lease: Lease, upload: Upload[requests.Translate], limits: Limits, decoders: Decoders) -> Work:
    """Raises UsageError for a model that does something else, and for a domain that it has not."""
    check_lease(lease, "translate")
    label = lease.opened.network.label(upload.asked.domain)

    def make(opened: Opened, whole: WholePicture, _mask: NDArray[np.bool_] | None, tick: Tick) -> Made:
        return Translate(opened.network, opened.cut, label, tick=tick, seams=None).make(whole, scratch())

    return work_on("translate", lease, upload, limits, decoders, make, srgb=True)


def plan_inpaint(lease: Lease, upload: Upload[requests.Inpaint], limits: Limits, decoders: Decoders) -> Work:
    """Raises UsageError for a model that does something else."""
    check_lease(lease, "inpaint")

    def make(opened: Opened, whole: WholePicture, mask: NDArray[np.bool_] | None, tick: Tick) -> Made:
        if mask is None and whole.alpha is None:
            raise refused("mask: is missing, and the picture has no transparency to be filled in.", "mask")
        hole = alpha_mask(whole) if mask is None else mask
        return Inpaint(opened.network, opened.cut, None, tick=tick, seams=None).make(whole, hole, scratch())

    return work_on("inpaint", lease, upload, limits, decoders, make, srgb=False)


def check_lease(lease: Lease, kind: Kind) -> None:
    """Raises UsageError for a model that does something else."""
    export = lease.opened.export
    check_kind(export.manifest, export.path, kind)


def scratch() -> Path:
    """Where giant pixels lie while a picture is made."""
    return Path(tempfile.gettempdir())


def work_on(
    kind: str,
    lease: Lease,
    upload: Upload[Any],
    limits: Limits,
    decoders: Decoders,
    make: Make,
    srgb: bool,
    options: str | None = None,
) -> Work:
    """What `make` makes of each picture of a request; `options` are what else its answer is known by."""
    opened, images = lease.opened, upload.images
    options = options or upload.asked.model_dump_json(exclude={"image", "mask", "model"})

    async def tiles(progress: Progress) -> AsyncIterator[Tile]:
        left = _GROWTH * limits.pixels
        for content in images:
            async with decoders.turn:
                whole = await decoders.decode(content, srgb)
                left -= _pixels_made(opened, whole, left, limits)
                mask = None if upload.mask is None else await _mask(decoders, upload.mask, whole)
                made = await made_of(opened, whole, mask, make, progress if len(images) == 1 else no_progress)
            words = words_of_made(opened.name, opened.export.manifest.sha256, _key(opened, kind, options, content))
            yield Tile(made.pixels, words, notes=made.notes, carried=made.carried)

    return Work(kind, opened.name, f"{opened.name}-", upload.asked.format, len(images), tiles, leases=(lease,))


async def made_of(
    opened: Opened, whole: WholePicture, mask: NDArray[np.bool_] | None, make: Make, progress: Progress
) -> Made:
    """What the network makes of a picture; where nobody waits for it any more it stops between two tiles."""
    tick, loop = Tick(), asyncio.get_running_loop()
    tick.progress = lambda done, total: loop.call_soon_threadsafe(progress, done, total)  # type: ignore[assignment]
    try:
        return await opened.run(make, opened, whole, mask, tick)
    except asyncio.CancelledError:
        tick.stop()
        raise
    except Interrupted:  # it was cancelled while it waited for its turn
        raise asyncio.CancelledError from None


def _pixels_made(opened: Opened, whole: WholePicture, left: int, limits: Limits) -> int:
    """How many pixels become of a picture. Raises ProblemError where `left` are fewer, of those of one answer."""
    scale = opened.export.manifest.scale
    height, width = whole.size
    made = height * width * scale**2
    if made > left:
        most = _GROWTH * limits.pixels / scale**2 / 1e6
        grown = f"makes pictures {scale} times as large" if scale > 1 else "has its limits"
        raise refused(f"image: {opened.name} {grown}: up to {most:g} megapixels a request, all together.", "image")
    return made


async def _mask(decoders: Decoders, content: bytes, whole: WholePicture) -> NDArray[np.bool_]:
    """[H, W], True where the mask is nearer white than black."""
    mask = await decoders.decode(content, False, "mask")
    if mask.size != whole.size:
        (height, width), (wanted_height, wanted_width) = mask.size, whole.size
        raise refused(f"mask: it is {width}x{height}, the picture {wanted_width}x{wanted_height}.", "mask")
    return np.asarray(mask.colours.mean(2) > 127.5)


def _key(opened: Opened, kind: str, options: str, content: bytes) -> str:
    """What an answer is known by: model, options and upload."""
    parts = [opened.export.manifest.sha256, kind, options, hashlib.sha256(content).hexdigest()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
