"""ganstudio sample: seeds in, pictures out, without torch."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganstudio.cli.destination import check_replaceable, make_folder, place, writing
from ganstudio.cli.export.commands import Checkpoint, Json, Trust
from ganstudio.cli.model_choice import Force, Model, Plain, Provider, Psi, check_export, choose_export, open_model
from ganstudio.cli.output import note, print_json, print_made, progress
from ganstudio.cli.sample.latent_file import Latents
from ganstudio.cli.sample.request import Order
from ganstudio.errors import UsageError, quoted
from ganstudio.inference.exports import Export
from ganstudio.inference.latents import LARGEST_SEED, MOST_SEEDS, parse_seeds
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ganstudio.inference.model import OnnxModel

LARGEST_GRID = 2**26  # pixels, 8192 x 8192: viewers take larger ones for an attack
MOST_SHOWN = 256  # pictures, in the terminal
FRAMES_SHOWN = 8  # of a clip, or slices of a voxel grid, in the terminal


def sample(
    seed: Annotated[str | None, typer.Option(help="One number, a range or a list: 42, 0-63 or 1,5,9.")] = None,
    n: Annotated[
        int | None, typer.Option("--n", metavar="N", help="So many seeds, counted up from --seed, or from 0.")
    ] = None,
    model: Model = None,
    latent: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Latents that Studio saved, or an npz with z [N, z_dim].")
    ] = None,
    class_: Annotated[
        str | None,
        typer.Option(
            "--class", help="A class's name, or its index where not all are numbers. Else the seed modulo their number."
        ),
    ] = None,
    psi: Psi = None,
    grid: Annotated[
        str | None, typer.Option(metavar="WxH", help="One picture of W columns and H rows, read row by row.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR|FILE", help="A folder for one file a seed, or a file. Else here, as one grid."),
    ] = None,
    format_: Annotated[
        str | None, typer.Option("--format", help="png, webp (both without loss), jpeg or npz. Else what --out says.")
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
    is written as a strip of its frames, or slices; an npz holds it whole. Every file says that it is synthetic, and of
    which model and seed. A file of the same name is replaced where it says so too.

    \b
    Examples:
      ganstudio sample --seed 42
      ganstudio sample --seed 0-63 --out digits.png
      ganstudio sample --seed 1000 --n 5000 --format npz
      ganstudio sample --model cgan-mnist-1 --seed 0-9 --class 7 --grid 5x2
      ganstudio sample --latent pictures/digits-seed42.npz
    """
    workspace = Workspace.locate()
    latents = Latents.read(latent, seed, n) if latent else None
    seeds = latents.saved.seeds if latents else _seeds(seed, n)
    export = (latents.export if latents else choose_export)(workspace, model, checkpoint, trust)
    check_export(export, psi)
    order = _order(export, seeds, class_, psi, grid, out, format_, plain)
    order = _of_latents(order, latents) if latents else order
    check_replaceable(order.paths(), force)
    drawing = open_model(export, provider, len(seeds))
    made, tiles = _fulfil(order, drawing)
    if as_json:
        told = {"model": export.name, "export": str(export.path), "provider": drawing.provider, "pictures": made}
        print_json(told)
        return
    _show(tiles, order.size, len(seeds))
    for one in made:
        print_made(one["path"])


def _seeds(given: str | None, count: int | None) -> tuple[int, ...]:
    """The seeds that --seed and --n name. Raises UsageError."""
    if count is None:
        if given is None:
            raise UsageError("which seeds? Give --seed 42, 0-63 or 1,5,9, or --n 64.", hint="--seed 42")
        return parse_seeds(given)
    first = parse_seeds(given or "0")
    if len(first) > 1:
        raise UsageError(f"--n: counts up from one seed; --seed {given} names {len(first)}. Give one of the two.")
    most = min(MOST_SEEDS, LARGEST_SEED - first[0] + 1)
    if not 1 <= count <= most:
        raise UsageError(f"--n: from 1 to {most:,} seeds can be drawn from seed {first[0]} on; got {count}.")
    return tuple(range(first[0], first[0] + count))


def _order(
    export: Export,
    seeds: tuple[int, ...],
    asked: str | None,
    psi: float | None,
    grid: str | None,
    out: Path | None,
    format_: str | None,
    plain: bool,
) -> Order:
    """The order that the options mean, refused where it cannot be."""
    from ganstudio.inference.sampling import choose_classes

    classes = choose_classes(export.manifest.classes, seeds, asked)
    kind, folder, file = place(out, format_)
    if grid and kind == "npz":
        raise UsageError("--grid: an npz holds every picture on its own: leave --grid out.")
    apart = kind == "npz" or (out is not None and file is None)
    size = _grid_size(grid, export, seeds) if grid or not apart else None
    _check_sides(export, size or (1, 1), kind, out if file else None)
    return Order(export, seeds, classes, asked, psi, plain, kind, size, folder, file)


def _of_latents(order: Order, latents: Latents) -> Order:
    """The order with a file's latents, and with its classes and truncation where no others were asked for."""
    labels = None if order.asked_class else latents.labels(order.export)
    psi = latents.psi(order.export) if order.psi is None else order.psi
    order = replace(order, latents=latents, classes=labels or order.classes, psi=psi)
    if latents.path in order.paths():
        raise UsageError(f"--latent: the pictures would replace {latents.path}: give --out another name.")
    return order


