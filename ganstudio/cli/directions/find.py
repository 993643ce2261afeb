"""`ganstudio directions find`: looks for directions in a model's latents, proves them, and stores them beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganstudio.cli.directions.reference_data import classifier_of, open_data, real_pictures
from ganstudio.cli.export.commands import Json, Trust
from ganstudio.cli.export.import_model import parse_range
from ganstudio.cli.model_choice import Provider, check_export, choose_export
from ganstudio.cli.output import note, print_json, print_made, progress
from ganstudio.errors import Interrupted, UsageError, nearest
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ganstudio.data.store import DataSet
    from ganstudio.inference.exports import Export
    from ganstudio.inference.latent.directions import Direction
    from ganstudio.inference.latent.finding.finder import Finder
    from ganstudio.inference.latent.model import LatentModel

SOURCES = ("pca", "sefa", "labels", "measure", "classifier:FILE.onnx", "pairs")
FEWEST_SAMPLES, MOST_SAMPLES = 200, 100_000
MOST_COMPONENTS = 100


@dataclass(frozen=True)
class FindRequest:
    """The options of `ganstudio directions find` that say which directions are wanted."""

    source: str
    only: tuple[str, ...]
    count: int
    keep: tuple[str, ...]
    before: str | None
    after: str | None
    name: str | None
    data: str | None
    samples: int
    layers: str


def find(
    model: Annotated[str, typer.Argument(help="An export's name, an .onnx file, or a run (its newest export).")],
    source: Annotated[
        str, typer.Option("--from", metavar="SOURCE", help="pca, sefa, labels, measure, classifier:FILE.onnx or pairs.")
    ],
    data: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A data set: its labels tell classes, its pictures what data looks like."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="This measure, class or attribute; repeated for several.  [default: all]"),
    ] = None,
    count: Annotated[int, typer.Option(metavar="N", help="Directions of pca and sefa, the strongest first.")] = 5,
    before: Annotated[
        str | None,
        typer.Option(
            metavar="SEEDS|PATH", help="Of pairs, where it leads from: seeds, an npz, or a folder of pictures."
        ),
    ] = None,
    after: Annotated[
        str | None, typer.Option(metavar="SEEDS|PATH", help="Of pairs, where it leads to, at strength 1.")
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A direction or a measure that is not to move along; repeated for several."),
    ] = None,
    layers: Annotated[
        str, typer.Option(help="Of a model with styles: all, coarse, middle, fine, or numbers as 0-3.")
    ] = "all",
    name: Annotated[
        str | None, typer.Option(metavar="S", help="What to call it, where one direction is found.")
    ] = None,
    samples: Annotated[int, typer.Option(metavar="N", help="Seeds that are drawn and looked at.")] = 10_000,
    range_: Annotated[
        str,
        typer.Option("--range", metavar="LOW,HIGH", help="Black and white of classifier:FILE, as -1,1 or 0,255."),
    ] = "-1,1",
    provider: Provider = "auto",
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Find directions in a model's latents, prove them, and keep them beside the export. Prints their names.

    Strength 1 moves the mean of what is measured by one standard deviation over the samples; of pca and sefa, latents
    by one deviation; of pairs, all the way. A direction of the same name is replaced. What follows a direction, how far
    pictures stay like the data and what else moves along is measured on seeds of their own. `labels`, and --data with
    labels, train a small classifier in a process of its own where there is none yet.

    \b
    Examples:
      ganstudio directions find dcgan-mnist-1 --from measure --only thickness --only slant --data mnist
      ganstudio directions find dcgan-mnist-1 --from labels --data mnist --only 7
      ganstudio directions find dcgan-mnist-1 --from pca --count 10
      ganstudio directions find dcgan-mnist-1 --from measure --only size --keep brightness --name width
      ganstudio directions find dcgan-mnist-1 --from pairs --before 0-15 --after 20-35 --name rounder
    """
    kind, _, file = source.partition(":")
    asked = FindRequest(kind, tuple(only or ()), count, tuple(keep or ()), before, after, name, data, samples, layers)
    _check(asked, source, file)
    workspace = Workspace.locate()
    export = choose_export(workspace, model, None, trust)
    check_export(export, None)
    finder, vector = _finder(workspace, export, asked, file, range_, provider)
    found: list[Direction] = []
    refused: list[UsageError] = []
    try:
        for one in _found(finder, asked, vector):
            if isinstance(one, UsageError):
                refused.append(one)
            else:
                found.append(one)
                note(_sentence(one))
    except KeyboardInterrupt:
        if not found:
            raise Interrupted("Stopped: no direction was stored, and those there were are as they were.") from None
        _store(export, finder, found)
        names = ", ".join(one.name for one in found)
        raise Interrupted(f"Stopped. Those found so far are stored: {names}.") from None
    if refused and (asked.only or not found):
        raise refused[0]
    for error in refused:
        note(f"Left out: {error.message}")
    _store(export, finder, found)
    if as_json:
        from ganstudio.report.directions import as_json as direction_json

        print_json([direction_json(one, finder.directions) for one in found])
        return
    print_made(*(one.name for one in found))


