"""The picture that a style is taken from: read, made smaller where it is large, and its statistics."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ganstudio.data.manifest import UnreadableError
from ganstudio.data.sources.source import Location
from ganstudio.data.whole_picture import WholePicture, read_whole
from ganstudio.errors import UsageError, quoted
from ganstudio.inference.images.channels import canvas_to_translate, channel_notes
from ganstudio.inference.images.render import Cut
from ganstudio.inference.style.statistics import StylePicture
from ganstudio.inference.style.stylizer import Stylizer
from ganstudio.workspace import nearest_path

LONGEST_SIDE = 1024  # pixels: of a larger picture a network sees the canvas between the strokes
THUMBNAIL = 256  # pixels of a side
_FLAT = 2  # levels that a picture of one colour may differ by: JPEG rounds


def read_style(path: Path, model: Stylizer, cut: Cut) -> StylePicture:
    """The style of the picture in a file; one that the model has looked at already is not looked at again.

    Raises:
        UsageError: no file, no picture, or one of a single colour, which has no style.
        StudioError: onnxruntime failed.
    """
    if path.is_dir():
        hint = f"ganstudio styles add {quoted(path.resolve().name)} {quoted(path)} --model {quoted(model.path.stem)}"
        raise UsageError(f"{path} is a folder; of several pictures one style is made and saved first.", hint)
    try:
        status = path.stat()
        file = str(path.absolute()), status.st_size, status.st_mtime_ns
        if file not in model.seen_styles:
            model.seen_styles[file] = style_of(read_whole(Location(str(path)), srgb=True), str(path), model, cut)
        return model.seen_styles[file]
    except UnreadableError as error:
        raise UsageError(f"{path}: {error}.") from None
    except OSError as error:
        why = error.strerror or error
        raise UsageError(f"{path} cannot be read: {why}. {nearest_path(path)}") from None


def style_of(whole: WholePicture, name: str, model: Stylizer, cut: Cut) -> StylePicture:
    """The style of a picture in sRGB. Raises UsageError for one of a single colour, which `name` calls."""
    canvas = canvas_to_translate(whole, model)
    if int(np.ptp(canvas, (0, 1)).max()) <= _FLAT:
        raise UsageError(f"{name} is all one colour: it has no style.")
    shown, notes = _shown(canvas)
    notes = (*whole.notes, *channel_notes(whole, model), *_alpha_notes(whole), *notes, *_size_notes(shown, model))
    return StylePicture(model.statistics_of(shown, cut), thumbnail(canvas), notes)


def thumbnail(pixels: NDArray[np.uint8], side: int = THUMBNAIL) -> NDArray[np.uint8]:
    """The square in the middle of pixels [H, W, 3], [side, side, 3]."""
    height, width, _ = pixels.shape
    least = min(height, width)
    top, left = (height - least) // 2, (width - least) // 2
    image = Image.fromarray(pixels[top : top + least, left : left + least])
    return np.asarray(image.resize((side, side), Image.Resampling.LANCZOS))


def _shown(canvas: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """The canvas as the network is shown it, LONGEST_SIDE at most, and what is said of that."""
    height, width, _ = canvas.shape
    if max(height, width) <= LONGEST_SIDE:
        return canvas, ()
    factor = LONGEST_SIDE / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    shown = np.asarray(Image.fromarray(canvas).resize(size, Image.Resampling.LANCZOS))
    return shown, (f"{width}x{height} px: its style is taken at {size[0]}x{size[1]}",)


def _alpha_notes(whole: WholePicture) -> tuple[str, ...]:
    seen_through = whole.alpha is not None and int(whole.alpha.min()) < 255
    return ("transparent in part: laid over white, which is part of the style then",) if seen_through else ()


def _size_notes(shown: NDArray[np.uint8], model: Stylizer) -> tuple[str, ...]:
    """Says where a style picture is smaller than those that the model learned from."""
    sides = [side for side in model.manifest.image_shape[1:] if isinstance(side, int)]
    height, width, _ = shown.shape
    if not sides or min(height, width) >= min(sides):
        return ()
    learned = f"the {sides[-1]}x{sides[0]} px that {model.path.stem} learned styles from"
    return (f"{width}x{height} px, smaller than {learned}",)
