"""`ganstudio translate`: makes pictures of pictures by a network, without torch."""

from __future__ import annotations

from typing import Annotated

import typer

from ganstudio.cli.export.commands import Json, Trust
from ganstudio.cli.images import run
from ganstudio.cli.model_choice import Force, Provider


def translate(
    images: run.Images,
    model: run.Model,
    out: run.Out,
    domain: Annotated[
        str | None, typer.Option(metavar="NAME", help="What to translate to, of a model of several domains.")
    ] = None,
    format_: run.Format = "png",
    provider: Provider = "auto",
    force: Force = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Translate pictures by a model such as pix2pix. Writes them into a folder and prints their paths.

    Sizes that the model does not take are filled up by reflection and cut back. EXIF and transparency are kept; colours
    are sRGB. Interrupted, the same command goes on where it was. Of several pictures, those that cannot be read are
    listed, and it ends with 1.

    \b
    Examples:
      ganstudio translate drawing.png --model pix2pix-emoji-1 --out painted
      ganstudio translate summer --model stargan-seasons-1 --domain winter --out winter
    """
    from ganstudio.inference.images.memory import cut_for
    from ganstudio.inference.images.translate import Translate

    planned = run.plan(images, out, format_, force)
    opened = run.open_image_model(model, "translate", provider, trust)
    label = opened.label(domain)
    work = Translate(opened, cut_for(opened), label)
    run.do(work, planned, format_, "translating", as_json)
