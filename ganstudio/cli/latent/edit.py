"""`ganstudio edit`: moves pictures along directions with names, without torch."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from ganstudio.cli.export.commands import Checkpoint, Json, Trust
from ganstudio.cli.latent.images import Images, TargetPictures, check_alone
from ganstudio.cli.latent.moves import parse_layers, parse_moves
from ganstudio.cli.latent.project import open_projector
from ganstudio.cli.model_choice import Force, Model, Plain, Provider, Psi, open_latent_model
from ganstudio.cli.sample import options
from ganstudio.cli.sample.parsing import check_files, parse_request, with_latents
from ganstudio.cli.sample.writing import write_and_print

Layers = Annotated[
    str | None, typer.Option(metavar="LAYERS", help="Move these alone: coarse, middle, fine, all, 2 or 0-3.")
]


def edit(
    direction: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=STRENGTH", help="Move along a direction, as thickness=+1.5; may be repeated."),
    ] = None,
    seed: options.Seed = None,
    n: options.Count = None,
    model: Model = None,
    latent: options.Latent = None,
    image: Images = None,
    layers: Layers = None,
    class_: options.Class = None,
    psi: Psi = None,
    cutoff: options.Cutoff = None,
    centres: options.Centres = 1,
    grid: options.Grid = None,
    out: options.Out = None,
    format_: options.Format = None,
    fps: options.Fps = 8.0,
    checkpoint: Checkpoint = None,
    provider: Provider = "auto",
    plain: Plain = False,
    force: Force = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Move what a generator draws along directions, several at once: writes pictures, and prints their paths.

    A direction has the strength at which it was calibrated: 1 moves what it is named after by one standard deviation.
    Beyond the reach of its proof, which is said, pictures leave the data. Seeds, latents, classes, grids and files are
    as `sample` takes them; with styles psi comes before the moves. The metadata has directions and strengths.

    \b
    Examples:
      ganstudio edit --seed 0-9 --direction thickness=+1.5
      ganstudio edit --seed 0-63 --direction thickness=+1.5 --direction slant=-1 --out thick.png
      ganstudio edit --model stylegan-mnist-1 --seed 4 --direction slant=2 --layers 0-3 --psi 0.7 --out slanted/
      ganstudio edit --latent pictures/digits-seed42.npz --direction slant=-1
      ganstudio edit --image seven.png --direction thickness=+1
    """
    typed = options.DrawOptions(
        seed, n, model, latent, class_, psi, cutoff, centres, grid, out, format_, fps, checkpoint, plain, trust
    )
    if image:
        check_alone(image, seed, n, latent)
    request = parse_request(typed, image or ())
    targets = TargetPictures.read(image, request.export, class_) if image else None
    projector = open_projector(request.export, provider, class_) if targets else None
    opened = projector.model if projector else open_latent_model(request.export, provider, len(request.seeds))
    request.truncation.check(opened)
    moves = parse_moves(direction or [], opened)
    moved_layers = parse_layers(layers, opened, moves)
    named = tuple((one.name, strength) for one, strength in moves)
    request = replace(request, moves=named, layers=layers or "")
    check_files(request, force)
    if targets and projector:
        request = with_latents(request, targets.find(projector))
    from ganstudio.inference.latent.editing import Edit, edited

    change = Edit(moves, moved_layers, request.truncation)
    pictures = edited(opened, request.starts(opened), request.seeds, request.classes, change)
    write_and_print(request, pictures, opened.whole.provider, as_json)
