"""Writes the pictures of a request, shows them in a terminal, and prints what was made."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganstudio.cli.destination import make_folder, writing
from ganstudio.cli.output import note, print_json, print_made, progress
from ganstudio.cli.sample.films import write_films
from ganstudio.cli.sample.request import SampleRequest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

MOST_SHOWN = 256  # pictures, in the terminal
FRAMES_SHOWN = 8  # of a clip, or slices of a voxel grid, in the terminal


def write_and_print(request: SampleRequest, pictures: Iterator[Pixels], provider: str, as_json: bool) -> None:
    """Writes `pictures`, one a seed, into the request's files, and prints these; `provider` is what draws them."""
    make_folder(request.folder)
    tiles: list[Pixels] = []
    files = list(_write_files(request, _with_progress(pictures, len(request.seeds), tiles)))
    if as_json:
        result = {"model": request.export.name, "export": str(request.export.path), "provider": provider}
        print_json(result | request.edit_json() | {"pictures": files})
        return
    _draw_tiles(tiles, request.size, len(request.seeds))
    for file in files:
        print_made(file["path"])


def _with_progress(pictures: Iterator[Pixels], total: int, tiles: list[Pixels]) -> Iterator[Pixels]:
    """`pictures`, with progress where they are many; the first MOST_SHOWN are put into `tiles`."""
    show = progress("sampling") if total > 1000 else None
    for done, picture in enumerate(pictures, 1):
        if len(tiles) < MOST_SHOWN:
            tiles.append(picture)
        yield picture
        if show:
            show(done, total)


def _write_files(request: SampleRequest, pictures: Iterator[Pixels]) -> Iterator[dict[str, Any]]:
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


def _draw_tiles(tiles: list[Pixels], size: tuple[int, int] | None, total: int) -> None:
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
