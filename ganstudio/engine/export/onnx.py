"""Exports: averaged generators as ONNX graphs that agree with torch, or no file at all."""

from __future__ import annotations

import glob
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.utils import parametrize

from ganstudio import __version__
from ganstudio.engine import architectures, schedules, tasks
from ganstudio.engine.averages.exponential import averaged_copy, settle
from ganstudio.engine.contract import DataShape, ExportSpec, Nets
from ganstudio.engine.data_shape import recorded_shape
from ganstudio.engine.export import ema_after_training, parity
from ganstudio.engine.export.blend import Blend
from ganstudio.engine.export.ema_after_training import AfterTraining
from ganstudio.engine.export.graph import OPSET, opset_of, to_graph
from ganstudio.engine.export.precision import lowered, require_likeness
from ganstudio.engine.export.sizes import multiple_of, radius_of
from ganstudio.engine.finalized import finalized
from ganstudio.engine.run_folder import checkpoint
from ganstudio.engine.tasks.task import Task
from ganstudio.engine.terms.features_read import features_read_by
from ganstudio.inference.latent.mean import KEY as MEAN
from ganstudio.inference.latent.mean import dumped_mean
from ganstudio.inference.manifest import KEY, ExportManifest
from ganstudio.inference.recorded_answers import KEY as PAIRS
from ganstudio.inference.recorded_answers import SEEDS, AnswerPairs
from ganstudio.inference.sessions import tensor_spec
from ganstudio.recipe.schema import Recipe
from ganstudio.runs.record import NAME as RECORD
from ganstudio.runs.record import RunRecord, load_record
from ganstudio.workspace import drop_unfinished, write_together

CALIBRATED = range(1000, 1064)  # seeds that tell int8 its ranges; the proof's are others


def export(
    run: Path,
    which: str,
    out: Path,
    precision: str = "fp32",
    ema_std: float | None = None,
    blend: Blend | None = None,
) -> list[Path]:
    """Writes `out` and, for generators with styles, its halves beside it; the paths, the whole generator first.

    With `ema_std` the weights are those of an average of that length, put together from all checkpoints up to this one.
    With `blend` another run's weights are mixed in.

    Raises UsageError for a checkpoint that is not there, an average or a blend that cannot be had, StudioError where
    torch and onnxruntime disagree.
    """
    record = load_record(run / RECORD)
    path = checkpoint.choose(run, which)
    after = None if ema_std is None else ema_after_training.plan(run, record, path, ema_std)
    specs, recipe, shape = specs_at(run, record, path, after, blend)
    basis = _basis(record, recipe, shape, checkpoint.nimg_of(path))
    reads = tuple(sorted(features_read_by(run, record, recipe, shape)))
    basis = replace(basis, reads=reads)
    basis = replace(basis, ema=after.as_json() if after else None, blend=blend.as_json() if blend else None)
    made: dict[Path, bytes] = {}
    for spec in specs:
        target = out.with_name(f"{out.stem}.{spec.suffix}.onnx") if spec.suffix else out
        made[target] = convert(spec, replace(basis, name=target.stem), precision)
    out.parent.mkdir(parents=True, exist_ok=True)
    drop_unfinished(out.parent, glob.escape(out.stem))
    # halves before the whole: a generator that is there has its halves
    write_together(dict(reversed(made.items())))
    return list(made)


def specs_at(
    run: Path, record: RunRecord, path: Path, after: AfterTraining | None = None, blend: Blend | None = None
) -> tuple[list[ExportSpec], Recipe, DataShape]:
    """The graphs to be made of a checkpoint, of the average that is put together there, or of a blend with another."""
    state = checkpoint.load(path)
    recipe = Recipe.model_validate(record.recipe)
    if after:
        ema_after_training.put_together(state, after)
    if blend:
        blend.mix_into(state, record)
    mixed = after or blend
    task, nets, shape = restored(record, recipe, run, state, mixed=bool(mixed))
    stage = schedules.stage_at(recipe, state["progress"]["nimg"])
    if mixed and task.sampler is None:
        mixed.fakes = ema_after_training.measure_on_pictures(task, nets, stage, record, recipe)
    elif mixed:
        whole, batch = task.exports(nets, stage)[0], recipe.training.batch
        mixed.fakes = ema_after_training.measure_batch_norms(whole, len(shape.class_counts), batch)
    return task.exports(nets, stage), recipe, shape


