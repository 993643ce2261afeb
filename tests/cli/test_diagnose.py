from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from ganstudio.workspace import Workspace
from tests.cli.conftest import Program
from tests.runs.making import DRAFT, STARTED, make_run, tell

RATES = {"generator_optimizer": {"lr": 2e-4}, "discriminator_optimizer": {"lr": 0.01}}
SEEN = {"count": 60_000, "held_out": 512, "checked": 2048, "repeated": 0, "blank": 0, "class_counts": []}


@pytest.fixture
def hasty(workspace: Workspace) -> Path:
    """A run whose critic's steps are far too long from 4 kimg on, with checkpoints at 0, 3 and 8 kimg."""
    path = make_run(workspace, "hasty", recipe={**DRAFT.recipe, **RATES})
    for nimg in (0, 3000, 8000):
        (path / "checkpoints" / f"{nimg:010}.pt").write_bytes(b"")
    tell(path, "started", **STARTED, data=SEEN)
    for nimg in range(1000, 10_001, 500):
        moved = {"d": 0.01 if nimg <= 4000 else 0.5, "g": 0.01}
        tell(path, "tick", nimg, nimg / 100, losses={"d": 1.0}, update_ratios=moved)
    tell(path, "finished", 10_000, 100.0, reason="budget")
    return path


def test_a_finding_is_told_with_its_evidence_and_a_command(ganstudio: Program, hasty: Path) -> None:
    ended = ganstudio("diagnose", "hasty")
    assert ended.code == 0
    assert "10.0 kimg: 1 error\n" in ended.err
    assert "The critic's steps are so long" in ended.out
    assert "at 4 to 10 kimg" in ended.out
    assert "moved its weights by 50% of their length" in ended.out
    assert "ganstudio runs fork hasty@3 --set discriminator_optimizer.lr=0.0004" in ended.out


def test_what_has_hardly_begun_is_too_early_to_tell_and_not_well(ganstudio: Program, workspace: Workspace) -> None:
    path = make_run(workspace, "short", recipe={**DRAFT.recipe, "task": "synthesis"})
    tell(path, "started", **STARTED, data=SEEN)
    tell(path, "tick", 600, 6.0, losses={"d": 1.0, "g": 1.0}, update_ratios={"d": 0.01, "g": 0.01})
    tell(path, "finished", 600, 6.0, reason="budget")
    early = "Losses and gradients were told once in the last 40% of its 0.6 kimg; 3 times are needed: about 5 kimg."
    ended = ganstudio("diagnose", "short")
    assert (ended.code, ended.err.strip()) == (0, f"short: finished, 0.6 kimg. Too early to tell. {early}")
    assert json.loads(ganstudio("diagnose", "short", "--json").out)["too_early"] == early


def test_numbers_of_updates_alone_say_nothing_of_the_samples(ganstudio: Program, workspace: Workspace) -> None:
    path = make_run(workspace, "blind", recipe={**DRAFT.recipe, "task": "synthesis"})
    tell(path, "started", **STARTED, data=SEEN)
    for nimg in range(500, 10_001, 500):
        tell(path, "tick", nimg, nimg / 100, losses={"d": 1.0, "g": 1.0})
        if nimg % 4000 == 0:
            tell(path, "probed", nimg, nimg / 100, diversity=1.0, neighbours=1.0)
    assert "Samples were looked at once in the last 40% of its 10.0 kimg; 3 times are needed: about 38 kimg." in (
        ganstudio("diagnose", "blind").err
    )


def test_a_rate_of_0_is_found_before_anything_was_measured(ganstudio: Program, workspace: Workspace) -> None:
    still = {"generator_optimizer": {"lr": 2e-4}, "discriminator_optimizer": {"lr": 0}}
    path = make_run(workspace, "still", recipe={**DRAFT.recipe, **still})
    tell(path, "started", **STARTED, data={**SEEN, "count": 1000})
    ended = ganstudio("diagnose", "still")
    assert "The critic does not learn." in ended.out
    assert "its learning rate is 0" in ended.out
    assert "0.0 kimg: 1 error, 1 warning" in ended.err


def test_json_has_the_findings_wherever_the_run_is_printed(ganstudio: Program, hasty: Path) -> None:
    answer = json.loads(ganstudio("diagnose", "hasty", "--json").out)
    assert (answer["run"], answer["state"], answer["nimg"]) == ("hasty", "finished", 10_000)
    (finding,) = answer["findings"]
    assert list(finding)[:7] == ["rule", "severity", "symptom", "evidence", "kimg", "try", "advice"]
    assert (finding["rule"], finding["severity"]) == ("learning_rate_too_high", "error")
    assert json.loads(ganstudio("runs", "show", "hasty", "--json").out)["findings"] == [finding]
    assert json.loads(ganstudio("runs", "list", "--json").out)[0]["findings"] == [finding]
    assert "error: The critic's steps" in ganstudio("runs", "show", "hasty").out


def test_the_remedy_can_be_typed(ganstudio: Program, hasty: Path) -> None:
    (finding,) = json.loads(ganstudio("diagnose", "hasty", "--json").out)["findings"]
    _program, *arguments = shlex.split(finding["remedy"])
    ended = ganstudio(*arguments, "--help")
    assert ended.code == 0


def test_where_nothing_is_wrong_it_says_so(ganstudio: Program, workspace: Workspace) -> None:
    path = make_run(workspace, "well")
    tell(path, "started", **STARTED, data=SEEN)
    for nimg in range(500, 10_001, 500):
        tell(path, "tick", nimg, nimg / 100, losses={"d": 1.0, "g": 1.0})
    ended = ganstudio("diagnose", "well")
    assert (ended.code, ended.out) == (0, "")
    assert "Nothing is wrong that shows in its numbers" in ended.err
    assert json.loads(ganstudio("diagnose", "well", "--json").out)["findings"] == []


def test_an_unknown_run_is_refused(ganstudio: Program, hasty: Path) -> None:
    ended = ganstudio("diagnose", "hasti")
    assert ended.code == 2
    assert "hasty" in ended.err
