"""What is said of an export: cells of a list, its facts, how near it is to torch, and how fast."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ganstudio.inference.codes import Code
from ganstudio.inference.exports import Export
from ganstudio.inference.manifest import LEAST_DB, TensorSpec
from ganstudio.report.fact import Fact
from ganstudio.units import format_bytes, format_kimg

_CLASSES = 10  # that are named where there is little room


class Latency(NamedTuple):
    """Milliseconds that a batch takes, None where they were not measured."""

    batch: str
    onnxruntime: float | None
    torch: float | None

    @property
    def ratio(self) -> float | None:
        """How many times as fast as torch onnxruntime is; None where one of them was not measured."""
        return self.torch / self.onnxruntime if self.torch and self.onnxruntime else None


def latencies(export: Export) -> list[Latency]:
    """Of each batch that was measured, the small ones first."""
    measured = export.manifest.latency_ms or {}
    ours, torch = measured.get("onnxruntime") or {}, measured.get("torch") or {}
    batches = sorted({*ours, *torch}, key=lambda batch: (len(batch), batch))
    return [Latency(batch, ours.get(batch), torch.get(batch)) for batch in batches]


def format_ms(value: float | None) -> str:
    """`4.12` -> `4.1`, `190.2` -> `190`; `–` where there is none."""
    return "–" if value is None else f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def _milliseconds(batch: str) -> Callable[[Export], str]:
    return lambda export: format_ms(next((one.onnxruntime for one in latencies(export) if one.batch == batch), None))


def _kimg(export: Export) -> str:
    nimg = export.manifest.checkpoint_nimg
    return "–" if nimg is None else format_kimg(nimg)


def _distance(export: Export) -> str:
    return f"{export.manifest.parity['max_abs']:.0e}" if export.manifest.parity else "–"


# Heading of a list's column -> the cell of an export.
CELLS: dict[str, Callable[[Export], str]] = {
    "name": lambda export: export.name,
    "task": lambda export: export.manifest.task,
    "image": lambda export: "x".join(map(str, export.manifest.image_shape)),
    "classes": lambda export: str(len(export.manifest.classes) or "–"),
    "run": lambda export: export.manifest.run or "–",
    "kimg": _kimg,
    "precision": lambda export: export.manifest.precision,
    "size": lambda export: format_bytes(export.bytes),
    "max|Δ|": _distance,
    "b1 ms": _milliseconds("1"),
    "b64 ms": _milliseconds("64"),
}


def facts(export: Export, short: bool = False) -> list[Fact]:
    """What an export is and where it comes from; `short` cuts off what takes much room."""
    manifest, nimg = export.manifest, export.manifest.checkpoint_nimg
    beside = [path.name for path in export.companions()]
    made = time.strftime("%Y-%m-%d %H:%M", time.localtime(export.modified))
    return [
        *([] if short else [Fact("path", str(export.path))]),
        Fact("task", manifest.task),
        Fact("takes", ", ".join(_tensor(spec, short) for spec in manifest.inputs)),
        Fact("gives", ", ".join(_tensor(spec, short) for spec in manifest.outputs)),
        *sizes(export),
        *([Fact("translates", " to ".join(manifest.translates))] if manifest.translates else []),
        Fact("range", "{:g} to {:g}".format(*manifest.value_range)),
        Fact("classes", _classes(manifest.classes, short)),
        *([Fact("codes", ", ".join(map(_code, manifest.codes)))] if manifest.codes else []),
        Fact("run", f"{manifest.run or 'none'}{f' @ {format_kimg(nimg)} kimg' if nimg is not None else ''}"),
        *averaged(export),
        *blended(export),
        *([Fact("tuned", f"for one picture, from {manifest.tuned['of']}")] if manifest.tuned else []),
        Fact("made", f"{made}, ganstudio {manifest.ganstudio}"),
        Fact("file", size(export)),
        *([Fact("beside it", ", ".join(beside))] if beside else []),
        *_styles(export, short),
        Fact("sha256", f"{manifest.sha256[:16]}…" if short else manifest.sha256),
    ]


def _styles(export: Export, short: bool) -> list[Fact]:
    """The styles that were saved for a model that paints; nothing of the others."""
    if not any(spec.name == "strength" for spec in export.manifest.inputs):
        return []
    from ganstudio.inference.style.saved_styles import names_beside

    return [Fact("styles", _classes(names_beside(export.path), short))]


def sizes(export: Export) -> list[Fact]:
    """The sizes that a model takes which is given pictures, and what it makes of them; nothing of the others."""
    manifest = export.manifest
    source = next((spec for spec in manifest.inputs if spec.name == "source"), None)
    if source is None:
        return []
    free = any(isinstance(side, str) for side in source.shape[2:])
    step = "any" if manifest.multiple == 1 else f"any multiple of {manifest.multiple} px"
    takes = step if free else "{1} x {0} px".format(*source.shape[2:])
    scale = f", {manifest.scale} times as large" if manifest.scale > 1 else ""
    seen = "" if manifest.radius is None else f", from {manifest.radius} px around"
    return [Fact("sizes", f"{takes}{scale}{seen}")]


def averaged(export: Export) -> list[Fact]:
    """How weights came about that were put together after training; nothing of the others."""
    ema = export.manifest.ema
    if ema is None:
        return []
    measured = f"; batch norms measured on {ema['fakes']:,} fakes" if ema["fakes"] else ""
    source = f"put together from {len(ema['checkpoints'])} checkpoints"
    return [Fact("average", f"std {ema['std']:g}, {source}: profile error {ema['error']:.1%}{measured}")]


def blended(export: Export) -> list[Fact]:
    """Whose weights were mixed in; nothing where none were."""
    blend = export.manifest.blend
    if blend is None:
        return []
    run = f"{blend['run']} @ {format_kimg(blend['checkpoint_nimg'])} kimg"
    return [Fact("blend", f"{blend['share']:g} of {run}, {1 - blend['share']:g} of {export.manifest.run}")]


def size(export: Export) -> str:
    """`14.0 MB, opset 18, fp32`"""
    return f"{format_bytes(export.bytes)}, opset {export.manifest.opset}, {export.manifest.precision}"


def _tensor(spec: TensorSpec, short: bool) -> str:
    return f"{spec.name} [{', '.join(map(str, spec.shape))}]{'' if short else f' {spec.dtype}'}"


def _code(code: Code) -> str:
    """`category_1 0 to 9`"""
    low, high = code.values[0], code.values[-1]
    return f"{code.name} {low:g} to {high:g}"


def _classes(names: Sequence[str], short: bool) -> str:
    if short and len(names) > _CLASSES + 2:
        names = [*names[:_CLASSES], f"... {len(names)} in all"]
    return ", ".join(names) or "none"


def agreement(export: Export) -> list[Fact]:
    """How near its answers are to torch's, in sentences; in fewer bits, what is promised of pictures as a whole."""
    parity, precision = export.manifest.parity, export.manifest.precision
    if not parity:
        return [Fact("parity", "was not measured")]
    worst, mean = f"{parity['max_abs']:.1e}", f"{parity['mean_abs']:.1e}"
    inputs = "pictures" if export.manifest.z_dim is None else "latents"
    if "psnr_db" not in parity:
        near = f"agrees with torch over {parity['n']} {inputs}: at most {worst} apart, {mean} on average"
        return [Fact("parity", near)]
    promise = f", and {precision} promises {LEAST_DB[precision]:g} dB or more" if precision in LEAST_DB else ""
    return [
        Fact("parity", f"{parity['psnr_db']:.1f} dB from the pictures of fp32 over {parity['n']} {inputs}{promise}"),
        Fact("", f"no promise for a single value, in [-1, 1]: {worst} apart at worst, {mean} on average"),
    ]


def distances(export: Export) -> list[Fact]:
    """The same in a few words."""
    parity = export.manifest.parity
    if not parity:
        return [Fact("max|Δ|", "was not measured")]
    apart = f"{parity['max_abs']:.1e}, mean {parity['mean_abs']:.0e} of {parity['n']:g} z"
    return [Fact("max|Δ|", apart), *([Fact("to fp32", f"{parity['psnr_db']:.1f} dB")] if "psnr_db" in parity else [])]


def speeds(export: Export) -> list[Fact]:
    """A sentence on each batch of which both onnxruntime and torch were measured."""
    lines = []
    for batch, ours, torch in latencies(export):
        if ours and torch:
            times = f"{torch / ours:.1f} x as fast as" if ours < torch else f"{ours / torch:.1f} x as long as"
            lines.append(f"batch {batch}: {ours:.1f} ms, {times} torch ({torch:.1f} ms)")
    return [Fact("" if number else "latency", line) for number, line in enumerate(lines)]
