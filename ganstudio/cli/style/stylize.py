"""`ganstudio stylize`: paints pictures in the style of others by a network, without torch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganstudio.cli.destination import check_replaceable, make_folder, writing
from ganstudio.cli.export.commands import Json, Trust
from ganstudio.cli.images import run
from ganstudio.cli.images.upscale import Overlap, TileSide, cut_of
from ganstudio.cli.model_choice import Force, Provider
from ganstudio.cli.output import note, print_made, progress
from ganstudio.cli.style.opening import Model, note_styles, open_stylizer
from ganstudio.errors import UsageError, quoted

if TYPE_CHECKING:
    from ganstudio.data.whole_picture import WholePicture
    from ganstudio.inference.images.jobs import Job
    from ganstudio.inference.style.chosen_styles import Style
    from ganstudio.inference.style.stylize import Stylize

Styles = Annotated[
    list[str] | None,
    typer.Option(metavar="FILE|NAME[=WEIGHT]", help="A picture, or a saved style's name; repeat it to mix several."),
]
Strength = Annotated[float, typer.Option(metavar="S", help="From 0, the content drawn again, to 1, all of the style.")]
KeepColour = Annotated[bool, typer.Option("--keep-colour", help="Keep the content's colours; take strokes and light.")]


def stylize(
    images: run.Images,
    model: Model,
    out: run.Out,
    style: Styles = None,
    strength: Strength = 1.0,
    keep_colour: KeepColour = False,
    grid: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a sheet of contents x styles, each alone, too.")
    ] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Write each content beside its painting, too.")] = False,
    tile: TileSide = None,
    overlap: Overlap = None,
    format_: run.Format = "png",
    provider: Provider = "auto",
    force: Force = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Paint pictures in a style, or a mixture of several. Writes them into a folder and prints their paths.

    A style is any picture, or a name that `styles add` saved. Weights are shares of all: A.jpg and B.jpg=0.5 are two
    thirds of A. Any size: large pictures are made in tiles, by the statistics of the whole. EXIF and transparency are
    kept; colours are sRGB. Interrupted, the same command goes on where it was. Of several pictures, those that cannot
    be read are listed, and it ends with 1.

    \b
    Examples:
      ganstudio stylize photo.jpg --style waves.jpg --model stylize-photos-1 --out painted
      ganstudio stylize photos --style waves.jpg --style starry=0.3 --strength 0.8 --model stylize-photos-1 --out mixed
      ganstudio stylize photos --style starry --style waves.jpg --model stylize-photos-1 --out all --grid sheet.png
    """
    from ganstudio.inference.style.chosen_styles import find_styles, parse_styles
    from ganstudio.inference.style.saved_styles import SavedStyles
    from ganstudio.inference.style.stylize import Stylize, check_strength

    check_strength(strength)
    planned = run.plan(images, out, format_, force, _files_compared if compare else None)
    sheet_path = None if grid is None else _sheet_path(grid, planned[0], force)
    opened = open_stylizer(model, provider, trust)
    saved = SavedStyles.of(opened.path, opened.manifest)
    wishes = parse_styles(style or [], saved)
    cut = cut_of(opened, tile, overlap)
    styles = find_styles(wishes, saved, opened, cut)
    note_styles(styles)
    work = Stylize(opened, cut, styles, strength, keep_colour, compare)
    if sheet_path is not None:
        _write_sheet(sheet_path, work, planned[0], styles)
        if not as_json:
            print_made(sheet_path)
    run.do(work, planned, format_, "stylizing", as_json, {"grid": sheet_path and str(sheet_path)})


def _files_compared(job: Job) -> list[Path]:
    return [job.path, job.beside("compare")]


def _sheet_path(given: Path, jobs: Sequence[Job], force: bool) -> Path:
    """The file of --grid. Raises UsageError for one that is no PNG, may not be replaced, or is one of the pictures."""
    path = given.absolute()
    if path.suffix.lower() != ".png" or path.is_dir():
        raise UsageError(f"--grid: {given} is no name of a PNG.", f"--grid {quoted(given.with_suffix('.png'))}")
    if any(path in (job.path, job.source) for job in jobs):
        raise UsageError(f"--grid: {given} is a picture that is read or made already.", "--grid sheet.png")
    check_replaceable([path], force)
    make_folder(path.parent)
    return path


def _write_sheet(path: Path, work: Stylize, jobs: Sequence[Job], styles: Sequence[Style]) -> None:
    """Writes the sheet, of those contents that can be read; one that is there, made of the same, is left."""
    from ganstudio.inference.images.jobs import is_done
    from ganstudio.inference.pictures import Carried, picture
    from ganstudio.inference.provenance import words_of_made
    from ganstudio.inference.style.sheet import MOST_CONTENTS, sheet
    from ganstudio.workspace import write_atomic

    shown = list(jobs[:MOST_CONTENTS])
    if len(jobs) > len(shown):
        note(f"--grid: the first {len(shown)} of {len(jobs):,} pictures.")
    key = hashlib.sha256("\n".join(["sheet", *(work.key(job) for job in shown)]).encode()).hexdigest()
    if is_done(path, key):
        return
    pixels = sheet(work, _contents(shown, work), styles)
    if pixels is None:
        return
    words = words_of_made(work.model.path.stem, work.model.manifest.sha256, key)
    with writing(path):
        write_atomic(path, picture(pixels, words, "png", Carried()))


def _contents(jobs: Sequence[Job], work: Stylize) -> Iterator[WholePicture]:
    """The pictures that can be painted, with progress; of the others it is said why when their own turn comes."""
    from ganstudio.data.manifest import UnreadableError
    from ganstudio.data.sources.source import Location
    from ganstudio.data.whole_picture import read_whole
    from ganstudio.errors import DataError

    show = progress("sheet")
    for done, job in enumerate(jobs):
        show(done, len(jobs))
        try:
            whole = read_whole(Location(str(job.source)), work.srgb)
            work.check_content(whole)
        except (UnreadableError, DataError, OSError):
            continue
        yield whole
    show(len(jobs), len(jobs))
