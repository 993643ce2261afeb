"""`ganstudio directions show`: what is known of directions, and a strip of pictures along each."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganstudio.cli.destination import check_replaceable, make_folder, writing
from ganstudio.cli.directions.commands import stored
from ganstudio.cli.export.commands import Json, Model, require_export
from ganstudio.cli.model_choice import Force, Provider
from ganstudio.cli.output import note, print_json, print_made, print_table, say
from ganstudio.errors import UsageError
from ganstudio.inference.latents import format_seeds, parse_seeds
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ganstudio.inference.exports import Export
    from ganstudio.inference.latent.directions import Direction
    from ganstudio.inference.latent.model import LatentModel

COLUMNS = 9  # strengths, the middle one 0
MOST_SEEDS = 64


def show(
    model: Model,
    direction: Annotated[
        list[str] | None, typer.Argument(metavar="[DIRECTION]...", help="Directions by name.  [default: all]")
    ] = None,
    seed: Annotated[str, typer.Option(help="A row each: 42, 0-3 or 1,5,9.")] = "0-3",
    strength: Annotated[float, typer.Option(metavar="S", help="Nine pictures a row, from -S to S.")] = 2.0,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a PNG a direction, MODEL-DIRECTION.png, into this folder.")
    ] = None,
    provider: Provider = "auto",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Show how directions were found, how well they hold, what each moves of the others, and a strip of each.

    A row of a strip is a seed, moved from -S over 0, which is the seed's own picture, to S. It is drawn in a terminal,
    and written with --out.

    \b
    Examples:
      ganstudio directions show dcgan-mnist-1
      ganstudio directions show dcgan-mnist-1 thickness slant --seed 0-7 --strength 3 --out strips
    """
    from ganstudio.inference.latent.directions import LARGEST_STRENGTH

    export = require_export(Workspace.locate(), model)
    there = stored(export)
    chosen = [there.named(name) for name in direction] if direction else list(there)
    if not chosen:
        hint = f"ganstudio directions find {export.name} --from measure"
        raise UsageError(f"{export.name} has no directions yet.", hint)
    seeds = parse_seeds(seed)
    if len(seeds) > MOST_SEEDS:
        raise UsageError(f"--seed: at most {MOST_SEEDS} rows; got {len(seeds)}.")
    if not 0 < strength <= LARGEST_STRENGTH:
        raise UsageError(f"--strength: above 0 and at most {LARGEST_STRENGTH:g}; got {strength:g}.")
    paths = [] if out is None else _paths(export, chosen, out, force)
    drawn = sys.stdout.isatty() and not as_json
    sheets = list(_sheets(export, chosen, seeds, strength, provider)) if paths or drawn else []
    for path, one, sheet in zip(paths, chosen, sheets, strict=False):
        _write(path, export, one, sheet, seeds, strength)
    if as_json:
        print_json(_result_json(export, chosen, paths))
        return
    for place, one in enumerate(chosen):
        _print_direction(one, strength)
        if drawn:
            from ganstudio.cli.picture import draw_sheet

            draw_sheet(sheets[place], COLUMNS)
        print()
    _print_entanglement(chosen)
    print_made(*paths)


def _paths(export: Export, chosen: Sequence[Direction], out: Path, force: bool) -> list[Path]:
    folder = make_folder(out)
    paths = [folder / f"{export.name}-{one.name}.png" for one in chosen]
    check_replaceable(paths, force)
    return paths


def _sheets(
    export: Export, chosen: Sequence[Direction], seeds: Sequence[int], strength: float, provider: str
) -> list[NDArray[np.uint8]]:
    """Tiles [seeds x COLUMNS, H, W, C] of each direction, row by row."""
    from ganstudio.inference.latent.model import LatentModel

    opened = LatentModel.open(export.path, provider)
    return [strip(opened, one, seeds, strength) for one in chosen]


def strip(model: LatentModel, direction: Direction, seeds: Sequence[int], strength: float) -> NDArray[np.uint8]:
    """Tiles [seeds x COLUMNS, H, W, C]: each seed's picture, moved from -strength to strength."""
    import numpy as np

    from ganstudio.inference.latent.directions import moved
    from ganstudio.inference.latent.finding.sampled import labels_of, pixels_of
    from ganstudio.inference.latents import latents

    labels = labels_of(model, seeds)
    found = model.latents(latents(seeds, model.whole.z_dim), None if labels is None else labels.tolist())
    columns = [
        pixels_of(model, moved(found, [(direction, float(one))]), seeds, labels)
        for one in np.linspace(-strength, strength, COLUMNS)
    ]
    return np.stack(columns, axis=1).reshape(-1, *columns[0].shape[1:])


def _write(
    path: Path, export: Export, direction: Direction, tiles: NDArray[np.uint8], seeds: Sequence[int], strength: float
) -> None:
    from ganstudio.inference.pictures import write_picture
    from ganstudio.inference.pixels import grid
    from ganstudio.inference.provenance import picture_words

    names = export.manifest.classes
    classes = [names[seed % len(names)] for seed in seeds if names]
    words = picture_words(export.name, export.manifest.sha256, format_seeds(seeds), classes, None)
    words |= {"Direction": f"{direction.name} from {-strength:g} to {strength:g}"}
    with writing(path):
        write_picture(path, grid(tiles, COLUMNS), words, "png")


def _print_direction(direction: Direction, strength: float) -> None:
    from ganstudio.report.directions import facts

    for label, value in facts(direction):
        say(f"{label:<11} {value}")
    ends = [f"{end:g}" for end in (-strength, strength) if direction.leaves_data(end)]
    if ends:
        note(f"{direction.name}: at {' and '.join(ends)} most pictures are beyond what the data looks like.")


def _print_entanglement(chosen: Sequence[Direction]) -> None:
    from ganstudio.report.directions import entanglement, numeric_columns

    if len(chosen) < 2:
        return
    header, rows = entanglement(chosen)
    print_table(header, rows, right=numeric_columns(header))


def _result_json(export: Export, chosen: Sequence[Direction], paths: Sequence[Path]) -> dict[str, Any]:
    from ganstudio.report.directions import as_json as direction_json

    there = stored(export)
    listed = [direction_json(one, there) for one in chosen]
    return {"model": export.name, "export": str(export.path), "directions": listed, "strips": list(map(str, paths))}
