"""Adaptive augmentation strength, Karras et al. 2020 (arXiv:2006.06676, section 3.1)."""

from __future__ import annotations

from ganstudio.recipe.schema import Adaptive


def moved(p: float, mean_sign: float, batch: int, choice: Adaptive) -> float:
    """p after `interval` updates: up where the mean sign of real logits is above the target, down where below.

    p can move by 1 over `choice.kimg` thousand images and stays in [0, limit].
    """
    step = batch * choice.interval / (choice.kimg * 1000)
    direction = (mean_sign > choice.target) - (mean_sign < choice.target)
    return min(max(p + direction * step, 0.0), choice.limit)
