"""`ganstudio weights`: the networks that scores are made with, and how they come here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ganstudio.cli.output import note, print_json, print_made, print_table, progress
from ganstudio.units import format_bytes

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Name = Annotated[str, typer.Argument(metavar="NAME", help="Weights, as `ganstudio weights list` names them.")]


def list_weights(as_json: _Json = False) -> None:
    """List the weights that are known, and which of them are here.

    \b
    Example:
      ganstudio weights list
    """
    from ganstudio import weights

    if as_json:
        print_json([weights.as_json(known) for known in weights.WEIGHTS.values()])
        return
    rows = []
    for known in weights.WEIGHTS.values():
        path = weights.locate(known)
        rows.append((known.name, known.summary, format_bytes(known.bytes), known.licence, str(path or "–")))
    print_table(("name", "what", "size", "licence", "here"), rows, right=(2,))
    for known in weights.WEIGHTS.values():
        if not weights.locate(known):
            note(f"{known.name}: {weights.how_to_get(known)}")


def fetch_weights(name: _Name, as_json: _Json = False) -> None:
    """Download weights, check their SHA-256 and print the file's path.

    \b
    Example:
      ganstudio weights fetch inception
    """
    from ganstudio import weights

    path = weights.fetch(name, progress(f"fetching {name}"))
    print_json(weights.as_json(weights.find(name))) if as_json else print_made(path)


def import_weights(
    name: _Name,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="The published file, whatever it is called here; of lpips-vgg16 and lpips-alexnet also an .npz file.",
        ),
    ],
    as_json: _Json = False,
) -> None:
    """Take in weights that were downloaded elsewhere, if they are the published file. Prints the path of the copy.

    Of lpips-vgg16 and lpips-alexnet the convolutions are enough: an .npz file of float32 arrays
    conv0_w [out, in, k, k], conv0_b [out], conv1_w, ..., whose numbers are the published ones.

    \b
    Examples:
      ganstudio weights import inception ~/Downloads/pt_inception-2015-12-05-6726825d.pth
      ganstudio weights import lpips-vgg16 lpips_vgg16.npz
    """
    from ganstudio import weights

    path = weights.import_file(name, file)
    print_json(weights.as_json(weights.find(name))) if as_json else print_made(path)
