"""What a verification has proved of an export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def summary(files: Sequence[Mapping[str, Any]]) -> str:
    """What holds of all files together, in a few words."""
    worst = max((float(one["max_abs"]) for one in files), default=0.0)
    return f"hash, manifest, answers within {worst:.2g}"


def sentences(files: Sequence[Mapping[str, Any]], against_run: Mapping[str, Any] | None = None) -> list[str]:
    """A line a file, and one on torch where its run was asked again; both are what `export verify --json` prints."""
    lines = [
        f"{Path(str(one['path'])).name}: hash and manifest hold; {one['seeds']} stored answers are met within "
        f"{one['max_abs']:.2g} ({one['tolerance']:g} is let through) by onnxruntime {one['onnxruntime']}"
        for one in files
    ]
    if against_run is not None:
        lines.append(
            f"against torch on {against_run['run']}: at most {against_run['max_abs']:.1e} apart over "
            f"{against_run['n']} latents, {against_run['psnr_db']:.1f} dB"
        )
    return lines
