"""`ganstudio runs compare`: prints what came of each run, and the knobs in which they differ."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ganstudio.cli.output import note, paint, print_json, print_table
from ganstudio.cli.runs.run_json import run_json
from ganstudio.errors import UsageError
from ganstudio.runs import store
from ganstudio.runs.compare import differences
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
    from ganstudio.report.comparison import differing_knobs, equal_knobs, outcomes

    runs = store.find_each(Workspace.locate(), run)
    if len(runs) < 2:
        raise UsageError(f"{runs[0].id} alone: two runs make a comparison.", hint="ganstudio runs list")
    comparison = differences(runs)
    if as_json:
        print_json({"runs": [run_json(view) for view in runs], **comparison._asdict()})
        return
    rows = [*outcomes(runs), *differing_knobs(comparison)]
    print_table(("", *(view.id for view in runs)), [(paint(row.label, "dim", sys.stdout), *row.values) for row in rows])
    note(equal_knobs(comparison))
