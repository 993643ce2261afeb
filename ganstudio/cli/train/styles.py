"""The second data set of a training that learns styles: whether one is due, found and packed, and of use."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ganstudio.cli.output import progress
from ganstudio.errors import StudioError, UsageError, quoted
from ganstudio.units import both_texts, height_width, recipe_text

if TYPE_CHECKING:
    from ganstudio.data.store import DataSet
    from ganstudio.recipe.schema import Recipe

ENCODER = "lpips-vgg16"  # the weights that pictures are encoded by, whatever the architecture: scores are made in them


def find_styles(recipe: Recipe, data: str, style_data: str | None, permit: Callable[[str], None]) -> DataSet | None:
    """The set that `style_data` means, packed on the way where it is new; None of a task that takes none.

    Before one is packed `permit` is told its name. Raises UsageError where there is one too many or one is missing,
    where the encoder's weights are not here, and where the pictures are smaller than what networks see.
    """
    from ganstudio import weights
    from ganstudio.data.obtain import find_set
    from ganstudio.recipe.task_choices import StylizationTask

    if not isinstance(recipe.task, StylizationTask):
        if style_data is not None:
            raise UsageError(
                f"--style-data: the {recipe.task.kind} task takes no styles.",
                hint=f"ganstudio train stylize --data {quoted(data)} --style-data {quoted(style_data)}",
            )
        return None
    if style_data is None:
        raise UsageError(
            "--style-data is missing: stylization learns styles from a second set of pictures.",
            hint="--style-data NAME   # or a folder of pictures",
        )
    weights.require(ENCODER)
    try:
        styles = find_set(style_data, progress(f"packing {style_data}"), lambda name, _: permit(name))
    except StudioError as error:
        error.hint = error.hint and error.hint.replace("then --data ", "then --style-data ")
        raise
    _check_size(recipe, styles)
    return styles


def _check_size(recipe: Recipe, styles: DataSet) -> None:
    """Raises UsageError, before contents are packed, where the styles are smaller than the recipe's crop."""
    manifest, crop = styles.manifest, recipe.data.crop_size
    if crop is None or all(stored >= side for stored, side in zip(manifest.size, crop, strict=True)):
        return
    nearest = recipe_text(height_width(manifest.resolution))
    raise UsageError(
        f"--style-data {manifest.name}: its pictures have {both_texts(manifest.size)} px, and networks see "
        f"{both_texts(crop)} px of each.",
        hint=f"--set data.crop={nearest}   # or larger pictures: ganstudio data add PATH --size {max(crop)} --name S",
    )