def restored(
    record: RunRecord, recipe: Recipe, run: Path, state: dict[str, Any], mixed: bool = False
) -> tuple[Task, Nets, DataShape]:
    """The averaged generators of a checkpoint, finalized, on the CPU; the data set itself is not needed.

    The vectors of spectral norms in a checkpoint are those of its weights; `mixed` ones of several need their own.
    """
    architecture = architectures.of_run(run, record)
    task = tasks.of(architecture, recipe)
    shape = task.seen(recorded_shape(record.data, recipe.data))
    nets = task.build(architecture, architectures.options(architecture, recipe.architecture, shape), shape)
    nets.ema = {name: averaged_copy(net) for name, net in nets.generators.items()}
    for name, net in nets.ema.items():
        net.load_state_dict(state["nets"]["ema"][name])
        if mixed:
            settle(net)
    nets = finalized(nets, record.seed, torch.device("cpu"))
    for net in nets.ema.values():
        _settle(net)
    return task, nets, shape


def convert(spec: ExportSpec, basis: ExportManifest, precision: str = "fp32") -> bytes:
    """The bytes of a proved .onnx file with its manifest inside. Raises StudioError where the proof fails.

    A graph that gives no images stays in fp32, as the mapping half: it is small, and answers cannot be compared by eye.
    """
    classes = basis.classes if "labels" in spec.inputs else ()
    feed = parity.inputs(spec, len(classes))
    model = to_graph(spec)
    session = parity.session_of(model)
    differences = parity.prove(spec, session, feed, len(classes))
    precision = precision if spec.output == "images" else "fp32"
    if precision != "fp32":
        exact = parity.by_onnxruntime(session, feed)
        model = lowered(model, precision, parity.inputs(spec, len(classes), CALIBRATED))
        session = parity.session_of(model)
        answer = parity.by_onnxruntime(session, feed)
        likeness = require_likeness(exact, answer, precision)
        differences = parity.differences(parity.by_torch(spec.module, feed), answer) | {"psnr_db": likeness}
    plain = model.SerializeToString(deterministic=True)
    multiple = multiple_of(spec, session, len(classes))
    manifest = replace(
        basis,
        inputs=tuple(tensor_spec(i) for i in session.get_inputs()),
        outputs=tuple(tensor_spec(o) for o in session.get_outputs()),
        z_dim=spec.inputs["z"].shape[1] if "z" in spec.inputs else None,
        classes=classes,
        codes=spec.codes,
        scale=spec.scale,
        translates=tuple(basis.classes[k] for k in spec.domains or () if basis.classes),
        opset=opset_of(model),
        precision=precision,
        parity=differences,
        multiple=multiple,
        radius=radius_of(spec, multiple),
        latency_ms=parity.latency(spec, session, feed),
        sha256=hashlib.sha256(plain).hexdigest(),
    )
    answers = parity.by_onnxruntime(session, parity.rows(feed, slice(len(SEEDS))))
    stored = AnswerPairs.of(answers, parity.free_sizes(spec))
    model.metadata_props.add(key=KEY, value=manifest.dumps())
    model.metadata_props.add(key=PAIRS, value=stored.dumps())
    if spec.mean is not None:
        model.metadata_props.add(key=MEAN, value=dumped_mean(spec.mean[0].cpu().numpy()))
    return model.SerializeToString(deterministic=True)


def check_parity(spec: ExportSpec, classes: int) -> float:
    """The largest difference between torch and onnxruntime over 64 inputs. Raises StudioError above the tolerance."""
    session = parity.session_of(to_graph(spec))
    return parity.prove(spec, session, parity.inputs(spec, classes), classes)["max_abs"]


def _settle(net: nn.Module) -> None:
    """Replaces parametrized weights (spectral norm) by their values."""
    for module in net.modules():
        if parametrize.is_parametrized(module):
            for name in list(module.parametrizations):  # type: ignore[arg-type]
                parametrize.remove_parametrizations(module, name)


def _basis(record: RunRecord, recipe: Recipe, shape: DataShape, nimg: int) -> ExportManifest:
    """What an export says whatever its graph."""
    fingerprint = hashlib.sha256(json.dumps(record.recipe, sort_keys=True).encode()).hexdigest()[:16]
    return ExportManifest(
        name="",
        task=recipe.task.kind,
        inputs=(),
        outputs=(),
        z_dim=None,
        classes=tuple(record.data["classes"]),
        image_shape=(shape.channels, *shape.size),
        value_range=(-1.0, 1.0),
        opset=OPSET,
        precision="fp32",
        run=record.id,
        checkpoint_nimg=nimg,
        recipe_fingerprint=fingerprint,
        ganstudio=__version__,
        parity=None,
        latency_ms=None,
        sha256="",
        run_created=record.created,
    )
