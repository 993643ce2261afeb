"""`ganstudio export`: makes, lists, shows, verifies, imports and removes generators as .onnx files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganstudio.cli.export.blend import blend_of, checkpoint_name
from ganstudio.cli.output import confirm_removal, note, print_json, print_made, print_table, say
from ganstudio.errors import UsageError, nearest, quoted
from ganstudio.inference.exports import Export, find_export, list_exports, newest_of, remove_export
from ganstudio.inference.run_exports import exports_of_run, free_path, outdated_sentence, run_folder
from ganstudio.recipe.allowed_values import EMA_STDS
from ganstudio.report.exports import CELLS, agreement, averaged, blended, facts, size, speeds
from ganstudio.runs.record import NAME, load_record
from ganstudio.workspace import Workspace, nearest_place

if TYPE_CHECKING:
    from ganstudio.runs.store import RunView

PRECISIONS = ("fp32", "fp16", "int8")

MODEL_HELP = "An export's name, an .onnx file, or a run (its newest export)."

Model = Annotated[str, typer.Argument(help=MODEL_HELP)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Checkpoint = Annotated[
    str | None, typer.Option(help="best, last, or a checkpoint's kimg.  [default: best, last where there is no score]")
]
Trust = Annotated[bool, typer.Option("--trust", help="Run the architecture file that came with the run.")]


def onnx(
    run: Annotated[str, typer.Argument(help="A run's id, name or beginning, `latest`, or RUN@KIMG.")] = "latest",
    checkpoint: Checkpoint = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An .onnx file.  [default: exports/RUN.onnx, or RUN@KIMG.onnx]")
    ] = None,
    precision: Annotated[
        str, typer.Option(help="fp32, fp16 (half the size) or int8 (a quarter of it). Inputs and outputs stay fp32.")
    ] = "fp32",
    ema_std: Annotated[
        float | None,
        typer.Option(
            help="Weights averaged over another length, a share of the training such as 0.075, put together from the "
            "run's checkpoints. It must have been trained with training.ema_stds."
        ),
    ] = None,
    blend: Annotated[
        str | None,
        typer.Option(
            metavar="RUN2=SHARE",
            help="Mix in the weights of another run of the same architecture: RUN2=0.8 is 0.8 of RUN2 and 0.2 of RUN.",
        ),
    ] = None,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Export a run's generator (its averaged weights), checked against torch on 64 latents. Prints the file's path.

    \b
    Examples:
      ganstudio export onnx
      ganstudio export onnx dcgan-mnist-1@48 --out digits.onnx
      ganstudio export onnx --precision int8
      ganstudio export onnx --ema-std 0.075
      ganstudio export onnx srgan-photos-1@12 --blend srgan-photos-1@24=0.8
    """
    made = export_run(Workspace.locate(), run, checkpoint, out, trust, precision, ema_std, blend)
    if as_json:
        print_json(made.as_json())
        return
    for fact in (*averaged(made), *blended(made)):
        note(fact.value)
    near = agreement(made) if made.manifest.parity else []
    for fact in (*near, *speeds(made)):
        note(fact.value)
    note(size(made))
    print_made(made.path, *made.other_way())


def list_(as_json: Json = False) -> None:
    """List the exports of the workspace, newest first.

    \b
    Example:
      ganstudio export list
    """
    exports, reasons = list_exports(Workspace.locate())
    for reason in reasons:
        note(f"Left out: {reason}")
    if as_json:
        print_json([export.as_json() for export in exports])
    elif exports:
        header = ("name", "task", "image", "classes", "run", "kimg", "size", "max|Δ|")
        print_table(header, [[CELLS[name](export) for name in header] for export in exports], right=(3, 5, 6, 7))
    else:
        note("There are no exports yet: ganstudio export onnx RUN")


def show(
    model: Model,
    as_json: Json = False,
) -> None:
    """Show what an export takes and gives, where it comes from and how well it agrees with torch.

    \b
    Example:
      ganstudio export show dcgan-mnist-1
    """
    export = require_export(Workspace.locate(), model)
    if as_json:
        print_json(export.as_json())
        return
    say(f"{'name':<11} {export.name}")
    for fact in (*facts(export), *agreement(export), *speeds(export)):
        say(f"{fact.label:<11} {fact.value}")


