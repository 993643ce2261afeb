"""ganstudio sample: seeds in, pictures out, without torch."""

from __future__ import annotations

import math
import re
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganstudio import __version__
from ganstudio.cli.export import Checkpoint, Json, Trust, export_run
from ganstudio.cli.output import note, print_json, progress
from ganstudio.errors import StudioError, UsageError, nearest
from ganstudio.inference.exports import Export, find_export, list_exports, newest_of
from ganstudio.inference.latents import format_seeds, parse_seeds
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LARGEST_GRID = 2**26  # pixels, 8192 x 8192: viewers take larger ones for an attack
MOST_SHOWN = 256  # pictures, in the terminal
FRAMES_SHOWN = 8  # of a clip, or slices of a voxel grid, in the terminal
WORTH_A_GPU = 64  # pictures; for fewer, starting CUDA takes longer than the CPU takes to draw them


@dataclass(frozen=True)
class Order:
    """What was asked for, checked: a class index a seed where there are classes, a size where there is a grid."""

    export: Export
    seeds: tuple[int, ...]
    classes: list[int] | None
    asked_class: str | None
    size: tuple[int, int] | None  # columns, rows
    folder: Path
    file: str | None  # the grid's or the one picture's name, where the user chose it

    def stem(self, seeds: Sequence[int]) -> str:
        """The name, without a suffix, of the file that holds these seeds."""
        told = format_seeds(seeds).replace(",", "_")
        if len(told) > 60:
            told = f"{seeds[0]}-and-{len(seeds) - 1}-more-{zlib.crc32(told.encode()):08x}"
        chosen = "" if self.asked_class is None else f"-class{re.sub(r'[^A-Za-z0-9.-]+', '_', self.asked_class)}"
        return f"{self.export.name}-seed{told}{chosen}"

    def names(self, start: int, count: int) -> list[str]:
        """The names of the classes of some of the seeds."""
        known = self.export.manifest.classes
        return [known[index] for index in (self.classes or [])[start : start + count]]

    def metadata(self, start: int, count: int) -> dict[str, str]:
        """What a PNG of some of the seeds says of itself."""
        words = {"Software": f"ganstudio {__version__}", "Source": self.export.name}
        words["Seed"] = format_seeds(self.seeds[start : start + count])
        if names := self.names(start, count):
            words["Class"] = names[0] if len(set(names)) == 1 else ",".join(names)
        return words | {"SHA256": self.export.manifest.sha256}


