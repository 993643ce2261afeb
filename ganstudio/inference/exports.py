"""The exports of a workspace: which there are, and which one a name means."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ganstudio.errors import UsageError
from ganstudio.inference.manifest import ExportManifest, read_manifest
from ganstudio.workspace import Workspace, expand_path

HALVES = ("mapping", "synthesis")  # of a generator with styles
COMPANIONS = (*HALVES, "encoder", "features")  # what may lie beside a generator, as NAME.mapping.onnx
DIRECTIONS = ".directions.npz"  # beside an export: see latent/directions.py
STYLES = ".styles.npz"  # beside an export that paints in styles: see style/saved_styles.py
WAYS = ("a_to_b", "b_to_a")  # of a translation there and back: a network each


@dataclass(frozen=True)
class Export:
    """One .onnx file with its manifest; its name is the file's, whatever name it was exported under."""

    path: Path
    manifest: ExportManifest
    bytes: int
    modified: float

    @classmethod
    def load(cls, path: Path) -> Export:
        """The export at `path`. Raises UsageError where that is no ONNX file, or one without a manifest."""
        manifest = read_manifest(path)
        if manifest is None:
            hint = "ganstudio export onnx RUN   # makes a file that can be sampled"
            raise UsageError(f"{path} carries no ganstudio manifest: it was not exported by ganstudio.", hint)
        try:
            status = path.stat()
        except OSError as error:  # it went meanwhile
            raise UsageError(f"{path}: {error.strerror}.") from None
        return cls(path, manifest, status.st_size, status.st_mtime)

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def reference(self) -> str:
        """What `--model` means this very file by: a run's id alone means the run, whose export may be made anew."""
        named_as_run = self.name.partition("@")[0] == self.manifest.run
        return self.path.name if named_as_run else self.name

    @property
    def whole(self) -> bool:
        """Whether it is a generator, not the mapping or synthesis half, nor the encoder, that lies beside one."""
        tensors = {spec.name for spec in (*self.manifest.inputs, *self.manifest.outputs)}
        return "ws" not in tensors and "images" not in {spec.name for spec in self.manifest.inputs}

    def companions(self) -> list[Path]:
        """What lies beside a generator: its halves where it has styles, its encoder, its features."""
        beside = (self.path.with_name(f"{self.name}.{part}.onnx") for part in COMPANIONS)
        return [path for path in beside if path.is_file()] if self.whole else []

    @property
    def styled(self) -> bool:
        """Whether both halves of a generator with styles lie beside it, so that its latents are ws."""
        return {f"{self.name}.{half}.onnx" for half in HALVES} <= {path.name for path in self.companions()}

    def check_psi(self, psi: float | None, given_as: str) -> None:
        """Raises UsageError where a truncation was given, as `given_as`, that the model has not, or that is none."""
        if psi is None:
            return
        if not self.manifest.has_psi:
            why = "has no truncation, which generators with styles have: leave it out"
            raise UsageError(f"{given_as}: {self.name} {why}.")
        if not math.isfinite(psi):
            raise UsageError(f"{given_as}: {psi} is no truncation. Usual are numbers from 0 to 1.")

    def other_way(self) -> list[Path]:
        """The network that translates back, where it lies beside this one."""
        stem, _, way = self.name.rpartition(".")
        back = {WAYS[0]: WAYS[1], WAYS[1]: WAYS[0]}.get(way)
        path = self.path.with_name(f"{stem}.{back}.onnx")
        return [path] if back and path.is_file() else []

    def as_json(self) -> dict[str, Any]:
        fields = asdict(self.manifest)
        keys = [
            *("task", "inputs", "outputs", "z_dim", "classes", "image_shape", "value_range"),
            *("scale", "radius", "multiple", "translates", "opset", "precision", "run", "ema", "parity", "latency_ms"),
        ]
        return {"name": self.name, "path": str(self.path)} | {key: fields[key] for key in keys} | {"bytes": self.bytes}


def list_exports(workspace: Workspace) -> tuple[list[Export], list[str]]:
    """The workspace's exports, newest first, and a line for each .onnx file that is none. Companions are left out."""
    exports, notes = [], []
    for path in sorted(workspace.exports.glob("*.onnx")):
        try:
            exports.append(Export.load(path))
        except (UsageError, OSError, RecursionError) as error:
            notes.append(error.message if isinstance(error, UsageError) else f"{path}: cannot be read: {error}.")
    return sorted(filter(lambda export: export.whole, exports), key=lambda export: export.modified, reverse=True), notes


def find_export(workspace: Workspace, reference: str) -> Export | None:
    """The export that an .onnx file's path or a name in the workspace means; None where there is no such file."""
    path = expand_path(reference)
    if path.suffix == ".onnx" and (path.is_file() or len(path.parts) > 1):
        return Export.load(path.resolve())
    named = workspace.exports / f"{reference.removesuffix('.onnx')}.onnx"
    return Export.load(named) if len(Path(reference).parts) == 1 and named.is_file() else None


def remove_export(export: Export) -> None:
    """Deletes the file, then its companions, directions and styles: they are nowhere listed without it."""
    for path in [export.path, *export.companions()]:
        path.unlink()
    if export.whole:
        for beside in (DIRECTIONS, STYLES):
            export.path.with_name(f"{export.name}{beside}").unlink(missing_ok=True)


def newest_of(run: str, exports: list[Export]) -> Export | None:
    """The newest export of a run, by its id, out of `list_exports`."""
    return next((export for export in exports if export.manifest.run == run), None)
