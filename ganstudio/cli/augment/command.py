"""`ganstudio augment`: writes a data set with synthetic images beside the real ones, without torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganstudio.cli.export.commands import Json, Trust
from ganstudio.cli.model_choice import Provider, Psi, choose_export
from ganstudio.cli.output import note, print_json, print_made, progress
from ganstudio.errors import Interrupted, UsageError, nearest, quoted
from ganstudio.inference.exports import Export
from ganstudio.inference.latents import LARGEST_SEED
from ganstudio.units import size_text
from ganstudio.workspace import Workspace, require_name

if TYPE_CHECKING:
    from ganstudio.data.store import DataSet
    from ganstudio.inference.augmentation.augment import Tally
    from ganstudio.inference.augmentation.destinations import DataSetDestination, FolderDestination
    from ganstudio.inference.augmentation.plan import AugmentationPlan


def augment(
    data: Annotated[str, typer.Option(metavar="NAME", help="The data set: see `ganstudio data list`.")],
    model: Annotated[
        list[str],
        typer.Option(
            metavar="[CLASS=]MODEL",
            help="What draws: an export, an .onnx file or a run. A conditional one for all classes, or one a class.",
        ),
    ],
    factor: Annotated[
        float | None, typer.Option(metavar="F", help="So many times the images in all, in the data's proportions.")
    ] = None,
    balance: Annotated[bool, typer.Option("--balance", help="Fill every class up to the largest.")] = False,
    per_class: Annotated[
        int | None, typer.Option(metavar="N", help="With --balance: fill every class up to N images instead.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A new folder, one sub-folder a class, as ImageFolder reads it.")
    ] = None,
    name: Annotated[str | None, typer.Option(metavar="S", help="A new data set, for `train --data S`.")] = None,
    novel: Annotated[
        bool, typer.Option("--novel", help="Replace near copies of real images by the pictures of further seeds.")
    ] = False,
    prove: Annotated[
        bool, typer.Option("--prove", help="Train a classifier with and without the synthetic images (minutes).")
    ] = False,
    prove_seeds: Annotated[int, typer.Option(metavar="N", help="With --prove: trainings of either kind.")] = 3,
    seed: Annotated[int, typer.Option(metavar="N", help="The first seed; picture i is drawn from N + i.")] = 0,
    psi: Psi = None,
    plain: Annotated[bool, typer.Option("--plain", help="Leave out the pictures' metadata.")] = False,
    provider: Provider = "auto",
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Write the images of a data set and, beside them, synthetic ones. Prints the folder or the new data set's name.

    A conditional model draws every class, matched by name; CLASS=MODEL draws one. Interrupted, the same command goes on
    where it was. Near copies of real images are counted, and replaced with --novel.

    \b
    Examples:
      ganstudio augment --data mnist --model cgan-mnist-1 --factor 2 --name mnist-twice
      ganstudio augment --data digits --model cgan-digits-1 --balance --novel --out ./balanced --prove
      ganstudio augment --data birds --model wren=wrens.onnx --model tit=tits-2 --balance --per-class 500 --out ./birds
    """
    from ganstudio.data.obtain import open_set

    _check_options(factor, balance, per_class, out, name, prove_seeds, seed)
    packed = open_set(data, progress(f"packing {data}"))
    counts = _synthetic_counts(packed, factor, balance, per_class)
    if prove and not packed.manifest.classes:
        raise UsageError(f"--prove: data set {data!r} has no classes, so there is nothing to classify.")
    plan = _make_plan(packed, counts, model, trust, seed=seed, novel=novel, psi=psi, plain=plain)
    destination = _destination(plan, out, name)
    done = _augment(plan, destination, provider)
    result = _result_json(plan, done, destination, name)
    _note_result(plan, result)
    if prove:
        from ganstudio.cli.augment.proof import prove as run_proof

        result["proof"] = run_proof(plan, result["path"], prove_seeds)
    if as_json:
        print_json(result)
    else:
        print_made(name or result["path"])
    if prove and result["proof"]["verdict"] != "helps":
        raise typer.Exit(1)


def _check_options(
    factor: float | None,
    balance: bool,
    per_class: int | None,
    out: Path | None,
    name: str | None,
    prove_seeds: int,
    seed: int,
) -> None:
    """Raises UsageError where the options do not go together or are out of range."""
    from ganstudio.cli.augment.proof import MOST_SEEDS

    if (factor is None) == (not balance):
        raise UsageError("how many images? Give one of --factor F and --balance.", "ganstudio augment --help")
    if per_class is not None and not balance:
        hint = f"--balance --per-class {per_class}   # instead of --factor"
        raise UsageError("--per-class: goes with --balance.", hint)
    if (out is None) == (name is None):
        raise UsageError("where to? Give one of --out DIR and --name S.", "ganstudio augment --help")
    if name is not None:
        require_name(name)
    if not 1 <= prove_seeds <= MOST_SEEDS:
        raise UsageError(f"--prove-seeds: from 1 to {MOST_SEEDS}; got {prove_seeds}.")
    if not 0 <= seed <= LARGEST_SEED:
        raise UsageError(f"--seed: from 0 to {LARGEST_SEED}; got {seed}.")


