"""`ganstudio interpolate`: writes a walk from seed to seed as a film, without torch."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganstudio.cli.destination import check_replaceable, make_folder, writing
from ganstudio.cli.export.commands import Checkpoint, Json, Trust
from ganstudio.cli.model_choice import Force, Model, Plain, Provider, Psi, check_export, choose_export, open_model
from ganstudio.cli.output import note, print_json, print_made, progress
from ganstudio.errors import UsageError, nearest
from ganstudio.inference.exports import Export
from ganstudio.inference.latents import format_seeds, parse_seeds
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ganstudio.inference.model import OnnxModel
    from ganstudio.inference.walk import Walk

MOST_FRAMES = 100_000
TERMINAL_FRAMES = 8  # shown in the terminal
# suffixes of files that a walk is not written as: no folder is called so
_FILE_SUFFIXES = (".png", ".jpg", ".jpeg", ".npz", ".avi", ".mov", ".mkv", ".webm", ".apng")


@dataclass(frozen=True)
class WalkRequest:
    """The checked options of `ganstudio interpolate`."""

    export: Export
    walk: Walk
    label: int | None
    psi: float | None
    fps: float
    out: Path
    plain: bool

    @property
    def is_film(self) -> bool:
        """Whether the frames go into one file, not into a folder."""
        from ganstudio.inference.animation import SUFFIXES

        return self.out.suffix.lower() in SUFFIXES and not self.out.is_dir()

    @property
    def class_name(self) -> str | None:
        return None if self.label is None else self.export.manifest.classes[self.label]

    def frame_path(self, frame: int) -> Path:
        """The path of a frame in a folder, with the digits that `ffmpeg -i frame-%05d.png` reads."""
        return self.out / f"frame-{frame:05}.png"

    def metadata(self, frame: int | None = None) -> dict[str, str]:
        """The metadata of the film, or of one frame; empty where it is to be plain."""
        from ganstudio.inference.provenance import picture_words

        if self.plain:
            return {}
        classes = [] if self.class_name is None else [self.class_name]
        common = picture_words(
            self.export.name, self.export.manifest.sha256, format_seeds(self.walk.seeds), classes, self.psi
        )
        if frame is None:
            return common | {"Interpolation": self.walk.path}
        first, second, share = self.walk.between(frame)
        return common | {"Latent": f"{self.walk.path}({first}, {second}, {share:.6g})" if share else str(first)}


def interpolate(
    seed: Annotated[list[str], typer.Option(help="Where the walk leads, twice or more: 42, 0-3 or 1,5,9.")],
    out: Annotated[Path, typer.Option(metavar="FILE|DIR", help="A .gif, .webp or .mp4 file, or a folder for PNGs.")],
    model: Model = None,
    steps: Annotated[int, typer.Option(metavar="N", help="Frames from each seed to the next.")] = 50,
    loop: Annotated[bool, typer.Option("--loop", help="Lead back to the first seed.")] = False,
    path: Annotated[
        str, typer.Option(help="slerp, along the sphere that latents lie on, or lerp, straight through it.")
    ] = "slerp",
    fps: Annotated[float, typer.Option(metavar="N", help="Frames a second of the film.")] = 25.0,
    class_: Annotated[
        str | None,
        typer.Option(
            "--class", help="A class's name, or its index where not all are numbers. Else that of the first seed."
        ),
    ] = None,
    psi: Psi = None,
    checkpoint: Checkpoint = None,
    provider: Provider = "auto",
    plain: Plain = False,
    force: Force = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Walk through what a generator makes, from seed to seed: writes a film, or its frames, and prints the path.

    K seeds make (K - 1) x steps + 1 frames, or with --loop K x steps; frame 0, and each steps-th after it, is what
    `sample` draws of that seed and class. Noise inputs stay the first seed's. MP4 needs `pip install
    'ganstudio[video]'`. A file of the same name is replaced where it says that ganstudio generated it.

    \b
    Examples:
      ganstudio interpolate --seed 1 --seed 2 --out walk.gif
      ganstudio interpolate --seed 0-5 --loop --steps 60 --fps 30 --out walk.webp
      ganstudio interpolate --model cgan-mnist-1 --seed 1,5,9 --class 7 --path lerp --out frames/
    """
    walk = _parse_walk(seed, steps, loop, path)
    export = choose_export(Workspace.locate(), model, checkpoint, trust)
    check_export(export, psi)
    request = _parse_request(export, walk, class_, psi, fps, out, plain)
    stale = [] if request.is_film else _stale_frames(request, force)
    check_replaceable([request.out] if request.is_film else map(request.frame_path, range(len(walk))), force)
    generator = open_model(export, provider, len(walk))
    if request.label is not None and class_ is None:
        note(f"Class {request.class_name} all the way, the first seed's (--class chooses).")
    if request.is_film and export.manifest.image_shape[0] == 4:
        note(f"The frames are laid over white: {request.out.name} holds no transparency, and a folder of PNGs does.")
    make_folder(request.out.parent if request.is_film else request.out)
    terminal_frames = _write_walk(request, generator)
    for frame in stale:
        frame.unlink()
    if stale:
        note(f"Removed {len(stale)} frames of a longer walk that were there.")
    if as_json:
        print_json(_result_json(request, generator))
        return
    _draw_frames(terminal_frames)
    print_made(request.out)


