"""What a model makes of one picture, in memory; how strongly it shows; and the file that it is kept in."""

from __future__ import annotations

import hashlib
import re
import tempfile
from pathlib import Path
from typing import NamedTuple, assert_never

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.whole_picture import WholePicture
from ganstudio.errors import StudioError, UsageError
from ganstudio.inference.images.inpaint import Inpaint, alpha_mask
from ganstudio.inference.images.jobs import Job
from ganstudio.inference.images.model import ImageModel, kind_of
from ganstudio.inference.images.render import Cut
from ganstudio.inference.images.subject import Subject
from ganstudio.inference.images.translate import Translate
from ganstudio.inference.images.upscale import Upscale, bicubic
from ganstudio.inference.images.work import Made, Tick
from ganstudio.inference.pictures import picture
from ganstudio.inference.provenance import is_ours, words_of_made
from ganstudio.inference.style.chosen_styles import find_styles, parse_styles
from ganstudio.inference.style.saved_styles import SavedStyles
from ganstudio.inference.style.stylize import Stylize
from ganstudio.inference.style.stylizer import Stylizer
from ganstudio.workspace import write_atomic

FULL = 10  # strength, in tenths
_STRIP = 256  # rows that are mixed at a time


class Box(NamedTuple):
    """A part of a picture, in pixels."""

    top: int
    left: int
    height: int
    width: int


class Alpha(NamedTuple):
    """What of a picture is not opaque."""


Hole = Box | Alpha


class Paint(NamedTuple):
    """How a picture is to be painted: styles as `--style` names them, each with its weight; strength in tenths."""

    styles: tuple[tuple[str, int], ...]
    strength: int = FULL
    keep_colour: bool = False

    @property
    def texts(self) -> list[str]:
        """The styles as they are typed."""
        alone = len(self.styles) == 1
        return [name if alone else f"{name}={weight}" for name, weight in self.styles]


class Ask(NamedTuple):
    """What a model is asked: of which picture, for which domain, with which hole, in which style."""

    subject: Subject
    label: int | None = None
    hole: Hole | None = None
    paint: Paint | None = None


def mask_of(whole: WholePicture, hole: Hole) -> NDArray[np.bool_]:
    """[H, W], True where a hole is. Raises DataError where the picture has no transparency and that was the hole."""
    if isinstance(hole, Alpha):
        return alpha_mask(whole)
    mask = np.zeros(whole.size, np.bool_)
    mask[hole.top : hole.top + hole.height, hole.left : hole.left + hole.width] = True
    return mask


def answer(model: ImageModel, cut: Cut, ask: Ask, tick: Tick) -> Made:
    """What the command for this model makes of the picture, tile by tile; `tick` tells how far it is and stops it.

    Raises:
        StudioError: the hole is none, or onnxruntime failed.
        Interrupted: `tick` was stopped.
    """
    whole, scratch = ask.subject.picture, Path(tempfile.gettempdir())
    match kind_of(model.manifest):
        case "upscale":
            return Upscale(model, cut, tick=tick, seams=None).make(whole, scratch)
        case "translate":
            return Translate(model, cut, ask.label, tick=tick, seams=None).make(whole, scratch)
        case "inpaint":
            mask = mask_of(whole, ask.hole or Alpha())
            return Inpaint(model, cut, None, tick=tick, seams=None).make(whole, mask, scratch)
        case "stylize":
            return _stylize(model, cut, ask, tick).make(whole, scratch)
        case "sample":
            raise UsageError(f"{model.path.stem} is given no pictures.")
        case unreachable:
            assert_never(unreachable)


def _stylize(model: ImageModel, cut: Cut, ask: Ask, tick: Tick) -> Stylize:
    """The work of `ganstudio stylize`. Raises UsageError for styles that are not there."""
    assert isinstance(model, Stylizer)
    assert ask.paint is not None
    saved = SavedStyles.of(model.path, model.manifest)
    styles = find_styles(parse_styles(ask.paint.texts, saved), saved, model, cut)
    return Stylize(model, cut, styles, ask.paint.strength / FULL, ask.paint.keep_colour, tick=tick, seams=None)


def before(whole: WholePicture, made: NDArray[np.uint8], scale: int) -> NDArray[np.uint8]:
    """The picture itself in the size and channels of what was made of it: enlarged by bicubic."""
    own = whole.colours if whole.alpha is None else np.dstack([whole.colours, whole.alpha])
    own = bicubic(own, scale) if scale > 1 else own
    return _in_channels(own, made.shape[2])


