"""Torch and onnxruntime on the same inputs: how far apart, how fast."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import onnx
import torch
from torch import nn

from ganstudio.engine.contract import ExportSpec
from ganstudio.engine.export.graph import FIXED_SIZE
from ganstudio.errors import StudioError
from ganstudio.inference import recorded_answers
from ganstudio.inference.manifest import TensorSpec
from ganstudio.inference.sessions import cpu_session, failure_reason

PROVED = 64  # latents that torch and onnxruntime are both run on
PROVED_PIXELS = 2**16  # of pictures that are put in: so many together have about as many pixels, and are 64 at most
FEW = 2  # inputs of another size that they are run on, where a graph takes any
TOLERANCE = 1e-4  # of images in [-1, 1], and of what is larger in its own scale
FROZEN = "In forward, write x.shape[0] where you need the batch size: len(x) is frozen into the graph"
MOST_DB = 200.0  # of answers that are equal

Feed = dict[str, np.ndarray]


def proof_seeds(spec: ExportSpec) -> range:
    """0 to 63; fewer for a network that is given large pictures: a large one proves as much as many small ones."""
    if spec.pictures is None:
        return range(PROVED)
    return range(max(FEW, min(PROVED, PROVED_PIXELS // spec.inputs[spec.pictures][0, 0].numel())))


def inputs(spec: ExportSpec, classes: int, seeds: range | None = None) -> Feed:
    """What the seeds fill the module's inputs with; by default those of a proof."""
    seeds = proof_seeds(spec) if seeds is None else seeds
    specs = [TensorSpec(name, ("N", *one.shape[1:]) if one.dim() else (), "") for name, one in spec.inputs.items()]
    return recorded_answers.proof_inputs(specs, seeds, classes)


def other_sizes(spec: ExportSpec) -> ExportSpec:
    """The same graph with every free axis of another size: the first is twice as long, the next three times, ..."""
    named = dict.fromkeys(name for axes in spec.free_axes.values() for name in axes.values())
    factors = {name: number for number, name in enumerate(named, 2)}
    larger = {}
    for name, example in spec.inputs.items():
        times = {axis: factors[free] for axis, free in spec.free_axes.get(name, {}).items()}
        larger[name] = example.new_zeros([size * times.get(axis, 1) for axis, size in enumerate(example.shape)])
    return replace(spec, inputs=larger)


def free_sizes(spec: ExportSpec) -> dict[str, int]:
    """The sizes that the free axes have in a proof, by name: those of the examples."""
    return {free: spec.inputs[name].shape[axis] for name, axes in spec.free_axes.items() for axis, free in axes.items()}


def rows(feed: Feed, part: slice) -> Feed:
    """Some of the batch; a scalar is the same for all of it."""
    return {name: value[part] if value.ndim else value for name, value in feed.items()}


@torch.inference_mode()
def by_torch(module: nn.Module, feed: Feed) -> np.ndarray:
    return module(*(torch.from_numpy(value) for value in feed.values())).numpy()


def session_of(model: onnx.ModelProto) -> Any:
    return cpu_session(model.SerializeToString())


def by_onnxruntime(session: Any, feed: Feed) -> np.ndarray:
    """Raises StudioError where the graph fails."""
    try:
        return session.run(None, feed)[0]
    except Exception as error:  # onnxruntime's own exceptions share no base but this
        count = max(len(value) for value in feed.values() if value.ndim)
        raise StudioError(
            f"export: the graph does not run on {count} inputs: {failure_reason(error)}", hint=FROZEN
        ) from None


def differences(expected: np.ndarray, answer: np.ndarray) -> dict[str, float]:
    """The parity report of a manifest."""
    difference = np.abs(expected - answer) / recorded_answers.scale(expected)
    return {"n": len(answer), "max_abs": float(difference.max()), "mean_abs": float(difference.mean())}


def prove(spec: ExportSpec, session: Any, feed: Feed, classes: int) -> dict[str, float]:
    """The parity report of a fp32 graph; one with free axes is proved at two sizes.

    Raises StudioError where torch and onnxruntime are further apart than TOLERANCE, or an answer depends on the others
    in its batch.
    """
    report = agreement(spec.module, session, feed)
    if not spec.free_axes:
        return report
    larger = other_sizes(spec)
    try:
        other = agreement(larger.module, session, rows(inputs(larger, classes), slice(FEW)))
    except StudioError as error:
        free = ", ".join(f"{name} {size}" for name, size in free_sizes(larger).items())
        raise StudioError(f"{error.message} That was at another size: {free}.", hint=FIXED_SIZE) from error
    return report | {"max_abs": max(report["max_abs"], other["max_abs"])}


def agreement(module: nn.Module, session: Any, feed: Feed) -> dict[str, float]:
    """How far torch and onnxruntime are apart on `feed`; raises StudioError as `prove` does."""
    expected, answer = by_torch(module, feed), by_onnxruntime(session, feed)
    if answer.shape != expected.shape:
        told = f"onnxruntime answers {list(answer.shape)} where torch answers {list(expected.shape)}"
        raise StudioError(f"export: {told}; no file was written.", hint=FROZEN)
    parity = differences(expected, answer)
    if not parity["max_abs"] <= TOLERANCE:
        raise StudioError(
            f"export: onnxruntime differs from torch by {parity['max_abs']:.2e} (at most {TOLERANCE:g} is let "
            "through); no file was written."
        )
    alone = differences(answer[:1], by_onnxruntime(session, rows(feed, slice(1))))
    if not alone["max_abs"] <= TOLERANCE:
        raise StudioError(
            f"export: the first latent's answer moves by {alone['max_abs']:.2e} with the others in its batch; "
            "no file was written.",
            hint="BatchNorm needs its running statistics: leave track_running_stats=True",
        )
    return parity


def psnr_db(expected: np.ndarray, answer: np.ndarray) -> float:
    """Peak signal-to-noise ratio of images in [-1, 1], whose peak is 2; NaN where an answer holds one."""
    error = float(np.mean((expected.astype(np.float64) - answer) ** 2))
    return min(MOST_DB, 10 * math.log10(4 / max(error, 1e-30))) if math.isfinite(error) else math.nan


def latency(spec: ExportSpec, session: Any, feed: Feed) -> dict[str, dict[str, float]]:
    """Milliseconds of torch and of onnxruntime, at batch 1 and 64; of networks that are given pictures, at batch 1."""
    measured: dict[str, dict[str, float]] = {"torch": {}, "onnxruntime": {}}
    for count in (1,) if spec.pictures else (1, PROVED):
        some = rows(feed, slice(count))
        measured["torch"][str(count)] = _milliseconds(partial(by_torch, spec.module, some))
        measured["onnxruntime"][str(count)] = _milliseconds(partial(session.run, None, some))
    return measured


def _milliseconds(call: Callable[[], Any], repeats: int = 5) -> float:
    """The median of a few calls after one that warms up."""
    call()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
    return round(sorted(times)[repeats // 2], 3)
