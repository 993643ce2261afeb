"""`ganstudio styles show`: what saved styles were taken from, and a picture of each."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganstudio.cli.destination import check_replaceable, make_folder, writing
from ganstudio.cli.export.commands import Json, Trust
from ganstudio.cli.model_choice import Force, Provider
from ganstudio.cli.output import print_json, print_made, say
from ganstudio.cli.style.opening import Model, open_stylizer
from ganstudio.cli.style.styles import style_json
from ganstudio.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ganstudio.data.whole_picture import WholePicture
    from ganstudio.inference.style.saved_styles import SavedStyle
    from ganstudio.inference.style.stylizer import Stylizer


def show(
    model: Model,
    style: Annotated[
        list[str] | None, typer.Argument(metavar="[STYLE]...", help="Saved styles by name.  [default: all]")
    ] = None,
    content: Annotated[
        Path | None, typer.Option(metavar="IMAGE", help="What to paint in each.  [default: a drawn landscape]")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a PNG a style, MODEL-STYLE.png, into this folder.")
    ] = None,
    provider: Provider = "auto",
    force: Force = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Show saved styles: the pictures that each was taken from, and what is painted in it.

    Of each a picture is drawn in a terminal, and written with --out: at the left a square of its own pictures, at the
    right the content in the style.

    \b
    Examples:
      ganstudio styles show --model stylize-photos-1
      ganstudio styles show waves --model stylize-photos-1 --content photo.jpg --out shown
    """
    from ganstudio.inference.style.saved_styles import SavedStyles, how_to_add

    opened = open_stylizer(model, provider, trust)
    saved = SavedStyles.of(opened.path, opened.manifest)
    chosen = [saved.named(name) for name in style] if style else list(saved)
    if not chosen:
        raise UsageError(f"{saved.model} has no saved styles yet.", how_to_add(saved.model))
    paths = [] if out is None else [make_folder(out) / f"{saved.model}-{one.name}.png" for one in chosen]
    check_replaceable(paths, force)
    small = _content(content, opened)
    drawn = sys.stdout.isatty() and not as_json
    pictures = [_picture(opened, small, one) for one in chosen] if paths or drawn else []
    for path, one, pixels in zip(paths, chosen, pictures, strict=False):
        _write(path, opened, one, pixels)
    if as_json:
        listed = [style_json(saved.model, one) for one in chosen]
        print_json({"model": saved.model, "styles": listed, "pictures": [str(path) for path in paths]})
        return
    _print(chosen, pictures if drawn else [])
    print_made(*paths)


def _content(given: Path | None, model: Stylizer) -> WholePicture:
    """What is painted, 256 px: the square in the middle of a picture. Raises UsageError where that cannot be read."""
    from ganstudio.data.whole_picture import WholePicture
    from ganstudio.inference.images.channels import canvas_to_translate
    from ganstudio.inference.images.subject import read_subject
    from ganstudio.inference.style.landscape import landscape
    from ganstudio.inference.style.style_pictures import THUMBNAIL, thumbnail

    if given is None:
        return WholePicture(landscape(THUMBNAIL), None)
    return WholePicture(thumbnail(canvas_to_translate(read_subject(given, model).picture, model)), None)


def _picture(model: Stylizer, small: WholePicture, style: SavedStyle) -> NDArray[np.uint8]:
    """Pixels uint8 [256, 512, 3]: the style's thumbnail, and the content in the style."""
    import numpy as np

    from ganstudio.inference.images.memory import cut_for
    from ganstudio.inference.style.chosen_styles import Style
    from ganstudio.inference.style.sheet import in_style
    from ganstudio.inference.style.stylize import Stylize

    work = Stylize(model, cut_for(model), ())
    one = Style(style.name, 1.0, style.statistics, style.thumbnail)
    return np.concatenate([style.thumbnail, in_style(work, small, one)], 1)


def _write(path: Path, model: Stylizer, style: SavedStyle, pixels: NDArray[np.uint8]) -> None:
    from ganstudio.inference.pictures import Carried, picture
    from ganstudio.inference.provenance import words_of_made
    from ganstudio.workspace import write_atomic

    words = words_of_made(model.path.stem, model.manifest.sha256, ", ".join(style.sources)) | {"Style": style.name}
    with writing(path):
        write_atomic(path, picture(pixels, words, "png", Carried()))


def _print(chosen: Sequence[SavedStyle], pictures: Sequence[NDArray[np.uint8]]) -> None:
    """Says of each style what it is called and taken from; draws it where there is a terminal for it."""
    from ganstudio.cli.picture import draw_sheet

    for place, style in enumerate(chosen):
        say(f"{style.name:<16} {', '.join(style.sources)}")
        if pictures:
            draw_sheet(pictures[place][None], 1)
