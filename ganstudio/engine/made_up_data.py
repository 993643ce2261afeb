"""Small data sets of seeded noise, on which architectures are tried without anybody's images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from ganstudio.data.manifest import SOURCE
from ganstudio.data.staging import PixelWriter, finish_set
from ganstudio.data.store import DataSet
from ganstudio.engine import tasks
from ganstudio.engine.contract import Architecture
from ganstudio.recipe.schema import Recipe
from ganstudio.units import Size, height_width, size_text
from ganstudio.workspace import write_json

FRAMES = 8  # of the clips for networks that take no flat images
IMAGES = 40


def data_for(architecture: Architecture, recipe: Recipe, folder: Path, channels: int | None = None) -> DataSet:
    """Made-up data of the kind that a recipe asks for: two classes where its task wants two domains, else three; styles
    beside it where it wants such.

    It has as few channels as the architecture takes, unless it is told how many.
    """
    task = tasks.of(architecture, recipe)
    classes = 2 if task.needs.labels == "two domains" else 3
    channels = channels or min(architecture.channels)
    frames = None if architecture.flat else FRAMES
    data = made_up_data(folder, recipe.data.size, channels, classes, frames, paired=task.needs.source)
    return replace(data, styles=made_up_data(folder, recipe.data.size, channels, 0)) if task.needs.styles else data


def made_up_data(
    folder: Path, resolution: Size, channels: int, classes: int, frames: int | None = None, paired: bool = False
) -> DataSet:
    """A packed data set of seeded noise, its classes in turn; made once in `folder`. Clips where it has `frames`.

    Where it is `paired` each picture has a source, its negative.
    """
    kind = f"{f'-{frames}' if frames else ''}{'-paired' if paired else ''}"
    path = folder / f"noise-{size_text(resolution)}-{channels}-{classes}{kind}"
    if not path.exists():
        path.mkdir(parents=True)
        size = (*([frames] if frames else []), *height_width(resolution))
        drawn = np.random.default_rng(0).integers(0, 256, (IMAGES, *size, channels), np.uint8)
        writer = PixelWriter(path / "images.npy", resolution, channels, frames)
        writer.append(drawn)
        sources = PixelWriter(path / SOURCE, resolution, channels) if paired else None
        if sources is not None:
            sources.append(255 - drawn)
        labels = np.arange(IMAGES, dtype=np.int64) % classes if classes else None
        names = tuple(str(k) for k in range(classes))
        axes = "THWC" if frames else "HWC"
        manifest = finish_set(
            *(path, writer),
            name="noise",
            source="seeded noise",
            classes=names,
            labels=labels,
            axes=axes,
            source_writer=sources,
        )
        write_json(path / "manifest.json", manifest.as_record())
    return DataSet.load(path)
