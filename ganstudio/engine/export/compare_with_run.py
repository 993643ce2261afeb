"""An export that lies in a file, against the run that it says it was made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ganstudio.engine.contract import DataShape, ExportSpec
from ganstudio.engine.export import ema_after_training, parity
from ganstudio.engine.export.blend import Blend
from ganstudio.engine.export.onnx import specs_at
from ganstudio.engine.run_folder import checkpoint
from ganstudio.errors import StudioError, UsageError
from ganstudio.inference.exports import Export
from ganstudio.inference.manifest import LEAST_DB
from ganstudio.inference.sessions import cpu_session
from ganstudio.recipe.schema import Recipe
from ganstudio.runs.record import NAME as RECORD
from ganstudio.runs.record import load_record


def against(run: Path, file: Path) -> dict[str, Any]:
    """How far onnxruntime on `file` is from torch on the run's checkpoint, over 64 latents.

    Raises UsageError where the run cannot have made the file, StudioError where they disagree.
    """
    manifest = Export.load(file).manifest
    record = load_record(run / RECORD)
    path = _checkpoint(run, manifest.checkpoint_nimg, file)
    specs, _, _ = specs_of(run, file)
    spec = _same_part(specs, manifest.name)
    names = [one.name for one in manifest.inputs]
    if list(spec.inputs) != names:
        raise UsageError(f"{file} takes {', '.join(names)}; what {run.name} makes takes {', '.join(spec.inputs)}.")
    feed = parity.inputs(spec, len(record.data["classes"]))
    expected = parity.by_torch(spec.module, feed)
    answer = parity.by_onnxruntime(cpu_session(file), feed)
    if answer.shape != expected.shape:
        raise UsageError(f"{file} makes {list(answer.shape[1:])}; {run.name} makes {list(expected.shape[1:])}.")
    difference = parity.differences(expected, answer)
    likeness = parity.psnr_db(expected, answer)
    least = LEAST_DB.get(manifest.precision)
    if not (difference["max_abs"] <= parity.TOLERANCE if least is None else likeness >= least):
        bound = f"at most {parity.TOLERANCE:g}" if least is None else f"at least {least:g} dB"
        raise StudioError(
            f"{file}: onnxruntime differs from torch on {run.name} at {checkpoint.nimg_of(path) / 1000:g} kimg by "
            f"{difference['max_abs']:.2e}, {likeness:.1f} dB ({bound} is let through in {manifest.precision})."
        )
    return {"run": run.name, "nimg": checkpoint.nimg_of(path), **difference, "psnr_db": likeness}


def specs_of(run: Path, file: Path) -> tuple[list[ExportSpec], Recipe, DataShape]:
    """The graphs that an export was made of, in torch again: of the same checkpoint, average or blend.

    Raises UsageError where the run no longer keeps what they were made of.
    """
    manifest, record = Export.load(file).manifest, load_record(run / RECORD)
    path = _checkpoint(run, manifest.checkpoint_nimg, file)
    made = manifest.ema
    after = ema_after_training.plan(run, record, path, made["std"], made["checkpoints"]) if made else None
    return specs_at(run, record, path, after, _blend_again(run, manifest.blend))


def _blend_again(run: Path, told: dict[str, Any] | None) -> Blend | None:
    """What a manifest tells of the run that was mixed in, which stands beside `run`. Raises UsageError for none."""
    if told is None:
        return None
    other = run.with_name(told["run"])
    return Blend(other, _checkpoint(other, told["checkpoint_nimg"], other), told["share"])


def _same_part(specs: list[ExportSpec], name: str) -> ExportSpec:
    """Of a run's graphs the one that was exported as `name`: a half, a direction, or the whole generator."""
    part = next((one for one in specs if one.suffix and name.endswith(f".{one.suffix}")), None)
    return part or next((one for one in specs if not one.suffix), specs[0])


def _checkpoint(run: Path, nimg: int | None, file: Path) -> Path:
    if nimg is None:
        raise UsageError(f"{file} says no checkpoint: it was not exported of a run.")
    path = checkpoint.choose(run, f"{nimg / 1000}")
    if checkpoint.nimg_of(path) != nimg:
        kept = ", ".join(f"{checkpoint.nimg_of(one) / 1000:g}" for one in checkpoint.all_checkpoints(run))
        raise UsageError(f"{run.name}: no longer keeps its checkpoint at {nimg / 1000:g} kimg. Kept: {kept}.")
    return path
