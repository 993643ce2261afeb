"""What a proof found, in words that claim no more than it shows."""

from __future__ import annotations

from typing import Any

from ganstudio.cli.output import note
from ganstudio.inference.augmentation.plan import AugmentationPlan

MOST_SEEDS = 20
_VERDICTS = {
    "helps": "the synthetic images help this classifier",
    "hurts": "the synthetic images hurt this classifier",
    "not shown": "within the spread, so neither help nor harm is shown",
}


def prove(plan: AugmentationPlan, augmented: str, seeds: int) -> dict[str, Any]:
    """The worker's answer on the augmentation at the path `augmented`, which is also told on stderr."""
    from ganstudio.bridge import call_worker

    note(f"Training a small classifier {2 * seeds} times, with and without the synthetic images ...")
    proof = call_worker("prove", str(plan.data.path), augmented, "--seeds", str(seeds))
    for line in words(proof):
        note(line)
    return proof


def words(proof: dict[str, Any]) -> list[str]:
    lines = [
        f"{proof['held_out']:,} real images held out; trained on {proof['real']:,} real ones, "
        f"with and without {proof['synthetic']:,} synthetic ones, {proof['steps']} steps",
        *(f"{kind:<7}  {_accuracies(proof[kind])}" for kind in ("without", "with")),
    ]
    points, interval = f"gain     {100 * proof['gain']:+.2f} points", proof["gain_interval"]
    if interval is None:
        return [*lines, f"{points}: one seed does not tell the spread (--prove-seeds 3)"]
    reach = f"{100 * interval[0]:+.2f} to {100 * interval[1]:+.2f}"
    lines.append(f"{points} ({proof['confidence']:.0%} interval {reach}): {_VERDICTS[proof['verdict']]}")
    if proof["verdict"] == "helps":
        lines.append("         at most: the generator may have been trained on images that were held out here")
    return lines


def _accuracies(told: dict[str, Any]) -> str:
    return ", ".join(
        f"{label} {told[key]:.2%}" + ("" if told[f"{key}_sd"] is None else f" ± {told[f'{key}_sd']:.2%}")
        for key, label in (("class_mean", "mean over classes"), ("accuracy", "accuracy"))
    )
