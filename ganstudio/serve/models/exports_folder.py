"""The folder of exports, watched while a server runs: what comes into it is served, what goes is not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from ganstudio.errors import UsageError
from ganstudio.inference.exports import Export
from ganstudio.serve.models.catalog import Catalog, Stamp, stamp_of

EVERY_S = 1.0  # the folder is looked at
_log = logging.getLogger("ganstudio.serve")


class ExportsFolder:
    """The exports in a folder, of which some are known. A file that has not changed is not read again."""

    def __init__(self, folder: Path, known: Sequence[Export] = ()) -> None:
        self._folder = folder
        self._seen: dict[Path, tuple[Stamp | None, Export | None]] = {one.path: (None, one) for one in known}

    def look(self) -> list[Export]:
        """All exports that are there now, by name.

        A file that is none, or not whole yet, is left out; one that was whole before is what it was.
        """
        self._seen = {path: self._read(path) for path in sorted(self._folder.glob("*.onnx"))}
        return [export for _, export in self._seen.values() if export is not None and export.whole]

    def _read(self, path: Path) -> tuple[Stamp | None, Export | None]:
        stamp, (seen, before) = stamp_of(path), self._seen.get(path, (None, None))
        if seen is not None and seen == stamp:
            return seen, before
        try:
            return stamp, Export.load(path)
        except (UsageError, OSError, RecursionError):
            return stamp, before


async def watch(folder: ExportsFolder, catalog: Catalog, every_s: float = EVERY_S) -> None:
    """Tells the catalog of the folder's exports, again and again, until it is cancelled."""
    while True:
        await asyncio.sleep(every_s)
        try:
            found = await asyncio.to_thread(folder.look)
        except OSError as error:
            _log.error("the folder of exports cannot be read: %s", error)
            continue
        before = catalog.names
        catalog.update(found)
        if catalog.names != before:
            _log.warning("Serving %s from now on.", ", ".join(catalog.names) or "nothing")
