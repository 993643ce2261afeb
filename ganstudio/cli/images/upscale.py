"""`ganstudio upscale`: enlarges pictures by a network, without torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganstudio.cli.export.commands import Json, Trust
from ganstudio.cli.images import run
from ganstudio.cli.model_choice import Force, Provider
from ganstudio.cli.output import note
from ganstudio.errors import UsageError
from ganstudio.workspace import nearest_path

if TYPE_CHECKING:
    from ganstudio.inference.images.jobs import Job
    from ganstudio.inference.images.model import ImageModel
    from ganstudio.inference.images.render import Cut

LARGEST_TILE, LARGEST_OVERLAP = 8192, 1024  # pixels of the source

TileSide = Annotated[
    int | None, typer.Option(metavar="N", help="Side of a tile in pixels, its overlaps included. Else by memory.")
]
Overlap = Annotated[
    int | None,
    typer.Option(metavar="N", help="Pixels that a tile sees beyond its own. Else as the model looks."),
]


def upscale(
    images: run.Images,
    model: run.Model,
    out: run.Out,
    scale: Annotated[int | None, typer.Option(metavar="N", help="How many times as large, as the model does.")] = None,
    tile: TileSide = None,
    overlap: Overlap = None,
    compare: Annotated[bool, typer.Option("--compare", help="Write each picture beside a bicubic one, too.")] = False,
    reference: Annotated[
        Path | None, typer.Option(metavar="DIR|FILE", help="What it should look like: prints PSNR and SSIM.")
    ] = None,
    format_: run.Format = "png",
    provider: Provider = "auto",
    force: Force = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Enlarge pictures by a super-resolution model. Writes them into a folder and prints their paths.

    Any size: large pictures are made in tiles without seams, and memory stays the same. Transparency, EXIF and colour
    profile are kept. Interrupted, the same command goes on where it was. Of several pictures, those that cannot be read
    are listed, and it ends with 1.

    \b
    Examples:
      ganstudio upscale photo.jpg --model srgan-photos-1 --out large
      ganstudio upscale photos --model srgan-photos-1 --scale 4 --out large --format webp
      ganstudio upscale small --model srgan-photos-1 --out large --compare --reference photos --json
    """
    from ganstudio.inference.images.upscale import Upscale

    planned = run.plan(images, out, format_, force, _files_compared if compare else None)
    if reference is not None and not reference.exists():
        raise UsageError(f"--reference: {reference} does not exist. {nearest_path(reference)}")
    opened = run.open_image_model(model, "upscale", provider, trust)
    if scale not in (None, opened.scale):
        message = f"--scale: {opened.path.stem} makes pictures {opened.scale} times as large, not {scale}."
        raise UsageError(message, f"--scale {opened.scale}")
    cut = cut_of(opened, tile, overlap)
    if reference is not None:
        note("LPIPS is left out: its network is run by torch alone, which this command does without.")
    run.do(Upscale(opened, cut, compare, reference), planned, format_, "upscaling", as_json)


def _files_compared(job: Job) -> list[Path]:
    return [job.path, job.beside("compare")]


def cut_of(model: ImageModel, tile: int | None, overlap: int | None) -> Cut:
    """How large tiles are. Raises UsageError for sizes that nothing can be made in."""
    from ganstudio.inference.images.memory import cut_for

    if model.fixed and (tile is not None or overlap is not None):
        height, width = model.fixed
        raise UsageError(f"--tile: {model.path.stem} takes {width}x{height} px alone: leave --tile and --overlap out.")
    if tile is not None and not 1 <= tile <= LARGEST_TILE:
        raise UsageError(f"--tile: from 1 to {LARGEST_TILE} px; got {tile}.")
    if overlap is not None and not 0 <= overlap <= LARGEST_OVERLAP:
        raise UsageError(f"--overlap: from 0 to {LARGEST_OVERLAP} px; got {overlap}.")
    cut = cut_for(model, tile, overlap)
    cut.tiling(model, (10**6, 10**6))  # refuses tiles of nothing but overlap, before any picture is read
    return cut