def _synthetic_counts(data: DataSet, factor: float | None, balance: bool, per_class: int | None) -> list[int]:
    """The number of synthetic images to draw for each class. Raises UsageError where `balance` finds no classes."""
    from ganstudio.inference.augmentation.plan import synthetic_by_factor, synthetic_to_balance

    manifest = data.manifest
    if balance and not manifest.classes:
        raise UsageError(
            f"--balance: data set {manifest.name!r} has no classes.", hint="--factor 2   # instead of --balance"
        )
    counts = manifest.class_counts or (manifest.count,)
    if empty := [name for name, count in zip(manifest.classes, counts, strict=False) if not count]:
        note(f"Nothing is drawn for classes without a real image: {', '.join(empty[:8])}.")
    return synthetic_to_balance(counts, per_class) if factor is None else synthetic_by_factor(counts, factor)


def _make_plan(data: DataSet, counts: list[int], models: list[str], trust: bool, **how: Any) -> AugmentationPlan:
    from ganstudio.inference.augmentation.plan import check_data, make_plan

    check_data(data)
    workspace = Workspace.locate()
    exports: dict[str, Export] = {}
    chosen = []
    for text in models:
        class_name, model = _split_model_option(text, data)
        if model not in exports:
            exports[model] = choose_export(workspace, model, None, trust)
        chosen.append((class_name, exports[model]))
    return make_plan(data, counts, chosen, **how)


def _split_model_option(option: str, data: DataSet) -> tuple[str | None, str]:
    """The class and the model of `[CLASS=]MODEL`; a class's name may hold "=", and so may a file's."""
    classes = data.manifest.classes
    equals_signs = [place for place, letter in enumerate(option) if letter == "="]
    for place in equals_signs:
        if option[:place] in classes:
            return option[:place], option[place + 1 :]
    if not equals_signs or Path(option).is_file():
        return None, option
    name = option[: equals_signs[0]]
    if not classes:
        raise UsageError(
            f"--model {option}: data set {data.manifest.name!r} has no classes.",
            f"--model {quoted(option[equals_signs[0] + 1 :])}",
        )
    raise UsageError(
        f"--model {option}: {name!r} is no class of data set {data.manifest.name!r}. {nearest(name, classes)}"
    )


def _destination(plan: AugmentationPlan, out: Path | None, name: str | None) -> FolderDestination | DataSetDestination:
    from ganstudio.inference.augmentation.destinations import DataSetDestination, FolderDestination

    return FolderDestination(out.absolute(), plan) if out is not None else DataSetDestination(str(name), plan)


def _augment(plan: AugmentationPlan, destination: FolderDestination | DataSetDestination, provider: str) -> Tally:
    """Draws and writes the images of `plan`, and returns what was done. Raises Interrupted with how to continue."""
    from ganstudio.inference.augmentation.augment import augment as draw_and_write
    from ganstudio.inference.augmentation.augment import check_models
    from ganstudio.inference.augmentation.destinations import locked_tally

    check_models(plan, provider)
    for line in _adaptation_notes(plan):
        note(line)
    copying, drawing = progress("real images"), progress("synthetic images")
    with locked_tally(destination) as done:
        before = done.real + sum(done.kept)
        total = plan.data.manifest.count + plan.synthetic
        if before:
            note(
                "All of it is there already." if before == total else f"Going on after {before:,} of {total:,} images."
            )
        try:
            draw_and_write(plan, destination, done, provider, copying, drawing)
            destination.finish(done)
        except KeyboardInterrupt:
            drawing(total, total)  # clears the line
            written = done.real + sum(done.kept)
            raise Interrupted(
                f"Stopped after {written:,} of {total:,} images. The same command goes on there."
            ) from None
    return done


def _adaptation_notes(plan: AugmentationPlan) -> list[str]:
    """A line for each model whose pictures are resized or converted to fit the data."""
    manifest = plan.data.manifest
    colours = {1: "grey", 3: "rgb", 4: "rgba"}
    lines = {}
    for share in plan.shares:
        if share.generator is None:
            continue
        export = share.generator.export
        channels, height, width = (int(size) for size in export.manifest.image_shape)
        changes = []
        if (height, width) != manifest.size:
            now = size_text((height, width))
            changes.append(f"resized from {now} to {size_text(manifest.size)} px (Lanczos)")
        if channels != manifest.channels:
            changes.append(f"made {colours[manifest.channels]} from {colours[channels]}")
        if changes:
            lines[export.path] = f"Pictures of {export.name} are {' and '.join(changes)}, as the data is."
    return list(lines.values())


def _result_json(
    plan: AugmentationPlan, done: Tally, destination: FolderDestination | DataSetDestination, name: str | None
) -> dict[str, Any]:
    """The object that `--json` prints."""
    from ganstudio.inference.augmentation.destinations import as_document
    from ganstudio.inference.augmentation.novelty import QUANTILE

    real, synthetic = plan.data.manifest.count, plan.synthetic
    return {
        "name": name,
        "path": str(destination.path),
        "count": real + synthetic,
        "real": real,
        "synthetic": synthetic,
        "near": sum(done.near),
        "near_expected": QUANTILE,
        "replaced": sum(done.tried) - sum(done.kept),
        "classes": as_document(plan, done, complete=True)["classes"],
        "proof": None,
    }


def _note_result(plan: AugmentationPlan, result: dict[str, Any]) -> None:
    filled = sum(share.real > 0 for share in plan.shares if share.name is not None)
    classes = f" in {filled} classes" if filled > 1 else ""
    note(f"{result['real']:,} real and {result['synthetic']:,} synthetic images{classes}")
    tried = result["synthetic"] + result["replaced"]
    note(
        f"{result['near']:,} of {tried:,} drawn ({result['near'] / tried:.1%}) were near copies of a real image "
        f"({result['near_expected']:.0%} of the real ones are as near to another): "
        + ("replaced" if plan.novel else "kept (--novel replaces them)")
    )