def _check(asked: FindRequest, source: str, file: str) -> None:
    """Raises UsageError where the options do not go together or are out of range."""
    from ganstudio.inference.latent.directions import check_name

    kinds = [one.partition(":")[0] for one in SOURCES]
    if asked.source not in kinds or (file and asked.source != "classifier"):
        raise UsageError(
            f"--from {source}: there is no such way. {nearest(asked.source, kinds)}", f"--from {SOURCES[3]}"
        )
    if asked.source == "classifier" and not file:
        raise UsageError("--from classifier: which one? Write classifier:FILE.onnx.")
    if asked.source == "labels" and asked.data is None:
        raise UsageError("--from labels: of which data set? Give --data NAME.", "ganstudio data list")
    if asked.source == "pairs" and (asked.before is None or asked.after is None):
        raise UsageError("--from pairs: from where to where? Give both.", "--before 0-15 --after 16-31")
    if asked.source != "pairs" and (asked.before is not None or asked.after is not None):
        raise UsageError("--before and --after go with --from pairs.", "--from pairs")
    if asked.only and asked.source not in ("measure", "labels", "classifier"):
        raise UsageError(f"--only: {asked.source} has no names to choose from; --count N says how many.", "--count 5")
    if not 1 <= asked.count <= MOST_COMPONENTS:
        raise UsageError(f"--count: from 1 to {MOST_COMPONENTS}; got {asked.count}.")
    if not FEWEST_SAMPLES <= asked.samples <= MOST_SAMPLES:
        raise UsageError(f"--samples: from {FEWEST_SAMPLES} to {MOST_SAMPLES:,}; got {asked.samples}.")
    if asked.name is not None:
        check_name(asked.name)
        if asked.source != "pairs" and len(asked.only) != 1 and asked.count != 1:
            raise UsageError("--name: for one direction; choose it by --only NAME, or by --count 1 of pca and sefa.")