def sample(
    seed: Annotated[str, typer.Option(help="One number, a range or a list: 42, 0-63 or 1,5,9.")],
    model: Annotated[
        str | None, typer.Option(help="An export, an .onnx file or a run. Else the newest export, else the newest run.")
    ] = None,
    class_: Annotated[
        str | None, typer.Option("--class", help="A class's name or index. Else the seed modulo the number of classes.")
    ] = None,
    grid: Annotated[
        str | None, typer.Option(metavar="WxH", help="One picture of W columns and H rows, read row by row.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR|FILE",
            help="A folder for one PNG a seed, or a .png file. Else this folder, several seeds as one grid.",
        ),
    ] = None,
    checkpoint: Checkpoint = None,
    provider: Annotated[str, typer.Option(help="What runs the model: auto, cpu, cuda.")] = "auto",
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Draw what a generator makes of some seeds: writes PNGs, prints their paths, and shows them in a terminal.

    A seed gives the same picture in any range. A run that has no export yet is exported first. A clip, or a voxel grid,
    is written as a strip of its frames, or slices.

    \b
    Examples:
      ganstudio sample --seed 42
      ganstudio sample --seed 0-63 --out digits.png
      ganstudio sample --model cgan-mnist-1 --seed 0-9 --class 7 --grid 5x2
    """
    seeds = parse_seeds(seed)
    export = choose_export(Workspace.locate(), model, checkpoint, trust)
    order = _order(export, seeds, class_, grid, out)
    made, tiles = _fulfil(order, provider)
    if as_json:
        print_json({"model": export.name, "export": str(export.path), "pictures": made})
        return
    _show(tiles, order.size, len(seeds))
    for one in made:
        print(one["path"])


def choose_export(workspace: Workspace, given: str | None, checkpoint: str | None, trust: bool) -> Export:
    """The export that `--model` and `--checkpoint` mean, made first where it is a run that has none."""
    exports, _ = list_exports(workspace)
    if given is None:
        if exports and checkpoint is None:
            if len(exports) > 1:
                note(f"Using {exports[0].name}, the newest of {len(exports)} exports (--model chooses).")
            return exports[0]
        return _newest_run(workspace, checkpoint, trust)
    if checkpoint is None:
        found = find_export(workspace, given) or newest_of(given, exports)
        if found:
            return found
    return _from_run(workspace, given, exports, checkpoint, trust)


def _newest_run(workspace: Workspace, checkpoint: str | None, trust: bool) -> Export:
    from ganstudio.runs import store

    if not store.list_runs(workspace):
        hint = "ganstudio train dcgan --data mnist"
        raise UsageError(f"there is nothing to sample in {workspace.root}: no export and no run.", hint)
    newest = store.find(workspace, store.LATEST)
    note(f"Exporting {newest.id}, the newest run, first.")
    return export_run(workspace, newest.id, checkpoint, trust=trust)


def _from_run(workspace: Workspace, given: str, exports: list[Export], checkpoint: str | None, trust: bool) -> Export:
    """The export of the run, or RUN@KIMG, that was given instead of an export's name."""
    from ganstudio.runs import store

    name, _, kimg = given.partition("@")
    try:
        run = store.find(workspace, name)
    except UsageError as error:
        runs = {run.id for run in store.list_runs(workspace)}
        if any(one.startswith(name) for one in runs):
            raise
        known = nearest(given, runs | {export.name for export in exports})
        message = f"--model: {given!r} is neither an export nor an .onnx file nor a run. {known}"
        raise UsageError(message, hint="ganstudio export list" if exports else error.hint) from None
    made = newest_of(run.id, exports) if not kimg and checkpoint is None else None
    if made is None:
        note(f"Exporting {run.id} first.")
        made = export_run(workspace, f"{run.id}@{kimg}" if kimg else run.id, checkpoint, trust=trust)
    return made


def _order(export: Export, seeds: tuple[int, ...], asked: str | None, grid: str | None, out: Path | None) -> Order:
    """The order that the options mean, refused before anything is drawn where it cannot be. Makes the folder."""
    from ganstudio.inference.sampling import choose_classes

    manifest = export.manifest
    if manifest.z_dim is None:
        raise UsageError(f"--model: {export.name} is a {manifest.task} model: it takes images, not seeds.")
    shape = manifest.image_shape
    if len(shape) not in (3, 4) or shape[0] not in (1, 3):
        raise UsageError(
            f"--model: {export.name} makes images of shape {list(shape)}; a PNG takes [1 or 3, H, W], or "
            "[1 or 3, T, H, W] as a strip."
        )
    classes = choose_classes(manifest.classes, seeds, asked)
    apart = out is not None and (out.is_dir() or out.suffix.lower() != ".png")
    size = _grid_size(grid, export, seeds) if grid or not apart else None
    folder, file = _destination(out, apart)
    return Order(export, seeds, classes, asked, size, folder, file)


def _grid_size(given: str | None, export: Export, seeds: Sequence[int]) -> tuple[int, int]:
    """(columns, rows): as asked, else one column a class where the seeds walk through few of them, else a square.

    The strips of clips and voxel grids stand below each other.
    """
    from ganstudio.inference.pixels import square

    classes = len(export.manifest.classes)
    *depth, height, width = map(int, export.manifest.image_shape[1:])
    width *= math.prod(depth)
    if given is None:
        columns = 1 if depth else classes if 1 < classes <= 16 and len(seeds) > classes else square(len(seeds))
        rows = -(-len(seeds) // columns)
    else:
        match = re.fullmatch(r"([1-9][0-9]{0,5})[xX]([1-9][0-9]{0,5})", given)
        if not match:
            raise UsageError(f"--grid: {given!r} is no size. Write columns x rows: 8x8.")
        columns, rows = int(match[1]), int(match[2])
        if columns * rows < len(seeds):
            fit = f"{columns}x{-(-len(seeds) // columns)}"
            raise UsageError(f"--grid: {given} has no room for {len(seeds)} seeds. Did you mean {fit}?")
    if columns * rows * height * width > LARGEST_GRID:
        picture = f"{columns * width} x {rows * height}"
        raise UsageError(f"--grid: a picture of {picture} pixels is too large.", hint="--out DIR writes one PNG a seed")
    return columns, rows


def _destination(out: Path | None, apart: bool) -> tuple[Path, str | None]:
    """The folder to write into, which exists then, and the file's name where the user chose one."""
    if out is not None and apart and out.suffix.lower() in (".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".npz"):
        raise UsageError(f"--out {out}: pictures are written as PNG. Did you mean {out.with_suffix('.png')}?")
    folder = Path.cwd() if out is None else (out if apart else out.parent).expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out: {folder} is no folder and cannot be made one: {error.strerror}.") from None
    return folder, None if out is None or apart else out.name


def _fulfil(order: Order, provider: str) -> tuple[list[dict[str, Any]], list[NDArray[np.uint8]]]:
    """What was written, as `--json` tells it, and the pictures, or clips, that a terminal may show."""
    from ganstudio.inference.model import OnnxModel
    from ganstudio.inference.pixels import strips
    from ganstudio.inference.sampling import sample as pictures_of

    if provider == "auto" and len(order.seeds) < WORTH_A_GPU:
        provider = "cpu"
    model = OnnxModel.open(order.export.path, provider)
    show = progress("sampling") if len(order.seeds) > 1000 else None
    made: list[dict[str, Any]] = []
    tiles: list[NDArray[np.uint8]] = []
    for index, picture in enumerate(pictures_of(model, order.seeds, order.classes)):
        if order.size is not None or index < MOST_SHOWN:
            tiles.append(picture)
        if order.size is None:
            name = f"{order.stem([order.seeds[index]])}.png"
            made.append(_write(order, name, strips(picture[None])[0], index, 1))
        if show:
            show(index + 1, len(order.seeds))
    if order.size is not None:
        made.append(_write_grid(order, tiles, order.size))
    return made, tiles


def _write_grid(order: Order, tiles: list[NDArray[np.uint8]], size: tuple[int, int]) -> dict[str, Any]:
    import numpy as np

    from ganstudio.inference.pixels import grid, strips

    name = order.file or f"{order.stem(order.seeds)}.png"
    return _write(order, name, grid(strips(np.stack(tiles)), *size), 0, len(order.seeds))


def _write(order: Order, name: str, pixels: NDArray[np.uint8], start: int, count: int) -> dict[str, Any]:
    """Writes the picture of `count` seeds from `start` on, and tells of it."""
    from ganstudio.inference.pixels import write_png

    path = order.folder / name
    try:
        write_png(path, pixels, order.metadata(start, count))
    except OSError as error:
        raise StudioError(f"{path} cannot be written: {error.strerror}.", hint="--out DIR|FILE") from None
    seeds = list(order.seeds[start : start + count])
    return {"path": str(path), "seeds": seeds, "classes": order.names(start, count)}


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