def _grid_size(given: str | None, export: Export, seeds: Sequence[int]) -> tuple[int, int]:
    """(columns, rows): as asked, else one column a class where the seeds walk through few of them, else a square.

    The strips of clips and voxel grids stand below each other.
    """
    from ganstudio.inference.pixels import square

    classes = len(export.manifest.classes)
    if given is None:
        flat = len(export.manifest.image_shape) == 3
        columns = 1 if not flat else classes if 1 < classes <= 16 and len(seeds) > classes else square(len(seeds))
        rows = -(-len(seeds) // columns)
    else:
        match = re.fullmatch(r"([1-9][0-9]{0,5})[xX]([1-9][0-9]{0,5})", given)
        if not match:
            raise UsageError(f"--grid: {given!r} is no size. Write columns x rows: 8x8.")
        columns, rows = int(match[1]), int(match[2])
        if columns * rows < len(seeds):
            fit = f"{columns}x{-(-len(seeds) // columns)}"
            raise UsageError(f"--grid: {given} has no room for {len(seeds)} seeds. Did you mean {fit}?")
    return columns, rows


def _check_sides(export: Export, size: tuple[int, int], kind: str, named: Path | None) -> None:
    """Nothing, where a picture of so many columns and rows can be; `named` is the file of --out. Raises UsageError."""
    from ganstudio.inference.pictures import LONGEST_SIDE

    *depth, height, width = map(int, export.manifest.image_shape[1:])
    width, height = width * math.prod(depth) * size[0], height * size[1]
    picture = f"a picture of {width} x {height} pixels is too large"
    if width * height > LARGEST_GRID:
        raise UsageError(f"--grid: {picture}.", hint="--out DIR   # one file a seed, instead of --grid")
    if kind in LONGEST_SIDE and max(width, height) > LONGEST_SIDE[kind]:
        hint = f"--out {quoted(named.with_suffix('.png'))}   # instead of --format" if named else "--format png"
        raise UsageError(f"--format: {picture} for {kind}, whose sides end at {LONGEST_SIDE[kind]}.", hint)


def _fulfil(order: Order, model: OnnxModel) -> tuple[list[dict[str, Any]], list[NDArray[np.uint8]]]:
    """What was written, as `--json` tells it, and the pictures, or clips, that a terminal may show."""
    from ganstudio.inference.sampling import sample as pictures_of

    make_folder(order.folder)
    psi = 1.0 if order.psi is None else order.psi
    tiles: list[NDArray[np.uint8]] = []
    drawn = pictures_of(model, order.seeds, order.classes, psi=psi, z=order.latents.saved.z if order.latents else None)
    coming = _watched(drawn, len(order.seeds), tiles)
    return list(_write(order, coming)), tiles


def _watched(
    pictures: Iterator[NDArray[np.uint8]], total: int, tiles: list[NDArray[np.uint8]]
) -> Iterator[NDArray[np.uint8]]:
    """`pictures`, with progress where they are many; the first MOST_SHOWN are put into `tiles`."""
    show = progress("sampling") if total > 1000 else None
    for done, picture in enumerate(pictures, 1):
        if len(tiles) < MOST_SHOWN:
            tiles.append(picture)
        yield picture
        if show:
            show(done, total)


def _write(order: Order, coming: Iterator[NDArray[np.uint8]]) -> Iterator[dict[str, Any]]:
    """Writes every file, and tells of it."""
    import numpy as np

    from ganstudio.inference.pictures import write_npz, write_picture
    from ganstudio.inference.pixels import grid, strips

    count = len(order.seeds)
    if not order.together:
        for index, (path, picture) in enumerate(zip(order.paths(), coming, strict=True)):
            with writing(path):
                write_picture(path, strips(picture[None])[0], order.words(index, 1), order.kind)
            yield _told(order, path, index, 1)
        return
    [path] = order.paths()
    with writing(path):
        if order.size is None:
            write_npz(path, coming, order.seeds, order.classes, order.words(0, count))
        else:
            pixels = grid(strips(np.stack(list(coming))), *order.size)
            write_picture(path, pixels, order.words(0, count), order.kind)
    yield _told(order, path, 0, count)


def _told(order: Order, path: Path, start: int, count: int) -> dict[str, Any]:
    seeds = list(order.seeds[start : start + count])
    told = {"path": str(path), "seeds": seeds, "classes": order.names(start, count)}
    return told | ({"latents": list(order.origins(start, count))} if order.latents else {})


def _show(tiles: list[NDArray[np.uint8]], size: tuple[int, int] | None, total: int) -> None:
    """Draws the pictures where stdout is a terminal that can, and says so where they are not all of them."""
    if not sys.stdout.isatty():
        return
    import numpy as np

    from ganstudio.cli.picture import draw_sheet
    from ganstudio.inference.pixels import square, strips

    shown = np.stack(tiles[:MOST_SHOWN])
    columns = size[0] if size else 1 if shown.ndim == 5 else square(len(shown))
    drawn = draw_sheet(strips(shown, FRAMES_SHOWN), columns)
    if 0 < drawn < total:
        note(f"Drawn here: the first {drawn} of {total}.")
