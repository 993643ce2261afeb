"""`ganstudio data show --out`: writes a contact sheet as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ganstudio import __version__
from ganstudio.errors import StudioError, UsageError

if TYPE_CHECKING:
    from ganstudio.data.store import DataSet


def write(data: DataSet, path: Path, rows: int) -> None:
    """Writes the contact sheet as a PNG to `path`. Raises UsageError for another suffix."""
    from ganstudio.inference.contact_sheet import contact_tiles
    from ganstudio.inference.pixels import grid, write_png

    if path.suffix.lower() != ".png":
        raise UsageError(f"--out {path}: a contact sheet is written as PNG. Did you mean {path.with_suffix('.png')}?")
    tiles, columns = contact_tiles(data, rows)
    words = {"Software": f"ganstudio {__version__}", "Source": data.manifest.name}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_png(path, grid(tiles, columns), words)
    except OSError as error:
        raise StudioError(f"{path} cannot be written: {error.strerror}.", hint="--out FILE.png") from None
