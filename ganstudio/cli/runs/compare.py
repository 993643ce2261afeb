"""`ganstudio runs compare`: what tells runs apart, and what came of each."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ganstudio.cli.output import note, paint, print_json, print_table
from ganstudio.cli.runs.run_json import run_json
from ganstudio.errors import UsageError
from ganstudio.runs import store
from ganstudio.runs.compare import differences
from ganstudio.runs.store import RunView
from ganstudio.units import format_kimg, format_knob, format_number, format_seconds
from ganstudio.workspace import Workspace


def compare(
    run: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN|SWEEP...", help="Ids, beginnings of them, names, folders; a sweep's for all of it."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare runs: what came of each, and the knobs in which they differ.

    \b
    Examples:
      ganstudio runs compare dcgan-mnist-1 dcgan-mnist-2
      ganstudio runs compare dcgan-mnist-sweep1
    """
    runs = store.find_each(Workspace.locate(), run)
    if len(runs) < 2:
        raise UsageError(f"{runs[0].id} alone: two runs make a comparison.", hint="ganstudio runs list")
    differing, equal = differences(runs)
    if as_json:
        print_json({"runs": [run_json(view) for view in runs], "differing": differing, "equal": equal})
        return
    rows = [(paint(word, "dim", sys.stdout), *map(show, runs)) for word, show in _OUTCOMES.items()]
    for name in dict.fromkeys(name for view in runs for name in view.state.scores):
        scores = [view.state.scores.get(name) for view in runs]
        rows.append((paint(name, "dim", sys.stdout), *(format_number(score and score.value) for score in scores)))
    rows += [(paint(key, "dim", sys.stdout), *map(format_knob, row)) for key, row in differing.items()]
    print_table(("", *(view.id for view in runs)), rows)
    note(f"{equal} knobs are equal{'' if differing else ': these runs were asked for the same'}")


def _best(run: RunView) -> str:
    best = run.state.best
    return f"{format_number(best.value)} at {format_kimg(best.nimg)}" if best else "–"


_OUTCOMES = {
    "state": lambda run: run.status + (f" ({run.state.reason})" if run.state.reason else ""),
    "kimg": lambda run: f"{format_kimg(run.state.nimg)}/{run.kimg_total:g}",
    "best": _best,
    "img/s": lambda run: f"{run.state.img_per_s:,.0f}" if run.state.img_per_s else "–",
    "time": lambda run: format_seconds(run.state.elapsed_s),
}