def mixed(first: NDArray[np.uint8], second: NDArray[np.uint8], strength: int) -> NDArray[np.uint8]:
    """So many tenths of the second, the rest of the first, both [H, W, C]."""
    if strength >= FULL:
        return second
    out = np.empty_like(second)
    share = np.float32(strength / FULL)
    for top in range(0, len(out), _STRIP):
        a, b = (one[top : top + _STRIP].astype(np.float32) for one in (first, second))
        out[top : top + _STRIP] = np.rint(a + (b - a) * share).astype(np.uint8)
    return out


def save_answer(folder: Path, model: ImageModel, cut: Cut, ask: Ask, made: Made, strength: int) -> list[Path]:
    """Writes the answer as a PNG, and beside it the mask of a box that was filled in; their paths.

    At full strength the file is byte for byte what the model's command makes of the same file.

    Raises StudioError where the disk takes no files, UsageError where a file is in the way that ganstudio did not make.
    """
    pixels = made.pixels
    if strength < FULL:
        pixels = mixed(before(ask.subject.picture, pixels, model.scale), pixels, strength)
    path = folder / f"{_stem(model, ask, strength)}.png"
    words = words_of_made(model.path.stem, model.manifest.sha256, _key(model, cut, ask, strength))
    files = {path: picture(pixels, words, "png", made.carried)}
    if isinstance(ask.hole, Box):
        mask = mask_of(ask.subject.picture, ask.hole)
        grey = np.where(mask, np.uint8(255), np.uint8(0))[..., None]
        files[mask_path(path)] = picture(grey, words, "png", None)
    for one in files:
        if one.exists() and not (one.is_file() and is_ours(one)):
            raise UsageError(f"{one} is there, and does not say that ganstudio made it: nothing was saved.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one, content in files.items():
            write_atomic(one, content)
    except OSError as error:
        raise StudioError(f"{folder}: nothing can be written there: {error.strerror or error}.") from None
    return list(files)


def mask_path(path: Path) -> Path:
    """The file of the mask beside that of an answer."""
    return path.with_name(f"{path.stem}-mask.png")


def _stem(model: ImageModel, ask: Ask, strength: int) -> str:
    """The name of an answer's file: the same question has the same one."""
    parts = [ask.subject.name, model.path.stem]
    if ask.label is not None:
        parts.append(re.sub(r"[^A-Za-z0-9.-]+", "_", model.manifest.classes[ask.label]))
    if isinstance(ask.hole, Box):
        parts.append("x".join(map(str, ask.hole)))
    if ask.paint is not None:
        parts += _paint_parts(ask.paint)
    if strength < FULL:
        parts.append(f"{strength * 10}")
    return "-".join(parts)


def style_name(text: str) -> str:
    """What a style is called, which is a saved name or a picture's path."""
    return Path(text).stem if "/" in text else text


def _paint_parts(paint: Paint) -> list[str]:
    """`starry`, `starry7`, `waves3`: of several with their weights; then what is not as it always is."""
    names = [style_name(text) for text, _ in paint.styles]
    weights = [str(weight) if len(names) > 1 else "" for _, weight in paint.styles]
    parts = [re.sub(r"[^A-Za-z0-9.-]+", "_", name) + weight for name, weight in zip(names, weights, strict=True)]
    parts += [f"strength{paint.strength * 10}"] if paint.strength < FULL else []
    return [*parts, "own-colours"] if paint.keep_colour else parts


def _key(model: ImageModel, cut: Cut, ask: Ask, strength: int) -> str:
    """What the file is known by: of a whole file at full strength as its command has it."""
    path = ask.subject.path
    if path is not None and path.is_file() and strength == FULL and not isinstance(ask.hole, Box):
        job = Job(path, Path(path.name), path)
        match kind_of(model.manifest):
            case "upscale":
                return Upscale(model, cut).key(job)
            case "translate":
                return Translate(model, cut, ask.label).key(job)
            case "stylize":
                return _stylize(model, cut, ask, Tick()).key(job)
            case _:
                return Inpaint(model, cut, None).key(job)
    parts = [model.manifest.sha256, ask.subject.path or ask.subject.words, ask.label, ask.hole, ask.paint, strength]
    return hashlib.sha256("\n".join(map(str, parts)).encode(errors="surrogatepass")).hexdigest()


def _in_channels(pixels: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """Pixels of 1 to 4 channels as such of so many: grey as equal colours, an alpha that is missing as opaque."""
    colours, alpha = (pixels[..., :-1], pixels[..., -1:]) if pixels.shape[2] in (2, 4) else (pixels, None)
    wanted = 1 if channels < 3 else 3
    if colours.shape[2] != wanted:
        colours = colours.repeat(3, 2) if wanted == 3 else colours.mean(2, keepdims=True).round().astype(np.uint8)
    if channels in (1, 3):
        return colours
    return np.concatenate([colours, np.full_like(colours[..., :1], 255) if alpha is None else alpha], 2)
