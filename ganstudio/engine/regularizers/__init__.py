"""Penalties that share the loss's backward, and constraints that act on weights after a step."""

from __future__ import annotations

from ganstudio.engine.regularizers.feature_matching import FeatureMatching
from ganstudio.engine.regularizers.gradient_norm import R1, R2
from ganstudio.engine.regularizers.gradient_penalty import GradientPenalty
from ganstudio.engine.regularizers.path_length import PathLength
from ganstudio.engine.regularizers.penalty import Constraint, Regularizer
from ganstudio.engine.regularizers.weight_clip import WeightClip
from ganstudio.recipe import schema


def build(choices: tuple[schema.Regularizer, ...]) -> tuple[list[Regularizer], list[Constraint]]:
    """The penalties and the constraints that a recipe lists."""
    penalties: list[Regularizer] = []
    constraints: list[Constraint] = []
    for choice in choices:
        match choice:
            case schema.GradientPenalty():
                penalties.append(GradientPenalty(choice))
            case schema.R1():
                penalties.append(R1(choice))
            case schema.R2():
                penalties.append(R2(choice))
            case schema.PathLength():
                penalties.append(PathLength(choice))
            case schema.FeatureMatching():
                penalties.append(FeatureMatching(choice))
            case schema.WeightClip():
                constraints.append(WeightClip(choice))
    return penalties, constraints
