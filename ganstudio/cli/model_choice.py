"""The export that `--model` names, and the options that all commands share which draw from one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ganstudio.cli.export.commands import export_run
from ganstudio.cli.output import note
from ganstudio.errors import UsageError
from ganstudio.inference.exports import Export, find_export, list_exports, newest_of
from ganstudio.inference.run_exports import BEST, export_of_checkpoint, exports_of_run, outdated_sentence, run_folder
from ganstudio.units import format_kimg
from ganstudio.workspace import Workspace, nearest_place

if TYPE_CHECKING:
    from ganstudio.inference.latent.model import LatentModel
    from ganstudio.inference.model import OnnxModel
    from ganstudio.runs.store import RunView

WORTH_A_GPU = 64  # pictures; for fewer, starting CUDA takes longer than the CPU takes to draw them

Model = Annotated[
    str | None, typer.Option(help="An export, an .onnx file or a run. Else the newest export, else the newest run.")
]
Psi = Annotated[
    float | None, typer.Option(metavar="P", help="Truncation psi, where the model has it: less is plainer, 1 is none.")
]
Provider = Annotated[
    str,
    typer.Option(
        envvar="GANSTUDIO_PROVIDER",
        help="What runs the model: auto, cpu, cuda, tensorrt, coreml, as onnxruntime has them here.",
    ),
]
Plain = Annotated[bool, typer.Option("--plain", help="Leave out the metadata: synthetic, model, seed.")]
Force = Annotated[bool, typer.Option("--force", help="Replace files that ganstudio did not make, too.")]


def choose_export(workspace: Workspace, given: str | None, checkpoint: str | None, trust: bool) -> Export:
    """The export that `--model` and `--checkpoint` name.

    Of a run, it is the one of its checkpoint; where there is none, or only an older one, it is made first.
    """
    exports, left_out = list_exports(workspace)
    if given is None:
        for why in left_out:
            note(f"Left out: {why}")
        if exports and checkpoint is None:
            return _newest_export(workspace, exports, trust)
        return _newest_run_export(workspace, exports, checkpoint, trust)
    if checkpoint is None and (export := named_export(workspace, given, exports)):
        return export
    return _run_export(workspace, given, exports, checkpoint, trust)


def named_export(workspace: Workspace, given: str, exports: list[Export]) -> Export | None:
    """The export that a file, a name or a removed run's id names, with a note where its run is further or removed.

    None where `given` is the id of a run: which of its exports is meant depends on its checkpoints.
    """
    if run_folder(workspace, given):
        return None
    if export := find_export(workspace, given):
        if why := outdated_sentence(workspace, export):
            note(f"note: {why}")
        return export
    if export := newest_of(given, exports):
        note(f"note: there is no run {given} any more; its export {export.name} is taken.")
    return export


def check_export(export: Export, psi: float | None) -> None:
    """Raises UsageError unless pictures can be drawn from seeds, with the truncation `psi` where one is given."""
    manifest = export.manifest
    if not export.whole:
        whole = export.name.rpartition(".")[0]
        raise UsageError(f"--model: {export.name} is part of {whole}, and draws nothing alone.", f"--model {whole}")
    if manifest.z_dim is None:
        from ganstudio.inference.images.model import command_for, kind_of

        message = f"--model: {export.name} is a {manifest.task} model: it takes images, not seeds."
        raise UsageError(message, command_for(kind_of(manifest), export.name))
    shape = manifest.image_shape
    if len(shape) not in (3, 4) or shape[0] not in (1, 3, 4):
        raise UsageError(
            f"--model: {export.name} makes images of shape {list(shape)}; a picture takes [1, 3 or 4, H, W], "
            "or [1, 3 or 4, T, H, W] as a strip."
        )
    export.check_psi(psi, "--psi")


def open_model(export: Export, provider: str, pictures: int) -> OnnxModel:
    """Opens the model, and notes which provider runs it; `auto` starts no GPU for a few pictures."""
    from ganstudio.inference import providers
    from ganstudio.inference.model import OnnxModel

    few = provider == providers.AUTO and pictures < WORTH_A_GPU
    model = OnnxModel.open(export.path, "cpu" if few else provider)
    why = model.provider_why
    if few and "cuda" in providers.usable_providers():
        why = f"for fewer than {WORTH_A_GPU} pictures starting a GPU takes longer (--provider cuda)"
    note(f"{export.name} runs on {model.provider}{why and f': {why}'}.")
    return model


def open_latent_model(export: Export, provider: str, pictures: int) -> LatentModel:
    """As open_model, with the halves of a generator with styles."""
    from ganstudio.inference.latent.model import LatentModel

    return LatentModel.of(open_model(export, provider, pictures))


def _newest_export(workspace: Workspace, exports: list[Export], trust: bool) -> Export:
    """The newest export; one that is named after its run is made again where the run has trained further."""
    newest = exports[0]
    if len(exports) > 1:
        note(f"Using {newest.name}, the newest of {len(exports)} exports (--model chooses).")
    why = outdated_sentence(workspace, newest)
    if why and newest.name == newest.manifest.run:
        from ganstudio.runs import store

        return _checkpoint_export(workspace, store.find(workspace, newest.name), exports, None, None, trust)
    if why:
        note(f"note: {why}")
    return newest


def _newest_run_export(workspace: Workspace, exports: list[Export], checkpoint: str | None, trust: bool) -> Export:
    from ganstudio.runs import store

    if not store.list_runs(workspace):
        hint = "ganstudio train dcgan --data mnist"
        raise UsageError(f"there is nothing to sample in {workspace.root}: no export and no run.", hint)
    run = store.find(workspace, store.LATEST)
    note(f"Using {run.id}, the newest run.")
    return _checkpoint_export(workspace, run, exports, None, checkpoint, trust)


def _run_export(workspace: Workspace, given: str, exports: list[Export], checkpoint: str | None, trust: bool) -> Export:
    """The export of the run, or RUN@KIMG, that was given instead of an export's name."""
    from ganstudio.runs import names, store

    name, _, kimg = names.split_reference(given)
    try:
        run = store.find(workspace, name)
    except UsageError as error:
        runs = {run.id for run in store.list_runs(workspace)}
        if any(name and run_id.startswith(name) for run_id in runs):
            raise
        known = nearest_place(given, runs | {export.name for export in exports})
        message = f"--model: {given!r} is neither an export nor an .onnx file nor a run. {known}"
        raise UsageError(message, hint="ganstudio export list" if exports else error.hint) from None
    return _checkpoint_export(workspace, run, exports, kimg, checkpoint, trust)


def _checkpoint_export(
    workspace: Workspace, run: RunView, exports: list[Export], kimg: str | None, checkpoint: str | None, trust: bool
) -> Export:
    """The export of a run's checkpoint, which is made, with a note, where there is none."""
    from ganstudio.runs import store

    store.require_own(run, "draw with")
    reference = f"{run.id}@{kimg}" if kimg else run.id
    if not (kimg and checkpoint):  # which is refused below
        export = export_of_checkpoint(run.path, run.record, exports, kimg or checkpoint or BEST)
        if export is not None:
            return export
    note(f"Exporting {reference} first{_why_not_taken(run, exports)}.")
    return export_run(workspace, reference, checkpoint, trust=trust)


def _why_not_taken(run: RunView, exports: list[Export]) -> str:
    """Why an existing export is not taken, as the end of a note; "" where there is none."""
    if own := exports_of_run(exports, run.record):
        nimg = own[0].manifest.checkpoint_nimg
        return f": {own[0].name} is of {format_kimg(nimg)} kimg" if nimg is not None else ""
    if (other := newest_of(run.id, exports)) is None:
        return ""
    if other.manifest.run_created is None:
        return f": {other.name} does not tell which run of that name it is of"
    return f": {other.name} is of a removed run of that name"
