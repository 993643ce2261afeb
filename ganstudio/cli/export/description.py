"""What `ganstudio export` says of an export: a row of the list, a report, every fact."""

from __future__ import annotations

from ganstudio.inference.exports import Export
from ganstudio.inference.manifest import LEAST_DB
from ganstudio.units import format_bytes, format_kimg


def report(export: Export) -> list[str]:
    """What a person wants to know of a new export, a line each."""
    lines = []
    if parity := export.manifest.parity:
        lines += agreement(parity, export.manifest.precision)
    for batch, ours, theirs in _latencies(export.manifest.latency_ms):
        times = f"{theirs / ours:.1f} x as fast as" if ours < theirs else f"{ours / theirs:.1f} x as long as"
        lines.append(f"batch {batch}: {ours:.1f} ms, {times} torch ({theirs:.1f} ms)")
    lines.append(f"{format_bytes(export.bytes)}, opset {export.manifest.opset}, {export.manifest.precision}")
    return lines


def agreement(parity: dict[str, float], precision: str) -> list[str]:
    """How near an export's answers are to torch's; in fewer bits, what is promised of pictures as a whole."""
    worst, mean = parity["max_abs"], parity["mean_abs"]
    if "psnr_db" not in parity:
        return [f"agrees with torch over {parity['n']} latents: at most {worst:.1e} apart, {mean:.1e} on average"]
    promise = f", and {precision} promises {LEAST_DB[precision]:g} dB or more" if precision in LEAST_DB else ""
    return [
        f"{parity['psnr_db']:.1f} dB from the pictures of fp32 over {parity['n']} latents{promise}",
        f"no promise for a single value, in [-1, 1]: {worst:.1e} apart at worst, {mean:.1e} on average",
    ]


def _latencies(measured: dict[str, dict[str, float]] | None) -> list[tuple[str, float, float]]:
    """(batch, onnxruntime's, torch's) milliseconds, where both were measured."""
    ours, theirs = ((measured or {}).get(who, {}) for who in ("onnxruntime", "torch"))
    return [(batch, ours[batch], theirs[batch]) for batch in ours if ours[batch] > 0 and theirs.get(batch)]


def facts(export: Export) -> list[tuple[str, str]]:
    manifest = export.manifest
    nimg = manifest.checkpoint_nimg
    lines = [
        ("name", export.name),
        ("path", str(export.path)),
        ("task", manifest.task),
        *(("input", f"{spec.name} {_shape(spec.shape)} {spec.dtype}") for spec in manifest.inputs),
        *(("output", f"{spec.name} {_shape(spec.shape)} {spec.dtype}") for spec in manifest.outputs),
        ("range", "{:g} to {:g}".format(*manifest.value_range)),
        ("classes", ", ".join(manifest.classes) or "none"),
        ("run", manifest.run or "none"),
        ("checkpoint", f"{format_kimg(nimg)} kimg" if nimg is not None else "none"),
    ]
    return [*lines, *(("", line) for line in report(export)), ("sha256", manifest.sha256)]


def _shape(shape: tuple[int | str, ...]) -> str:
    return f"[{', '.join(map(str, shape))}]"


def row(export: Export) -> list[str]:
    manifest = export.manifest
    return [
        export.name,
        manifest.task,
        "x".join(map(str, manifest.image_shape)),
        str(len(manifest.classes) or "–"),
        manifest.run or "–",
        format_kimg(manifest.checkpoint_nimg) if manifest.checkpoint_nimg is not None else "–",
        format_bytes(export.bytes),
        f"{manifest.parity['max_abs']:.0e}" if manifest.parity else "–",
    ]
