"""Grids of samples from fixed latents, or of fixed images and what is made of them, and a grid of real images.

Transparent images stand on a checkerboard. A clip, and a voxel grid, takes a whole row: eight of its frames or slices,
evenly spaced.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from ganstudio.engine.contract import Batch, DataShape
from ganstudio.engine.draws import Draw
from ganstudio.engine.session import Session
from ganstudio.engine.tasks.synthesis import enlarged
from ganstudio.half_blocks import over_checkerboard
from ganstudio.inference.codes import ROWS as SHEET_ROWS
from ganstudio.inference.codes import columns_of
from ganstudio.inference.pixels import grid, strips, to_pixels, write_png

ROWS = COLUMNS = 8
FRAMES = 8
MOST_CLASSES = 16  # more than this and a column a class would be too wide


def write_real(session: Session, run: Path) -> None:
    columns = 8 if session.shape.flat else 1
    images = session.batches.fixed("preview/real", columns * ROWS, session.stage).images
    _write(enlarged(images, session.shape.size[-1]), run / "real.png", columns)


@torch.inference_mode()
def write_samples(session: Session, run: Path) -> Path:
    """`samples/<nimg>.png`: averaged weights, the same latents or the same images each time."""
    images, columns = _samples(session) if session.task.sampler else _examples(session)
    path = run / "samples" / f"{session.progress.nimg:010}.png"
    path.parent.mkdir(exist_ok=True)
    _write(images, path, columns)
    return path


def column_names(session: Session) -> list[str]:
    """What the tiles of one example in `write_samples` are, from the left; [] of a task that draws from noise."""
    classes = session.data.manifest.classes
    return [] if session.task.sampler else [name.format(*classes) for name in session.task.shows]


def _samples(session: Session) -> tuple[Tensor, int]:
    """Images of noise, and how many stand in a row.

    A class that has images gets a column, or of clips a row, where these are few; else the tiles are spread over them.
    A generator with codes shows what each of them does.
    """
    shape, codes = session.shape, session.task.codes
    if codes and shape.flat:
        (images,) = _previewed(session, SHEET_ROWS * columns_of(codes), None, None)
        return images, columns_of(codes)
    few = 1 < len(shape.present) <= MOST_CLASSES
    lines = len(shape.present) if few else 8
    columns, tiles = (lines, lines * ROWS) if shape.flat else (1, lines)
    labels = _classes(shape, tiles, few).to(session.compute.device) if shape.classes else None
    (images,) = _previewed(session, tiles, labels, None)
    return images, columns


def _examples(session: Session) -> tuple[Tensor, int]:
    """The tiles of examples side by side (input, output, target), and how many stand in a row.

    The inputs are images that training never sees, where there are any.
    """
    beside = len(session.task.shows)
    columns = max(COLUMNS // beside, 1) * beside
    count = ROWS * columns // beside
    batch = session.batches.held(count, session.stage) or session.batches.fixed("preview/real", count, session.stage)
    images = _previewed(session, len(batch.images), batch.labels, batch)
    return torch.stack([part.float() for part in images], 1).flatten(0, 1), columns


def _previewed(session: Session, count: int, labels: Tensor | None, batch: Batch | None) -> tuple[Tensor, ...]:
    draw = Draw(session.seed, "preview", 0, count, slice(0, count), session.compute.device)
    with session.compute.autocast():
        return session.task.preview(session.previewed(), draw, session.stage, labels, batch)


def _classes(shape: DataShape, tiles: int, few: bool) -> Tensor:
    """The class of each tile [N]: in turn where they are few, else from the first to the last."""
    present = torch.tensor(shape.present)
    places = torch.arange(tiles)
    return present[places % len(present) if few else places * len(present) // tiles]


def _write(images: Tensor, path: Path, columns: int) -> None:
    pixels = over_checkerboard(to_pixels(images.float().cpu().numpy()))
    write_png(path, grid(strips(pixels, FRAMES), columns), {})
