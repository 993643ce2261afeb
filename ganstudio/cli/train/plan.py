"""The plan of a training: the options of `train` resolved into a recipe, a data set and the record of a new run."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganstudio import __version__
from ganstudio.cli.output import note, progress
from ganstudio.errors import DataError, RecipeError, StudioError, UsageError
from ganstudio.report.validation import batch_fault, device_fault, nearest_batch
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.data.manifest import Manifest
    from ganstudio.data.store import DataSet
    from ganstudio.recipe.schema import Recipe
    from ganstudio.runs.record import RunRecord


@dataclass(frozen=True)
class RecipeSource:
    """The source of a recipe: a preset, or a file of the user's own with its content."""

    name: str
    table: dict[str, Any]
    architecture: bytes | None
    file: Path | None = None
    shipped: bool = False  # a preset that came with the program: its own values are legal for any data that it is for


@dataclass(frozen=True)
class TrainingPlan:
    """A source, its resolved recipe and a packed data set: a run that is not made yet."""

    source: RecipeSource
    recipe: Recipe
    data: DataSet


def check_flags(kimg: float | None, epochs: float | None, minutes: float | None, device: str) -> None:
    if kimg is not None and epochs is not None:
        raise UsageError(
            "--kimg and --epochs both set the length; give one.", f"--kimg {kimg:g}   # instead of --epochs"
        )
    for flag, value in (("--kimg", kimg), ("--epochs", epochs), ("--minutes", minutes)):
        if value is not None and not value > 0:
            raise UsageError(f"{flag} must be more than 0; got {value:g}.")
    if wrong := device_fault(device):
        raise UsageError(f"--device {device}: {wrong}")


def read_source(workspace: Workspace, preset: str, trusted: bool) -> RecipeSource:
    from ganstudio import bridge
    from ganstudio.recipe import load
    from ganstudio.runs import trusted_files

    if not preset.endswith(".py"):
        shipped = not any((folder / f"{preset}.toml").exists() for folder in workspace.presets[:-1])
        return RecipeSource(preset, load.read_preset(preset, workspace), None, shipped=shipped)
    file = Path(preset)
    architecture = trusted_files.require(file, trusted)
    described = bridge.call_worker("describe", str(file.resolve()))
    return RecipeSource(file.stem, described["recipe"], architecture, file.resolve())


def resolve(source: RecipeSource, changes: list[str]) -> Recipe:
    """The recipe of `source` with `changes`. Raises RecipeError with every problem, the architecture's among them."""
    from ganstudio.recipe import load

    try:
        return load.resolve(source.table, changes, source.name)
    except RecipeError as error:
        raise RecipeError([*error.problems, *option_problems(source, [changes])], error.hint) from None


def option_problems(source: RecipeSource, settings_lists: Sequence[Sequence[str]]) -> list[str]:
    """The problems, each once, that an architecture finds in its changed options, which only its file knows."""
    changed = [settings for settings in settings_lists if _changes_any(settings, "architecture.")]
    return _refusals(source, changed, sized=False)


def _changes_any(settings: Sequence[str], *keys: str) -> bool:
    """Whether one of `settings` begins with one of `keys`."""
    return any(text.strip().startswith(keys) for text in settings)


def _refusals(source: RecipeSource, settings_lists: Sequence[Sequence[str]], sized: bool) -> list[str]:
    """The problems that an architecture finds in its options, and where `sized` in its resolution, for any data."""
    from ganstudio import bridge
    from ganstudio.recipe import load

    tables = [load.merge(source.table, settings)[0] for settings in settings_lists]
    sides = [load.resolution_of(table) if sized else None for table in tables]
    choices = dict.fromkeys(
        json.dumps({"architecture": table.get("architecture"), "side": side})
        for table, side in zip(tables, sides, strict=True)
    )
    if not choices:
        return []
    try:
        bridge.call_worker("options", *choices, *(["--file", str(source.file)] if source.file else []))
    except RecipeError as error:
        return list(error.problems)
    except UsageError as error:
        return [error.message]
    except StudioError:
        pass  # what is wrong with the rest of the recipe is told without
    return []


def check_options_early(source: RecipeSource, settings_lists: Sequence[Sequence[str]]) -> None:
    """Raises RecipeError, before a data set is packed, with the problems that no data set could solve.

    A preset that came with the program is checked only where its architecture or its resolution was changed: a worker
    takes seconds to answer.
    """
    keys = ("architecture", "data.resolution", "data.crop")
    to_check = [settings for settings in settings_lists if not source.shipped or _changes_any(settings, *keys)]
    if problems := _refusals(source, to_check, sized=True):
        raise RecipeError(problems)


def check_trainable(
    members: Sequence[RunRecord], architecture: bytes | None, start: Path | None = None, elsewhere: bool = False
) -> None:
    """Asks a worker, once for all, whether these runs could be trained, from the checkpoint `start` where one is given.

    Raises UsageError for what could not, RecipeError with every problem of the recipes. The data need not be stored at
    the resolution of the recipe yet. With `elsewhere` devices may be those of other machines.
    """
    from ganstudio.bridge import call_worker
    from ganstudio.runs.record import write_draft

    flags = [*(["--start", str(start)] if start else []), *(["--elsewhere"] if elsewhere else [])]
    with tempfile.TemporaryDirectory(prefix="ganstudio-") as folder:
        files = []
        for number, member in enumerate(members):
            (Path(folder) / str(number)).mkdir()
            named = replace(member, id=member.id or "draft", name=member.name or "draft")
            files.append(str(write_draft(Path(folder) / str(number), named, architecture)))
        call_worker("validate", *files, *flags)