def _parse_walk(seed_options: list[str], steps: int, loop: bool, path: str) -> Walk:
    """The walk that the options describe. Raises UsageError where they are out of range."""
    from ganstudio.inference.walk import PATHS, Walk

    seeds = tuple(seed for text in seed_options for seed in parse_seeds(text))
    if len(seeds) < 2:
        raise UsageError(f"--seed: a walk needs two; {seeds[0]} is one.", f"--seed {seeds[0]} --seed {seeds[0] ^ 1}")
    if path not in PATHS:
        raise UsageError(f"--path: {path!r} is none. {nearest(path, PATHS)}")
    legs = len(seeds) if loop else len(seeds) - 1
    max_steps = (MOST_FRAMES - 1) // legs
    if not 1 <= steps <= max_steps:
        raise UsageError(f"--steps: from 1 to {max_steps:,} for {len(seeds)} seeds; got {steps}.")
    return Walk(seeds, steps, loop, path)


def _parse_request(
    export: Export, walk: Walk, class_option: str | None, psi: float | None, fps: float, out: Path, plain: bool
) -> WalkRequest:
    """The checked options. Raises UsageError for a file, a frame rate or a size that cannot be written."""
    from ganstudio.inference.animation import LONGEST_SIDE, MOST_FPS, SUFFIXES, check_codec
    from ganstudio.inference.sampling import choose_classes

    classes = choose_classes(export.manifest.classes, walk.seeds[:1], class_option)
    out = out.absolute()
    suffix = out.suffix.lower()
    request = WalkRequest(export, walk, classes[0] if classes else None, psi, fps, out, plain)
    if not request.is_film:
        if suffix in _FILE_SUFFIXES and not out.is_dir():
            known = f"{', '.join(SUFFIXES)}, or a folder for PNGs"
            raise UsageError(f"--out {out.name}: a walk is written as {known}. Did you mean {out.stem}.gif?")
        return request
    check_codec(suffix)
    if not 1 <= fps <= MOST_FPS[suffix]:
        raise UsageError(f"--fps: from 1 to {MOST_FPS[suffix]:g} for {suffix}; got {fps:g}.")
    *depth, height, width = map(int, export.manifest.image_shape[1:])
    width *= math.prod(depth)
    if max(width, height) > LONGEST_SIDE[suffix]:
        raise UsageError(f"--out: {width} x {height} pixels are too many for {suffix}.", hint="--out frames/")
    return request


def _stale_frames(request: WalkRequest, force: bool) -> list[Path]:
    """Frames of a longer walk in the folder, to be removed with this walk's. Raises UsageError for those not ours."""
    new_frames = {request.frame_path(frame) for frame in range(len(request.walk))}
    stale = [frame for frame in request.out.glob("frame-[0-9]*.png") if frame not in new_frames]
    check_replaceable(stale, force)
    return stale


def _write_walk(request: WalkRequest, model: OnnxModel) -> list[NDArray[np.uint8]]:
    """Writes the film or the frames, and returns some of the frames for the terminal."""
    from ganstudio.inference.animation import write_animation
    from ganstudio.inference.pictures import write_picture

    terminal_frames: list[NDArray[np.uint8]] = []
    frames = _frames_with_progress(request, model, terminal_frames)
    if request.is_film:
        with writing(request.out):
            write_animation(request.out, frames, request.fps, request.metadata())
        return terminal_frames
    for index, pixels in enumerate(frames):
        with writing(request.frame_path(index)):
            write_picture(request.frame_path(index), pixels, request.metadata(index), "png")
    return terminal_frames


def _frames_with_progress(
    request: WalkRequest, model: OnnxModel, terminal_frames: list[NDArray[np.uint8]]
) -> Iterator[NDArray[np.uint8]]:
    """The frames, flat, with progress; TERMINAL_FRAMES, evenly spaced, are put into `terminal_frames`."""
    from ganstudio.inference.pixels import strips
    from ganstudio.inference.walk import frames

    total = len(request.walk)
    chosen = {place * (total - 1) // max(1, TERMINAL_FRAMES - 1) for place in range(TERMINAL_FRAMES)}
    show = progress("drawing") if total > 200 else None
    psi = 1.0 if request.psi is None else request.psi
    for index, picture in enumerate(frames(model, request.walk, request.label, psi)):
        flat = strips(picture[None])[0]
        if index in chosen:
            terminal_frames.append(flat)
        yield flat
        if show:
            show(index + 1, total)


def _result_json(request: WalkRequest, model: OnnxModel) -> dict[str, Any]:
    walk = request.walk
    result = {"model": request.export.name, "export": str(request.export.path), "provider": model.provider}
    walk_options = {"seeds": list(walk.seeds), "class": request.class_name, "steps": walk.steps, "loop": walk.loop}
    film = {"frames": len(walk), "fps": request.fps if request.is_film else None}
    return result | {"path": str(request.out)} | walk_options | {"interpolation": walk.path} | film


def _draw_frames(terminal_frames: list[NDArray[np.uint8]]) -> None:
    """Draws some of the frames in a row where stdout is a terminal that can."""
    if not sys.stdout.isatty():
        return
    import numpy as np

    from ganstudio.cli.picture import draw_sheet

    draw_sheet(np.stack(terminal_frames), len(terminal_frames))
