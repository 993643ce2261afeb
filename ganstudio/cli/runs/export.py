"""`ganstudio runs export`: writes a run's curves, grids and recipe as the files of a tracker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganstudio.cli.output import note, print_json, print_made
from ganstudio.errors import StudioError, UsageError
from ganstudio.runs import store
from ganstudio.runs.store import require_own
from ganstudio.workspace import Workspace, nearest_path

if TYPE_CHECKING:
    from ganstudio.runs.record import RunRecord
    from ganstudio.runs.state import RunState


def export_run(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="An id, the beginning of one, a name, its folder, or latest.")
    ],
    to: Annotated[str, typer.Option(metavar="KIND", help="tensorboard, wandb, mlflow or csv.")],
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", show_default=False, help="[default: runs/RUN/KIND]")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on as long as the run does.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write a run's curves, sample grids, recipe and findings as TensorBoard, W&B, MLflow or CSV files.

    Steps are images (nimg). A second export adds what is new, and nothing where nothing is. Resumes make one curve,
    and a fork's begins with its parent's. No account and no network: W&B is written offline, MLflow into a file store.

    \b
    Examples:
      ganstudio runs export latest --to tensorboard
      ganstudio runs export dcgan-mnist-1 --to tensorboard ./curves --follow
      ganstudio runs export dcgan-mnist-1 --to csv
    """
    from ganstudio.trackers.exporter import Exporter, default_folder
    from ganstudio.trackers.sink import check_kind

    check_kind(to)
    view = store.find(Workspace.locate(), run)
    require_own(view, "export")
    target = _checked_folder(folder) if folder else default_folder(view.path, to)
    try:
        exporter = Exporter(to, target, view.path, view.record, _findings)
        with exporter.running():
            if follow:
                exporter.follow(lambda: store.view(view.path).live)
            else:
                exporter.step()
    except OSError as error:
        raise StudioError(f"{error.filename or target}: {error.strerror or error}.") from None
    if as_json:
        print_json({"run": view.id, "to": to, "path": str(target), "added": exporter.written})
        return
    print_made(target)
    note(f"{exporter.written:,} numbers, grids and texts are new" if exporter.written else "nothing is new")


def _findings(path: Path, record: RunRecord, state: RunState) -> list[dict[str, Any]]:
    from ganstudio.diagnosis import diagnose

    return [one.as_json() for one in diagnose(path, record, state)]


def _checked_folder(folder: Path) -> Path:
    """`folder`, made where it is missing. Raises UsageError where it cannot be one."""
    try:
        folder.absolute().mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"DIR {folder}: is no folder: {error.strerror}. {nearest_path(folder)}") from None
    return folder.absolute()
