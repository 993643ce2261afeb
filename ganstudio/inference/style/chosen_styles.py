"""The styles that `--style` asks for: pictures or saved names, each with its weight, found and mixed."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import UsageError, closest, nearest, quoted
from ganstudio.inference.images.render import Cut
from ganstudio.inference.style.saved_styles import SavedStyles, how_to_add
from ganstudio.inference.style.statistics import Statistics, blended
from ganstudio.inference.style.style_pictures import read_style
from ganstudio.inference.style.stylizer import Stylizer
from ganstudio.workspace import expand_path, names_beside

NO_WEIGHT = "the weights sum to 0; one of them must be above 0."
NEGATIVE_WEIGHT = "a weight is 0 or more"


@dataclass(frozen=True)
class StyleWish:
    """A style as it was typed: a picture's path, or the name of a saved style; `weight` is 0 or more."""

    name: str
    weight: float = 1.0

    @property
    def path(self) -> Path:
        return expand_path(self.name)


@dataclass(frozen=True, eq=False)
class Style:
    """A style that was found. `file` is its picture's, None of a saved one; `notes` are said of the picture."""

    name: str
    weight: float
    statistics: Statistics
    thumbnail: NDArray[np.uint8]
    file: Path | None = None
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What a saved style's answers are known by; a picture's are by its file."""
        if self.file is not None:
            return ""
        return hashlib.sha256(self.statistics.mean.tobytes() + self.statistics.std.tobytes()).hexdigest()


def parse_styles(given: Sequence[str], saved: SavedStyles) -> list[StyleWish]:
    """What `--style` was given, once or more: `A.jpg`, `B.jpg=0.3`, `NAME`, `NAME=2`. No picture is read.

    A saved style's name comes before a file's; `./NAME` is the file. Raises UsageError for a style that is not there,
    and for weights that are negative, no numbers, or 0 all together.
    """
    wishes = [_parse(text, saved) for text in given]
    if not wishes:
        names = f" Saved: {', '.join(saved.names)}." if saved.names else ""
        raise UsageError(f"which style? Give --style a picture or a saved style's name.{names}", "--style FILE")
    if not sum(wish.weight for wish in wishes):
        one = wishes[0].name
        raise UsageError(f"--style: {NO_WEIGHT}", f"--style {quoted(f'{one}=1')}")
    return wishes


def find_styles(wishes: Sequence[StyleWish], saved: SavedStyles, model: Stylizer, cut: Cut) -> list[Style]:
    """The styles, each picture read and looked at once. Raises what `read_style` does."""
    found: dict[str, Style] = {}
    styles = []
    for wish in wishes:
        if wish.name not in found:
            found[wish.name] = _find(wish, saved, model, cut)
        one = found[wish.name]
        styles.append(Style(one.name, wish.weight, one.statistics, one.thumbnail, one.file, one.notes))
    return styles


def mixed(styles: Sequence[Style]) -> Statistics:
    """The statistics of all of them together."""
    return blended([(style.statistics, style.weight) for style in styles])


def mix_name(styles: Sequence[Style]) -> str:
    """`starry`, or `starry 0.7 + waves 0.3`: weights as shares of all."""
    total = sum(style.weight for style in styles)
    if len(styles) == 1:
        return styles[0].name
    return " + ".join(f"{style.name} {style.weight / total:.2g}" for style in styles)


def _find(wish: StyleWish, saved: SavedStyles, model: Stylizer, cut: Cut) -> Style:
    if (one := saved.get(wish.name)) is not None:
        return Style(one.name, wish.weight, one.statistics, one.thumbnail)
    picture = read_style(wish.path, model, cut)
    return Style(wish.path.stem, wish.weight, picture.statistics, picture.thumbnail, wish.path, picture.notes)


def _parse(text: str, saved: SavedStyles) -> StyleWish:
    if _is_there(text, saved):
        return StyleWish(text)
    name, equals, given = text.rpartition("=")
    if not equals or not _is_there(name, saved):
        raise _unknown(name if equals else text, saved)
    try:
        weight = float(given)
    except ValueError:
        weight = math.nan
    if not math.isfinite(weight):
        raise UsageError(f"--style {text!r}: {given!r} is no weight.", f"--style {quoted(f'{name}=0.5')}")
    if weight < 0:
        instead = f"--style {quoted(f'{name}={-weight:g}')}"
        raise UsageError(f"--style {text!r}: {NEGATIVE_WEIGHT}; got {given}.", instead)
    return StyleWish(name, weight)


def _is_there(name: str, saved: SavedStyles) -> bool:
    return saved.get(name) is not None or (bool(name) and expand_path(name).exists())


def _unknown(name: str, saved: SavedStyles) -> UsageError:
    """The error of a style that is not there, with the nearest name or file."""
    path = expand_path(name)
    files = [str(path.with_name(file)) for file in names_beside(path)]
    likely = closest(name, [*saved.names, *files], 0.6)
    message = f"--style: {name!r} is neither a picture nor a saved style of {saved.model}."
    if likely is not None:
        return UsageError(f"{message} Did you mean {likely!r}?", f"--style {quoted(likely)}")
    if saved.names:
        return UsageError(f"{message} {nearest(name, saved.names)}")
    return UsageError(f"{message} None is saved yet.", how_to_add(saved.model))
