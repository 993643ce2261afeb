"""A sheet of contents x styles: contents down the first column, styles along the first row, and each in each."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.whole_picture import WholePicture
from ganstudio.inference.images.channels import canvas_to_translate
from ganstudio.inference.pixels import grid
from ganstudio.inference.style.chosen_styles import Style
from ganstudio.inference.style.style_pictures import THUMBNAIL, thumbnail
from ganstudio.inference.style.stylize import Stylize

_EDGE = 4  # white pixels around each picture
MOST_CONTENTS = 64


def sheet(work: Stylize, contents: Iterable[WholePicture], styles: Sequence[Style]) -> NDArray[np.uint8] | None:
    """Pixels uint8 [H, W, 3] of the sheet, None without contents; each picture is the square in its middle, 256 px.

    It is painted at that size, a content in one style after the other, so that strokes are seen. `work` says model,
    strength and colours; its own styles are not looked at.
    """
    cells = [np.full((THUMBNAIL, THUMBNAIL, 3), 255, np.uint8), *(style.thumbnail for style in styles)]
    for content in contents:
        small = WholePicture(thumbnail(canvas_to_translate(content, work.model)), None)
        cells.append(small.colours)
        cells += [in_style(work, small, style) for style in styles]
    if len(cells) == len(styles) + 1:
        return None
    framed = np.pad(np.stack(cells), ((0, 0), (_EDGE, _EDGE), (_EDGE, _EDGE), (0, 0)), constant_values=255)
    return grid(framed, len(styles) + 1)


def in_style(work: Stylize, small: WholePicture, style: Style) -> NDArray[np.uint8]:
    """Pixels uint8 [H, W, 3] of a small picture in one style alone."""
    alone = replace(work, styles=[style], seams=None)
    return alone.make(small, Path(tempfile.gettempdir())).pixels
