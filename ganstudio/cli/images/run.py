"""What commands on pictures have in common, `upscale` and its like: the model, the pictures, what is said of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ganstudio.cli.destination import check_replaceable, make_folder
from ganstudio.cli.model_choice import choose_export
from ganstudio.cli.output import note, print_json, print_made, progress
from ganstudio.errors import Interrupted, StudioError, UsageError, quoted
from ganstudio.inference.exports import Export, list_exports
from ganstudio.progress import no_progress
from ganstudio.workspace import Workspace, drop_unfinished

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ganstudio.inference.images.jobs import Failure, Job
    from ganstudio.inference.images.model import ImageModel, Kind
    from ganstudio.inference.images.work import Outcome, Work

Images = Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Pictures, or folders of them.")]
Model = Annotated[str, typer.Option(help="An export, an .onnx file or a run.")]
Out = Annotated[Path, typer.Option(metavar="DIR", help="The folder for what is made; made where it is missing.")]
Format = Annotated[
    Literal["png", "webp", "jpeg"], typer.Option("--format", help="png and webp lose nothing, jpeg holds no alpha.")
]
Plan = tuple["list[Job]", "list[Failure]"]
NOTHING: Mapping[str, Any] = MappingProxyType({})
MOST_NAMED = 3  # models of the right kind, where one of another was given


def open_image_model(model: str, kind: Kind, provider: str, trust: bool) -> ImageModel:
    """The model that `--model` names, with a note on what runs it. Raises UsageError: one for another command."""
    from ganstudio.inference.images.model import ImageModel

    export = choose_image_export(model, kind, trust)
    opened = ImageModel.open(export.path, kind, provider)
    note_provider(opened)
    return opened


def choose_image_export(model: str, kind: Kind, trust: bool, flag: str = "--model") -> Export:
    """The export that `--model`, or another flag, names. Raises UsageError for another command's, with those for it."""
    from ganstudio.inference.images.model import check_kind, kind_of

    workspace = Workspace.locate()
    export = choose_export(workspace, model, None, trust)
    right = [one.name for one in list_exports(workspace)[0] if kind_of(one.manifest) == kind]
    check_kind(export.manifest, export.path, kind, right[:MOST_NAMED], flag)
    return export


def note_provider(model: ImageModel) -> None:
    """Says what runs a model."""
    why = f": {model.provider_why}" if model.provider_why else ""
    note(f"{model.path.stem} runs on {model.provider}{why}.")


def plan(
    images: Sequence[Path], out: Path, format_: str, force: bool, files: Callable[[Job], list[Path]] | None = None
) -> Plan:
    """The jobs, and the files that could not even be listed. Raises UsageError where an answer may not be written.

    `files` are all that become of a job, where that is more than its answer.
    """
    from ganstudio.data.formats import suffixes
    from ganstudio.inference.images.jobs import plan_jobs
    from ganstudio.inference.pictures import SUFFIXES

    if out.suffix.lower() in suffixes() and not out.is_dir():
        raise UsageError(f"--out: {out} is called as a picture is; a folder is needed.", f"--out {quoted(out.parent)}")
    out = out.absolute()
    jobs, failures = plan_jobs(images, out, SUFFIXES[format_][0])
    check_replaceable([path for job in jobs for path in (files(job) if files else [job.path])], force)
    make_folder(out)
    for folder in {job.path.parent for job in jobs}:
        drop_unfinished(folder, "*")
    return jobs, failures