def verify(
    model: Model,
    against_run: Annotated[
        str | None, typer.Option(metavar="RUN", help="Run torch again on this run's checkpoint, too, over 64 latents.")
    ] = None,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Prove an export on this machine: its hash, its manifest, and the answers stored when it was made.

    Exit code 1 where one does not hold. Halves of a generator with styles are proved with it.

    \b
    Examples:
      ganstudio export verify dcgan-mnist-1
      ganstudio export verify digits.onnx --against-run dcgan-mnist-1
    """
    from ganstudio.cli.export.verify import report

    workspace = Workspace.locate()
    report(workspace, require_export(workspace, model), against_run, trust, as_json)


def import_(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="An ONNX generator (.onnx): one float input, images out. Or weights of a super-resolution network "
            "(.pth, .pt, .ckpt, .safetensors).",
        ),
    ],
    range_: Annotated[
        str | None,
        typer.Option(
            "--range", metavar="LOW,HIGH", help="Of an .onnx file, what its values span: -1,1 or 0,1 or 0,255."
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(metavar="S", help="What to call it.  [default: the file's name]")] = None,
    as_json: Json = False,
) -> None:
    """Bring a network of somebody else's into exports/, where `sample` or `upscale` finds it. Prints the file's path.

    An ONNX generator takes latents [N, z] or [N, z, 1, 1] and gives images [N, C, H, W] or [N, H, W, C]. Weights are
    those that the package spandrel knows a network for, such as ESRGAN's: tensors alone are read, no code. FILE itself
    is not touched.

    \b
    Examples:
      ganstudio export import celeba.onnx --range -1,1 --name faces
      ganstudio export import RealESRGAN_x4plus.pth
    """
    from ganstudio.cli.export.import_model import import_model
    from ganstudio.inference.images.model import command_for, kind_of

    export = import_model(Workspace.locate(), file, range_, name)
    if as_json:
        print_json(export.as_json())
        return
    if export.manifest.z_dim is None:
        for fact in agreement(export):
            note(fact.value)
        note(command_for(kind_of(export.manifest), export.name))
    else:
        shape = ", ".join(map(str, export.manifest.image_shape))
        takes = f"takes z [N, {export.manifest.z_dim}], gives images [N, {shape}] in [-1, 1]"
        note(f"{takes}; opset {export.manifest.opset}")
    print_made(export.path)


def remove(
    model: Annotated[list[str], typer.Argument(metavar="MODEL...", help=MODEL_HELP)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete exports, each with the mapping and synthesis halves and the encoder beside it. Runs stay.

    \b
    Example:
      ganstudio export remove dcgan-mnist-1 dcgan-mnist-1-int8
    """
    workspace = Workspace.locate()
    exports = list({export.path: export for export in (require_export(workspace, one) for one in model)}.values())
    for export in exports:
        if not export.whole:
            hint = f"ganstudio export remove {quoted(export.name.rpartition('.')[0])}"
            raise UsageError(f"{export.name} is part of a generator and goes with it.", hint)
    paths = (path for export in exports for path in (export.path, *export.companions()))
    yes_command = f"ganstudio export remove {' '.join(map(quoted, model))} --yes"
    if not yes and not confirm_removal([export.name for export in exports], paths, yes_command):
        return
    for export in exports:
        remove_export(export)
        print_made(export.name)


def require_export(workspace: Workspace, model: str) -> Export:
    """The existing export that MODEL names; none is made. A note says where its run has trained further.

    Raises UsageError with the nearest where there is none.
    """
    export = find_export(workspace, model)
    if export is None:
        exports, _ = list_exports(workspace)
        folder = run_folder(workspace, model)
        own = exports_of_run(exports, load_record(folder / NAME)) if folder else []
        export = own[0] if own else newest_of(model, exports)
        if export is None:
            known = nearest_place(model, {one.name for one in exports})
            there = Path(model if model.endswith(".onnx") else f"{model}.onnx")
            hint = f"Write the file's path: {quoted(there.absolute())}" if there.is_file() else "ganstudio export list"
            message = f"there is no export {model!r} in {workspace.exports}; one elsewhere goes by its path. {known}"
            raise UsageError(message, hint=hint)
    if why := outdated_sentence(workspace, export):
        note(f"note: {why}")
    return export


def export_run(
    workspace: Workspace,
    reference: str,
    checkpoint: str | None = None,
    out: Path | None = None,
    trust: bool = False,
    precision: str = "fp32",
    ema_std: float | None = None,
    blend: str | None = None,
) -> Export:
    """Exports the run that `reference`, RUN or RUN@KIMG, names.

    Raises:
        UsageError: no such run, no such checkpoint, code that is not trusted, or an output that cannot be.
        StudioError: onnxruntime and torch disagree, or the worker failed; no file is left then.
    """
    from ganstudio import bridge
    from ganstudio.runs import names, store
    from ganstudio.runs.trusted_files import require_run

    name, _, kimg = names.split_reference(reference)
    if kimg and checkpoint:
        raise UsageError(f"{reference} names a checkpoint already: leave --checkpoint {checkpoint} out.")
    if precision not in PRECISIONS:
        raise UsageError(f"--precision {precision!r}: there is no such precision. {nearest(precision, PRECISIONS)}")
    if ema_std is not None and not EMA_STDS[0] <= ema_std <= EMA_STDS[1]:
        raise UsageError(f"--ema-std {ema_std:g}: must be from {EMA_STDS[0]:g} to {EMA_STDS[1]:g}.")
    which = checkpoint_name(kimg or checkpoint)
    run = store.find(workspace, name)
    store.require_own(run, "export")
    require_run(run.path, run.record, trust)
    mixed = blend_of(workspace, blend) if blend is not None else None
    if mixed and ema_std is not None:
        raise UsageError("--blend and --ema-std: each makes other weights; leave one of them out.")
    suffix = "" if ema_std is None else f"-ema{ema_std:g}"
    suffix += f"-{mixed.label}" if mixed else ""
    path = _output_path(workspace, run, which, precision, suffix, out)
    if path.exists():
        note(f"Replacing {path}")
    options = ["--checkpoint", which or "best", "--out", str(path), "--precision", precision]
    options += [] if ema_std is None else ["--ema-std", str(ema_std)]
    options += mixed.options if mixed else []
    answer = bridge.call_worker("export", str(run.path), *options)
    # a translator is two files, and none of them is called `path`
    return Export.load(Path(answer["path"]))


def _output_path(
    workspace: Workspace, run: RunView, checkpoint: str | None, precision: str, suffix: str, out: Path | None
) -> Path:
    """The absolute path of the file to be written; its folder is made."""
    if out is None:
        stem = run.id if checkpoint in (None, "best") else f"{run.id}@{checkpoint}"
        name = f"{stem}{suffix}.onnx" if precision == "fp32" else f"{stem}{suffix}-{precision}.onnx"
        path = free_path(workspace.exports / name, run.record)
    else:
        path = out.absolute()
        if path.suffix != ".onnx" or path.is_dir():
            raise UsageError(f"--out {out}: an export is one file whose name ends in .onnx.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{path.parent} cannot be made: {error.strerror}.", hint="--out FILE.onnx") from None
    return path
