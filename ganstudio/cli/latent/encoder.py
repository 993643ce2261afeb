"""`ganstudio encoder`: trains the inverse of an export, from images to latents, in the worker."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganstudio.cli.common_flags import Device
from ganstudio.cli.export.commands import Json, Trust
from ganstudio.cli.model_choice import check_export, choose_export
from ganstudio.cli.output import note, print_json, print_made, progress
from ganstudio.errors import Interrupted, UsageError
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.data.store import DataSet
    from ganstudio.inference.exports import Export

MOST_MINUTES, MOST_KIMG = 60 * 24 * 7, 1e6


def encoder(
    model: Annotated[str, typer.Argument(help="An export, an .onnx file or a run.")],
    minutes: Annotated[float, typer.Option(metavar="N", help="Stop training after so many.")] = 5.0,
    kimg: Annotated[
        float | None, typer.Option(metavar="N", help="Train on so many thousand samples: the same ones every time.")
    ] = None,
    data: Annotated[
        str | None, typer.Option(metavar="NAME", help="Real images to learn from.  [default: those of the model's run]")
    ] = None,
    device: Device = "auto",
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Train an encoder, from images to latents, beside an export: NAME.encoder.onnx. Prints the file's path.

    It learns the latents of the generator's own samples. Where the run that the export is of is here, it also learns to
    draw that run's real images again, by pixels and, in colour, as a network sees them (`weights fetch lpips-vgg16`).
    A proof is in the file: how near held-out images come. Ctrl-C leaves what was there before.

    \b
    Examples:
      ganstudio encoder dcgan-mnist-1
      ganstudio encoder faces --minutes 20 --data celeba
    """
    if not (math.isfinite(minutes) and 0 < minutes <= MOST_MINUTES):
        raise UsageError(f"--minutes: more than 0, up to {MOST_MINUTES:,}; got {minutes:g}.", "--minutes 5")
    if kimg is not None and not (math.isfinite(kimg) and 0 < kimg <= MOST_KIMG):
        raise UsageError(f"--kimg: more than 0, up to {MOST_KIMG:,.0f}; got {kimg:g}.", "--kimg 50")
    workspace = Workspace.locate()
    export = choose_export(workspace, model, None, trust)
    require_flat(export)
    answer = _train(workspace, export, minutes, kimg, data, device, trust)
    if as_json:
        print_json(answer)
        return
    for line in proof_lines(answer["proof"]):
        note(line)
    print_made(answer["path"])


def require_flat(export: Export) -> None:
    """Raises UsageError unless the export draws pictures, one a latent."""
    check_export(export, None)
    if len(export.manifest.image_shape) != 3:
        raise UsageError(f"{export.name} draws clips or voxel grids; only pictures are turned back into latents.")


def _train(
    workspace: Workspace,
    export: Export,
    minutes: float,
    kimg: float | None,
    data: str | None,
    device: str,
    trust: bool,
) -> dict[str, Any]:
    from ganstudio.bridge import call_worker

    run = trusted_run(workspace, export, trust)
    if run is None:
        what = "was imported" if export.manifest.run is None else f"is of a run that is not here, {export.manifest.run}"
        note(f"{export.name} {what}: no gradient goes through an ONNX file, so it learns the latents of samples alone.")
    real = _real_images(export, run, data)
    if real is None:
        note("No real images: the proof is of samples alone (--data NAME).")
    options = [*(["--run", str(run)] if run else []), *(["--data", str(real.path)] if real else [])]
    options += ["--minutes", str(minutes), "--device", device, *([] if kimg is None else ["--kimg", str(kimg)])]
    try:
        return call_worker("encoder", str(export.path.absolute()), *options)
    except KeyboardInterrupt:
        raise Interrupted("Stopped: no encoder was written, and what was there before is as it was.") from None


def trusted_run(workspace: Workspace, export: Export, trust: bool) -> Path | None:
    """The folder of the run that an export is of; None where it is not here. Raises UsageError for untrusted code."""
    from ganstudio.inference.run_exports import run_of_export
    from ganstudio.runs.record import NAME, load_record
    from ganstudio.runs.trusted_files import require_run

    run = run_of_export(workspace, export)
    if run is not None:
        require_run(run, load_record(run / NAME), trust)
    return run


def _real_images(export: Export, run: Path | None, name: str | None) -> DataSet | None:
    """The real images: of `--data`, in the model's size, else of the run. Raises UsageError where they do not fit."""
    from ganstudio.data.derived.derived_sets import at_resolution
    from ganstudio.data.obtain import find_set
    from ganstudio.data.run_data import open_run_data
    from ganstudio.runs.record import NAME, load_record

    channels, height, width = map(int, export.manifest.image_shape)
    if name is not None:
        data = find_set(name, progress(f"packing {name}"))
        if len(data.manifest.shape) != 3 or data.manifest.channels != channels:
            held = f"holds {data.manifest.noun} of {data.manifest.channels} channels"
            raise UsageError(
                f"--data: {name} {held}; {export.name} draws pictures of {channels}.", "ganstudio data list"
            )
        return at_resolution(data, (height, width), progress(f"scaling {name}"))
    if run is None:
        return None
    record = load_record(run / NAME)
    return open_run_data(record.data, record.id, progress(f"packing {record.data['name']}"))


def proof_lines(proof: dict[str, Any]) -> list[str]:
    """What is told of a proof, a line each."""
    parity = proof["parity"]
    lines = [f"torch and onnxruntime differ by {parity['max_abs']:.1e} at most, over {parity['n']} images"]
    for what, name in (("samples", "held-out samples"), ("real", "held-out real images")):
        if (found := proof[what]) is not None:
            near = found["nearest"]
            lines.append(
                f"{found['n']} {name}: {found['mse']:.4f} squared, {found['mae']:.4f} absolute; the nearest of "
                f"{near['of']:,} random samples: {near['mse']:.4f}, {near['mae']:.4f}"
            )
    return lines
