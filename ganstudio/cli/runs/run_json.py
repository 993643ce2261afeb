"""A run as every command prints it, and the findings of its diagnosis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ganstudio.cli.output import print_json
from ganstudio.runs.store import RunView, naming_damage

if TYPE_CHECKING:
    from ganstudio.diagnosis import Finding

STYLES = {"error": "red", "warning": "yellow", "info": "cyan"}  # of findings, by severity


def findings_of(run: RunView) -> list[Finding]:
    from ganstudio.diagnosis import diagnose  # a plain `runs list` needs none of the rules

    with naming_damage(run.path):
        return diagnose(run.path, run.record, run.state)


def too_early_reason(run: RunView) -> str | None:
    from ganstudio.diagnosis import too_early

    with naming_damage(run.path):
        return too_early(run.record, run.state)


def run_json(run: RunView) -> dict[str, Any]:
    """The JSON of a run as every command prints it, with its findings."""
    return run.as_json([finding.as_json() for finding in findings_of(run)])


def print_members(runs: Sequence[RunView], group: str | None, as_json: bool) -> None:
    """Prints what a command did to a run, or to runs of the sweep `group`: an id a line, or one JSON object."""
    if not as_json:
        print(*(run.id for run in runs), sep="\n")
    elif group is None:
        print_json(run_json(runs[0]))
    else:
        print_json({"group": group, "runs": [run_json(run) for run in runs]})