def make_plan(
    source: RecipeSource,
    data: str,
    changes: list[str],
    epochs: float | None,
    beside: Sequence[Sequence[str]] = (),
    gpus: int = 1,
    style_data: str | None = None,
) -> TrainingPlan:
    """The plan that the options describe; data sets are packed on the way, in the size that they are stored in.

    What can be refused without the data set is refused first; so are the changes of the runs `beside` this one.
    """
    from ganstudio.cli.train.styles import find_styles
    from ganstudio.data.obtain import find_set
    from ganstudio.recipe import load
    from ganstudio.recipe.allowed_values import sharing_fault
    from ganstudio.recipe.schema import AS_STORED
    from ganstudio.recipe.tiles import tile_of

    recipe = resolve(source, changes)

    def permit_new(name: str, most: int | None) -> None:
        settings_lists = beside or [changes]
        for settings in settings_lists:
            other = load.resolve(source.table, settings, source.name)
            if uneven := sharing_fault(other.training.batch, gpus):
                raise RecipeError([uneven])
            if most:  # of a source that holds nothing its packing says more
                _check_batch(other, name, most)
        check_options_early(source, settings_lists)

    styles = find_styles(recipe, data, style_data, lambda name: permit_new(name, None))
    packed = find_set(data, progress(f"packing {data}"), permit_new, tile_of(recipe))
    packed = replace(packed, styles=styles)
    for one in (packed, *([styles] if styles else [])):
        _note_packing(one.manifest)
    data_settings = [f"data.resolution={packed.manifest.resolution}"] if recipe.data.resolution == AS_STORED else []
    data_settings += [f"training.kimg={epochs * packed.manifest.count / 1000}"] if epochs is not None else []
    if data_settings:
        recipe = resolve(source, [*changes, *data_settings])
    _check_batch(recipe, packed.manifest.name, packed.manifest.count)
    return TrainingPlan(source, recipe, packed)


def _note_packing(manifest: Manifest) -> None:
    if left_out := len(manifest.skipped):
        note(f"note: {left_out} files of {manifest.source} could not be used: ganstudio data show {manifest.name}")
    for sentence in manifest.notes:
        note(f"note: {sentence}")


def must_derive(plan: TrainingPlan) -> bool:
    """Whether the data set is not there in the size that the recipe asks for."""
    from ganstudio.data.derived.derived_sets import exists_at_resolution

    return not exists_at_resolution(plan.data, plan.recipe.data.size)


def with_data_derived(draft: RunRecord, plan: TrainingPlan) -> RunRecord:
    """The draft of a plan with the data set in the size that the recipe asks for, made where it is not there."""
    from ganstudio.data.derived.derived_sets import at_resolution
    from ganstudio.data.run_data import data_record

    data = at_resolution(plan.data, plan.recipe.data.size, progress(f"packing {plan.data.manifest.name}"))
    return replace(draft, data=data_record(data))


def size_notes(plan: TrainingPlan) -> list[str]:
    """Sentences on images that the training sees larger or smaller than they are."""
    from ganstudio.data.derived.planned_sets import planned_at

    size = plan.recipe.data.size
    return planned_at(plan.data, size).manifest.size_notes(size)


def _check_batch(recipe: Recipe, name: str, count: int) -> None:
    """Refuses a data set that cannot fill a batch, with the nearest batch that it can fill."""
    batch, micro = recipe.training.batch, recipe.training.micro_batch
    if count < 2:
        raise DataError(f"{name} holds {count} image; a GAN needs at least 2 to learn from.")
    if wrong := batch_fault(batch, micro, count, name):
        raise UsageError(f"training.batch: {wrong}", hint=fitting_batch(count, micro))


def fitting_batch(count: int, micro: int | None) -> str:
    """The options of a batch that so many images fill; micro-batches that are larger are given up."""
    if micro and micro > count:
        return f"--set training.batch={count} --set training.micro_batch=none"
    return f"--set training.batch={nearest_batch(count, micro)}"


def draft_record(plan: TrainingPlan, seed: int, device: str, gpus: int, minutes: float | None, name: str) -> RunRecord:
    """The record of a run that has no id yet."""
    from ganstudio.data.run_data import data_record
    from ganstudio.recipe import load
    from ganstudio.runs import trusted_files
    from ganstudio.runs.record import RunRecord

    architecture, recipe = plan.source.architecture, load.dump(plan.recipe)
    return RunRecord(
        id="",
        name=name,
        preset=plan.source.name,
        recipe=recipe,
        seed=seed,
        device=device,
        processes=gpus,
        minutes=minutes,
        data=data_record(plan.data),
        parent=None,
        architecture_sha256=trusted_files.digest(architecture) if architecture is not None else None,
        created=datetime.now(UTC).isoformat(timespec="milliseconds"),
        versions={"ganstudio": __version__, "python": sys.version.split()[0]},
        differs=_deviations(plan.source, recipe),
    )


def _deviations(source: RecipeSource, recipe: dict[str, Any]) -> dict[str, list[Any]] | None:
    """The knobs in which a recipe differs from its preset, or file; None where that is no recipe by itself."""
    from ganstudio.recipe import load
    from ganstudio.recipe.deviations import deviations

    try:
        return deviations(load.dump(load.resolve(source.table, (), source.name)), recipe)
    except RecipeError:
        return None
