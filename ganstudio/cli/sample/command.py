"""`ganstudio sample`: draws pictures from seeds, without torch."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganstudio.cli.destination import check_replaceable, make_folder, parse_destination, writing
from ganstudio.cli.export.commands import Checkpoint, Json, Trust
from ganstudio.cli.model_choice import Force, Model, Plain, Provider, Psi, check_export, choose_export, open_model
from ganstudio.cli.output import note, print_json, print_made, progress
from ganstudio.cli.sample.films import checked_fps, write_films
from ganstudio.cli.sample.latent_file import LatentFile
from ganstudio.cli.sample.request import SampleRequest
from ganstudio.errors import UsageError, quoted
from ganstudio.inference.exports import Export
from ganstudio.inference.latents import LARGEST_SEED, MOST_SEEDS, parse_seeds
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ganstudio.inference.codes import Code
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
        Path | None,
        typer.Option(metavar="FILE", help="Latents that Studio or `project` saved, or an npz with z [N, z_dim]."),
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
        str | None,
        typer.Option(
            "--format", help="png, webp (both without loss), jpeg, npz; gif, mp4 of clips. Else what --out says."
        ),
    ] = None,
    fps: Annotated[float, typer.Option(metavar="N", help="Frames a second of a gif or an mp4.")] = 8.0,
    code: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="The value of a code, of a model that has some.")
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
    """
    workspace = Workspace.locate()
    latents = LatentFile.read(latent, seed, n) if latent else None
    seeds = latents.saved.seeds if latents else _parse_seeds(seed, n)
    export = (latents.export if latents else choose_export)(workspace, model, checkpoint, trust)
    check_export(export, psi)
    request = _parse_request(export, seeds, class_, psi, grid, out, format_, plain)
    request = replace(request, fps=checked_fps(request.kind, fps), codes=_parse_codes(export, code or []))
    request = _with_latents(request, latents) if latents else request
    check_replaceable(request.paths(), force)
    if request.kind == "jpeg" and export.manifest.image_shape[0] == 4:
        note("JPEG holds no transparency: the pictures are laid over white. PNG and WebP keep it.")
    generator = open_model(export, provider, len(seeds))
    files, tiles = _draw_and_write(request, generator)
    if as_json:
        result = {"model": export.name, "export": str(export.path), "provider": generator.provider, "pictures": files}
        print_json(result)
        return
    _draw_tiles(tiles, request.size, len(seeds))
    for file in files:
        print_made(file["path"])


def _parse_seeds(given: str | None, count: int | None) -> tuple[int, ...]:
    """The seeds that --seed and --n name. Raises UsageError where they name none or too many."""
    if count is None:
        if given is None:
            raise UsageError("which seeds? Give --seed 42, 0-63 or 1,5,9, or --n 64.", hint="--seed 42")
        return parse_seeds(given)
    first = parse_seeds(given or "0")
    if len(first) > 1:
        raise UsageError(f"--n: counts up from one seed; --seed {given} names {len(first)}. Give one of the two.")
    max_count = min(MOST_SEEDS, LARGEST_SEED - first[0] + 1)
    if not 1 <= count <= max_count:
        raise UsageError(f"--n: from 1 to {max_count:,} seeds can be drawn from seed {first[0]} on; got {count}.")
    return tuple(range(first[0], first[0] + count))


def _parse_request(
    export: Export,
    seeds: tuple[int, ...],
    class_option: str | None,
    psi: float | None,
    grid: str | None,
    out: Path | None,
    format_: str | None,
    plain: bool,
) -> SampleRequest:
    """The checked options. Raises UsageError for a class, a place, a format or a size that cannot be."""
    from ganstudio.inference.pictures import FILMS
    from ganstudio.inference.sampling import choose_classes

    classes = choose_classes(export.manifest.classes, seeds, class_option)
    kind, folder, file = parse_destination(out, format_, films=len(export.manifest.image_shape) == 4)
    if grid and kind == "npz":
        raise UsageError("--grid: an npz holds every picture on its own: leave --grid out.")
    separate = kind == "npz" or (out is not None and file is None)
    size = _grid_size(grid, export, seeds, kind in FILMS) if grid or not separate else None
    _check_sides(export, size or (1, 1), kind, out if file else None)
    return SampleRequest(export, seeds, classes, class_option, psi, plain, kind, size, folder, file)


def _parse_codes(export: Export, given: list[str]) -> tuple[tuple[Code, float], ...]:
    """The values of --code. Raises UsageError where the model has no such code."""
    from ganstudio.inference.codes import parse_value

    codes = export.manifest.codes
    if given and not codes:
        raise UsageError(f"--code: {export.name} has no codes: leave --code out.")
    return tuple(parse_value(text, codes) for text in given)


