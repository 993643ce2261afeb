"""`ganstudio diagnose`: prints what goes wrong in a run, on which evidence, and what to change."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ganstudio.cli.output import note, paint, print_json, say
from ganstudio.cli.runs.run_json import STYLES, findings_of, too_early_reason
from ganstudio.diagnosis import Finding
from ganstudio.report.runs import FINDING_MARKS
from ganstudio.runs import store
from ganstudio.units import format_kimg
from ganstudio.workspace import Workspace

_SEVERITY_WORDS = {"error": "error", "warning": "warning", "info": "remark"}


def diagnose(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="An id, the beginning of one, a name, its folder, or latest.")
    ] = store.LATEST,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what goes wrong in a run, on which evidence, and what to change. The worst comes first.

    It reads what the run told of itself, live or long after; nothing is trained or measured.

    \b
    Examples:
      ganstudio diagnose
      ganstudio diagnose dcgan-mnist-1 --json
    """
    view = store.find(Workspace.locate(), run)
    store.require_own(view, "diagnose")
    findings, early = findings_of(view), too_early_reason(view)
    if as_json:
        head = {"run": view.id, "state": view.status, "nimg": view.state.nimg}
        print_json({**head, "too_early": early, "findings": [one.as_json() for one in findings]})
        return
    where = f"{view.id}: {view.status}, {format_kimg(view.state.nimg)} kimg"
    if not findings:
        so_far = " so far" if view.live else ""
        sentence = f"Too early to tell. {early}" if early else f"Nothing is wrong that shows in its numbers{so_far}."
        note(f"{where}. {sentence}")
        return
    note(f"{where}: {_severity_counts(findings)}")
    if early:
        note(f"Too early to tell of anything else. {early}")
    for finding in findings:
        print()
        _print_finding(finding)


def _severity_counts(findings: list[Finding]) -> str:
    """`1 error, 2 warnings`: how many there are of each severity, the worst first."""
    counts = [(sum(one.severity == kind for one in findings), word) for kind, word in _SEVERITY_WORDS.items()]
    return ", ".join(f"{count} {word}{'s' if count > 1 else ''}" for count, word in counts if count)


def _print_finding(finding: Finding) -> None:
    mark, style = FINDING_MARKS[finding.severity], STYLES[finding.severity]
    begin, end = finding.kimg
    say(f"{paint(mark, style, sys.stdout)} {paint(finding.symptom, 'bold', sys.stdout)}")
    for word, text in (
        ("rule", f"{finding.rule}, {finding.severity}"),
        ("seen", f"at {begin:g} to {end:g} kimg: {finding.evidence}"),
        ("try", "  ".join(finding.tries)),
        ("or", finding.advice or ""),
        ("remedy", finding.remedy or ""),
    ):
        if text:
            say(f"  {paint(f'{word:<7}', 'dim', sys.stdout)} {text}")
