"""Verifies an export: its hash, its manifest, and the pictures that it gave where it was made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganstudio.errors import StudioError, UsageError, quoted
from ganstudio.inference.exports import Export
from ganstudio.inference.manifest import ExportManifest, content_hash, read_metadata
from ganstudio.inference.recorded_answers import KEY, AnswerPairs, proof_inputs
from ganstudio.inference.sessions import cpu_session, failure_reason, tensor_spec

# Largest difference of images in [-1, 1] between two machines' onnxruntimes, by precision. In fp32 it is the order of
# sums; in fp16 and int8 a sum that falls to the other side moves a whole step of the rounding, and on.
TOLERANCES = {"fp32": 1e-4, "fp16": 2e-2, "int8": 1e-1}


@dataclass(frozen=True)
class Verification:
    """`seeds` pictures came out within `tolerance` of the stored ones, `max_abs` at most."""

    path: Path
    sha256: str
    seeds: int
    max_abs: float
    tolerance: float
    onnxruntime: str

    def as_json(self) -> dict[str, Any]:
        return {key: str(value) if key == "path" else value for key, value in vars(self).items()}


def verify(export: Export) -> Verification:
    """Runs `export` on this machine and compares its pictures with the stored ones.

    Raises:
        UsageError: a file that carries no pairs, or that this onnxruntime cannot load.
        StudioError: its hash, its manifest or its pictures do not hold.
    """
    import onnxruntime

    path, manifest = export.path, export.manifest
    text = read_metadata(path).get(KEY)
    digest = content_hash(path)
    if digest != manifest.sha256:
        raise StudioError(
            f"{path}: graph or weights are not those that were exported: their SHA-256 begins with {digest[:12]}, the "
            f"manifest says {manifest.sha256[:12]}.",
            hint=_export_command(path, manifest),
        )
    if text is None:
        hint = _export_command(path, manifest)
        raise UsageError(f"{path} carries no pairs to verify it by: an older ganstudio made it.", hint)
    pairs = AnswerPairs.loads(text, str(path))
    try:
        session = cpu_session(path)
    except Exception as error:  # onnxruntime's errors share no base below Exception
        raise UsageError(f"{path}: onnxruntime cannot load it: {failure_reason(error)}") from error
    if wrong := list(disagreements(manifest, session)):
        raise StudioError(
            f"{path}: the manifest does not fit the graph: {'; '.join(wrong)}.", hint=_export_command(path, manifest)
        )
    feed = proof_inputs(manifest.inputs, pairs.seeds, len(manifest.classes), pairs.free)
    largest = pairs.distance(_answers(path, session, feed))
    tolerance = TOLERANCES[manifest.precision]
    if not largest <= tolerance:
        raise StudioError(
            f"{path}: onnxruntime {onnxruntime.__version__} here gives pictures that differ from the stored ones by "
            f"{largest:.2e} (at most {tolerance:g} is let through in {manifest.precision})."
        )
    return Verification(path, digest, len(pairs.seeds), largest, tolerance, onnxruntime.__version__)


def disagreements(manifest: ExportManifest, session: Any) -> Iterator[str]:
    """Sentences on differences between a manifest and the graph that the session runs."""
    inputs = [tensor_spec(one) for one in session.get_inputs()]
    outputs = [tensor_spec(one) for one in session.get_outputs()]
    for what, declared, real in (
        ("inputs", list(manifest.inputs), inputs),
        ("outputs", list(manifest.outputs), outputs),
    ):
        if declared != real:
            yield f"{what} {_tensors_text(declared)}, in the graph {_tensors_text(real)}"
    names, taken = {spec.name: spec for spec in (*inputs, *outputs)}, {spec.name: spec for spec in inputs}
    if manifest.z_dim != (taken["z"].shape[1] if "z" in taken else None):
        yield f"z_dim {manifest.z_dim}"
    if ("labels" in names) != bool(manifest.classes):
        yield f"{len(manifest.classes)} classes"
    if "images" in names and not _fits(manifest.image_shape, names["images"].shape[1:]):
        yield f"image_shape {list(manifest.image_shape)}"
    if manifest.precision not in TOLERANCES:
        yield f"precision {manifest.precision}"


def _fits(shape: tuple[int | str, ...], graph: tuple[int | str, ...]) -> bool:
    """Can the graph make images of this shape? An axis that has a name there may have any size."""
    return len(shape) == len(graph) and all(
        isinstance(there, str) or here == there for here, there in zip(shape, graph, strict=True)
    )


def _answers(path: Path, session: Any, feed: dict[str, Any]) -> Any:
    try:
        return session.run(None, feed)[0]
    except Exception as error:  # a class that is not there, for example
        raise StudioError(f"{path}: onnxruntime failed: {failure_reason(error)}") from error


def _tensors_text(specs: list[Any]) -> str:
    return ", ".join(f"{spec.name} [{', '.join(map(str, spec.shape))}] {spec.dtype}" for spec in specs)


def _export_command(path: Path, manifest: ExportManifest) -> str | None:
    """The command that makes the file anew, of a run that may be gone."""
    if path.name.endswith(".encoder.onnx"):
        return f"ganstudio encoder {quoted(path.with_name(path.name.removesuffix('.encoder.onnx')).name)}"
    if manifest.run is None:
        return None
    at = "" if manifest.checkpoint_nimg is None else f"@{manifest.checkpoint_nimg / 1000:g}"
    precision = "" if manifest.precision == "fp32" else f" --precision {quoted(manifest.precision)}"
    whole = path.with_name(re.sub(r"\.(mapping|synthesis)\.onnx$", ".onnx", path.name))
    return f"ganstudio export onnx {quoted(f'{manifest.run}{at}')} --out {quoted(whole)}{precision}"