def _with_latents(request: SampleRequest, latents: LatentFile) -> SampleRequest:
    """The request with a file's latents, and with its classes and truncation where no others were asked for."""
    labels = None if request.class_option else latents.labels(request.export)
    psi = latents.psi(request.export) if request.psi is None else request.psi
    classes = None if latents.saved.ws is not None else labels or request.classes
    latents.check_options(request.class_option, bool(request.codes))
    request = replace(request, latents=latents, classes=classes, psi=psi)
    if latents.path in request.paths():
        raise UsageError(f"--latent: the pictures would replace {latents.path}: give --out another name.")
    return request


def _grid_size(given: str | None, export: Export, seeds: Sequence[int], film: bool) -> tuple[int, int]:
    """(columns, rows) of --grid; else one column a class where the seeds walk through few of them, else a square.

    The strips of clips and voxel grids stand below each other; those of a film are no strips.
    """
    from ganstudio.inference.pixels import square

    classes = len(export.manifest.classes)
    if given is None:
        flat = film or len(export.manifest.image_shape) == 3
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


def _check_sides(export: Export, size: tuple[int, int], kind: str, out_file: Path | None) -> None:
    """Raises UsageError where a picture of so many columns and rows is too large; `out_file` is the file of --out."""
    from ganstudio.inference import animation
    from ganstudio.inference.pictures import FILMS, LONGEST_SIDE

    *depth, height, width = map(int, export.manifest.image_shape[1:])
    width, height = width * (1 if kind in FILMS else math.prod(depth)) * size[0], height * size[1]
    longest = LONGEST_SIDE | {film: animation.LONGEST_SIDE[suffixes[0]] for film, suffixes in FILMS.items()}
    picture = f"a picture of {width} x {height} pixels is too large"
    if width * height > LARGEST_GRID:
        raise UsageError(f"--grid: {picture}.", hint="--out DIR   # one file a seed, instead of --grid")
    if kind in longest and max(width, height) > longest[kind]:
        hint = f"--out {quoted(out_file.with_suffix('.png'))}   # instead of --format" if out_file else "--format png"
        raise UsageError(f"--format: {picture} for {kind}, whose sides end at {longest[kind]}.", hint)


def _draw_and_write(request: SampleRequest, model: OnnxModel) -> tuple[list[dict[str, Any]], list[NDArray[np.uint8]]]:
    """Draws the pictures, writes their files, and returns each file's JSON and the pictures for the terminal."""
    from ganstudio.inference.latent.drawing import draw_ws
    from ganstudio.inference.sampling import sample as draw

    make_folder(request.folder)
    psi = 1.0 if request.psi is None else request.psi
    tiles: list[NDArray[np.uint8]] = []
    ws = request.latents.saved.ws if request.latents else None
    if ws is None:
        pictures = draw(model, request.seeds, request.classes, psi=psi, z=request.z())
    else:
        pictures = draw_ws(model, ws, request.seeds, psi=psi)
    counted = _with_progress(pictures, len(request.seeds), tiles)
    return list(_write_files(request, counted)), tiles


def _with_progress(
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


def _write_files(request: SampleRequest, pictures: Iterator[NDArray[np.uint8]]) -> Iterator[dict[str, Any]]:
    """Writes every file, and yields its JSON."""
    import numpy as np

    from ganstudio.inference.pictures import write_npz, write_picture
    from ganstudio.inference.pixels import grid, strips

    count = len(request.seeds)
    if request.is_film:
        yield from (_file_json(request, *written) for written in write_films(request, pictures))
        return
    if not request.is_one_file:
        for index, (path, picture) in enumerate(zip(request.paths(), pictures, strict=True)):
            with writing(path):
                write_picture(path, strips(picture[None])[0], request.metadata(index, 1), request.kind)
            yield _file_json(request, path, index, 1)
        return
    [path] = request.paths()
    with writing(path):
        if request.size is None:
            write_npz(path, pictures, request.seeds, request.classes, request.metadata(0, count))
        else:
            pixels = grid(strips(np.stack(list(pictures))), *request.size)
            write_picture(path, pixels, request.metadata(0, count), request.kind)
    yield _file_json(request, path, 0, count)


def _file_json(request: SampleRequest, path: Path, start: int, count: int) -> dict[str, Any]:
    seeds = list(request.seeds[start : start + count])
    entry = {"path": str(path), "seeds": seeds, "classes": request.class_names(start, count)}
    return entry | ({"latents": list(request.origins(start, count))} if request.latents else {})


def _draw_tiles(tiles: list[NDArray[np.uint8]], size: tuple[int, int] | None, total: int) -> None:
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
