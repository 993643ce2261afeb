"""`ganstudio styles add|list|remove`: the styles that lie beside exports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganstudio.cli.export.commands import Json, Trust, require_export
from ganstudio.cli.model_choice import Provider
from ganstudio.cli.output import confirm_removal, note, print_json, print_made, print_table, progress
from ganstudio.cli.style.opening import Model, open_stylizer
from ganstudio.errors import UsageError, quoted
from ganstudio.inference.exports import Export, list_exports
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.inference.style.saved_styles import SavedStyle, SavedStyles

StyleNames = Annotated[list[str], typer.Argument(metavar="STYLE...", help="Saved styles by name.")]


def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it: letters, digits, _ - and .")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Pictures, or folders of them.")],
    model: Model,
    provider: Provider = "auto",
    force: Annotated[bool, typer.Option("--force", help="Replace a style of that name, or an older model's.")] = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Save the style of a picture, or what several have in common: the mean of their statistics. Prints its name.

    It is kept beside the model, and `--style NAME` uses it without the pictures. One file that is no picture, or all
    one colour, refuses them all.

    \b
    Examples:
      ganstudio styles add waves waves.jpg --model stylize-photos-1
      ganstudio styles add monet paintings/monet --model stylize-photos-1
    """
    from ganstudio.inference.images.memory import cut_for
    from ganstudio.inference.style.saved_styles import SavedStyles, check_name, mean_style
    from ganstudio.inference.style.style_pictures import read_style

    check_name(name)
    paths = _pictures(files)
    opened = open_stylizer(model, provider, trust)
    saved = SavedStyles.of(opened.path, opened.manifest, anew=force)
    if saved.get(name) is not None and not force:
        raise UsageError(f"{saved.model} has a style {name!r} already.", "--force   # replaces it")
    show, found, cut = progress("reading styles"), [], cut_for(opened)
    for done, path in enumerate(paths):
        if len(paths) > 1:
            show(done, len(paths))
        found.append((path, read_style(path, opened, cut)))
    if len(paths) > 1:
        show(len(paths), len(paths))
    for path, picture in found:
        for text in picture.notes:
            note(f"{path.name}: {text}.")
    new = mean_style(name, found)
    saved.with_(new).save()
    if as_json:
        print_json(style_json(saved.model, new))
    else:
        print_made(name)


def list_(
    model: Annotated[str | None, typer.Option(help="An export's name or an .onnx file. Else all exports.")] = None,
    as_json: Json = False,
) -> None:
    """List saved styles, with the pictures that they were taken from.

    \b
    Example:
      ganstudio styles list --model stylize-photos-1
    """
    from ganstudio.inference.images.model import kind_of

    workspace = Workspace.locate()
    if model is None:
        exports = [one for one in list_exports(workspace)[0] if kind_of(one.manifest) == "stylize"]
    else:
        exports = [require_export(workspace, model)]
    known: list[tuple[str, SavedStyle]] = []
    for export in exports:
        try:
            known += [(export.name, one) for one in stored(export)]
        except UsageError as error:
            if model is not None:
                raise
            note(f"Left out: {error.message}")
    if as_json:
        print_json([style_json(name, one) for name, one in known])
    elif known:
        header = [*(["model"] if model is None else []), "style", "pictures", "taken from"]
        rows = [[*([name] if model is None else []), *_row(one)] for name, one in known]
        print_table(header, rows, right=[header.index("pictures")])
    else:
        named = "MODEL" if model is None else quoted(model)
        note(f"There are no saved styles yet: ganstudio styles add NAME FILE --model {named}")


def remove(
    style: StyleNames,
    model: Annotated[str, typer.Option(help="An export's name or an .onnx file.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove saved styles. The model, and what was painted with them, stay.

    \b
    Example:
      ganstudio styles remove waves --model stylize-photos-1
    """
    left = stored(require_export(Workspace.locate(), model))
    for name in style:
        left = left.without(name)
    yes_command = f"ganstudio styles remove {' '.join(map(quoted, style))} --model {quoted(model)} --yes"
    if not yes and not confirm_removal(style, (), yes_command):
        return
    left.save()
    print_made(*style)


def stored(export: Export) -> SavedStyles:
    """The styles beside an export, which may be none.

    Raises UsageError for those of another model, and for an export that does not paint in styles.
    """
    from ganstudio.inference.images.model import check_kind
    from ganstudio.inference.style.saved_styles import SavedStyles

    check_kind(export.manifest, export.path, "stylize")
    return SavedStyles.of(export.path, export.manifest)


def style_json(model: str, style: SavedStyle) -> dict[str, Any]:
    return {"model": model, "name": style.name, "sources": list(style.sources)}


def _row(style: SavedStyle) -> list[str]:
    more = f" and {len(style.sources) - 3} more" if len(style.sources) > 3 else ""
    return [style.name, str(len(style.sources)), ", ".join(style.sources[:3]) + more]


def _pictures(given: Sequence[Path]) -> list[Path]:
    """The files, and those in folders. Raises UsageError for a folder that is empty, or cannot be read."""
    from ganstudio.data.sources.folders import list_folder

    found: list[Path] = []
    for path in given:
        if not path.is_dir():
            found.append(path)
            continue
        listing = list_folder(path)
        for skipped in listing.skipped:
            raise UsageError(f"{path / skipped.file}: {skipped.reason}.")
        found += [Path(picture.location.path) for picture in listing.pictures]
    return list(dict.fromkeys(found))
