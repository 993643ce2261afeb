"""`ganstudio interpolate`: writes a walk from latent to latent as a film, without torch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganstudio.cli.export.commands import Checkpoint, Json, Trust
from ganstudio.cli.film_output import MOST_FRAMES, FilmOut, FilmOutput, draw_frames
from ganstudio.cli.latent.images import Images, TargetPictures, check_alone
from ganstudio.cli.latent.project import open_projector
from ganstudio.cli.model_choice import Force, Model, Plain, Provider, Psi, check_export, choose_export, open_model
from ganstudio.cli.output import note, print_json, print_made
from ganstudio.cli.sample.latent_file import LatentFile
from ganstudio.errors import UsageError, nearest
from ganstudio.inference.exports import Export
from ganstudio.inference.latents import parse_seeds
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ganstudio.inference.model import OnnxModel
    from ganstudio.inference.walk import Walk


@dataclass(frozen=True)
class WalkRequest:
    """The checked options of `ganstudio interpolate`."""

    export: Export
    walk: Walk
    label: int | None
    psi: float | None
    output: FilmOutput
    plain: bool

    @property
    def class_name(self) -> str | None:
        return None if self.label is None else self.export.manifest.classes[self.label]

    def metadata(self, frame: int | None) -> dict[str, str]:
        """The metadata of one frame, or, of None, of the film; empty where it is to be plain."""
        from ganstudio.inference.origins import walk_words

        if self.plain:
            return {}
        export = self.export
        return walk_words(export.name, export.manifest.sha256, self.walk, self.class_name, self.psi, frame)

    def as_json(self, provider: str) -> dict[str, Any]:
        walk, output = self.walk, self.output
        result = {"model": self.export.name, "export": str(self.export.path), "provider": provider}
        walk_options = {"seeds": list(walk.seeds), "class": self.class_name, "steps": walk.steps, "loop": walk.loop}
        latents = {"latents": [walk.name(place) for place in range(len(walk.seeds))]} if walk.origins else {}
        film = {"frames": len(walk), "fps": output.fps if output.is_film else None}
        return result | {"path": str(output.path)} | walk_options | latents | {"interpolation": walk.path} | film


def interpolate(
    out: Annotated[Path, FilmOut],
    seed: Annotated[
        list[str] | None, typer.Option(help="Where the walk leads, twice or more: 42, 0-3 or 1,5,9.")
    ] = None,
    latent: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where it leads instead of seeds: an npz of two latents or more."),
    ] = None,
    image: Images = None,
    model: Model = None,
    steps: Annotated[int, typer.Option(metavar="N", help="Frames from each seed to the next.")] = 50,
    loop: Annotated[bool, typer.Option("--loop", help="Lead back to the first seed.")] = False,
    path: Annotated[
        str | None,
        typer.Option(
            help="slerp, along the sphere that latents lie on, or lerp, straight, as ws go.  [default: slerp]"
        ),
    ] = None,
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
    `sample` draws of that seed and class. Noise inputs stay the first seed's. Latents of a file, or of
    pictures, take the place of seeds, with the class and the psi of the first. MP4 needs `pip install
    'ganstudio[video]'`. A file of the same name is replaced where it says that ganstudio generated it.

    \b
    Examples:
      ganstudio interpolate --seed 1 --seed 2 --out walk.gif
      ganstudio interpolate --seed 0-5 --loop --steps 60 --fps 30 --out walk.webp
      ganstudio interpolate --model cgan-mnist-1 --seed 1,5,9 --class 7 --path lerp --out frames/
      ganstudio interpolate --latent found.npz --loop --out walk.gif
      ganstudio interpolate --image seven.png --image two.png --out walk.gif
    """
    if image:
        check_alone(image, seed[0] if seed else None, None, latent)
    file = LatentFile.read(latent, seed[0] if seed else None, None) if latent else None
    if file and class_ is not None:
        file.check_made_of("--class")
    walk = _parse_walk(_seeds(seed or [], file, image or []), steps, loop, path)
    export = (file.export if file else choose_export)(Workspace.locate(), model, checkpoint, trust)
    check_export(export, psi)
    output = FilmOutput.parse(out, fps, len(walk), export.manifest.image_shape)
    stale = output.check(int(export.manifest.image_shape[0]), force)
    if image:
        generator, file = _found(export, image, class_, path, provider)
    walk = _through_latents(walk, file, path) if file else walk
    psi = file.psi(export) if file and psi is None else psi
    request = WalkRequest(export, walk, _label(export, walk, file, class_), psi, output, plain)
    if not image:
        generator = open_model(export, provider, len(walk))
    if request.label is not None and class_ is None and walk.ws is None:
        _note_class(request, "picture" if image else "latent" if file else "seed", file)
    shown = _write(request, generator, stale)
    if as_json:
        print_json(request.as_json(generator.provider))
        return
    draw_frames(shown)
    print_made(output.path)


