"""`ganstudio art`: pictures in a chosen or a random style, from a content picture or from nothing, without torch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganstudio.cli.destination import check_replaceable, make_folder, writing
from ganstudio.cli.export.commands import Json, Trust
from ganstudio.cli.images.run import interrupt_told, open_image_model
from ganstudio.cli.model_choice import Force, Provider, check_export, choose_export, open_latent_model
from ganstudio.cli.output import note, print_json, print_made, progress
from ganstudio.cli.style.opening import note_styles, open_stylizer
from ganstudio.cli.style.stylize import KeepColour, Strength
from ganstudio.errors import UsageError, quoted
from ganstudio.inference.exports import Export
from ganstudio.inference.latents import LARGEST_SEED
from ganstudio.workspace import Workspace, drop_unfinished

if TYPE_CHECKING:
    from ganstudio.inference.latent.generator_styles import GeneratorStyle, GeneratorStyles
    from ganstudio.inference.style.art import Painting, Stages
    from ganstudio.inference.style.chosen_styles import Style
    from ganstudio.inference.style.saved_styles import SavedStyles
    from ganstudio.inference.style.stylize import Stylize
    from ganstudio.inference.style.stylizer import Stylizer

MOST = 1000  # pictures of one call


@dataclass(frozen=True)
class Request:
    """What was typed, checked as far as that goes without opening a model."""

    styles: tuple[str, ...]
    content: Path | None
    seeds: tuple[int, ...]
    through: str | None
    upscale: str | None
    strength: float
    keep_colour: bool
    provider: str
    trust: bool


def art(
    model: Annotated[
        str, typer.Argument(help="A generator; with --content what paints in styles. An export, a file or a run.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder for the pictures; made where it is missing.")],
    style: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME|FILE|random", help="A style; repeat it for several.  [default: random]"),
    ] = None,
    content: Annotated[
        Path | None, typer.Option(metavar="IMAGE", help="A picture to be painted, in the place of drawn ones.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="What the first is drawn from, and its styles chosen by.")] = 0,
    n: Annotated[int, typer.Option("--n", metavar="N", help="How many, of seeds S, S+1, ...")] = 1,
    through: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Paint what the generator draws by this model.")
    ] = None,
    upscale: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Enlarge each by this super-resolution model.")
    ] = None,
    strength: Strength = 1.0,
    keep_colour: KeepColour = False,
    provider: Provider = "auto",
    force: Force = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Make pictures in a style: from nothing by a generator, or of a content picture. Prints their paths.

    The styles of a generator are its classes, its directions (NAME or NAME=STRENGTH) and, where it has ws, centre-1 to
    centre-8; those of a model that paints are pictures and saved names. With --through, --style may name one of each.
    What no --style names is chosen by the seed, and said: the same seed chooses the same.

    \b
    Examples:
      ganstudio art stylegan-art-1 --n 4 --out wall
      ganstudio art stylegan-art-1 --style landscape --seed 7 --through stylize-photos-1 --style starry --out wall
      ganstudio art stylize-photos-1 --content photo.jpg --style random --seed 3 --upscale srgan-photos-1 --out wall
    """
    from ganstudio.inference.style.stylize import check_strength

    check_strength(strength)
    request = Request(
        tuple(style or ()), content, _seeds(seed, n), through, upscale, strength, keep_colour, provider, trust
    )
    export = choose_export(Workspace.locate(), model, None, trust)
    generator, painter = _open(export, request)
    stages, paintings = _plan(generator, painter, request)
    folder = make_folder(out)
    drop_unfinished(folder, "*")
    paths = [folder / f"{_stem(export, stages, painting, request)}.png" for painting in paintings]
    check_replaceable(paths, force)
    made = _make(stages, paintings, paths)
    if as_json:
        models = {"through": through, "upscale": upscale, "content": content and str(content)}
        print_json({"model": export.name, "export": str(export.path)} | models | {"pictures": made})
    else:
        print_made(*paths)


def _seeds(first: int, count: int) -> tuple[int, ...]:
    if not 0 <= first <= LARGEST_SEED:
        raise UsageError(f"--seed: from 0 to {LARGEST_SEED}; got {first}.")
    most = min(MOST, LARGEST_SEED - first + 1)
    if not 1 <= count <= most:
        raise UsageError(f"--n: from 1 to {most:,}; got {count}.", f"--n {most if count > most else 1}")
    return tuple(range(first, first + count))


def _open(export: Export, request: Request) -> tuple[GeneratorStyles | None, Stylizer | None]:
    """The generator, and what paints, each where it is asked for. Raises UsageError for models of other kinds."""
    from ganstudio.inference.images.model import kind_of
    from ganstudio.inference.latent.generator_styles import GeneratorStyles

    kind, name = kind_of(export.manifest), quoted(export.name)
    if request.content is not None:
        if kind == "sample":
            why = f"{export.name} draws from seeds and is given no picture"
            raise UsageError(f"--content: {why}: name the model that is to paint it.", "ganstudio export list")
        if request.through is not None:
            raise UsageError(f"--through: with --content {export.name} is what paints: leave --through out.")
        return None, open_stylizer(str(export.path), request.provider, request.trust, "MODEL")
    if kind == "stylize":
        message = f"MODEL: {export.name} paints pictures that it is given, and draws none: which one?"
        raise UsageError(message, f"ganstudio art {name} --content IMAGE --out DIR")
    check_export(export, None)
    if len(export.manifest.image_shape) != 3:
        raise UsageError(f"MODEL: {export.name} draws clips or voxel grids; pictures are needed.")
    painter = None
    if request.through is not None:
        painter = open_stylizer(request.through, request.provider, request.trust, "--through")
    return GeneratorStyles(open_latent_model(export, request.provider, len(request.seeds))), painter


