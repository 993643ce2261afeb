"""From the options of `sample` and `edit` to a request: seeds, classes, latents, grids and files, all checked."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ganstudio.cli.destination import check_replaceable, parse_destination
from ganstudio.cli.model_choice import check_export, choose_export
from ganstudio.cli.output import note
from ganstudio.cli.sample.films import checked_fps
from ganstudio.cli.sample.latent_file import LatentFile
from ganstudio.cli.sample.options import DrawOptions
from ganstudio.cli.sample.request import SampleRequest
from ganstudio.errors import UsageError, quoted
from ganstudio.inference.exports import Export
from ganstudio.inference.latents import LARGEST_SEED, MOST_SEEDS, parse_seeds
from ganstudio.workspace import Workspace

LARGEST_GRID = 2**26  # pixels, 8192 x 8192: viewers take larger ones for an attack


def parse_request(options: DrawOptions, pictures: Sequence[Path] = ()) -> SampleRequest:
    """The checked options. Where `pictures` take the place of seeds, their latents are to come by `with_latents`.

    Raises UsageError for seeds, a model, a class, a place, a format or a size that is none.
    """
    workspace = Workspace.locate()
    latents = LatentFile.read(options.latent, options.seed, options.n) if options.latent else None
    seeds = () if latents or pictures else parse_seed_options(options.seed, options.n)
    choose = latents.export if latents else choose_export
    export = choose(workspace, options.model, options.checkpoint, options.trust)
    check_export(export, options.psi)
    if pictures:
        from ganstudio.inference.latent.projection.nearest import NOISE_SEED

        seeds = (NOISE_SEED,) * len(pictures)
    request = _parse_request(export, latents.saved.seeds if latents else seeds, options)
    request = replace(request, pictures=tuple(pictures), fps=checked_fps(request.kind, options.fps))
    if latents and request.class_option is not None:
        latents.check_made_of("--class")
    return with_latents(request, latents) if latents else request


def check_files(request: SampleRequest, force: bool) -> None:
    """Raises UsageError where a file of the request may not be written; says what its format leaves out."""
    paths = request.paths()
    if twice := next((path for path, count in Counter(paths).items() if count > 1), None):
        raise UsageError(f"--image: two pictures would become {twice}.", "--out FILE   # one picture of all of them")
    flag, given = ("--image", request.pictures) if request.pictures else ("--latent", _files_of_latents(request))
    if replaced := next((path for path in given if path.absolute() in paths), None):
        raise UsageError(f"{flag}: the pictures would replace {replaced}: give --out another name.")
    check_replaceable(paths, force)
    if request.kind == "jpeg" and request.export.manifest.image_shape[0] == 4:
        note("JPEG holds no transparency: the pictures are laid over white. PNG and WebP keep it.")


def _files_of_latents(request: SampleRequest) -> tuple[Path, ...]:
    return (request.latents.path,) if request.latents else ()


def parse_seed_options(given: str | None, count: int | None) -> tuple[int, ...]:
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


def _parse_request(export: Export, seeds: tuple[int, ...], options: DrawOptions) -> SampleRequest:
    """The request for seeds. Raises UsageError for a class, a place, a format or a size that cannot be."""
    from ganstudio.inference.pictures import FILMS
    from ganstudio.inference.sampling import choose_classes

    out, grid = options.out, options.grid
    classes = choose_classes(export.manifest.classes, seeds, options.class_)
    kind, folder, file = parse_destination(out, options.format_, films=len(export.manifest.image_shape) == 4)
    if grid and kind == "npz":
        raise UsageError("--grid: an npz holds every picture on its own: leave --grid out.")
    separate = kind == "npz" or (out is not None and file is None)
    size = _grid_size(grid, export, seeds, kind in FILMS) if grid or not separate else None
    _check_sides(export, size or (1, 1), kind, out if file else None)
    request = SampleRequest(
        export, seeds, classes, options.class_, options.psi, options.plain, kind, size, folder, file
    )
    return replace(request, cutoff=options.cutoff, centres=options.centres)


def with_latents(request: SampleRequest, latents: LatentFile) -> SampleRequest:
    """The request with a file's latents, and with its classes and truncation where no others were asked for."""
    labels = None if request.class_option else latents.labels(request.export)
    psi = latents.psi(request.export) if request.psi is None else request.psi
    classes = None if latents.saved.ws is not None else labels or request.classes
    return replace(request, latents=latents, classes=classes, psi=psi)


def _grid_size(given: str | None, export: Export, seeds: Sequence[int], film: bool) -> tuple[int, int]:
    """(columns, rows) of --grid, else of a sheet as `sheet_size` lays it out."""
    from ganstudio.inference.pixels import sheet_size

    if given is None:
        manifest = export.manifest
        columns, rows = sheet_size(manifest.image_shape, len(manifest.classes), len(seeds), film)
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

    width, height = picture_sides(export, size, kind in FILMS)
    longest = LONGEST_SIDE | {film: animation.LONGEST_SIDE[suffixes[0]] for film, suffixes in FILMS.items()}
    picture = f"a picture of {width} x {height} pixels is too large"
    if width * height > LARGEST_GRID:
        raise UsageError(f"--grid: {picture}.", hint="--out DIR   # one file a seed, instead of --grid")
    if kind in longest and max(width, height) > longest[kind]:
        hint = f"--out {quoted(out_file.with_suffix('.png'))}   # instead of --format" if out_file else "--format png"
        raise UsageError(f"--format: {picture} for {kind}, whose sides end at {longest[kind]}.", hint)


def picture_sides(export: Export, size: tuple[int, int], film: bool = False) -> tuple[int, int]:
    """(width, height) in pixels of a grid of so many columns and rows."""
    *depth, height, width = map(int, export.manifest.image_shape[1:])
    return width * (1 if film else math.prod(depth)) * size[0], height * size[1]