def do(work: Work, planned: Plan, format_: str, doing: str, as_json: bool, more: Mapping[str, Any] = NOTHING) -> None:
    """Does the work, prints what came of it, and ends with 1 where a picture of several failed.

    `more` is JSON besides.

    Raises:
        UsageError: the only picture cannot be used.
        Interrupted: with what is done so far, and how to go on.
    """
    from ganstudio.inference.images.jobs import Failure
    from ganstudio.inference.images.work import do_all

    jobs, failures = planned
    show = progress(doing)
    if len(jobs) == 1:
        work.tick.progress, show = show, no_progress
    outcomes: list[Outcome] = []
    with interrupt_told(lambda: len(outcomes), len(jobs)):
        for outcome in do_all(work, jobs, format_, show):
            if isinstance(outcome, Failure):
                failures.append(outcome)
            else:
                outcomes.append(outcome)
    if len(jobs) == 1 and not outcomes:
        raise error_of(failures[-1])
    _note_outcomes(outcomes)
    _note_scores(outcomes)
    for failed in failures:
        note(f"Left out: {failed.source}: {failed.why}")
    if as_json:
        print_json(_as_json(work.model, outcomes, failures) | dict(more))
    else:
        print_made(*(outcome.job.path for outcome in outcomes))
    if failures:
        raise typer.Exit(1)


@contextmanager
def interrupt_told(done: Callable[[], int], count: int) -> Iterator[None]:
    """Says of an interrupt how many of the pictures are done, and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(f"Stopped after {done():,} of {count:,} pictures. The same command goes on there.") from None


def error_of(failed: Failure) -> StudioError:
    """What ends the command where the only picture fails."""
    message = f"{failed.source}: {failed.why.rstrip('.')}."
    return StudioError(message) if failed.broken else UsageError(message)


def _note_outcomes(outcomes: Sequence[Outcome]) -> None:
    """Says what was there already, what was converted, and whether seams show."""
    there = sum(outcome.written is None for outcome in outcomes)
    if there:
        note(f"{there:,} of {len(outcomes):,} pictures were there already.")
    written = [(outcome.job.name, outcome.written) for outcome in outcomes if outcome.written]
    for text, count in Counter(text for _, one in written for text in one.notes).items():
        first = next(name for name, one in written if text in one.notes)
        note(f"{first}{f' and {count - 1:,} more' if count > 1 else ''}: {text}.")
    for name, one in written:
        if one.seams:
            where = "" if one.seams.whole else ", measured where four of them meet"
            height, width = one.tiling.tile
            tiles = f"{one.tiling.count} tiles of {width}x{height} px"
            note(f"{name}: {tiles}, {one.seams.levels} of 255 levels at most from a picture made at once{where}.")


def _note_scores(outcomes: Sequence[Outcome]) -> None:
    """PSNR and SSIM of each picture that was measured, and of several their means."""
    measured = [(str(outcome.job.name), outcome.details) for outcome in outcomes if "psnr" in outcome.details]
    if len(measured) > 1:
        means = {
            name: {who: sum(one[name][who] for _, one in measured) / len(measured) for who in ("model", "bicubic")}
            for name in ("psnr", "ssim")
        }
        measured.append((f"mean of {len(measured):,}", means))
    for name, scores in measured:
        psnr, ssim = scores["psnr"], scores["ssim"]
        first = f"PSNR {psnr['model']:.2f} dB (bicubic {psnr['bicubic']:.2f})"
        note(f"{name}: {first}, SSIM {ssim['model']:.4f} (bicubic {ssim['bicubic']:.4f})")


def _as_json(model: ImageModel, outcomes: Sequence[Outcome], failures: Sequence[Failure]) -> dict[str, Any]:
    return {
        "model": model.path.stem,
        "export": str(model.path),
        "provider": model.provider,
        "scale": model.scale,
        "pictures": [_picture_json(outcome) for outcome in outcomes],
        "failed": [{"source": str(failed.source), "why": failed.why} for failed in failures],
    }


def _picture_json(outcome: Outcome) -> dict[str, Any]:
    written = outcome.written
    entry: dict[str, Any] = {"source": str(outcome.job.source), "path": str(outcome.job.path), "there": not written}
    if written:
        height, width = written.size
        seams = written.seams and {"levels": written.seams.levels, "whole": written.seams.whole}
        entry |= {"width": width, "height": height, "tiles": written.tiling.count, "seams": seams}
        entry["notes"] = list(written.notes)
    return entry | dict(outcome.details)