def _finder(
    workspace: Workspace, export: Export, asked: FindRequest, file: str, range_: str, provider: str
) -> tuple[Finder, NDArray[np.float32] | None]:
    """All that is needed, opened and checked before samples are drawn; of `pairs` also the way between them."""
    from ganstudio.inference.latent.directions import Directions
    from ganstudio.inference.latent.finding.finder import Finder, check_kept
    from ganstudio.inference.latent.finding.sampled import draw
    from ganstudio.inference.latent.gauges import Gauges
    from ganstudio.inference.latent.layers import layers_named
    from ganstudio.inference.latent.measures import check_measures, measures_of
    from ganstudio.inference.latent.model import LatentModel
    from ganstudio.inference.latent.reach import Known

    shape = tuple(int(side) for side in export.manifest.image_shape)
    if len(shape) != 3:
        raise UsageError(f"{export.name} makes images of shape {list(shape)}; directions are of pictures.")
    if asked.source == "measure":
        check_measures(asked.only, shape[0])
    data = None if asked.data is None else open_data(asked.data, export)
    if asked.source == "labels":
        _check_labels(export, data, asked)
    classifier = classifier_of(workspace, data, Path(file) if file else None, parse_range(range_))
    if classifier and asked.source == "classifier":
        classifier.chosen(asked.only)
    opened = LatentModel.open(export.path, provider)
    note(f"{export.name} runs on {opened.whole.provider}.")
    layers = layers_named(asked.layers, opened)
    directions = Directions.of(export.path, export.manifest, opened.space, anew=True)
    gauges = Gauges(measures_of(shape[0]), classifier)
    check_kept(asked.keep, directions, gauges)
    vector = _read_graph_or_pairs(asked, opened, layers)
    drawn = draw(opened, gauges, layers, asked.samples, progress("drawing"))
    pictures = drawn.small if data is None else real_pictures(data, drawn.small.shape[1:3])
    made: dict[str, Any] = {"from": asked.source, "samples": asked.samples, "data": asked.data}
    made |= {"classifier": file or None, "keep": list(asked.keep), "layers": asked.layers if opened.layer_px else None}
    known = asked.data or f"{export.name}'s own samples"
    return Finder(drawn, Known.of(pictures), known, directions, asked.keep, made, progress), vector


def _read_graph_or_pairs(asked: FindRequest, opened: LatentModel, layers: slice) -> NDArray[np.float32] | None:
    """The way between pairs; None of other sources. Raises UsageError where the graph has not what is looked for."""
    from ganstudio.inference.latent.finding.graph import GraphStart
    from ganstudio.inference.latent.finding.pairs import difference

    if asked.source == "sefa":
        GraphStart(opened).first_weights(layers)
    if asked.source == "pca" and opened.space == "z":
        GraphStart(opened).first_activation()
    if asked.source != "pairs":
        return None
    return difference(opened, asked.before or "", asked.after or "", layers, progress("projecting"), note)


def _check_labels(export: Export, data: DataSet | None, asked: FindRequest) -> None:
    """Raises UsageError where the data set has no such labels, before a classifier of them is trained."""
    assert data is not None
    manifest = data.manifest
    names = manifest.classes if len(manifest.classes) > 1 else manifest.attributes
    if not names:
        raise UsageError(f"--from labels: data set {asked.data!r} has no labels.", "ganstudio data list")
    if unknown := next((name for name in asked.only if name not in names), None):
        raise UsageError(f"--only {unknown}: {manifest.name} has no such label. {nearest(unknown, names)}")
    if export.manifest.classes and manifest.classes and set(names) <= set(export.manifest.classes):
        hint = f"ganstudio sample --model {export.name} --seed 0 --class {export.manifest.classes[0]}"
        raise UsageError(f"--from labels: {export.name} is told its class, so no direction has to find it.", hint)


def _found(finder: Finder, asked: FindRequest, vector: NDArray[np.float32] | None) -> Iterator[Direction | UsageError]:
    """The directions that are asked for, one by one."""
    from dataclasses import replace

    match asked.source:
        case "measure":
            ways: Iterator[Direction | UsageError] = finder.measures(asked.only)
        case "labels" | "classifier":
            ways = finder.answers(asked.only)
        case "pca":
            ways = finder.components(asked.count)
        case "sefa":
            ways = finder.eigenvectors(asked.count)
        case _:
            assert vector is not None
            given = {"before": asked.before, "after": asked.after}
            ways = iter([finder.difference(asked.name or "pair", vector, given)])
    for one in ways:
        yield replace(one, name=asked.name) if asked.name and not isinstance(one, UsageError) else one


def _store(export: Export, finder: Finder, found: list[Direction]) -> None:
    """Writes what was found beside the export, with what is there by now."""
    from ganstudio.inference.latent.directions import Directions

    there = Directions.of(export.path, export.manifest, finder.directions.space, anew=True)
    there.with_(*found).save()


def _sentence(direction: Direction) -> str:
    from ganstudio.report.directions import sentence

    return sentence(direction)
