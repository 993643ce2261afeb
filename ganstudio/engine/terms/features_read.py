"""Which pretrained networks a training learns by: their features never score what it made.

A critic that sees through a network teaches its generator what pleases that network, so that a distance in its
features tells more of the training than of the images. Architectures say it of their critics, terms of themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ganstudio.engine import architectures, tasks
from ganstudio.engine.contract import Architecture, DataShape, Options
from ganstudio.engine.terms.build import build_terms
from ganstudio.engine.terms.term import Term
from ganstudio.recipe.schema import Recipe
from ganstudio.runs.record import RunRecord


def features_read(architecture: Architecture, options: Options, terms: Iterable[Term]) -> frozenset[str]:
    """Their names, as `evaluation.features` has them."""
    return architecture.reads(options).union(*(term.reads for term in terms))


def features_read_by(run: Path, record: RunRecord, recipe: Recipe, shape: DataShape) -> frozenset[str]:
    """Those of a run that trains on images of `shape`."""
    architecture = architectures.of_run(run, record)
    options = architectures.options(architecture, recipe.architecture, shape)
    return features_read(architecture, options, build_terms(recipe, tasks.of(architecture, recipe)))
