"""`ganstudio augment --prove`: trains the classifiers and prints what they show, and no more than that."""

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
    """The worker's answer on the augmentation at the path `augmented`, which is printed on stderr too."""
    from ganstudio.bridge import call_worker

    note(f"Training a small classifier {2 * seeds} times, with and without the synthetic images ...")
    proof = call_worker("prove", str(plan.data.path), augmented, "--seeds", str(seeds))
    for line in proof_lines(proof):
        note(line)
    return proof


def proof_lines(proof: dict[str, Any]) -> list[str]:
    """The lines that are printed of a proof: images, accuracies without and with the synthetic ones, and the gain."""
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


def _accuracies(result: dict[str, Any]) -> str:
    return ", ".join(
        f"{label} {result[key]:.2%}" + ("" if result[f"{key}_sd"] is None else f" ± {result[f'{key}_sd']:.2%}")
        for key, label in (("class_mean", "mean over classes"), ("accuracy", "accuracy"))
    )
