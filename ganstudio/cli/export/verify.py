"""What `ganstudio export verify` proves, and says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ganstudio.cli.output import note, print_json, print_made
from ganstudio.errors import StudioError
from ganstudio.inference.exports import Export
from ganstudio.workspace import Workspace

if TYPE_CHECKING:
    from ganstudio.inference.verify import Verification


def report(workspace: Workspace, export: Export, against_run: str | None, trust: bool, as_json: bool) -> None:
    """Proves the export and its halves and prints what was proved. Raises StudioError where something does not hold."""
    from ganstudio.inference.run_exports import run_folder
    from ganstudio.inference.verify import verify

    try:
        files = [verify(one) for one in (export, *map(Export.load, export.companions()))]
    except StudioError as error:
        if run_folder(workspace, str(export.manifest.run)) is None:  # nothing makes the file anew
            error.hint = None
        raise
    against = None if against_run is None else _against(workspace, export, against_run, trust)
    if as_json:
        told = [file.as_json() for file in files]
        print_json({"name": export.name, "path": str(export.path), "files": told, "against_run": against})
        return
    for file in files:
        note(_told(file))
    if against:
        note(
            f"against torch on {against['run']}: at most {against['max_abs']:.1e} apart over {against['n']} latents, "
            f"{against['psnr_db']:.1f} dB"
        )
    for file in files:
        print_made(file.path)


def _told(file: Verification) -> str:
    return (
        f"{file.path.name}: hash and manifest hold; {file.seeds} stored answers are met within {file.max_abs:.1e} "
        f"({file.tolerance:g} is let through) by onnxruntime {file.onnxruntime}"
    )


def _against(workspace: Workspace, export: Export, reference: str, trust: bool) -> dict[str, Any]:
    from ganstudio import bridge
    from ganstudio.runs import store
    from ganstudio.runs.trust import require_run

    run = store.find(workspace, reference)
    require_run(run.path, run.record, trust)
    return bridge.call_worker("against", str(run.path), str(export.path.absolute()))
