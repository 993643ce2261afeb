"""ganstudio diagnose: what goes wrong in a run, on which evidence, and what to change."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ganstudio.cli.findings import STYLES, findings_of
from ganstudio.cli.output import note, paint, print_json, say
from ganstudio.diagnosis import Finding
from ganstudio.runs import store
from ganstudio.units import format_kimg
from ganstudio.workspace import Workspace


def diagnose(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="An id, the beginning of one, a name, or latest.")
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
    found = store.find(Workspace.locate(), run)
    findings = findings_of(found)
    if as_json:
        told = {"run": found.id, "state": found.status, "nimg": found.state.nimg}
        print_json({**told, "findings": [finding.as_json() for finding in findings]})
        return
    where = f"{found.id}: {found.status}, {format_kimg(found.state.nimg)} kimg"
    if not findings:
        little = " so far" if found.live else ""
        note(f"{where}. Nothing is wrong that shows in its numbers{little}.")
        return
    note(f"{where}, {len(findings)} finding{'s' if len(findings) > 1 else ''}")
    for finding in findings:
        print()
        _print(finding)


def _print(finding: Finding) -> None:
    mark, style = STYLES[finding.severity]
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