def _note_class(request: WalkRequest, of: str, file: LatentFile | None) -> None:
    """Says which class all frames are of, and where latents were found in another one."""
    note(f"Class {request.class_name} all the way, the first {of}'s (--class chooses).")
    if file and len(set(file.saved.labels or ())) > 1:
        note("Latents of other classes are drawn in it too: `ganstudio animate` leads from class to class.")


def _write(request: WalkRequest, model: OnnxModel, stale: list[Path]) -> list[NDArray[np.uint8]]:
    """Writes the film or its frames, and returns some of the frames for the terminal."""
    from ganstudio.inference.walk import frames

    psi = 1.0 if request.psi is None else request.psi
    return request.output.write(frames(model, request.walk, request.label, psi), request.metadata, stale)


def _seeds(given: list[str], file: LatentFile | None, images: list[Path]) -> tuple[int, ...]:
    """The seeds of the walk; of a file or of pictures one each. Raises UsageError where they are fewer than two."""
    if images and len(images) < 2:
        raise UsageError(f"--image: a walk needs two pictures; {images[0]} is one.")
    if file is None and not given and not images:
        raise UsageError("where does the walk lead? Give --seed 0-3, or latents: --latent FILE.", "--seed 0-3")
    if images:
        return (0,) * len(images)
    seeds = file.saved.seeds if file else tuple(seed for text in given for seed in parse_seeds(text))
    if len(seeds) < 2 and file:
        raise UsageError(f"--latent: a walk needs two latents; {file.path} holds one.")
    if len(seeds) < 2:
        raise UsageError(f"--seed: a walk needs two; {seeds[0]} is one.", f"--seed {seeds[0]} --seed {seeds[0] ^ 1}")
    return seeds


def _parse_walk(seeds: tuple[int, ...], steps: int, loop: bool, path: str | None) -> Walk:
    """The walk that the options describe. Raises UsageError where they are out of range."""
    from ganstudio.inference.walk import PATHS, Walk

    if path is not None and path not in PATHS:
        raise UsageError(f"--path: {path!r} is none. {nearest(path, PATHS)}")
    legs = len(seeds) if loop else len(seeds) - 1
    max_steps = (MOST_FRAMES - 1) // legs
    if not 1 <= steps <= max_steps:
        raise UsageError(f"--steps: from 1 to {max_steps:,} for {len(seeds)} seeds; got {steps}.")
    return Walk(seeds, steps, loop, path or "slerp")


def _found(
    export: Export, images: list[Path], class_: str | None, path: str | None, provider: str
) -> tuple[OnnxModel, LatentFile]:
    """The open model, and the latents that draw `images`. Raises UsageError, before the search, for what cannot be."""
    targets = TargetPictures.read(images, export, class_)
    projector = open_projector(export, provider, class_)
    _check_path(path, styles=projector.model.space == "w")
    return projector.model.whole, targets.find(projector)


def _through_latents(walk: Walk, file: LatentFile, path: str | None) -> Walk:
    """The walk through a file's latents instead of its seeds' own. Raises UsageError for a circle between ws."""
    saved = file.saved
    walk = replace(walk, seeds=saved.seeds, origins=saved.origins)
    _check_path(path, styles=saved.ws is not None)
    return replace(walk, z=saved.z) if saved.ws is None else replace(walk, ws=saved.ws, path="lerp")


def _check_path(path: str | None, styles: bool) -> None:
    """Raises UsageError for a circle between ws."""
    if styles and path == "slerp":
        raise UsageError("--path: ws lie on no sphere, and go straight: leave it out.")


def _label(export: Export, walk: Walk, file: LatentFile | None, class_option: str | None) -> int | None:
    """The class of all frames: --class, else the first of the file's, else that of the first seed."""
    from ganstudio.inference.sampling import choose_classes

    if walk.ws is not None:
        return None
    classes = choose_classes(export.manifest.classes, walk.seeds[:1], class_option)
    saved = file.labels(export) if file and class_option is None else None
    chosen = saved or classes
    return chosen[0] if chosen else None
