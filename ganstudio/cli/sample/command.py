"""`ganstudio sample`: draws pictures from seeds, without torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from ganstudio.cli.export.commands import Checkpoint, Json, Trust
from ganstudio.cli.model_choice import Force, Model, Plain, Provider, Psi, open_latent_model, open_model
from ganstudio.cli.sample import options
from ganstudio.cli.sample.parsing import check_files, parse_request
from ganstudio.cli.sample.remote import sample_remotely
from ganstudio.cli.sample.request import SampleRequest
from ganstudio.cli.sample.writing import write_and_print
from ganstudio.errors import UsageError
from ganstudio.inference.exports import Export

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ganstudio.inference.codes import Code


def sample(
    seed: options.Seed = None,
    n: options.Count = None,
    model: Model = None,
    latent: options.Latent = None,
    class_: options.Class = None,
    psi: Psi = None,
    cutoff: options.Cutoff = None,
    centres: options.Centres = 1,
    grid: options.Grid = None,
    out: options.Out = None,
    format_: options.Format = None,
    fps: options.Fps = 8.0,
    code: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="The value of a code, of a model that has some.")
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Let a server draw: `ganstudio serve`. Its token: GANSTUDIO_TOKEN."),
    ] = None,
    checkpoint: Checkpoint = None,
    provider: Provider = "auto",
    plain: Plain = False,
    force: Force = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Draw what a generator makes of some seeds: writes pictures, prints their paths, and shows them in a terminal.

    A seed gives the same picture in any range. A run that has no export yet is exported first. A clip, or a voxel grid,
    is written as a strip of its frames, or slices; in a gif or an mp4 they follow each other, an npz holds it whole.
    MP4 needs `pip install 'ganstudio[video]'`. Every file says that it is synthetic, and of
    which model and seed. A file of the same name is replaced where it says so too.

    \b
    Examples:
      ganstudio sample --seed 42
      ganstudio sample --seed 0-63 --out digits.png
      ganstudio sample --seed 1000 --n 5000 --format npz
      ganstudio sample --model cgan-mnist-1 --seed 0-9 --class 7 --grid 5x2
      ganstudio sample --latent pictures/digits-seed42.npz
      ganstudio sample --model videogan-moving-mnist-1 --n 16 --out clips.gif
      ganstudio sample --model infogan-mnist-1 --n 8 --code category_1=3
      ganstudio sample --model stylegan-mnist-1 --seed 0-63 --psi 0.5 --centres 8
      ganstudio sample --server http://127.0.0.1:8000 --seed 0-63 --out digits.png
    """
    typed = options.DrawOptions(
        seed, n, model, latent, class_, psi, cutoff, centres, grid, out, format_, fps, checkpoint, plain, trust
    )
    if server is not None:
        sample_remotely(server, typed, code or [], force, as_json)
        return
    request = parse_request(typed)
    if code and request.latents:
        request.latents.check_made_of("--code")
    request = replace(request, codes=_parse_codes(request.export, code or []))
    check_files(request, force)
    used_provider, pictures = _draw(request, provider)
    write_and_print(request, pictures, used_provider, as_json)


def _parse_codes(export: Export, given: list[str]) -> tuple[tuple[Code, float], ...]:
    """The values of --code. Raises UsageError where the model has no such code."""
    from ganstudio.inference.codes import parse_value

    codes = export.manifest.codes
    if given and not codes:
        raise UsageError(f"--code: {export.name} has no codes: leave --code out.")
    return tuple(parse_value(text, codes) for text in given)


def _draw(request: SampleRequest, provider: str) -> tuple[str, Iterator[NDArray[np.uint8]]]:
    """What runs the model, and the pictures as they come: through its halves where the truncation needs them."""
    export, seeds, classes = request.export, request.seeds, request.classes
    if request.through_halves:
        from ganstudio.inference.latent.editing import Edit, edited

        halves = open_latent_model(export, provider, len(seeds))
        request.truncation.check(halves)
        starts = request.starts(halves)
        return halves.whole.provider, edited(halves, starts, seeds, classes, Edit(truncation=request.truncation))
    from ganstudio.inference.sampling import sample as draw

    whole = open_model(export, provider, len(seeds))
    return whole.provider, draw(whole, seeds, classes, psi=request.truncation.psi, z=request.z())
