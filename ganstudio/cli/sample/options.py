"""The options of `ganstudio sample` that `edit` has too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

Seed = Annotated[str | None, typer.Option(help="One number, a range or a list: 42, 0-63 or 1,5,9.")]
Count = Annotated[
    int | None, typer.Option("--n", metavar="N", help="So many seeds, counted up from --seed, or from 0.")
]
Latent = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Latents that Studio or `project` saved, or an npz with z [N, z_dim]."),
]
Class = Annotated[
    str | None,
    typer.Option(
        "--class", help="A class's name, or its index where not all are numbers. Else the seed modulo their number."
    ),
]
Cutoff = Annotated[
    int | None,
    typer.Option(metavar="LAYER", help="Layers of styles from this one on are not truncated; 0 is the first."),
]
Centres = Annotated[
    int, typer.Option(metavar="K", help="Truncate towards the nearest of K centres of the styles, not to their mean.")
]
Grid = Annotated[str | None, typer.Option(metavar="WxH", help="One picture of W columns and H rows, read row by row.")]
Out = Annotated[
    Path | None,
    typer.Option(metavar="DIR|FILE", help="A folder for one file a seed, or a file. Else here, as one grid."),
]
Format = Annotated[
    str | None,
    typer.Option("--format", help="png, webp (both without loss), jpeg, npz; gif, mp4 of clips. Else what --out says."),
]
Fps = Annotated[float, typer.Option(metavar="N", help="Frames a second of a gif or an mp4.")]


@dataclass(frozen=True)
class DrawOptions:
    """The options as they were typed."""

    seed: str | None
    n: int | None
    model: str | None
    latent: Path | None
    class_: str | None
    psi: float | None
    cutoff: int | None
    centres: int
    grid: str | None
    out: Path | None
    format_: str | None
    fps: float
    checkpoint: str | None
    plain: bool
    trust: bool
