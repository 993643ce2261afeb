"""What the commands on styles have in common: the model that paints, its saved styles, and what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ganstudio.cli.images.run import choose_image_export, note_provider
from ganstudio.cli.output import note

if TYPE_CHECKING:
    from ganstudio.inference.style.chosen_styles import Style
    from ganstudio.inference.style.stylizer import Stylizer

Model = Annotated[str, typer.Option(help="An export that paints in styles, an .onnx file or a run.")]


def open_stylizer(model: str, provider: str, trust: bool, flag: str = "--model") -> Stylizer:
    """The model that `--model`, or another flag, names, with a note on what runs it.

    Raises UsageError for a model that does not paint in styles, and for one whose features are not beside it.
    """
    from ganstudio.inference.style.stylizer import Stylizer

    export = choose_image_export(model, "stylize", trust, flag)
    opened = Stylizer.open(export.path, "stylize", provider)
    note_provider(opened)
    return opened


def note_styles(styles: Sequence[Style]) -> None:
    """Says what was converted of style pictures, once for each."""
    for name, text in dict.fromkeys((style.name, text) for style in styles for text in style.notes):
        note(f"style {name}: {text}.")
