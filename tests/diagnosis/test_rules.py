"""Each rule on made-up numbers, on both sides of its threshold. What real runs give is in test_recorded.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from ganstudio.diagnosis.case import Case
from ganstudio.diagnosis.finding import Finding
from ganstudio.diagnosis.rules import RULES, balance, convergence, data_and_machine, learning, samples, translation
from ganstudio.recipe.load import dump, resolve
from ganstudio.runs.metrics.history import History, Mean, Span
from ganstudio.runs.state import RunState, ScoreAt

SPANS = 20
SEEN = {"count": 60_000, "held_out": 512, "checked": 2048, "repeated": 0, "blank": 0, "class_counts": [6000] * 10}


def case(
    *settings: str, seen: dict[str, Any] | None = None, state: dict[str, Any] | None = None, **signals: Any
) -> Case:
    """A run of 100 kimg; a signal is one number or twenty, `probe__drift` is `probe.drift`, "score" the first score."""
    recipe = dump(resolve({"architecture": {"id": "dcgan"}}, settings, "test"))
    lines = {
        name.replace("__", ".") if name != "score" else "scores.FD": _line(value) for name, value in signals.items()
    }
    spans = tuple(
        Span(5000 * (number + 1), {name: Mean.of(line[number]) for name, line in lines.items()})
        for number in range(SPANS)
    )
    scores = {"FD": ScoreAt(lines["scores.FD"][-1], 100_000)} if "score" in signals else {}
    known = {"phase": "running", "nimg": 100_000, "past": History(5000, spans), "scores": scores}
    return Case(recipe, "mnist", RunState(**{**known, "data_seen": SEEN if seen is None else seen, **(state or {})}))


def _line(value: float | Sequence[float]) -> list[float]:
    return list(value) if isinstance(value, Sequence) else [float(value)] * SPANS


def rising(first: float, last: float) -> list[float]:
    return [first + (last - first) * number / (SPANS - 1) for number in range(SPANS)]


def only(found: Any) -> Finding:
    (finding,) = found
    return finding


def test_a_healthy_run_has_no_finding_and_neither_has_one_that_told_nothing() -> None:
    healthy = case(
        update_ratios__d=0.005, update_ratios__g=0.01, grad_norms__g=5.0, losses__d=1.0, losses__g=2.0, d_auc=0.97,
        p_fake=0.25, probe__diversity=0.95, probe__neighbours=1.0, probe__class_diversity=0.9, probe__changed=0.4,
        probe__saturated=-0.3, probe__dead=-0.2, probe__drift=0.2, probe__held_auc=0.51, probe__label_effect=0.9,
        probe__label_auc=0.8, data_share=0.02, swapped_bytes=0.0, score=rising(50, 5),
    )  # fmt: skip
    for rule in RULES:
        assert list(rule(healthy)) == []
        assert list(rule(Case(healthy.recipe, "mnist", RunState()))) == []


@pytest.mark.parametrize(("loss", "knob"), [("d", "discriminator_optimizer"), ("grad_norm_g", "generator_optimizer")])
def test_a_value_that_is_no_number(loss: str, knob: str) -> None:
    failed = case(state={"phase": "failed", "loss": loss, "step": 7})
    finding = only(learning.not_finite(failed))
    assert finding.severity == "error"
    assert finding.tries == (f"{knob}.lr=0.0001",)
    assert "step 7" in finding.evidence


@pytest.mark.parametrize(("side", "knob"), [("d", "discriminator_optimizer"), ("g", "generator_optimizer")])
def test_steps_too_long_and_too_short_name_the_side(side: str, knob: str) -> None:
    name = f"update_ratios__{side}"
    high = only(learning.learning_rate_too_high(case(f"{knob}.lr=0.01", **{name: 0.5})))
    assert (high.severity, high.tries) == ("error", (f"{knob}.lr=0.0004",))
    at_first = only(learning.learning_rate_too_high(case(f"{knob}.lr=0.025", **{name: [0.6, *[0.02] * 19]})))
    assert (at_first.severity, at_first.kimg, at_first.tries) == ("error", (0.0, 100.0), (f"{knob}.lr=0.0008",))
    assert only(learning.learning_rate_too_high(case(**{name: 0.08}))).severity == "warning"
    assert list(learning.learning_rate_too_high(case(**{name: 0.05}))) == []
    low = only(learning.learning_rate_too_low(case(f"{knob}.lr=0", **{name: 0.0})))
    assert (low.severity, low.tries) == ("error", (f"{knob}.lr=0.0002",))
    assert only(learning.learning_rate_too_low(case(f"{knob}.lr=1e-7", **{name: 3e-6}))).severity == "warning"
    assert list(learning.learning_rate_too_low(case(**{name: 1e-3}))) == []
    assert list(learning.learning_rate_too_low(case(**{name: 0.0, f"grad_norms__{side}": 1e-12}))) == []


def test_gradients_that_vanish() -> None:
    clipped = case('regularizers=[{kind="weight_clip",limit=1e-5}]', grad_norms__g=1e-9)
    assert only(learning.vanishing_gradients(clipped)).tries == ("regularizers.weight_clip.limit=0.01",)
    schedule = 'regularizers=[{kind="weight_clip",limit={start=1,end=1e-2}}]'
    now = {"numbers": {"regularizers.weight_clip.limit": 0.02}}
    assert only(learning.vanishing_gradients(case(schedule, grad_norms__g=1e-9, state=now))).tries == (
        "regularizers.weight_clip.limit=0.2",
    )
    assert "clipped to 1:" in only(learning.vanishing_gradients(case(schedule, grad_norms__g=1e-9))).symptom
    minimax = case("objective.kind=minimax", grad_norms__g=1e-9)
    assert only(learning.vanishing_gradients(minimax)).tries == ("objective.kind=non_saturating",)
    assert list(learning.vanishing_gradients(case(grad_norms__g=1e-3))) == []
    assert list(learning.vanishing_gradients(case("generator_optimizer.lr=0", grad_norms__g=0))) == []


def test_a_penalty_that_outweighs_the_loss() -> None:
    recipe = ('regularizers=[{kind="gradient_penalty",weight=1000}]', "objective.kind=wasserstein")
    finding = only(learning.penalty_blow_up(case(*recipe, losses__d=-1.0, penalties__gradient_penalty=40.0)))
    assert (finding.severity, finding.tries) == ("error", ("regularizers.gradient_penalty.weight=10",))
    assert only(learning.penalty_blow_up(case(*recipe, losses__d=-1.0, penalties__gradient_penalty=4.0))).severity == (
        "warning"
    )
    assert list(learning.penalty_blow_up(case(*recipe, losses__d=-30.0, penalties__gradient_penalty=7.0))) == []
    near = {"losses__d": 9.0, "penalties__gradient_penalty": 18.0}
    assert only(learning.penalty_blow_up(case(*recipe, **near, d_auc=0.1))).severity == "error"
    assert list(learning.penalty_blow_up(case(*recipe, **near, d_auc=0.9))) == []


def test_a_critic_that_is_sure_is_too_strong_only_where_samples_are_poor() -> None:
    sure = {"d_auc": 1.0, "p_fake": 0.001, "losses__g": 9.0}
    assert only(balance.discriminator_too_strong(case(**sure, probe__diversity=0.2))).severity == "error"
    assert only(balance.discriminator_too_strong(case(**sure, probe__diversity=0.9))).severity == "warning"
    assert (
        list(balance.discriminator_too_strong(case(d_auc=1.0, p_fake=0.1, losses__g=3.0, probe__diversity=0.9))) == []
    )
    wasserstein = case("objective.kind=wasserstein", **sure, probe__diversity=0.2)
    assert list(balance.discriminator_too_strong(wasserstein)) == []


def test_a_critic_that_guesses_has_lost_only_where_samples_are_poor() -> None:
    assert only(balance.generator_too_strong(case(d_auc=0.5, probe__diversity=0.2))).rule == "generator_too_strong"
    assert list(balance.generator_too_strong(case(d_auc=0.5, probe__diversity=0.9))) == []


def test_a_critic_that_knows_its_images_by_heart() -> None:
    finding = only(balance.discriminator_overfitting(case(probe__held_auc=0.9)))
    assert (finding.severity, finding.tries) == ("error", ('augmentation={policy=["translation","cutout"]}',))
    augmented = case("augmentation={}", probe__held_auc=0.7)
    assert only(balance.discriminator_overfitting(augmented)).tries == ()
    assert list(balance.discriminator_overfitting(case(probe__held_auc=0.6))) == []


def test_collapse_whole_in_part_and_within_a_class() -> None:
    alike = {"probe__diversity": 0.1, "probe__neighbours": 0.1}
    assert only(samples.mode_collapse(case(**alike))).severity == "error"
    assert only(samples.mode_collapse(case(**alike, score=rising(90, 10)))).severity == "warning"
    few = case(probe__diversity=0.8, probe__neighbours=0.3)
    assert only(samples.mode_collapse(few)).severity == "warning"
    within = case(probe__diversity=0.9, probe__neighbours=0.2, probe__class_diversity=0.1)
    assert only(samples.mode_collapse(within)).symptom.startswith("Within a class")
    growing = case(probe__diversity=rising(0.0, 0.4), probe__neighbours=rising(0.0, 0.4))
    assert list(samples.mode_collapse(growing)) == []


def test_a_class_that_the_generator_does_not_mind() -> None:
    deaf = case(probe__label_effect=0.0, probe__label_auc=0.9, probe__diversity=0.9)
    finding = only(samples.condition_ignored(deaf))
    assert (finding.rule, finding.severity, finding.tries) == ("condition_ignored", "error", ())
    assert finding.symptom.endswith("The critic does know the classes.")
    assert "ganstudio presets list" in (finding.advice or "")
    slight = case(probe__label_effect=0.03, probe__label_auc=0.5, probe__diversity=0.9, losses__g_class_fake=1.0)
    finding = only(samples.condition_ignored(slight))
    assert (finding.severity, finding.tries) == ("warning", ("task.class_weight=2",))
    assert finding.symptom.endswith("The critic does not tell right classes from wrong ones.")
    for fine in (
        case(probe__label_effect=0.05, probe__diversity=0.9),
        case(probe__label_effect=0.0, probe__diversity=0.1),  # all alike: another rule's
        case("generator_optimizer.lr=0", probe__label_effect=0.0, probe__diversity=0.9),
        case("training.batch=512", probe__label_effect=0.0, probe__diversity=0.9),  # 195 updates
    ):
        assert list(samples.condition_ignored(fine)) == []


def test_output_that_is_stuck() -> None:
    assert "ends" in only(samples.saturated_output(case(probe__saturated=0.5, probe__dead=0.0))).symptom
    assert "same" in only(samples.saturated_output(case(probe__saturated=0.0, probe__dead=0.6))).symptom
    assert list(samples.saturated_output(case(probe__saturated=0.1, probe__dead=0.1))) == []


def test_going_round_in_circles_is_no_trouble_on_the_way_up() -> None:
    assert only(convergence.oscillation(case(probe__drift=0.9, score=rising(10, 30)))).rule == "oscillation"
    assert list(convergence.oscillation(case(probe__drift=0.9, score=rising(30, 10)))) == []
    assert list(convergence.oscillation(case(probe__drift=0.3, score=rising(10, 30)))) == []


def test_losses_that_run_away_and_scores_that_were_better() -> None:
    assert only(convergence.divergence(case(losses__d=[2.0**number for number in range(SPANS)]))).severity == "error"
    assert list(convergence.divergence(case(losses__d=rising(30, 40)))) == []
    worse = only(convergence.divergence(case(score=[*rising(50, 5)[5:], *[20.0] * 5])))
    assert worse.severity == "warning"


def test_a_score_that_is_flat() -> None:
    flat = case(score=[50, 20, 10, *[10.0] * 17])
    assert only(convergence.stalled(flat)).severity == "info"
    assert list(convergence.stalled(case(score=rising(50, 5)))) == []


def test_data_few_repeated_blank_and_uneven() -> None:
    def found(**changes: Any) -> list[tuple[str, str]]:
        seen = {**SEEN, "conditional": True, **changes}
        return [(f.severity, f.symptom.split()[0]) for f in data_and_machine.data_trouble(case(seen=seen))]

    assert found() == []
    assert found(count=64) == [("error", "There")]
    assert found(count=1000) == [("warning", "There")]
    assert found(repeated=1500) == [("error", "Most")]
    assert found(repeated=200) == [("warning", "Some")]
    assert found(blank=100) == [("warning", "Some")]
    assert found(class_counts=[1000, 50]) == [("warning", "The")]


def test_uneven_classes_are_no_trouble_of_a_run_that_is_told_none() -> None:
    uneven = {**SEEN, "class_counts": [1000, 50]}
    assert list(data_and_machine.data_trouble(case(seen={**uneven, "conditional": False}))) == []
    assert list(data_and_machine.data_trouble(case(seen=uneven))) == []  # of an earlier version: its options say so
    assert only(data_and_machine.data_trouble(case("architecture.label_dim=10", seen=uneven))).symptom.startswith(
        "The cl"
    )


def test_nothing_is_advised_that_the_recipe_does_already() -> None:
    few, known = {**SEEN, "count": 64}, {"probe__held_auc": 0.9}
    for mirrored in (False, True):
        mirror = f"data.mirror={mirrored}".lower()
        told = (
            only(data_and_machine.data_trouble(case(mirror, seen=few))),
            only(balance.discriminator_overfitting(case(mirror, **known))),
        )
        assert all(("data.mirror=true" in str(finding.advice)) is not mirrored for finding in told)
    swaps = only(data_and_machine.throughput_trouble(case("training.micro_batch=16", swapped_bytes=2.0**30)))
    assert swaps.tries == ("training.micro_batch=4",)


def slow(rate: float, early: bool = False, **state: Any) -> list[Finding]:
    told = {"nimg": 1000, "elapsed_s": 30.0, "rates": (rate,) * 3, "kimg_total": 1000.0, **state}
    return list(data_and_machine.length_out_of_reach(replace(case(state=told), ends_early=early)))


def test_a_length_that_takes_days_is_told_with_what_to_change() -> None:
    finding = only(slow(5.0))
    assert (finding.severity, finding.tries) == ("info", ("training.kimg=400",))
    assert "2.3 days" in finding.symptom
    assert finding.kimg[0] == finding.kimg[1] > 0  # a fork goes on from the newest checkpoint, and loses nothing
    assert "--minutes" in str(finding.advice)
    assert only(slow(1.0)).severity == "warning"
    assert slow(12.0) == []  # 23 hours
    assert slow(5.0, early=True) == slow(5.0, phase="finished") == slow(5.0, elapsed_s=5.0) == []
    assert slow(5.0, nimg=700_000) == []  # the rest takes less than a day
    assert only(slow(0.0, rates=(), nimg=100, elapsed_s=40.0)).severity == "info"  # before the second tick


def test_a_machine_that_waits_for_its_data_or_swaps() -> None:
    assert "wait" in only(data_and_machine.throughput_trouble(case(data_share=0.5))).symptom
    assert "memory" in only(data_and_machine.throughput_trouble(case(swapped_bytes=2.0**30))).symptom
    assert list(data_and_machine.throughput_trouble(case(data_share=0.1, swapped_bytes=0.0))) == []


@pytest.mark.parametrize(
    ("settings", "tries"),
    [
        (["task=unpaired"], ("task.identity=0",)),
        (["task=unpaired", "task.identity=0"], ("task.cycle=5",)),
        (["task=contrastive"], ("task.identity_nce=0",)),
        (["task=contrastive", "task.identity_nce=0"], ("task.nce=0.5",)),
        (["task=multidomain"], ("task.reconstruction=5",)),
        (["task=paired"], ()),
    ],
)
def test_a_translation_that_copies_its_input_is_told_what_holds_it_to_it(
    settings: list[str], tries: tuple[str, ...]
) -> None:
    finding = only(translation.copied_input(case(*settings, probe__changed=0.03)))
    assert (finding.severity, finding.tries) == ("error", tries)
    assert (finding.advice is None) is bool(tries)


def test_a_translation_that_changes_little_or_more_and_more_is_warned_of_or_left() -> None:
    assert only(translation.copied_input(case("task=unpaired", probe__changed=0.08))).severity == "warning"
    falling = case("task=unpaired", probe__changed=0.03, score=rising(50, 5))
    assert only(translation.copied_input(falling)).severity == "warning"
    assert list(translation.copied_input(case("task=unpaired", probe__changed=0.12))) == []
    assert list(translation.copied_input(case("task=unpaired", probe__changed=rising(0.0, 0.09)))) == []
    young = case("task=unpaired", "training.batch=512", probe__changed=0.03)
    assert list(translation.copied_input(young)) == []
