"""The saved styles of models that paint, as a server has them: read once, until their file changes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from ganstudio.errors import UsageError
from ganstudio.inference.exports import STYLES, Export
from ganstudio.inference.images.model import kind_of
from ganstudio.inference.style.saved_styles import SavedStyles, read_styles
from ganstudio.serve.models.catalog import Served, Stamp, stamp_of

_MODELS = 16  # whose styles are kept


def saved_styles_of(export: Export) -> SavedStyles:
    """Those beside an export; none where they are another model's, or cannot be read."""
    path = export.path.with_name(f"{export.name}{STYLES}")
    none = SavedStyles(path, export.manifest.sha256)
    found = _read(path, stamp_of(path))
    return none if found is None or found.sha256 != none.sha256 else found


def painted_styles(models: Iterable[Served]) -> list[str]:
    """`MODEL/NAME` of every saved style of the models that paint."""
    painters = (one.export for one in models if kind_of(one.export.manifest) == "stylize")
    return [f"{export.name}/{name}" for export in painters for name in saved_styles_of(export).names]


@lru_cache(_MODELS)
def _read(path: Path, stamp: Stamp | None) -> SavedStyles | None:
    try:
        return None if stamp is None else read_styles(path)
    except UsageError:
        return None
