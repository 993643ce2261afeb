"""What the findings of a check mean for a training, in sentences that end in a command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ganstudio.report.data import balance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ganstudio.data.inspect import PixelFindings
    from ganstudio.data.manifest import Manifest

    Labels = Sequence[int] | NDArray[np.int64]

UNBALANCED = 3.0  # largest class to smallest
FEW = 2000  # images, below which a critic soon knows them by heart


class Commands(NamedTuple):
    """`again` packs the same pictures in the same way; None where they were no files. `train` takes a preset and
    settings. `balanced` is a free name for the set with synthetic images beside its own.
    """

    again: str | None
    train: Callable[..., str]
    balanced: str


def advice(manifest: Manifest, found: PixelFindings, labels: Labels | None, commands: Commands) -> list[str]:
    """What this means for a training, and what to type; `labels` are the classes of the images, in their order."""
    name, noun, again = manifest.name, manifest.noun, commands.again
    preset = "dcgan" if manifest.depth is None else "gan"
    lines = [*manifest.notes, *_on_classes(manifest, found, labels, commands), *_on_pixels(manifest, found, again)]
    if manifest.skipped:
        lines.append(f"{len(manifest.skipped):,} files were skipped, each with its reason: ganstudio data show {name}")
    if words := manifest.enlarged_words(manifest.resolution):
        smaller = f" Smaller trains faster: {again} --size {manifest.own_resolution}" if again else ""
        lines.append(f"{words[0].upper()}{words[1:]}.{smaller}")
    if manifest.count < FEW:
        lines.append(
            f"{manifest.count:,} {noun} are few: the critic soon knows them by heart. Augmentation puts that off: "
            + commands.train(preset, "augmentation.p.kind=constant")
        )
    return lines or [f"Nothing stands out: {commands.train(preset)}"]


def _on_pixels(manifest: Manifest, found: PixelFindings, again: str | None) -> list[str]:
    """Of equal, nearly equal and blank images; `again` is the command that packs the files anew."""
    name, noun, lines = manifest.name, manifest.noun, []
    if copies := sum(len(group) - 1 for group in found.duplicates):
        lines.append(f"{copies:,} {noun} repeat others exactly: a GAN draws those more often.")
    if found.near:
        lines.append(
            f"{sum(map(len, found.near)):,} {noun} in {len(found.near):,} groups are nearly equal: they count as "
            f"copies, and must not be parted between training and test data."
        )
    if found.blank:
        shown = f" White on transparent shows over another ground: {again} --background gray" if again else ""
        lines.append(f"{len(found.blank):,} {noun} are blank, and a GAN learns to draw blanks.{shown}")
    if again and lines:
        lines.append(
            f"To be rid of these: ganstudio data check {name} --json names the files; remove some, then {again}"
        )
    return lines


def _on_classes(manifest: Manifest, found: PixelFindings, labels: Labels | None, commands: Commands) -> list[str]:
    even, lines = balance(manifest), []
    if even is None:
        return []
    if even.ratio >= UNBALANCED:
        largest, smallest = (
            manifest.classes[manifest.class_counts.index(count)] for count in (even.largest, even.smallest)
        )
        lines.append(
            f"The classes are unbalanced: {largest} has {even.ratio:.1f} times the {manifest.noun} of "
            f"{smallest}. A conditional model learns the small ones too, and can fill them up: "
            f"{commands.train('cgan')} && ganstudio augment --data {manifest.name} --model latest --balance "
            f"--name {commands.balanced}"
        )
    if even.empty:
        lines.append(f"Nothing is of class {', '.join(even.empty)}: no model can learn it.")
    torn = 0 if labels is None else sum(len({int(labels[place]) for place in g}) > 1 for g in found.duplicates)
    if torn:
        lines.append(f"{torn:,} groups of equal {manifest.noun} are of more than one class: their labels contradict.")
    return lines
