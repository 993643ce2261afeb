"""`ganstudio mix`: a grid of pictures that have some styles of one seed and the others of another, without torch."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganstudio.cli.destination import check_replaceable, make_folder, parse_destination, writing
from ganstudio.cli.export.commands import Checkpoint, Json, Trust
from ganstudio.cli.model_choice import (
    Force,
    Model,
    Plain,
    Provider,
    Psi,
    check_export,
    choose_export,
    open_latent_model,
)
from ganstudio.cli.output import print_json, print_made
from ganstudio.cli.sample import options
from ganstudio.cli.sample.parsing import LARGEST_GRID, picture_sides
from ganstudio.errors import UsageError
from ganstudio.inference.exports import Export
from ganstudio.inference.latents import parse_seeds
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.inference.latent.mixing import Mix, Sources
    from ganstudio.inference.latent.model import LatentModel


@dataclass(frozen=True)
class MixRequest:
    """The checked options; `path` is the picture's."""

    export: Export
    plan: Mix
    psi: float | None
    path: Path
    kind: str
    plain: bool

    @property
    def layers(self) -> range:
        return range(self.plan.layers.start, self.plan.layers.stop)

    def metadata(self) -> dict[str, str]:
        """The words of the picture; empty where it is to be plain."""
        from ganstudio.inference.origins import mix_words

        if self.plain:
            return {}
        return mix_words(self.export.name, self.export.manifest.sha256, self.plan, self.psi)

    def as_json(self, provider: str) -> dict[str, Any]:
        cut = self.plan.truncation
        result = {"model": self.export.name, "export": str(self.export.path), "provider": provider}
        seeds = {"rows": list(self.plan.rows.seeds), "columns": list(self.plan.columns.seeds)}
        how = {"layers": list(self.layers), "psi": self.psi, "cutoff": cut.cutoff, "centres": cut.centres}
        return result | {"path": str(self.path)} | seeds | how


def mix(
    rows: Annotated[str, typer.Option(metavar="SEEDS", help="The seeds of the rows, as 0-5 or 1,5,9.")],
    cols: Annotated[str, typer.Option(metavar="SEEDS", help="The seeds of the columns.")],
    layers: Annotated[
        str,
        typer.Option(metavar="LAYERS", help="What comes from the columns: coarse, middle, fine, 2 or 0-3."),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="A .png, .webp or .jpg file.")],
    model: Model = None,
    class_: options.Class = None,
    psi: Psi = None,
    cutoff: options.Cutoff = None,
    centres: options.Centres = 1,
    checkpoint: Checkpoint = None,
    provider: Provider = "auto",
    plain: Plain = False,
    force: Force = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Mix the styles of seeds: writes a grid whose first column and row show the sources, and prints its path.

    A picture has the styles of its column's seed in --layers, and all else, noise too, of its row's. Layers go by the
    pixels that they draw: coarse up to 8, middle up to 32, fine above. Of generators with styles, as stylegan2's.

    \b
    Examples:
      ganstudio mix --model stylegan-mnist-1 --rows 0-5 --cols 10-15 --layers coarse --out mixed.png
      ganstudio mix --model stylegan-mnist-1 --rows 0-5 --cols 10-15 --layers 0-3 --psi 0.7 --cutoff 4 --out mixed.png
    """
    import numpy as np

    from ganstudio.cli.picture import draw_sheet
    from ganstudio.inference.latent.mixing import Mix, mixed
    from ganstudio.inference.latent.truncation import Truncation, check_styles
    from ganstudio.inference.pictures import write_picture
    from ganstudio.inference.pixels import grid, strips

    export = choose_export(Workspace.locate(), model, checkpoint, trust)
    check_export(export, psi)
    row_sources = _parse_sources("--rows", rows, export, class_)
    column_sources = _parse_sources("--cols", cols, export, class_)
    path, kind = _parse_out(out, export, len(row_sources.seeds), len(column_sources.seeds))
    check_replaceable([path], force)
    opened = open_latent_model(export, provider, len(row_sources.seeds) * len(column_sources.seeds))
    check_styles(opened, "mix")
    truncation = Truncation(1.0 if psi is None else psi, cutoff, centres)
    truncation.check(opened)
    plan = Mix(row_sources, column_sources, _parse_layers(layers, opened), truncation)
    request = MixRequest(export, plan, psi, path, kind, plain)
    tiles = strips(np.stack(list(mixed(opened, plan))))
    make_folder(path.parent)
    with writing(path):
        write_picture(path, grid(tiles, len(plan.columns.seeds) + 1), request.metadata(), kind)
    if as_json:
        print_json(request.as_json(opened.whole.provider))
        return
    if sys.stdout.isatty():
        draw_sheet(tiles, len(plan.columns.seeds) + 1)
    print_made(path)


def _parse_sources(flag: str, text: str, export: Export, class_option: str | None) -> Sources:
    """The seeds of the rows or the columns. Raises UsageError, by its flag, where they are none."""
    from ganstudio.inference.latent.mixing import Sources
    from ganstudio.inference.sampling import choose_classes

    try:
        seeds = parse_seeds(text)
    except UsageError as error:
        raise UsageError(error.message.replace("--seed", flag, 1)) from None
    return Sources(seeds, choose_classes(export.manifest.classes, seeds, class_option))


def _parse_layers(text: str, model: LatentModel) -> slice:
    """The layers that come from the columns. Raises UsageError where they are none, or all."""
    from ganstudio.inference.latent.layers import layers_named

    chosen = layers_named(text, model)
    if chosen.stop - chosen.start == model.layers:
        message = f"--layers {text}: are all layers of {model.whole.path.stem}: a picture would be its column's source."
        raise UsageError(message, f"--layers 0-{max(0, model.layers // 2 - 1)}")
    return chosen


def _parse_out(out: Path, export: Export, rows: int, columns: int) -> tuple[Path, str]:
    """The picture's path and format. Raises UsageError where it is no picture's name, or the grid is too large."""
    from ganstudio.inference.pictures import LONGEST_SIDE

    kind, folder, name = parse_destination(out, None)
    if name is None or kind == "npz":
        raise UsageError(f"--out {out}: a grid is one picture, as mixed.png, .webp or .jpg.", "--out mixed.png")
    width, height = picture_sides(export, (columns + 1, rows + 1))
    if width * height > LARGEST_GRID or max(width, height) > LONGEST_SIDE.get(kind, LARGEST_GRID):
        raise UsageError(f"--rows, --cols: a picture of {width} x {height} pixels is too large. Give fewer seeds.")
    return folder / name, kind
