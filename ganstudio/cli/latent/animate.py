"""`ganstudio animate`: makes a film of a file of keyframes, without torch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganstudio.cli.export.commands import Checkpoint, Json, Trust
from ganstudio.cli.film_output import FilmOut, FilmOutput, draw_frames
from ganstudio.cli.latent.moves import directions_of, note_reach
from ganstudio.cli.model_choice import Force, Model, Plain, Provider, check_export, choose_export, open_latent_model
from ganstudio.cli.output import print_json, print_made, print_text
from ganstudio.errors import RecipeError, UsageError
from ganstudio.inference.exports import Export
from ganstudio.inference.latents import format_seeds
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.inference.latent.directions import Direction
    from ganstudio.inference.latent.keyframe_file import KeyframeFile
    from ganstudio.inference.latent.keyframes import Film


@dataclass(frozen=True)
class AnimateRequest:
    """The checked options of `ganstudio animate`; `styles` says whether latents go through w."""

    file: Path
    export: Export
    film: Film
    styles: bool
    output: FilmOutput
    plain: bool

    def metadata(self, frame: int | None) -> dict[str, str]:
        """The metadata of one frame, or, of None, of the film; empty where it is to be plain."""
        from ganstudio.inference.latent.film import words_at
        from ganstudio.inference.provenance import latent_origin, picture_words

        if self.plain:
            return {}
        seeds = format_seeds(self.film.seeds)
        common = picture_words(self.export.name, self.export.manifest.sha256, seeds) | {"Keyframes": self.file.name}
        if frame is None:
            common |= latent_origin(self.film.origins)
            return common | ({"Directions": ", ".join(self.film.directions)} if self.film.directions else {})
        return common | words_at(self.film, self.film.time(frame), self.export.manifest.classes, self.styles)

    def as_json(self, provider: str) -> dict[str, Any]:
        film, output = self.film, self.output
        result = {"model": self.export.name, "export": str(self.export.path), "provider": provider}
        made = {"path": str(output.path), "frames": len(film), "fps": output.fps, "seconds": film.seconds}
        how = {"loop": film.loop, "latents": list(film.names), "directions": list(film.directions)}
        return result | made | how


def animate(
    file: Annotated[Path | None, typer.Argument(metavar="FILE.toml", help="Keyframes.")] = None,
    out: Annotated[Path | None, FilmOut] = None,
    model: Model = None,
    fps: Annotated[float | None, typer.Option(metavar="N", help="Frames a second, instead of the file's.")] = None,
    example: Annotated[bool, typer.Option("--example", help="Print a file of keyframes to begin with.")] = False,
    checkpoint: Checkpoint = None,
    provider: Provider = "auto",
    plain: Plain = False,
    force: Force = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Make a film of keyframes: latents, classes, psi, directions and noise at some times, and on the way between.

    All that is wrong in the file is told at once. With styles latents and classes go through w; else latents go along
    the sphere of z, and a class changes half-way. MP4 needs `pip install 'ganstudio[video]'`. A file of the same name
    is replaced where it says that ganstudio generated it.

    \b
    Examples:
      ganstudio animate --example > film.toml
      ganstudio animate film.toml --out film.gif
      ganstudio animate film.toml --model stylegan-mnist-1 --fps 30 --out film.webp
      ganstudio animate film.toml --out frames/
    """
    from ganstudio.inference.latent.keyframe_file import EXAMPLE, KeyframeFile

    if example:
        print_text(EXAMPLE)
        return
    if file is None or out is None:
        missing = "FILE.toml: which keyframes" if file is None else "--out: to which file, or folder"
        raise UsageError(f"{missing}? See --example and --help.", "ganstudio animate --help")
    keyframes = KeyframeFile.read(file, {} if fps is None else {"fps": fps})
    export = _choose_export(keyframes, model, checkpoint, trust)
    opened = open_latent_model(export, provider, keyframes.count)
    from ganstudio.inference.latent.film import draw_film
    from ganstudio.inference.latent.film_plan import plan_film

    directions = tuple(directions_of(opened)) if keyframes.uses_directions else ()
    film = plan_film(keyframes, opened, directions)
    _note_reaches(film, directions)
    output = FilmOutput.parse(out, film.fps, len(film), export.manifest.image_shape)
    request = AnimateRequest(file, export, film, opened.space == "w", output, plain)
    stale = output.check(int(export.manifest.image_shape[0]), force)
    vectors = {one.name: one.vector for one in directions}
    shown = output.write(draw_film(opened, film, vectors), request.metadata, stale)
    if as_json:
        print_json(request.as_json(opened.whole.provider))
        return
    draw_frames(shown)
    print_made(output.path)


def _choose_export(keyframes: KeyframeFile, model: str | None, checkpoint: str | None, trust: bool) -> Export:
    """The export that --model or the file names. Raises RecipeError, with the file's own problems, where it is none."""
    try:
        export = choose_export(Workspace.locate(), model or keyframes.film.get("model"), checkpoint, trust)
        check_export(export, None)
    except UsageError as error:
        if not keyframes.problems:
            raise
        name = keyframes.path.name
        lines = [*(f"{name}: {line}" for line in keyframes.problems), error.message]
        raise RecipeError(lines, error.hint) from None
    return export


def _note_reaches(film: Film, directions: Iterable[Direction]) -> None:
    """Says of each direction whose strongest keyframe leaves the data."""
    for direction in directions:
        if track := film.directions.get(direction.name):
            note_reach(direction, max((key.value for key in track.keys), key=abs))
