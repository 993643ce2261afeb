"""The terms of a training: its objective's, its task's, its regularizers'."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from ganstudio.engine.contract import SIDES, Side
from ganstudio.engine.tasks.task import Task
from ganstudio.engine.terms.losses.reconstruction import Reconstruction
from ganstudio.engine.terms.objectives.adversarial import Adversarial
from ganstudio.engine.terms.penalties.consistency import Consistency
from ganstudio.engine.terms.penalties.dragan import Dragan
from ganstudio.engine.terms.penalties.drift import Drift
from ganstudio.engine.terms.penalties.feature_matching import FeatureMatching
from ganstudio.engine.terms.penalties.gradient_norm import R1, R2
from ganstudio.engine.terms.penalties.gradient_penalty import GradientPenalty
from ganstudio.engine.terms.penalties.lecam import LeCam
from ganstudio.engine.terms.penalties.orthogonal import Orthogonal
from ganstudio.engine.terms.penalties.path_length import PathLength
from ganstudio.engine.terms.penalties.weight_clip import WeightClip
from ganstudio.engine.terms.term import Constraint, Term
from ganstudio.errors import UsageError
from ganstudio.recipe import schema


def build_terms(recipe: schema.Recipe, task: Task) -> list[Term]:
    """Every term, in the order of the sum. Raises UsageError where two of a side have one name."""
    terms: list[Term] = [Adversarial(recipe.objective, side) for side in SIDES]
    terms += task.terms(recipe)
    terms += [penalty for choice in recipe.regularizers for penalty in build_penalties(choice)]
    names = [(term.side, term.name) for term in terms]
    if repeated := sorted({name for side, name in names if names.count((side, name)) > 1}):
        raise UsageError(f"two terms of one side are called {repeated[0]}: a term's name must be its own.")
    return terms


def build_constraints(choices: Iterable[schema.Regularizer]) -> list[Constraint]:
    return [WeightClip(choice) for choice in choices if isinstance(choice, schema.WeightClip)]


def build_penalties(choice: schema.Regularizer) -> list[Term]:
    """The terms of a regularizer, one a side that it holds for; none where it is a constraint."""
    match choice:
        case schema.GradientPenalty():
            return [GradientPenalty(choice)]
        case schema.Dragan():
            return [Dragan(choice)]
        case schema.R1():
            return [R1(choice)]
        case schema.R2():
            return [R2(choice)]
        case schema.Drift():
            return [Drift(choice)]
        case schema.LeCam():
            return [LeCam(choice)]
        case schema.Consistency():
            return [Consistency(choice)]
        case schema.Orthogonal():
            sides: dict[str, tuple[Side, ...]] = {"generator": ("g",), "critic": ("d",), "both": SIDES}
            return [Orthogonal(choice, side) for side in sides[choice.side]]
        case schema.PathLength():
            return [PathLength(choice)]
        case schema.FeatureMatching():
            return [FeatureMatching(choice)]
        case schema.Reconstruction():
            return [Reconstruction(choice)]
        case schema.WeightClip():
            return []
        case unreachable:
            assert_never(unreachable)
