"""How many synthetic images each class gets, and which generator draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ganstudio import __version__
from ganstudio.data.store import DataSet
from ganstudio.errors import UsageError, nearest, quoted
from ganstudio.inference.exports import Export
from ganstudio.inference.latents import LARGEST_SEED


@dataclass(frozen=True)
class ClassGenerator:
    """What draws a class: an export, and the class's index in it where it is conditional."""

    export: Export
    label: int | None


@dataclass(frozen=True)
class ClassShare:
    """One class: its real images and the synthetic ones to be drawn. Data without classes has one, without a name."""

    name: str | None
    real: int
    synthetic: int
    generator: ClassGenerator | None  # None where nothing is drawn


@dataclass(frozen=True)
class AugmentationPlan:
    """`seed` is that of the first candidate; `psi` None leaves a model as it is."""

    data: DataSet
    shares: tuple[ClassShare, ...]
    seed: int = 0
    novel: bool = False
    psi: float | None = None
    plain: bool = False

    @property
    def synthetic(self) -> int:
        return sum(share.synthetic for share in self.shares)

    def inputs_json(self) -> dict[str, Any]:
        """All inputs that decide the pictures, as JSON: equal for the same work."""
        manifest = self.data.manifest
        models = [share.generator and _generator_json(share.generator) for share in self.shares]
        return {
            "data": manifest.name,
            "fingerprint": manifest.fingerprint,
            "classes": list(manifest.classes),
            "synthetic": [share.synthetic for share in self.shares],
            "model": models,
            "seed": self.seed,
            "novel": self.novel,
            "psi": self.psi,
            "plain": self.plain,
            "ganstudio": __version__,
        }


def _generator_json(generator: ClassGenerator) -> dict[str, Any]:
    manifest = generator.export.manifest
    return {"name": generator.export.name, "sha256": manifest.sha256, "label": generator.label}


def synthetic_by_factor(counts: Sequence[int], factor: float) -> list[int]:
    """Synthetic images a class, so that there are `factor` times as many images, in the proportions of `counts`.

    What is left over in rounding goes to the largest remainders, the first among equals.
    """
    if not 1 < factor < float("inf"):
        raise UsageError(f"--factor: {factor:g} times as many images; it must be more than 1. Nearest: 2.")
    total = sum(counts)
    more = round((Fraction(str(factor)) - 1) * total)
    parts = [divmod(more * count, total) for count in counts]
    numbers = [whole for whole, _ in parts]
    order = sorted(range(len(counts)), key=lambda index: (-parts[index][1], index))
    for index in order[: more - sum(numbers)]:
        numbers[index] += 1
    return numbers


def synthetic_to_balance(counts: Sequence[int], per_class: int | None = None) -> list[int]:
    """Synthetic images a class, so that each has `per_class` images, or as many as the largest; none loses any.

    A class without real images gets none: no generator has learned what it looks like.
    """
    if per_class is not None and per_class < 1:
        raise UsageError(f"--per-class: at least 1; got {per_class}.")
    most = max(counts) if per_class is None else per_class
    return [max(0, most - count) if count else 0 for count in counts]


def make_plan(
    data: DataSet,
    synthetic: Sequence[int],
    given: Sequence[tuple[str | None, Export]],
    *,
    seed: int = 0,
    novel: bool = False,
    psi: float | None = None,
    plain: bool = False,
) -> AugmentationPlan:
    """The plan that draws `synthetic` images a class from the exports that were `given`, each for a class or for all.

    Raises UsageError where a model cannot draw, or does not fit the data's classes; the classes are matched by name.
    """
    manifest = data.manifest
    check_data(data)
    names: tuple[str | None, ...] = manifest.classes or (None,)
    for export in {export.path: export for _, export in given}.values():
        _check_drawable(export, psi)
    chosen = _exports_by_class(given, names, manifest.name)
    shares = []
    for name, real, more in zip(names, manifest.class_counts or (manifest.count,), synthetic, strict=True):
        generator = None
        if more:
            if name not in chosen:
                raise UsageError(
                    f"--model: none draws class {name!r} of data set {manifest.name!r}, which gets {more:,} images.",
                    hint=f"--model {quoted(f'{name}=MODEL')}   # as well",
                )
            generator = _class_generator(name, chosen[name], manifest.name)
        shares.append(ClassShare(name, real, more, generator))
    plan = AugmentationPlan(data, tuple(shares), seed, novel, psi, plain)
    check_seeds(seed, plan.synthetic)
    if not plan.synthetic:
        raise UsageError(f"data set {manifest.name!r} has what was asked for already: there is nothing to draw.")
    return plan


