"""Which exports Studio can open, and which of them it begins with."""

from __future__ import annotations

from ganstudio.errors import UsageError
from ganstudio.inference.exports import Export, find_export, list_exports
from ganstudio.workspace import Workspace

SLOW_MS = 50.0  # of one picture on a CPU, above which a GPU is worth its start


def drawable(export: Export) -> bool:
    """Returns whether an export draws pictures from seeds."""
    shape = export.manifest.image_shape
    return export.manifest.z_dim is not None and len(shape) in (3, 4) and shape[0] in (1, 3, 4)


def takes_pictures(export: Export) -> bool:
    """Returns whether an export is given pictures, and makes others of them."""
    return any(spec.name == "source" for spec in export.manifest.inputs)


def exports_to_open(workspace: Workspace) -> tuple[list[Export], list[str]]:
    """Returns the exports that Studio can open, newest first, and a line for each file that is no export."""
    exports, notes = list_exports(workspace)
    return [export for export in exports if drawable(export) or takes_pictures(export)], notes


def find_export_to_open(
    workspace: Workspace, name: str | None, opened: Export | None
) -> tuple[Export | None, list[str]]:
    """Returns the export of that name; without a name the open one, else the newest; None, and why, where there is
    none.

    Raises UsageError where the name is of none that Studio can open.
    """
    known, notes = exports_to_open(workspace)
    wanted = name or (opened.name if opened else None)
    export = next((export for export in known if export.name == wanted), None)
    if export or name is None:
        return export or opened or (known[0] if known else None), notes
    export = find_export(workspace, name)  # says what is wrong with a file that is there
    if export is None:
        if opened and opened.name == name:
            return opened, notes
        raise UsageError(f"{name} is no export of this workspace any more.")
    raise UsageError(f"{name} is a {export.manifest.task} model that Studio cannot draw with.")


def provider_for(export: Export) -> str:
    """Returns `cpu`, which starts at once and leaves the GPU to trainings; `auto` for an export measured as slow."""
    measured = (export.manifest.latency_ms or {}).get("onnxruntime", {}).get("1", 0.0)
    return "auto" if measured > SLOW_MS else "cpu"
