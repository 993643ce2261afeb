"""`ganstudio report`: writes what is known of runs into one HTML file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganstudio.cli.destination import check_replaceable, writing
from ganstudio.cli.output import note, print_json, print_made
from ganstudio.errors import StudioError, UsageError
from ganstudio.runs import checkpoints, store
from ganstudio.units import format_bytes
from ganstudio.workspace import Workspace, write_atomic

if TYPE_CHECKING:
    from ganstudio.inference.exports import Export
    from ganstudio.report.page.made import Model
    from ganstudio.runs.store import RunView

_OUT = Path("report.html")
_SAMPLES = 40
_MOST_RUNS = 12
_DRAWS_FROM_SEEDS = "synthesis"  # the one task whose generator takes no pictures


def report(
    run: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RUN|SWEEP...",
            show_default=False,
            help="Ids, beginnings of them, names, folders; a sweep's for all of it.  [default: latest]",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="An .html file.")] = _OUT,
    samples: Annotated[
        int, typer.Option(metavar="N", help="Grids of samples of each run, at most, spread over it.")
    ] = _SAMPLES,
    no_model: Annotated[bool, typer.Option("--no-model", help="Leave the generators out.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that ganstudio did not make, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write a report on runs as one HTML file: curves, samples, scores, findings, recipe, and the generator itself.

    It needs no network and no server, so it can be mailed. A generator draws in the page where the file stays below 20
    MB; what is left out is said, there and here. Of several runs it says what differs.

    \b
    Examples:
      ganstudio report
      ganstudio report dcgan-mnist-1 wgan-mnist-1 --out compared.html
      ganstudio report dcgan-mnist-1 --no-model --samples 10
    """
    if out.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"--out {out}: a report is one .html file.", hint=f"--out {out.with_suffix('.html')}")
    if samples < 0:
        raise UsageError(f"--samples: a number from 0; got {samples}.", hint="--samples 10")
    workspace = Workspace.locate()
    runs = store.find_each(workspace, run or [store.LATEST])
    if len(runs) > _MOST_RUNS:
        raise UsageError(f"{len(runs)} runs are too many for one page: {_MOST_RUNS} at most.", "ganstudio runs list")
    check_replaceable([out], force)
    from ganstudio.report.page.made import make_report

    with tempfile.TemporaryDirectory() as folder:
        models = {view.id: _model(workspace, view, Path(folder), no_model) for view in runs}
        made = make_report(runs, models, samples)
    out.parent.mkdir(parents=True, exist_ok=True)
    with writing(out):
        write_atomic(out, made.content)
    if as_json:
        print_json(
            {
                "path": str(out.absolute()),
                "bytes": len(made.content),
                "runs": [view.id for view in runs],
                "generators": made.living,
                "left_out": made.left_out,
            }
        )
        return
    for name, sentences in made.left_out.items():
        for sentence in sentences:
            note(f"{name}: left out {sentence}.")
    note(f"{format_bytes(len(made.content))}; opens in a browser, without a network.")
    print_made(out)


def _model(workspace: Workspace, view: RunView, folder: Path, no_model: bool) -> Model:
    """A run's generator: the export of its best checkpoint, which is made in `folder` where there is none."""
    from ganstudio.cli.export.commands import export_run
    from ganstudio.inference.exports import list_exports
    from ganstudio.inference.run_exports import export_of_checkpoint
    from ganstudio.report.page.made import NO_MODEL

    if no_model:
        return NO_MODEL
    if (task := _task(view)) != _DRAWS_FROM_SEEDS:
        return f"it takes pictures, not seeds ({task})"
    existing: Export | None = export_of_checkpoint(view.path, view.record, list_exports(workspace)[0])
    if existing is not None:
        return existing
    if not checkpoints.all_checkpoints(view.path):
        return "the run has no checkpoint"
    try:
        note(f"Exporting {view.id} for the page.")
        return export_run(workspace, view.id, out=folder / f"{view.id}.onnx")
    except StudioError as error:
        return f"it cannot be exported: {error.message.rstrip('.')}"


def _task(view: RunView) -> str:
    task = view.record.recipe.get("task", _DRAWS_FROM_SEEDS)
    return str(task.get("kind", _DRAWS_FROM_SEEDS) if isinstance(task, dict) else task)  # a name, in earlier versions
