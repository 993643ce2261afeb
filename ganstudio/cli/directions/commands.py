"""`ganstudio directions list|rename|remove`: the directions that lie beside exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ganstudio.cli.export.commands import MODEL_HELP, Json, Model, require_export
from ganstudio.cli.output import confirm_removal, note, print_json, print_made, print_table
from ganstudio.errors import UsageError, quoted
from ganstudio.inference.exports import Export, list_exports
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.inference.latent.directions import Directions

DirectionName = Annotated[str, typer.Argument(metavar="DIRECTION", help="A direction's name.")]


def list_(
    model: Annotated[str | None, typer.Argument(help=f"{MODEL_HELP} Else all exports.")] = None,
    as_json: Json = False,
) -> None:
    """List directions, with what follows each, how far it reaches and what else it moves.

    \b
    Examples:
      ganstudio directions list
      ganstudio directions list dcgan-mnist-1 --json
    """
    from ganstudio.report.directions import HEADER, row
    from ganstudio.report.directions import as_json as direction_json

    workspace = Workspace.locate()
    exports = list_exports(workspace)[0] if model is None else [require_export(workspace, model)]
    known = []
    for export in exports:
        try:
            known.append((export, stored(export)))
        except UsageError as error:
            if model is not None:
                raise
            note(f"Left out: {error.message}")
    if as_json:
        print_json([{"model": one.name, **direction_json(each, there)} for one, there in known for each in there])
        return
    rows = [[*([export.name] if model is None else []), *row(one)] for export, there in known for one in there]
    if not rows:
        named = "MODEL" if model is None else known[0][0].name
        note(f"There are no directions yet: ganstudio directions find {named} --from measure")
        return
    header = [*(["model"] if model is None else []), *HEADER]
    print_table(header, rows, right=[header.index(name) for name in ("ρ", "sd", "class kept")])


def rename(
    model: Model,
    direction: DirectionName,
    name: Annotated[str, typer.Argument(metavar="NEW", help="Its new name: letters, digits, _ - and .")],
) -> None:
    """Give a direction another name. Prints it.

    \b
    Example:
      ganstudio directions rename dcgan-mnist-1 pca-1 stroke
    """
    export = require_export(Workspace.locate(), model)
    stored(export).renamed(direction, name).save()
    print_made(name)


def remove(
    model: Model,
    direction: Annotated[list[str], typer.Argument(metavar="DIRECTION...", help="Directions by name.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove directions. The model stays as it is.

    \b
    Example:
      ganstudio directions remove dcgan-mnist-1 pca-4 pca-5
    """
    export = require_export(Workspace.locate(), model)
    left = stored(export)
    for name in direction:
        left = left.without(name)
    yes_command = f"ganstudio directions remove {quoted(model)} {' '.join(map(quoted, direction))} --yes"
    if not yes and not confirm_removal(direction, (), yes_command):
        return
    left.save()
    print_made(*direction)


def stored(export: Export) -> Directions:
    """The directions beside an export, which may be none. Raises UsageError for those of another model."""
    from ganstudio.inference.latent.directions import Directions

    return Directions.of(export.path, export.manifest, "w" if export.styled else "z")
