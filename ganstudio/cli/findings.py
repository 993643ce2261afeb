"""What is wrong with a run, as its displays and its JSON tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ganstudio.runs.store import RunView

if TYPE_CHECKING:
    from ganstudio.diagnosis import Finding

STYLES = {"error": ("✗", "red"), "warning": ("!", "yellow"), "info": ("·", "cyan")}


def findings_of(run: RunView) -> list[Finding]:
    from ganstudio.diagnosis import diagnose  # a plain `runs list` needs none of the rules

    return diagnose(run.path, run.record, run.state)


def run_json(run: RunView) -> dict[str, Any]:
    """A run as commands print it, its findings included."""
    return run.as_json([finding.as_json() for finding in findings_of(run)])
