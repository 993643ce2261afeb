"""`ganstudio runs import`: puts curves of another program beside our runs, to be looked at."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from ganstudio.cli.output import note
from ganstudio.cli.runs.run_json import print_members
from ganstudio.errors import UsageError, nearest
from ganstudio.runs import store
from ganstudio.workspace import Workspace, nearest_path

_KINDS = ("tensorboard", "wandb-offline")


def import_run(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of event files, or of an offline run.")],
    source: Annotated[str, typer.Option("--from", metavar="KIND", help="tensorboard or wandb-offline.")],
    name: Annotated[str | None, typer.Option(metavar="S", help="The run's id. Else imported-DIR.")] = None,
    step_images: Annotated[
        float, typer.Option(metavar="N", help="Images of one of its steps: its batch, or 1000 where it counts kimg.")
    ] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON.")] = False,
) -> None:
    """Put somebody else's curves beside ours: in plots, `runs compare`, `runs list` and the dashboard.

    Known tags get our names (`G_loss`, `Loss/Generator`: losses.g), the others keep theirs. An imported run is marked
    as that, and nothing but looking and removing can be done with it.

    \b
    Examples:
      ganstudio runs import --from tensorboard ./their-logs --name theirs --step-images 64
      ganstudio runs import --from wandb-offline ./wandb/offline-run-20260101_120000-abcd
    """
    from ganstudio.trackers.imports import curves, tensorboard_files, wandb_folder

    if source not in _KINDS:
        raise UsageError(f"--from {source}: {nearest(source, _KINDS)}", hint="--from tensorboard")
    if not 0 < step_images < math.inf:
        raise UsageError(f"--step-images: a number above 0; got {step_images:g}.", hint="--step-images 64")
    if not folder.exists():
        raise UsageError(f"DIR {folder}: there is no such folder. {nearest_path(folder)}")
    workspace = Workspace.locate()
    if name is not None:
        curves.check_name(workspace, name)
    found = (tensorboard_files if source == "tensorboard" else wandb_folder).read(folder)
    path = curves.import_run(workspace, found, name, step_images)
    print_members([store.view(path)], None, as_json)
    tags = {point.tag for point in found.points}
    note(f"{len(tags)} curves, {len(found.points):,} numbers; `ganstudio runs plot {path.name}` draws its losses")
