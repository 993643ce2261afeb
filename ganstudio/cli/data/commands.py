"""`ganstudio data`: packs folders of images into data sets; lists, shows, checks and removes them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ganstudio.cli.data.description import print_packed
from ganstudio.cli.output import note, print_json, print_made, print_table, progress, say
from ganstudio.errors import UsageError, quoted
from ganstudio.report.data import CELLS, facts
from ganstudio.units import Size, parse_size

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Name = Annotated[str, typer.Argument(metavar="NAME", help="A data set: see `ganstudio data list`.")]
_Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH|NAME...",
        help="A folder or zip of images, an IDX, NPZ, NPY, CIFAR or CSV file, or a name that is known: mnist. Several "
        "with --paired or --domains.",
        show_default=False,
    ),
]
_Tile = Annotated[
    str | None,
    typer.Option(
        metavar="N|WIDTHxHEIGHT", help="Cut each picture at its full resolution into tiles of this size, in pixels."
    ),
]
_Paired = Annotated[
    bool,
    typer.Option(
        "--paired", help="Two folders: pictures, and what is to become of each, a file of the same name in the second."
    ),
]
_Halves = Annotated[
    bool,
    typer.Option("--split-width", help="Each file is a pair side by side: what its left half is to become is right."),
]
_Domains = Annotated[
    bool, typer.Option("--domains", help="Two or more folders, each a domain that a translation goes between.")
]
_NewName = Annotated[
    str | None, typer.Option("--name", metavar="S", help="What to call it.  [default: the folder's name]")
]
_Size = Annotated[
    str | None,
    typer.Option(
        metavar="N|WIDTHxHEIGHT",
        help="Size in pixels, 64 being 64x64.  [default: a square of the power of two from 8 to 256 that is nearest to "
        "the median short side]",
    ),
]
_Fit = Annotated[
    Literal["crop", "pad", "stretch"] | None,
    typer.Option(
        help="How a picture takes this shape: cut to its centre, framed in the background, or distorted.  "
        "[default: crop]"
    ),
]
_Mode = Annotated[
    Literal["rgb", "gray", "rgba"] | None,
    typer.Option(help="Channels; rgba keeps transparency.  [default: gray where every picture is grey, else rgb]"),
]
_Background = Annotated[
    str | None,
    typer.Option(
        metavar="C", help="What shows through transparency and beside --fit pad: a name or #rrggbb.  [default: white]"
    ),
]
_Labels = Annotated[
    str | None,
    typer.Option(
        metavar="folders|none|FILE",
        help="folders: the top sub-folders are classes, and what lies beside them is skipped. FILE: a CSV of file and "
        "label, or of file and several labels of 0 or 1, or JSON such as a dataset.json.  [default: the "
        "dataset.json inside where it holds labels, else folders]",
        show_default=False,
    ),
]
_From = Annotated[
    Path | None,
    typer.Option("--from", metavar="PATH", help="Where the files of a known data set are, if not downloaded."),
]
_Out = Annotated[
    Path | None, typer.Option(metavar="FILE.png", help="Write a contact sheet, a column a class if there are few.")
]
_Part = Annotated[
    str | None,
    typer.Option(
        "--part",
        metavar="P",
        help="train, test or val, of arrays that come in several.  [default: train]",
        show_default=False,
    ),
]
_Strict = Annotated[bool, typer.Option("--strict", help="Refuse the folder if one file cannot be packed.")]
_Workers = Annotated[int | None, typer.Option(metavar="N", help="Processes that decode.  [default: one a core]")]
_Replace = Annotated[
    bool, typer.Option("--replace", help="Pack anew what is packed already under the name, with options of its own.")
]

_ROWS = 8  # of a contact sheet; half as many in the terminal


def list_data(as_json: _Json = False) -> None:
    """List the packed data sets, and the names that are packed on first use.

    \b
    Example:
      ganstudio data list
    """
    from ganstudio.data.catalog import KNOWN
    from ganstudio.data.store import list_sets, names

    sets = list_sets()
    readable = {data.manifest.name for data in sets}
    for name in names():
        if name not in readable:
            note(f"left out: {name} is damaged or no data set (ganstudio data remove {quoted(name)})")
    if as_json:
        print_json([data.manifest.as_json() for data in sets])
        return
    if sets:
        header = ("name", "images", "size", "channels", "classes", "skipped", "source")
        print_table(header, [[CELLS[name](data.manifest) for name in header] for data in sets], right=(1, 2, 3, 4, 5))
    if others := [name for name in KNOWN if name not in readable]:
        note(f"packed on first use: {', '.join(others)}")


def add_data(
    paths: _Sources,
    name: _NewName = None,
    size: _Size = None,
    fit: _Fit = None,
    mode: _Mode = None,
    background: _Background = None,
    labels: _Labels = None,
    part: _Part = None,
    tile: _Tile = None,
    paired: _Paired = False,
    split_width: _Halves = False,
    domains: _Domains = False,
    origin: _From = None,
    strict: _Strict = False,
    workers: _Workers = None,
    replace: _Replace = False,
    as_json: _Json = False,
) -> None:
    """Pack images, those in sub-folders included. Prints the data set's name.

    Files that cannot be read are skipped and named; the command then ends with 1. What is packed already and has not
    changed is left as it is. A folder that has changed is packed anew with the options that it was packed with.

    \b
    Examples:
      ganstudio data add ./photos
      ganstudio data add ./icons --name icons32 --size 32 --fit pad --background black
      ganstudio data add ./birds.zip --labels birds.csv
      ganstudio data add digits.npz --part test
      ganstudio data add celeba --from ~/downloads/celeba
      ganstudio data add ./photos --size 64 --replace
      ganstudio data add ./stickers --size 96x64 --mode rgba
      ganstudio data add ./photographs --tile 128
      ganstudio data add ./sketches ./photos --paired --name sketch-to-photo
      ganstudio data add ./facades --split-width
      ganstudio data add ./summer ./winter --domains --name seasons
    """
    from ganstudio.cli.data.add import add_known, add_own, layout_of, require_path_or_known
    from ganstudio.data import catalog

    wanted = _parsed_size(tile, "--tile") or _parsed_size(size, "--size")
    if tile and (size or fit or paired or split_width):
        raise UsageError(
            "--tile: cuts pictures as they are, and goes with none of --size, --fit, --paired and --split-width.",
            hint=f"ganstudio data add {quoted(paths[0])} --tile {quoted(tile)}",
        )
    own = {"fit": "tile" if tile else fit, "mode": mode, "background": background, "labels": labels, "part": part}
    options: dict[str, Any] = {key: value for key, value in own.items() if value is not None}
    path, *beside = paths
    if layout := layout_of(paths, paired, split_width, domains):
        options |= {"layout": layout, "beside": tuple(beside)}
    if path in catalog.KNOWN:
        if options or strict:
            raise UsageError(
                f"{path}: is known by name and packed as it was published; --fit, --mode, --background, --labels, "
                "--part and --strict are for images of your own.",
                hint=f"ganstudio data add {path}   # or ./{path}, where a folder is meant",
            )
        result = add_known(path, name, wanted, origin, workers, replace)
    else:
        require_path_or_known(path, origin)
        if wanted is not None:
            options["size"] = wanted
        result = add_own(path, name, options, strict, workers, replace)
    print_packed(result.data, as_json, result.as_json())
    if result.data.manifest.skipped:
        raise typer.Exit(1)


def _parsed_size(text: str | None, flag: str) -> Size | None:
    """The size that was asked for. Raises UsageError."""
    if text is None:
        return None
    size = parse_size(text)
    if size is None:
        raise UsageError(
            f"{flag}: a number of pixels, or WIDTHxHEIGHT; got {text!r}.", hint=f"{flag} 64   # or: 128x64"
        )
    return size


def show_data(name: _Name, out: _Out = None, as_json: _Json = False) -> None:
    """Show what a data set holds: its classes, what was skipped, and, in a terminal, some of its images.

    \b
    Examples:
      ganstudio data show mnist
      ganstudio data show mnist --out digits.png
    """
    from ganstudio.data.obtain import open_set

    data = open_set(name, progress(f"packing {name}"))
    manifest = data.manifest
    if out:
        from ganstudio.cli.data.contact_sheet import write

        write(data, out, _ROWS)
    if as_json:
        from ganstudio.cli.data.check import findings_json
        from ganstudio.data.inspect import earlier_findings

        result = {**manifest.as_json(), "notes": list(manifest.notes), **findings_json(data, earlier_findings(data))}
        print_json({**result, "sheet": str(out) if out else None})
        return
    for fact in facts(data):
        say(f"{fact.label:<11} {fact.value}")
    if manifest.classes:
        print()
        counts = zip(manifest.classes, manifest.class_counts, strict=True)
        rows = [(name, f"{count:,}", f"{count / manifest.count:.1%}") for name, count in counts]
        print_table(("class", "images", "share"), rows, right=(1, 2))
    if manifest.notes:
        print()
        for sentence in manifest.notes:
            print(sentence)
    if manifest.skipped:
        print()
        print_table(("skipped", "reason"), manifest.skipped)
    if sys.stdout.isatty():
        from ganstudio.cli.picture import draw_sheet
        from ganstudio.inference.contact_sheet import contact_tiles

        print()
        draw_sheet(*contact_tiles(data, _ROWS // 2))
    if out:
        print()
        say(f"{'sheet':<11} {out}")


def check_data(name: _Name, as_json: _Json = False) -> None:
    """Check a data set: how even its classes are, what is equal, nearly equal or blank, and what was skipped.

    Says in plain sentences what that means and what to type. What was found is kept, and told at once the next time.

    \b
    Example:
      ganstudio data check photos
    """
    from ganstudio.cli.data.check import report
    from ganstudio.data.obtain import open_set

    report(open_set(name, progress(f"packing {name}")), as_json)


def remove_data(
    name: _Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: _Json = False,
) -> None:
    """Remove a packed data set, and what was derived from it. The pictures that it was made from stay.

    Refused while a run trains on it or waits to; runs that were made with it are named.

    \b
    Example:
      ganstudio data remove photos
    """
    from ganstudio.cli.data.remove import remove

    removed = remove(name, yes)
    if as_json:
        print_json(removed)
        return
    for removed_name in removed:
        print_made(removed_name)