def _plan(
    generator: GeneratorStyles | None, painter: Stylizer | None, request: Request
) -> tuple[Stages, list[Painting]]:
    """What the pictures are made by, and the styles of each. Raises UsageError for a style that nothing has."""
    from ganstudio.inference.images.memory import cut_for
    from ganstudio.inference.images.subject import read_subject
    from ganstudio.inference.images.upscale import Upscale
    from ganstudio.inference.style.art import Stages, paintings
    from ganstudio.inference.style.saved_styles import RANDOM, SavedStyles

    saved = None if painter is None else SavedStyles.of(painter.path, painter.manifest)
    drawn, texts = _generator_style([text for text in request.styles if text != RANDOM], generator, saved)
    work: Stylize | None = None
    painted: list[Style] = []
    chosen: list[Style] = []
    if painter is not None and saved is not None:
        work, painted, chosen = _painted(painter, saved, texts, request)
    content = None
    if request.content is not None and painter is not None:
        content = read_subject(request.content, painter)
        if work is not None:
            work.check_content(content.picture)
    if content is not None and painted and len(request.seeds) > 1:
        count = len(request.seeds)
        raise UsageError(f"--n: one content in one style is one picture; {count} would be the same.", "--n 1")
    larger = None
    if request.upscale is not None:
        network = open_image_model(request.upscale, "upscale", request.provider, request.trust)
        larger = Upscale(network, cut_for(network), seams=None)
    return Stages(generator, content, work, larger), paintings(request.seeds, drawn, generator, painted, chosen)


def _generator_style(
    texts: Sequence[str], generator: GeneratorStyles | None, saved: SavedStyles | None
) -> tuple[GeneratorStyle | None, list[str]]:
    """The generator's style among those named, and the others, which are the painter's.

    Raises UsageError for two of the generator, and for one that it has not where nothing paints.
    """
    found = {text: generator.get(text) for text in texts} if generator is not None else {}
    own = [one for one in found.values() if one is not None]
    others = [text for text in texts if found.get(text) is None]
    if len(own) > 1:
        names = " and ".join(one.words for one in own)
        raise UsageError(f"--style: a picture is drawn in one style; {names} are two. Give one of them.")
    if generator is not None and saved is None and others:
        name = generator.model.whole.path.stem
        if not generator.all:
            raise UsageError(f"--style: {name} has no classes, directions or centres: its pictures have no styles.")
        raise UsageError(f"--style: {name} has no style {others[0]!r}. {generator.nearest(others[0])}")
    return (own[0] if own else None), others


def _painted(
    painter: Stylizer, saved: SavedStyles, texts: Sequence[str], request: Request
) -> tuple[Stylize, list[Style], list[Style]]:
    """What paints, the styles that are named for it, and those that a seed may choose where none is.

    Raises UsageError where none is named, and none is saved.
    """
    from ganstudio.inference.images.memory import cut_for
    from ganstudio.inference.style.chosen_styles import Style, find_styles, parse_styles
    from ganstudio.inference.style.saved_styles import how_to_add
    from ganstudio.inference.style.stylize import Stylize

    wishes = parse_styles(texts, saved) if texts else []
    if not wishes and not saved:
        why = f"{saved.model} has no saved styles to choose from"
        raise UsageError(f"--style random: {why}: save some, or give --style a picture.", how_to_add(saved.model))
    cut = cut_for(painter)
    styles = find_styles(wishes, saved, painter, cut)
    note_styles(styles)
    chosen = [Style(one.name, 1.0, one.statistics, one.thumbnail) for one in saved]
    return Stylize(painter, cut, (), request.strength, request.keep_colour, seams=None), styles, chosen


def _stem(export: Export, stages: Stages, painting: Painting, request: Request) -> str:
    """The name of a picture's file: the same question has the same one."""
    from ganstudio.inference.style.chosen_styles import mix_name
    from ganstudio.inference.style.saved_styles import RANDOM

    parts = [export.name] if stages.content is None else [stages.content.name]
    if stages.content is None or set(request.styles) <= {RANDOM}:
        parts.append(f"seed{painting.seed}")
    if painting.drawn is not None:
        parts.append(painting.drawn.words)
    if painting.painted:
        parts.append(mix_name(painting.painted))
    return re.sub(r"[^A-Za-z0-9.+=_-]+", "_", "-".join(parts))[:150]


def _make(stages: Stages, paintings: Sequence[Painting], paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Makes and writes the pictures, and says what each is; their JSON."""
    from ganstudio.inference.images.work import write_made

    made: list[dict[str, Any]] = []
    show = progress("painting") if len(paths) > 1 else None
    with interrupt_told(lambda: len(made), len(paths)):
        for painting, path in zip(paintings, paths, strict=True):
            if show:
                show(len(made), len(paths))
            done = stages.make(painting, path.parent)
            with writing(path):
                write_made(path, done.pixels, done.words, "png", done.carried)
            seed = "" if stages.content is not None and len(paths) == 1 else f"seed {painting.seed}: "
            note(f"{seed}{painting.words or 'no style'}.")
            for text in done.notes:
                note(f"{path.name}: {text}.")
            height, width = done.pixels.shape[:2]
            drawn = painting.drawn and {"kind": painting.drawn.kind, "name": painting.drawn.name}
            painted = [{"style": style.name, "weight": style.weight} for style in painting.painted]
            entry = {"path": str(path), "seed": painting.seed, "style": drawn, "painted": painted}
            made.append(entry | {"width": width, "height": height})
        if show:
            show(len(made), len(paths))
    return made
