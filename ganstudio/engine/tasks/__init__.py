"""Tasks: how a batch becomes pairs for the critics to judge, and the losses that are a task's own."""

from __future__ import annotations

from typing import assert_never

from ganstudio.engine.contract import Architecture
from ganstudio.engine.tasks.task import Task
from ganstudio.recipe.schema import Recipe
from ganstudio.recipe.task_choices import (
    ContrastiveTask,
    InpaintTask,
    MultidomainTask,
    PairedTask,
    StylizationTask,
    SuperresTask,
    SynthesisTask,
    UnpairedTask,
)


def of(architecture: Architecture, recipe: Recipe) -> Task:
    """The task of a training: the architecture file's own, or the recipe's."""
    return architecture.task(recipe) if architecture.task else build(recipe)


def build(recipe: Recipe) -> Task:
    from ganstudio.engine.tasks.contrastive import Contrastive
    from ganstudio.engine.tasks.inpaint import Inpaint
    from ganstudio.engine.tasks.multidomain import Multidomain
    from ganstudio.engine.tasks.paired import Paired
    from ganstudio.engine.tasks.stylization import Stylization
    from ganstudio.engine.tasks.superres import SuperResolution
    from ganstudio.engine.tasks.synthesis import Synthesis
    from ganstudio.engine.tasks.unpaired import Unpaired

    match recipe.task:
        case SynthesisTask():
            return Synthesis(recipe.task)
        case UnpairedTask():
            return Unpaired(recipe.task)
        case PairedTask():
            return Paired(recipe.task)
        case SuperresTask():
            return SuperResolution(recipe.task)
        case ContrastiveTask():
            return Contrastive(recipe.task)
        case MultidomainTask():
            return Multidomain(recipe.task)
        case InpaintTask():
            return Inpaint(recipe.task)
        case StylizationTask():
            return Stylization()
        case unreachable:
            assert_never(unreachable)
