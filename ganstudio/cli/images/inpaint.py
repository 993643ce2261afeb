"""`ganstudio inpaint`: fills holes in pictures by a network, without torch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ganstudio.cli.export.commands import Json, Trust
from ganstudio.cli.images import run
from ganstudio.cli.model_choice import Force, Provider
from ganstudio.errors import UsageError
from ganstudio.workspace import nearest_path


def inpaint(
    images: run.Images,
    mask: Annotated[
        str,
        typer.Option(metavar="FILE|DIR|alpha", help="White where to fill in. Of a folder, the mask of the same name."),
    ],
    model: run.Model,
    out: run.Out,
    format_: run.Format = "png",
    provider: Provider = "auto",
    force: Force = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Fill in what a mask marks. Writes the pictures into a folder and prints their paths.

    What the mask leaves black stays as it is, to the byte (in a jpeg, as near as that comes); profile and EXIF too.
    With `--mask alpha` all that is not opaque is filled in. Interrupted, the same command goes on where it was. Of
    several pictures, those that cannot be read, or have no mask, are listed, and it ends with 1.

    \b
    Examples:
      ganstudio inpaint photo.jpg --mask hole.png --model inpaint-photos-1 --out filled
      ganstudio inpaint cut-out.png --mask alpha --model inpaint-photos-1 --out filled
    """
    from ganstudio.inference.images.inpaint import ALPHA, Inpaint
    from ganstudio.inference.images.memory import cut_for

    file = None if mask == ALPHA else Path(mask)
    if file is not None and not file.exists():
        raise UsageError(f"--mask: {file} does not exist. {nearest_path(file)}", "--mask alpha   # what is clear")
    planned = run.plan(images, out, format_, force)
    opened = run.open_image_model(model, "inpaint", provider, trust)
    work = Inpaint(opened, cut_for(opened), file)
    run.do(work, planned, format_, "inpainting", as_json)
