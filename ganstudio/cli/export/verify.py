"""`ganstudio export verify`: proves an export and prints what was proved."""

from __future__ import annotations

from typing import Any

from ganstudio.cli.output import note, print_json, print_made
from ganstudio.errors import StudioError
from ganstudio.inference.exports import Export
from ganstudio.report.verification import sentences
from ganstudio.workspace import Workspace


def report(workspace: Workspace, export: Export, against_run: str | None, trust: bool, as_json: bool) -> None:
    """Proves the export and its halves and prints what was proved. Raises StudioError where something does not hold."""
    from ganstudio.inference.run_exports import run_folder
    from ganstudio.inference.verify import verify

    try:
        proved = [verify(one) for one in (export, *map(Export.load, export.companions()))]
    except StudioError as error:
        if run_folder(workspace, str(export.manifest.run)) is None:  # nothing makes the file anew
            error.hint = None
        raise
    files = [file.as_json() for file in proved]
    against = None if against_run is None else _against(workspace, export, against_run, trust)
    if as_json:
        print_json({"name": export.name, "path": str(export.path), "files": files, "against_run": against})
        return
    for line in sentences(files, against):
        note(line)
    for file in proved:
        print_made(file.path)


def _against(workspace: Workspace, export: Export, reference: str, trust: bool) -> dict[str, Any]:
    from ganstudio import bridge
    from ganstudio.runs import store
    from ganstudio.runs.trusted_files import require_run

    run = store.find(workspace, reference)
    store.require_own(run, "verify against")
    require_run(run.path, run.record, trust)
    return bridge.call_worker("against", str(run.path), str(export.path.absolute()))
