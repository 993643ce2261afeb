"""All findings of a run, with the commands that act on them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ganstudio.diagnosis.case import Case
from ganstudio.diagnosis.finding import Finding
from ganstudio.diagnosis.readiness import missing_numbers
from ganstudio.diagnosis.rules import RULES
from ganstudio.errors import quoted
from ganstudio.runs import checkpoints
from ganstudio.runs.record import RunRecord
from ganstudio.runs.state import RunState


def diagnose(run: Path, record: RunRecord, state: RunState) -> list[Finding]:
    """The findings of the run in the folder `run`, the worst first; [] where it has too few numbers or was imported."""
    if state.phase == "imported":  # there is no recipe to judge it by
        return []
    case = _case(record, state)
    findings = [finding for rule in RULES for finding in rule(case)]
    checkpoint_nimgs = [checkpoints.nimg_of(path) for path in checkpoints.all_checkpoints(run)]
    length = float(state.kimg_total or record.kimg_total)
    with_commands = (
        replace(
            one,
            remedy=_remedy(record.id, one, checkpoint_nimgs, length),
            advice=one.advice and re.sub(r"\bRUN\b", record.id, one.advice),
        )
        for one in findings
    )
    return sorted(with_commands, key=lambda one: one.rank)


def too_early(record: RunRecord, state: RunState) -> str | None:
    """A sentence on the numbers that are too few so far, and on when there are enough; None where there are."""
    return missing_numbers(_case(record, state))


def _case(record: RunRecord, state: RunState) -> Case:
    limits = (record.minutes, state.minutes, record.stop_when, record.patience)
    early = any(limit is not None for limit in limits)
    return Case(record.recipe_after(state.changes), record.data["name"], state, early)


def _remedy(run: str, finding: Finding, checkpoint_nimgs: Sequence[int], kimg: float) -> str | None:
    """A fork of a run of `kimg` from the last checkpoint before the trouble, else from the first that was kept."""
    if not (finding.tries and checkpoint_nimgs):
        return None
    earlier = [nimg for nimg in checkpoint_nimgs if nimg <= finding.kimg[0] * 1000]
    begin = max(earlier) if earlier else min(checkpoint_nimgs)
    settings = [f"--set {quoted(setting)}" for setting in finding.tries]
    if begin >= kimg * 1000 and not any(one.startswith("training.kimg=") for one in finding.tries):
        settings.append(f"--kimg {2 * kimg:g}")  # all of its length is trained
    return " ".join([f"ganstudio runs fork {run}@{begin / 1000:g}", *settings])
