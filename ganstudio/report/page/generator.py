"""A generator that draws inside the page: the export itself, and what the page needs to know to feed it."""

from __future__ import annotations

import base64
import gzip
import lzma
import math
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ganstudio.inference.exports import Export
from ganstudio.units import format_bytes, format_kimg

RUNTIME = Path(__file__).parent / "files/onnxruntime-web"
_MOST_NOISE = 2**22  # numbers that the page draws for one picture


class Living(NamedTuple):
    """An export for the page: `feeds` is for its script, `content` the file as base64 of gzip."""

    feeds: dict[str, Any]
    content: str


def why_not(export: Export) -> str | None:
    """Why the page cannot draw with this export, for any size of the file; None where it can."""
    manifest = export.manifest
    if manifest.z_dim is None:
        return f"it takes pictures, not seeds ({manifest.task})"
    if not export.whole:
        return "it is one part of a generator"
    shape = manifest.image_shape
    if len(shape) not in (3, 4) or shape[0] not in (1, 3, 4) or not all(isinstance(side, int) for side in shape):
        return f"images of shape {list(shape)} are no pictures that a page shows"
    for spec in manifest.inputs:
        if spec.name.startswith("noise_") and not all(isinstance(side, int) for side in spec.shape[1:]):
            return f"its input {spec.name} has no size of its own"
        if spec.name not in ("z", "labels", "psi") and not spec.name.removeprefix("noise_").isdecimal():
            return f"its input {spec.name} is not one that a seed can fill"
    noises = [spec.shape[1:] for spec in manifest.inputs if spec.name.startswith("noise_")]
    if sum(math.prod(map(int, sides)) for sides in noises) > _MOST_NOISE:
        return "its noise takes too long to draw"
    return None


def living(export: Export, reference: str) -> Living:
    """The generator for the page; `reference` is what `--model` means it by."""
    manifest = export.manifest
    feeds = {
        "name": reference,
        "zDim": manifest.z_dim,
        "classes": list(manifest.classes),
        "shape": list(manifest.image_shape),
        "psi": manifest.has_psi,
        "noise": [
            {"name": spec.name, "index": int(spec.name.removeprefix("noise_")), "shape": list(spec.shape[1:])}
            for spec in manifest.inputs
            if spec.name.startswith("noise_")
        ],
        "checkpoint": None if manifest.checkpoint_nimg is None else format_kimg(manifest.checkpoint_nimg),
        "precision": manifest.precision,
        "size": format_bytes(export.bytes),
    }
    return Living(feeds, _packed(export.path.read_bytes()))


@cache
def runtime_binary() -> str:
    """The WebAssembly of onnxruntime-web as base64 of gzip, which a browser unpacks by itself."""
    return _packed(lzma.decompress((RUNTIME / "ort.wasm.xz").read_bytes()))


def _packed(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()
