"""A large picture of a small one: SRGAN (Ledig et al. 2017, arXiv:1609.04802), ESRGAN (arXiv:1809.00219).

The small pictures are made of the data's own, whatever set that is. The critic sees pictures alone, not what they were
made from. PSNR is of all channels and of the whole picture; papers often leave out a border and all but luma.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from torch import Tensor

from ganstudio.engine.contract import (
    Architecture,
    Batch,
    Condition,
    DataContract,
    DataShape,
    ExportSpec,
    Nets,
    Options,
    Stage,
)
from ganstudio.engine.degradation import small_pictures
from ganstudio.engine.draws import Draw
from ganstudio.engine.tasks.paired import Paired
from ganstudio.engine.tasks.target_measures import LPIPS, MEASURES
from ganstudio.engine.terms.losses.distance import PixelDistance
from ganstudio.engine.terms.losses.perceptual import Perceptual
from ganstudio.engine.terms.term import Term
from ganstudio.errors import RecipeError
from ganstudio.recipe.numbers import ever_positive
from ganstudio.recipe.schema import Recipe
from ganstudio.recipe.task_choices import SuperresTask
from ganstudio.units import both_texts

BY_PSNR = (
    "PSNR says which checkpoint is the best, and prefers those before task.perceptual counts: with "
    f"`ganstudio weights fetch {LPIPS}` (or `import`) LPIPS says it; else export with --checkpoint last"
)


class SuperResolution(Paired):
    needs = DataContract(least_held=2)
    excused = {  # noqa: RUF012
        "growth": "super-resolution takes its pictures at one resolution.",
        "volumes": "super-resolution takes images, neither clips nor voxel grids.",
    }

    def __init__(self, knobs: SuperresTask | None = None) -> None:
        self.small = knobs or SuperresTask()

    def build(self, architecture: Architecture, options: Options, shape: DataShape) -> Nets:
        nets = super().build(architecture, options, shape)
        if ever_positive(self.small.perceptual):  # PSNR falls when it comes in, and the best would be what was before
            if self.measures == MEASURES:
                self.caution = BY_PSNR
            else:
                *others, lpips = self.measures
                self.measures = (replace(lpips, best=True), *(replace(one, best=False) for one in others))
        return nets

    def seen(self, shape: DataShape) -> DataShape:
        """`shape` with the small pictures that are made, which take the place of a source that the data has."""
        if not shape.flat:
            return shape
        if shape.channels == 4:
            raise RecipeError(
                [
                    "data: super-resolution learns from grey or colour pictures, and these have transparency, which "
                    "`upscale` enlarges by itself."
                ],
                hint="ganstudio data add FOLDER --tile 128 --mode rgb --name NAME",
            )
        scale, (height, width) = self.small.scale, shape.size
        if height % scale or width % scale:
            nearest = max(shape.resolution // scale, 1) * scale
            raise RecipeError(
                [
                    f"task.scale: {scale} must divide both sides of what networks see, {both_texts(shape.size)}. "
                    f"Nearest: data.crop={nearest}."
                ]
            )
        return replace(shape, source=(shape.channels, height // scale, width // scale))

    def make_source(self, images: Tensor, draw: Draw) -> Tensor:
        return small_pictures(images, self.small, draw)

    def condition(self, batch: Batch) -> Condition:
        return Condition(batch.labels)

    def terms(self, recipe: Recipe) -> list[Term]:
        knobs: Any = recipe.task
        return [PixelDistance(knobs.pixel), Perceptual(knobs)]

    def exports(self, nets: Nets, stage: Stage) -> list[ExportSpec]:
        return [replace(spec, scale=self.small.scale) for spec in super().exports(nets, stage)]
