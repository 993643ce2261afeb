"""Which export `--model` means, and the options that are alike for all commands that draw from one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from ganstudio.cli.export import export_run
from ganstudio.cli.output import note
from ganstudio.errors import UsageError, nearest
from ganstudio.inference.exports import Export, find_export, list_exports, newest_of
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.inference.model import OnnxModel

WORTH_A_GPU = 64  # pictures; for fewer, starting CUDA takes longer than the CPU takes to draw them

Model = Annotated[
    str | None, typer.Option(help="An export, an .onnx file or a run. Else the newest export, else the newest run.")
]
Psi = Annotated[
    float | None, typer.Option(metavar="P", help="Truncation, where the model has it: less is plainer, 1 is none.")
]
Provider = Annotated[
    str, typer.Option(help="What runs the model: auto, cpu, cuda, tensorrt, coreml, as onnxruntime has them here.")
]
Plain = Annotated[bool, typer.Option("--plain", help="Leave out the metadata: synthetic, model, seed.")]
Force = Annotated[bool, typer.Option("--force", help="Replace files that ganstudio did not make, too.")]


def choose_export(workspace: Workspace, given: str | None, checkpoint: str | None, trust: bool) -> Export:
    """The export that `--model` and `--checkpoint` mean, made first where it is a run that has none."""
    exports, others = list_exports(workspace)
    if given is None:
        for why in others:
            note(f"Left out: {why}")
        if exports and checkpoint is None:
            if len(exports) > 1:
                note(f"Using {exports[0].name}, the newest of {len(exports)} exports (--model chooses).")
            return exports[0]
        return _newest_run(workspace, checkpoint, trust)
    if checkpoint is None:
        found = find_export(workspace, given) or newest_of(given, exports)
        if found:
            return found
    return _from_run(workspace, given, exports, checkpoint, trust)


def check_export(export: Export, psi: float | None) -> None:
    """Nothing, where pictures can be drawn from seeds, with a truncation where one is given. Raises UsageError."""
    manifest = export.manifest
    if manifest.z_dim is None:
        raise UsageError(f"--model: {export.name} is a {manifest.task} model: it takes images, not seeds.")
    shape = manifest.image_shape
    if len(shape) not in (3, 4) or shape[0] not in (1, 3):
        raise UsageError(
            f"--model: {export.name} makes images of shape {list(shape)}; a picture takes [1 or 3, H, W], or "
            "[1 or 3, T, H, W] as a strip."
        )
    if psi is None:
        return
    if not manifest.has_psi:
        raise UsageError(f"--psi: {export.name} has no truncation, which generators with styles have: leave it out.")
    if not math.isfinite(psi):
        raise UsageError(f"--psi: {psi} is no truncation. Usual are numbers from 0 to 1.")


def open_model(export: Export, provider: str, pictures: int) -> OnnxModel:
    """The model, with a note of what runs it; `auto` starts no GPU for a few pictures."""
    from ganstudio.inference import providers
    from ganstudio.inference.model import OnnxModel

    few = provider == providers.AUTO and pictures < WORTH_A_GPU
    model = OnnxModel.open(export.path, "cpu" if few else provider)
    why = model.provider_why
    if few and "cuda" in providers.usable():
        why = f"for fewer than {WORTH_A_GPU} pictures starting a GPU takes longer (--provider cuda)"
    note(f"{export.name} runs on {model.provider}{why and f': {why}'}.")
    return model


def _newest_run(workspace: Workspace, checkpoint: str | None, trust: bool) -> Export:
    from ganstudio.runs import store

    if not store.list_runs(workspace):
        hint = "ganstudio train dcgan --data mnist"
        raise UsageError(f"there is nothing to sample in {workspace.root}: no export and no run.", hint)
    newest = store.find(workspace, store.LATEST)
    note(f"Exporting {newest.id}, the newest run, first.")
    return export_run(workspace, newest.id, checkpoint, trust=trust)


def _from_run(workspace: Workspace, given: str, exports: list[Export], checkpoint: str | None, trust: bool) -> Export:
    """The export of the run, or RUN@KIMG, that was given instead of an export's name."""
    from ganstudio.runs import store

    name, _, kimg = given.partition("@")
    try:
        run = store.find(workspace, name)
    except UsageError as error:
        runs = {run.id for run in store.list_runs(workspace)}
        if any(one.startswith(name) for one in runs):
            raise
        known = nearest(given, runs | {export.name for export in exports})
        message = f"--model: {given!r} is neither an export nor an .onnx file nor a run. {known}"
        raise UsageError(message, hint="ganstudio export list" if exports else error.hint) from None
    made = newest_of(run.id, exports) if not kimg and checkpoint is None else None
    if made is None:
        note(f"Exporting {run.id} first.")
        made = export_run(workspace, f"{run.id}@{kimg}" if kimg else run.id, checkpoint, trust=trust)
    return made
