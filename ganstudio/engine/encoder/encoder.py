"""The worker's verb `encoder`: trains the inverse of an export and leaves it, proved, beside it; or no file at all."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx
import torch

from ganstudio import __version__
from ganstudio.data.store import DataSet
from ganstudio.engine.batches import Batches
from ganstudio.engine.contract import DataContract, ExportSpec, Stage
from ganstudio.engine.devices import choose
from ganstudio.engine.encoder.generators import Differentiable, generator_of
from ganstudio.engine.encoder.losses import Likeness
from ganstudio.engine.encoder.proof import HELD, prove
from ganstudio.engine.encoder.training import Budget, Trained, train
from ganstudio.engine.export import parity
from ganstudio.engine.export.onnx import convert
from ganstudio.errors import UsageError
from ganstudio.inference.exports import Export
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent.projection.encoder import KEY, encoder_path
from ganstudio.inference.manifest import ExportManifest
from ganstudio.progress import progress
from ganstudio.recipe.schema import Recipe
from ganstudio.runs.record import NAME as RECORD
from ganstudio.runs.record import load_record
from ganstudio.workspace import drop_unfinished, write_atomic

LEAST_HELD = 0.1  # of the images at most are held out where the run held none out


def make_encoder(file: Path, run: Path | None, data: Path | None, budget: Budget, device_name: str) -> dict[str, Any]:
    """Trains, proves and writes the encoder of the export in `file`; its path and what it says of itself.

    `run` is the folder of the run that the export is of, `data` the real images, packed. Raises UsageError where they
    do not fit, TrainingError where training breaks, StudioError where torch and onnxruntime disagree.
    """
    export = Export.load(file)
    model, device = LatentModel.open(file, "cpu"), choose(device_name, "fp32").device
    source = generator_of(file, run, model, device)
    channels, height, width = map(int, export.manifest.image_shape)
    shape = (channels, height, width)
    real = None if data is None else _batches(DataSet.load(data), run, shape, model.classes, device)
    learns = isinstance(source, Differentiable) and real is not None and _labels_fit(source, real)
    likeness = Likeness(shape, device)
    _say(learns, likeness, real, source)
    trained = train(source, shape, likeness, real if learns else None, budget, device, progress("training"))
    content, proof = _proved(trained, export, model, real)
    about = {
        **{"of": export.name, "sha256": export.manifest.sha256, "space": model.space},
        "trained": {
            **{"nimg": trained.nimg, "seconds": round(trained.seconds, 1), "run": run and run.name},
            **{"data": data.name if data and learns else None, "real_by": likeness.says if learns else None},
        },
        "proof": proof,
    }
    path = encoder_path(file)
    drop_unfinished(path.parent, path.name)
    write_atomic(path, _with_words(content, about))
    return {"path": str(path), **about}


def _say(learns: bool, likeness: Likeness, real: Batches | None, source: Any) -> None:
    """Says on stderr what the encoder learns by."""
    if learns:
        print(f"Latents of samples, and real images drawn again by {likeness.says}.", file=sys.stderr)
    elif real is not None and isinstance(source, Differentiable):
        print("Latents of samples alone: the real images do not say which class each is.", file=sys.stderr)
    else:
        print("Latents of samples alone.", file=sys.stderr)


def _batches(
    data: DataSet, run: Path | None, shape: tuple[int, int, int], classes: tuple[str, ...], device: torch.device
) -> Batches:
    """Real images as the run sees them, or in the model's size; some are held out, those of the run where it does so.

    Raises UsageError where they are of another size than the model draws. Labels that are not the model's are left out.
    """
    manifest = data.manifest
    share = min(LEAST_HELD, HELD / manifest.count)
    mirror, crop = False, None
    size: tuple[int, ...] = shape[1:]
    if run is not None and (record := load_record(run / RECORD)).data["fingerprint"] == manifest.fingerprint:
        choice = Recipe.model_validate(record.recipe).data
        mirror, size, crop = choice.mirror, manifest.size_at(choice.size), choice.crop_size
        share = choice.held_out or share
    if manifest.channels != shape[0] or (crop or size) != shape[1:]:
        raise UsageError(f"{manifest.name}: its images are not {shape[2]}x{shape[1]} px of {shape[0]} channels.")
    batches = Batches(data, DataContract(), mirror, 0, device, share, size, crop)
    if manifest.classes != classes:
        batches.labels = None
    return batches


def _labels_fit(source: Differentiable, real: Batches) -> bool:
    """Whether real images can be drawn again: the class of each must be known, where the generator asks for one."""
    return source.space == "w" or not source.classes or real.labels is not None


def _proved(trained: Trained, export: Export, model: LatentModel, real: Batches | None) -> tuple[bytes, dict[str, Any]]:
    """The encoder's file, and its proof."""
    encoder = trained.encoder.cpu()
    channels, height, width = map(int, export.manifest.image_shape)
    spec = ExportSpec(
        "", encoder, {"images": torch.zeros(2, channels, height, width)}, output="ws" if encoder.styled else "z"
    )
    content = convert(spec, _basis(export))
    held = None if real is None else real.held(HELD, Stage(0, 1.0))
    images = None if held is None else held.images.cpu().contiguous().numpy()
    labels = None if held is None or held.labels is None else held.labels.tolist()
    report = ExportManifest.loads(_words(content)["ganstudio"], "the encoder").parity
    session = parity.session_of(onnx.load_model_from_string(content))
    return content, {"parity": report, **prove(session, model, images, labels)}


def _basis(export: Export) -> ExportManifest:
    """What an encoder's manifest has of its export's."""
    name = encoder_path(export.path).stem
    return replace(
        export.manifest, name=name, task="encoder", codes=(), classes=(), precision="fp32", ganstudio=__version__
    )


def _words(content: bytes) -> dict[str, str]:
    return {entry.key: entry.value for entry in onnx.load_model_from_string(content).metadata_props}


def _with_words(content: bytes, about: dict[str, Any]) -> bytes:
    """The file with what it says of itself."""
    model = onnx.load_model_from_string(content)
    model.metadata_props.add(key=KEY, value=json.dumps(about, allow_nan=False))
    return model.SerializeToString(deterministic=True)
