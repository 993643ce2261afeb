"""A run's grids of samples, made small enough for a page, with what the log says up to each."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ganstudio.runs import log

if TYPE_CHECKING:
    from PIL.Image import Image

WIDEST = 1280  # pixels; a larger grid is averaged down
_LOSSLESS = 80_000  # bytes that a grid may take with all of its pixels as they are
_QUALITY = 85  # of WebP, where it takes more
_LOG_LINES = 10


class Samples(NamedTuple):
    """`entries` are for the page, oldest first; `left_out` are sentences."""

    entries: list[dict[str, Any]]
    left_out: list[str]


def samples_of(run: Path, most: int) -> Samples:
    """At most `most` of a run's grids, the first and the last among them, evenly spread."""
    files = sorted(path for path in (run / "samples").glob("*.png") if path.stem.isdecimal())
    chosen = _spread(files, most)
    entries, unread, changed = [], 0, 0
    for file in chosen:
        made = encoded(file)
        if made is None:
            unread += 1
            continue
        url, whole = made
        nimg = int(file.stem)
        changed += not whole
        lines = log.lines_before(run / log.NAME, nimg, _LOG_LINES)
        entries.append({"kimg": nimg / 1000, "image": url, "log": lines})
    left_out = []
    if len(files) > len(chosen):
        left_out.append(f"{len(files) - len(chosen)} of {len(files)} grids of samples: {most} are here (--samples)")
    if changed:
        left_out.append(f"some of the detail of {changed} grids of samples: they are scaled or compressed with losses")
    if unread:
        left_out.append(f"{unread} grids of samples that cannot be read")
    return Samples(entries, left_out)


def encoded(file: Path) -> tuple[str, bool] | None:
    """A picture as a data URL, and whether all of its pixels are as they were; None where it cannot be read."""
    from PIL import Image

    try:
        with Image.open(file, formats=("PNG",)) as opened:
            image = opened.convert("RGBA" if "A" in opened.getbands() else "RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    fits = image.width <= WIDEST
    if fits:
        content = _webp(image, lossless=True)
        if len(content) <= _LOSSLESS:
            return _data_url(content), True
    else:
        image = image.resize((WIDEST, max(1, image.height * WIDEST // image.width)), Image.Resampling.BOX)
    return _data_url(_webp(image, lossless=False)), False


def _webp(image: Image, lossless: bool) -> bytes:
    content = io.BytesIO()
    image.save(content, "WEBP", lossless=lossless, quality=100 if lossless else _QUALITY, method=4)
    return content.getvalue()


def _data_url(content: bytes) -> str:
    return f"data:image/webp;base64,{base64.b64encode(content).decode()}"


def _spread(files: Sequence[Path], most: int) -> list[Path]:
    """At most `most` files, evenly spread from the first to the last; of one alone, the last."""
    if len(files) <= most:
        return list(files)
    if most < 2:
        return list(files[len(files) - most :])
    return [files[i * (len(files) - 1) // (most - 1)] for i in range(most)]
