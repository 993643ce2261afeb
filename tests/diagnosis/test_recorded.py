"""Runs that benchmarks/sabotage.py trained, as their folds were: what is found in them, and what is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ganstudio.diagnosis.case import Case
from ganstudio.diagnosis.finding import Finding
from ganstudio.diagnosis.rules import RULES
from ganstudio.runs.state import RunState, ScoreAt

FOLDER = Path(__file__).parent / "recorded"
NAMED = {
    "critic-lr-50": ("learning_rate_too_high", "discriminator_optimizer.lr=0.0008"),
    "generator-lr-50": ("learning_rate_too_high", "generator_optimizer.lr=0.0006"),
    "no-critic-updates": ("learning_rate_too_low", "discriminator_optimizer.lr=0.0002"),
    "no-batch-norm": ("learning_rate_too_high", "discriminator_optimizer.lr=0.0004"),
    "64-images": ("data_trouble", 'augmentation={policy=["translation","cutout"]}'),
    "one-class-repeated": ("data_trouble", None),
    "generator-frozen": ("learning_rate_too_low", "generator_optimizer.lr=0.0002"),
    "weight-clip-1e-5": ("vanishing_gradients", "regularizers.weight_clip.limit=0.01"),
    "penalty-1000": ("penalty_blow_up", "regularizers.gradient_penalty.weight=100"),
    "nan-in-data": ("not_finite", "discriminator_optimizer.lr=0.0003"),
}


def recorded(name: str) -> Case:
    table = json.loads((FOLDER / f"{name}.json").read_text())
    state = RunState(
        phase=table["phase"],
        nimg=table["nimg"],
        loss=table["loss"],
        step=table["step"],
        scores={score: ScoreAt(*value) for score, value in table["scores"].items()},
        best=ScoreAt(*table["best"]) if table["best"] else None,
        data_seen=table["data_seen"],
        past=json.dumps(table["history"]),
    )
    return Case(table["recipe"], table["data"], state)


def found(case: Case) -> list[Finding]:
    return sorted((finding for rule in RULES for finding in rule(case)), key=lambda finding: finding.rank)


@pytest.mark.parametrize("name", NAMED)
def test_what_was_done_to_a_run_is_named_first(name: str) -> None:
    rule, tries = NAMED[name]
    first = found(recorded(name))[0]
    assert first.rule == rule
    assert tries is None or first.tries[0] == tries
    assert first.severity == ("warning" if name == "no-batch-norm" else "error")


def test_nothing_is_wrong_with_a_healthy_run() -> None:
    assert found(recorded("healthy-dcgan-0")) == []


def test_a_run_whose_samples_look_alike_while_its_score_still_falls_is_warned_of() -> None:
    findings = found(recorded("young-sngan"))
    assert [(f.rule, f.severity) for f in findings] == [
        ("mode_collapse", "warning"),
        ("discriminator_too_strong", "warning"),
    ]


def test_a_run_that_began_to_know_64_images_is_told_of_both() -> None:
    findings = found(recorded("64-images"))
    assert [f.rule for f in findings] == ["data_trouble", "discriminator_overfitting"]
    assert 1 < findings[1].kimg[0] < 5  # from where on it was so
