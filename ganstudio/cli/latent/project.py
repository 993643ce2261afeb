"""`ganstudio project`: finds the latents that draw given pictures, without torch unless `--exact` asks for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganstudio.cli.export.commands import Json, Trust
from ganstudio.cli.images import run
from ganstudio.cli.latent.encoder import require_flat, trusted_run
from ganstudio.cli.model_choice import Force, Plain, Provider, choose_export
from ganstudio.cli.output import note, print_json, print_made, progress
from ganstudio.errors import UsageError, quoted
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ganstudio.inference.exports import Export
    from ganstudio.inference.images.jobs import Failure, Job
    from ganstudio.inference.latent.projection.project_pictures import Options, Outcome
    from ganstudio.inference.latent.projection.projector import Projector

MOST_STEPS = 100_000


def project(
    images: run.Images,
    model: run.Model,
    out: run.Out,
    class_: Annotated[
        str | None, typer.Option("--class", help="The class of all of them.  [default: the nearest are tried]")
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Steps of least squares, 0 for the start alone; with --exact steps of Adam.  [default: 12; 300]",
        ),
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Search by gradients, with torch: the export's run must be here.")
    ] = False,
    pivotal: Annotated[
        bool, typer.Option("--pivotal", help="With --exact: tune the generator for each picture, as NAME-STEM.onnx.")
    ] = False,
    fit: Annotated[str, typer.Option(help="A picture of another shape: crop, pad or stretch.")] = "crop",
    background: Annotated[
        str, typer.Option(metavar="C", help="Behind what is transparent, and beside what is padded.")
    ] = "white",
    provider: Provider = "auto",
    plain: Plain = False,
    force: Force = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Find the latent that draws a picture. Writes, of each, STEM.png, STEM.npz and STEM-beside.png into a folder.

    STEM.png is what the model draws, STEM.npz what `sample --latent` takes, STEM-beside.png the picture and the answer.
    It begins with the nearest of thousands of random samples and the encoder's answer (`ganstudio encoder MODEL`), and
    goes on by least squares on the export alone. Interrupted, the same command goes on where it was. Of several
    pictures, those that cannot be read are listed, and it ends with 1.

    \b
    Examples:
      ganstudio project seven.png --model dcgan-mnist-1 --out found
      ganstudio project photos --model stylegan2-faces-1 --out found --exact --pivotal
    """
    from ganstudio.inference.latent.projection.project_pictures import Options
    from ganstudio.inference.latent.projection.projected_files import files_of

    _check(steps, exact, pivotal)
    workspace = Workspace.locate()
    export = choose_export(workspace, model, None, trust)
    require_flat(export)
    options = Options.of(export.manifest, class_, steps, exact, pivotal, fit, background, plain)
    jobs, failures = run.plan(images, out, "png", force, files_of)
    folder = trusted_run(workspace, export, trust) if exact else None
    if exact and folder is None:
        message = f"--exact: {export.name} is of no run that is here, and no gradient goes through an ONNX file."
        raise UsageError(message, f"ganstudio project {quoted(images[0])} --model {quoted(model)} --out {quoted(out)}")
    if pivotal:
        _check_tuned(export, jobs, force)
    projector = open_projector(export, provider, class_)
    outcomes = _do(projector, jobs, failures, options, folder)
    _print(export, outcomes, failures, projector, as_json)


def _check(steps: int | None, exact: bool, pivotal: bool) -> None:
    if steps is not None and not 0 <= steps <= MOST_STEPS:
        raise UsageError(f"--steps: from 0 to {MOST_STEPS:,}; got {steps}.")
    if pivotal and not exact:
        raise UsageError("--pivotal: tunes the generator by gradients, which --exact searches by.", "--exact --pivotal")


def _check_tuned(export: Export, jobs: Sequence[Job], force: bool) -> None:
    """Raises UsageError where a tuned generator would replace an export that is none of this one."""
    from ganstudio.inference.latent.projection.exact_projection import tuned_path
    from ganstudio.inference.latent.projection.project_pictures import tuned_name
    from ganstudio.inference.manifest import read_manifest

    for path in (tuned_path(export.path, tuned_name(job)) for job in jobs):
        if force or not path.exists():
            continue
        manifest = read_manifest(path)
        if manifest is None or manifest.tuned is None or manifest.tuned["of"] != export.name:
            raise UsageError(f"--pivotal: {path} is there, and was not tuned from {export.name}.", "--force")


def open_projector(export: Export, provider: str, class_: str | None = None) -> Projector:
    """The projector, with a note on what runs it, on what a missing encoder costs, and on a class without effect."""
    from ganstudio.inference.latent.projection.nearest import SAMPLES
    from ganstudio.inference.latent.projection.projector import Projector

    projector = Projector.open(export.path, provider)
    whole = projector.model.whole
    note(f"{export.name} runs on {whole.provider}{whole.provider_why and f': {whole.provider_why}'}.")
    if projector.encoder is None:
        note(
            f"{export.name} has no encoder: beginning with the nearest of {SAMPLES:,} random samples, which is slower "
            f"and less near. `ganstudio encoder {export.name}` trains one."
        )
    elif class_ is not None and not projector.takes_class:
        note("--class changes nothing: the encoder finds ws, which hold their class.")
    return projector


def _do(
    projector: Projector, jobs: Sequence[Job], failures: list[Failure], options: Options, folder: Path | None
) -> list[Outcome]:
    """Projects all pictures; those that fail go to `failures`. Raises UsageError where the only one does."""
    from ganstudio.inference.images.jobs import Failure
    from ganstudio.inference.latent.projection.project_pictures import project_all

    outcomes: list[Outcome] = []
    with run.interrupt_told(lambda: len(outcomes), len(jobs)):
        for outcome in project_all(projector, jobs, options, folder, progress("projecting")):
            if isinstance(outcome, Failure):
                failures.append(outcome)
            else:
                outcomes.append(outcome)
    if len(jobs) == 1 and not outcomes:
        raise run.error_of(failures[-1])
    return outcomes


def _print(
    export: Export, outcomes: Sequence[Outcome], failures: Sequence[Failure], projector: Projector, as_json: bool
) -> None:
    """The distances, what was fitted and what was left out; exit 1 where something was."""
    there = sum(outcome.distance is None for outcome in outcomes)
    if there:
        note(f"{there:,} of {len(outcomes):,} pictures were there already.")
    for outcome in outcomes:
        for text in outcome.notes:
            note(f"{outcome.job.name}: {text}.")
        if outcome.distance is not None and outcome.start is not None:
            of = "" if outcome.label is None else f", as {export.manifest.classes[outcome.label]}"
            began = {"encoder": "the encoder", "samples": "the nearest sample"}[outcome.start.kind]
            note(f"{outcome.job.name}: {outcome.distance} from it{of}; {began} was {outcome.start.distance} away.")
        if outcome.tuned:
            note(f"{outcome.job.name}: {outcome.tuned} draws it, tuned for it.")
    for failed in failures:
        note(f"Left out: {failed.source}: {failed.why}")
    if as_json:
        known = {"model": export.name, "export": str(export.path), "provider": projector.model.whole.provider}
        encoder = str(projector.encoder.path) if projector.encoder else None
        pictures = [outcome.as_json(export.manifest.classes) for outcome in outcomes]
        failed_json = [{"source": str(failed.source), "why": failed.why} for failed in failures]
        print_json({**known, "encoder": encoder, "pictures": pictures, "failed": failed_json})
    else:
        print_made(*(outcome.job.path for outcome in outcomes))
    if failures:
        raise typer.Exit(1)