def check_data(data: DataSet) -> None:
    """Raises UsageError unless `data` may be augmented."""
    manifest = data.manifest
    if manifest.axes != "HWC":
        raise UsageError(f"data set {manifest.name!r} holds no images but {manifest.axes}; only images are augmented.")
    if manifest.attributes:
        raise UsageError(f"data set {manifest.name!r} has attributes; only data with classes or without is augmented.")
    if manifest.synthetic:
        raise UsageError(
            f"data set {manifest.name!r} was augmented already: {manifest.synthetic:,} of its images are synthetic.",
            hint=f"ganstudio data show {manifest.name}   # source names the data that it was made from",
        )


def check_seeds(first: int, count: int) -> None:
    """Raises UsageError unless there are `count` seeds from `first` on."""
    if first + count - 1 > LARGEST_SEED:
        raise UsageError(f"--seed: the seeds from {first} on run out; they go up to {LARGEST_SEED}.", "--seed 0")


def _exports_by_class(
    given: Sequence[tuple[str | None, Export]], names: Sequence[str | None], data: str
) -> dict[str | None, Export]:
    """The export of each class that has one."""
    if len(given) == 1 and given[0][0] is None:
        export = given[0][1]
        if names != (None,) and not export.manifest.classes:
            raise UsageError(
                f"--model: {export.name} is not conditional, and data set {data!r} has the classes "
                f"{_examples([str(name) for name in names])}: whose are its images?",
                hint=f"--model CLASS={quoted(export.name)}   # once for each class",
            )
        return dict.fromkeys(names, export)
    chosen: dict[str | None, Export] = {}
    for name, export in given:
        if name is None:
            raise UsageError(
                f"--model {export.name}: one model for all classes, or CLASS=MODEL for each; {len(given)} were given.",
                hint=f"--model CLASS={quoted(export.name)}   # once for each class",
            )
        if name in chosen:
            raise UsageError(f"--model: class {name!r} has two models, {chosen[name].name} and {export.name}.")
        chosen[name] = export
    return chosen


def _class_generator(name: str | None, export: Export, data: str) -> ClassGenerator:
    """How `export` draws the class `name`. Raises UsageError where it cannot."""
    classes = export.manifest.classes
    if name is None and classes:
        raise UsageError(
            f"--model: {export.name} draws the classes {_examples(classes)}; data set {data!r} has no classes.",
            hint="ganstudio export list   # a model that was trained on data without classes fits",
        )
    if name is None:
        return ClassGenerator(export, None)
    if name in classes:
        return ClassGenerator(export, classes.index(name))
    if classes:
        raise UsageError(
            f"--model: {name!r} is a class of data set {data!r} but none of {export.name}, whose are "
            f"{_examples(classes)}. {nearest(name, classes)}",
            hint=f"ganstudio export show {quoted(export.name)}",
        )
    return ClassGenerator(export, None)


def _examples(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def _check_drawable(export: Export, psi: float | None) -> None:
    manifest = export.manifest
    if manifest.z_dim is None:
        raise UsageError(f"--model: {export.name} is a {manifest.task} model: it takes images, not seeds.")
    shape = manifest.image_shape
    if len(shape) != 3 or shape[0] not in (1, 3, 4):
        raise UsageError(
            f"--model: {export.name} makes images of shape {list(shape)}; data sets hold flat ones, [1, 3 or 4, H, W]."
        )
    if psi is not None and "psi" not in {spec.name for spec in manifest.inputs}:
        raise UsageError(f"--psi: {export.name} has no truncation; leave --psi out.")
