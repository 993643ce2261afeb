"""Exports: averaged generators as ONNX graphs that agree with torch, or no file at all."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import time
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from ganstudio import __version__
from ganstudio.data.manifest import size_at
from ganstudio.engine import architectures, checkpoint, schedules, tasks
from ganstudio.engine.averaging import averaged_copy
from ganstudio.engine.contract import DataShape, ExportSpec, Nets, Task
from ganstudio.errors import StudioError
from ganstudio.inference import latents
from ganstudio.inference.manifest import KEY, Manifest, TensorSpec
from ganstudio.recipe.schema import Recipe
from ganstudio.runs.record import NAME as RECORD
from ganstudio.runs.record import RunRecord, load_record
from ganstudio.workspace import write_atomic

OPSET = 20
PROVED = 64  # latents that torch and onnxruntime are both run on
TOLERANCE = 1e-4  # of images in [-1, 1]


def export(run: Path, which: str, out: Path) -> list[Path]:
    """Writes `out` and, for generators with styles, its halves beside it; the paths, the whole generator first.

    Raises UsageError for a checkpoint that is not there, StudioError where torch and onnxruntime disagree.
    """
    record = load_record(run / RECORD)
    path = checkpoint.choose(run, which)
    state = checkpoint.load(path)
    recipe = Recipe.model_validate(record.recipe)
    task, nets, shape = restored(record, recipe, run, state)
    stage = schedules.stage_at(recipe, state["progress"]["nimg"])
    basis = _basis(record, recipe, shape, checkpoint.nimg_of(path))
    made = []
    for spec in task.exports(nets, stage):
        target = out.with_name(f"{out.stem}.{spec.suffix}.onnx") if spec.suffix else out
        made.append((target, convert(spec, replace(basis, name=target.stem))))
    out.parent.mkdir(parents=True, exist_ok=True)
    for target, content in made:
        write_atomic(target, content)
    return [target for target, _ in made]


def restored(record: RunRecord, recipe: Recipe, run: Path, state: dict[str, Any]) -> tuple[Task, Nets, DataShape]:
    """The averaged generators of a checkpoint, on the CPU; the data set itself is not needed."""
    architecture = architectures.of_run(run, record)
    data = record.data
    # runs of earlier versions say nothing of axes: they are of images
    size = size_at(data.get("axes", "HWC"), data.get("depth"), data["resolution"], recipe.data.resolution)
    shape = DataShape(data["channels"], size, (1,) * len(data["classes"]))
    task = tasks.build(recipe)
    nets = task.build(architecture, architectures.options(architecture, recipe.architecture, shape), shape)
    nets.ema = {name: averaged_copy(net) for name, net in nets.generators.items()}
    for name, net in nets.ema.items():
        net.load_state_dict(state["nets"]["ema"][name])
        _settle(net)
    return task, nets, shape


def convert(spec: ExportSpec, basis: Manifest) -> bytes:
    """The bytes of a proved .onnx file with its manifest inside. Raises StudioError where the proof fails."""
    model = to_graph(spec)
    plain = model.SerializeToString(deterministic=True)
    session = _session(plain)
    feed = _proof_inputs(spec, len(basis.classes))
    parity = _parity(spec.module, session, feed)
    conditional = "labels" in spec.inputs
    manifest = replace(
        basis,
        inputs=tuple(_described(i) for i in session.get_inputs()),
        outputs=tuple(_described(o) for o in session.get_outputs()),
        z_dim=spec.inputs["z"].shape[1] if "z" in spec.inputs else None,
        classes=basis.classes if conditional else (),
        opset=next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx")),
        parity=parity,
        latency_ms=_latency(spec.module, session, feed),
        sha256=hashlib.sha256(plain).hexdigest(),
    )
    model.metadata_props.add(key=KEY, value=manifest.dumps())
    return model.SerializeToString(deterministic=True)


def to_graph(spec: ExportSpec) -> onnx.ModelProto:
    """A checked graph with a free batch axis, made by torch's exporter."""
    names = list(spec.inputs)
    batch = torch.export.Dim("batch", min=1)
    module = spec.module.eval().to(torch.float32, memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    dynamic = ({0: batch},) * len(names)
    with _quiet():
        program = torch.onnx.export(
            module,
            tuple(spec.inputs.values()),
            dynamo=True,
            verbose=False,
            opset_version=OPSET,
            input_names=names,
            output_names=["ws" if spec.suffix == "mapping" else "images"],
            dynamic_shapes=(dynamic,) if _takes_any(module) else dynamic,
        )
    buffer = io.BytesIO()
    onnx.save_model(program.model_proto, buffer)
    model = onnx.load_model_from_string(buffer.getvalue())
    del model.metadata_props[:]
    for given in model.graph.input:  # an input that this stage ignores would keep the example's batch
        given.type.tensor_type.shape.dim[0].dim_param = "batch"
    onnx.checker.check_model(model, full_check=True)
    return model


def _takes_any(module: nn.Module) -> bool:
    """Does forward take `*inputs`? The exporter wants their axes one level deeper then."""
    code = type(module).forward.__code__
    return bool(code.co_flags & 0x04)


def _settle(net: nn.Module) -> None:
    """Replaces parametrized weights (spectral norm) by their values."""
    for module in net.modules():
        if parametrize.is_parametrized(module):
            for name in list(module.parametrizations):  # type: ignore[arg-type]
                parametrize.remove_parametrizations(module, name)


def _basis(record: RunRecord, recipe: Recipe, shape: DataShape, nimg: int) -> Manifest:
    """What an export says whatever its graph."""
    fingerprint = hashlib.sha256(json.dumps(record.recipe, sort_keys=True).encode()).hexdigest()[:16]
    return Manifest(
        name="",
        task=recipe.task,
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
    )


def _proof_inputs(spec: ExportSpec, classes: int) -> dict[str, np.ndarray]:
    """The inputs of seeds 0 to 63: latents, classes in turn, noise; images where images go in."""
    seeds = range(PROVED)
    feed: dict[str, np.ndarray] = {}
    for position, (name, example) in enumerate(spec.inputs.items()):
        if name == "z":
            feed[name] = latents.latents(seeds, example.shape[1])
        elif name == "labels":
            feed[name] = np.arange(PROVED, dtype=np.int64) % classes
        else:
            feed[name] = latents.noise(seeds, position, tuple(example.shape[1:])).clip(-1, 1)
    return feed


def prove(spec: ExportSpec, classes: int) -> float:
    """The largest difference between torch and onnxruntime over 64 inputs. Raises StudioError above the tolerance."""
    session = _session(to_graph(spec).SerializeToString())
    return _parity(spec.module, session, _proof_inputs(spec, classes))["max_abs"]


def _parity(module: nn.Module, session: onnxruntime.InferenceSession, feed: dict[str, np.ndarray]) -> dict[str, float]:
    tensors = {name: torch.from_numpy(value) for name, value in feed.items()}
    try:
        answer = session.run(None, feed)[0]
    except Exception as error:  # onnxruntime's own exceptions share no base but this
        raise StudioError(
            f"export: the graph does not run on {PROVED} inputs: {str(error).splitlines()[0]}",
            hint="in forward, write x.shape[0] where you need the batch size: len(x) is frozen into the graph",
        ) from None
    difference = np.abs(_torch(module, tensors) - answer)
    largest = float(difference.max())
    if not largest <= TOLERANCE:
        raise StudioError(
            f"export: onnxruntime differs from torch by {largest:.2e} (at most {TOLERANCE:g} is let through); "
            "no file was written."
        )
    return {"n": PROVED, "max_abs": largest, "mean_abs": float(difference.mean())}


def _latency(
    module: nn.Module, session: onnxruntime.InferenceSession, feed: dict[str, np.ndarray]
) -> dict[str, dict[str, float]]:
    """Milliseconds of torch and of onnxruntime, at batch 1 and 64."""
    latency: dict[str, dict[str, float]] = {"torch": {}, "onnxruntime": {}}
    for count in (1, PROVED):
        arrays = {name: value[:count] for name, value in feed.items()}
        tensors = {name: torch.from_numpy(value) for name, value in arrays.items()}
        latency["torch"][str(count)] = _milliseconds(partial(_torch, module, tensors))
        latency["onnxruntime"][str(count)] = _milliseconds(partial(session.run, None, arrays))
    return latency


@torch.inference_mode()
def _torch(module: nn.Module, inputs: dict[str, Tensor]) -> np.ndarray:
    return module(*inputs.values()).numpy()


def _milliseconds(call: Callable[[], Any], repeats: int = 5) -> float:
    """The median of a few calls after one that warms up."""
    call()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
    return round(sorted(times)[repeats // 2], 3)


def _session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _described(tensor: Any) -> TensorSpec:
    dtype = {"tensor(float)": "float32", "tensor(int64)": "int64"}[tensor.type]
    return TensorSpec(tensor.name, ("N", *tensor.shape[1:]), dtype)


@contextmanager
def _quiet():
    """Keeps the exporter's own deprecations and advice from the user: nothing in them is for her to act on."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logger.setLevel(level)
