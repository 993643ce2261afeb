"""Grids of samples from fixed latents, and the same grid of real images.

Transparent images stand on a checkerboard. A clip, and a voxel grid, takes a whole row: eight of its frames or slices,
evenly spaced.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from ganstudio.engine.contract import DataShape
from ganstudio.engine.draws import Draw
from ganstudio.engine.session import Session
from ganstudio.engine.tasks.synthesis import enlarged
from ganstudio.half_blocks import over_checkerboard
from ganstudio.inference.pixels import grid, strips, to_pixels, write_png

ROWS = 8
FRAMES = 8
MOST_CLASSES = 16  # more than this and a column a class would be too wide


def write_real(session: Session, run: Path) -> None:
    columns = 8 if session.shape.flat else 1
    images = session.batches.fixed("preview/real", columns * ROWS, session.stage).images
    _write(enlarged(images, session.shape.size[-1]), run / "real.png", columns)


@torch.inference_mode()
def write_samples(session: Session, run: Path) -> Path:
    """`samples/<nimg>.png`: averaged weights, the same latents each time.

    A class that has images gets a column, or of clips a row, where these are few; else the tiles are spread over them.
    """
    nets, shape = session.previewed(), session.shape
    few = 1 < len(shape.present) <= MOST_CLASSES
    lines = len(shape.present) if few else 8
    columns, tiles = (lines, lines * ROWS) if shape.flat else (1, lines)
    draw = Draw(session.seed, "preview", 0, tiles, slice(0, tiles), session.compute.device)
    batch = session.batches.fixed("preview/real", tiles, session.stage) if session.task.needs_real("g") else None
    labels = _classes(shape, tiles, few).to(session.compute.device) if shape.classes else None
    with session.compute.autocast():
        images = session.task.generate(nets, draw, session.stage, labels, batch)
    path = run / "samples" / f"{session.progress.nimg:010}.png"
    path.parent.mkdir(exist_ok=True)
    _write(images, path, columns)
    return path


def _classes(shape: DataShape, tiles: int, few: bool) -> Tensor:
    """The class of each tile [N]: in turn where they are few, else from the first to the last."""
    present = torch.tensor(shape.present)
    places = torch.arange(tiles)
    return present[places % len(present) if few else places * len(present) // tiles]


def _write(images: Tensor, path: Path, columns: int) -> None:
    pixels = over_checkerboard(to_pixels(images.float().cpu().numpy()))
    write_png(path, grid(strips(pixels, FRAMES), columns), {})
