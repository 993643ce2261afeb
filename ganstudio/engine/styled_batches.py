"""Batches of contents with a style picture beside each, from a second data set under draws of its own.

Styles are seen at the size that they are stored in: of each a part is cut, as large as what networks see of a content.
Both sides become colours: grey is repeated, and what is transparent lies over white.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from torch import Tensor

from ganstudio.data.manifest import Manifest
from ganstudio.data.store import DataSet
from ganstudio.engine.batches import Batches, held_count
from ganstudio.engine.contract import Batch, DataContract, DataShape, Stage
from ganstudio.engine.draws import Draw
from ganstudio.errors import RecipeError
from ganstudio.recipe.schema import Data
from ganstudio.units import HeightWidth, both_texts, recipe_text

STYLES = "styles"  # what the draws and streams of the second set are called


class StyledBatches(Batches):
    """As Batches of the contents; each batch has as many `styles`. Looks repeat styles where there are fewer."""

    def __init__(
        self,
        data: DataSet,
        needs: DataContract,
        mirror: bool,
        seed: int,
        device: torch.device,
        held_out: float = 0.0,
        size: tuple[int, ...] | None = None,
        crop: HeightWidth | None = None,
    ) -> None:
        super().__init__(data, needs, mirror, seed, device, held_out, size, crop)
        assert data.styles is not None  # check_styles said so
        height, width = (crop or size or data.manifest.size)[-2:]
        own = DataContract(least_held=needs.least_held)
        self.styles = Batches(data.styles, own, mirror, seed, device, held_out, None, (height, width))

    def at(self, stream: str, position: int, draw: Draw, stage: Stage) -> Batch:
        contents = super().at(stream, position, draw, stage)
        theirs = replace(draw, scope=f"{draw.scope}/{STYLES}")  # contents and styles are cut at places of their own
        return _styled(contents, self.styles.at(f"{STYLES}/{stream}", position, theirs, stage).images)

    def held(self, count: int, stage: Stage) -> Batch | None:
        contents = super().held(count, stage)
        if contents is None:
            return None
        styles = self.styles.held(len(contents.images), stage)
        assert styles is not None  # both sides hold out the same share
        return _repeated(contents, styles.images)

    def fixed(self, purpose: str, count: int, stage: Stage) -> Batch:
        contents = super().fixed(purpose, count, stage)
        styles = self.styles.fixed(f"{STYLES}/{purpose}", len(contents.images), stage)
        return _repeated(contents, styles.images)


def batches_of(
    data: DataSet,
    needs: DataContract,
    choice: Data,
    seed: int,
    device: torch.device,
    make_source: Callable[[Tensor, Draw], Tensor | None],
) -> Batches:
    """The batches that a task with these `needs` is trained on, drawn as the recipe's `choice` says."""
    drawn = (choice.mirror, seed, device, choice.held_out, data.manifest.size_at(choice.size), choice.crop_size)
    return StyledBatches(data, needs, *drawn) if needs.styles else Batches(data, needs, *drawn, make_source)


def check_styles(needs: DataContract, data: DataSet, shape: DataShape, choice: Data, task: str) -> None:
    """Raises RecipeError where the second data set is missing, in the way, or of no use beside contents of `shape`."""
    if needs.styles and data.styles is None:
        raise RecipeError(
            [f"data: the {task} task learns styles from a second data set, and none was given."],
            hint="--style-data NAME",
        )
    if data.styles is not None and not needs.styles:
        raise RecipeError([f"data: the {task} task takes no second data set; leave --style-data out."])
    if data.styles is not None and (problems := list(_problems(needs, data.styles.manifest, shape, choice))):
        raise RecipeError(problems)


def _problems(needs: DataContract, styles: Manifest, shape: DataShape, choice: Data) -> Iterator[str]:
    if len(styles.shape) != 3:
        yield f"style data: {styles.name} holds {styles.noun}; styles are flat images."
        return
    seen = shape.size[-2:]
    if any(stored < side for stored, side in zip(styles.size, seen, strict=True)):
        sizes = f"{both_texts(styles.size)} px, smaller than the {both_texts(seen)} px that networks see"
        yield f"style data: the pictures of {styles.name} are {sizes}. Nearest: data.crop={recipe_text(styles.size)}."
    whole, noun = (styles.pictures, "pictures") if styles.pictures else (styles.count, "images")
    if held_count(styles, choice.held_out, needs.least_held) >= whole:
        most = next((h for h in (0.5, 0.0) if held_count(styles, h, needs.least_held) < whole), 0.0)
        yield (
            f"data.held_out: {choice.held_out:g} of the {whole:,} {noun} of {styles.name} leaves no style to learn. "
            f"Nearest: {most:g}."
        )


def conversions(data: DataSet) -> Iterator[str]:
    """Sentences on the pictures of either side that are not seen as they are."""
    become = {1: "grey: they are seen in three equal channels", 4: "transparent: they are seen over white"}
    for one, side in ((data, "contents"), (data.styles, "styles")):
        if one is not None and (how := become.get(one.manifest.channels)):
            yield f"the {side}, {one.manifest.name}, are {how}"


def _repeated(contents: Batch, styles: Tensor) -> Batch:
    return _styled(contents, styles[torch.arange(len(contents.images)) % len(styles)])


def _styled(contents: Batch, styles: Tensor) -> Batch:
    return replace(contents, images=coloured(contents.images), styles=coloured(styles))


def coloured(images: Tensor) -> Tensor:
    """Images [N, 3, H, W] of [N, 1, 3 or 4, H, W], all in [-1, 1]."""
    if images.shape[1] == 1:
        return images.expand(-1, 3, -1, -1)
    if images.shape[1] == 4:
        opacity = (images[:, 3:] + 1) / 2
        return images[:, :3] * opacity + (1 - opacity)
    return images
