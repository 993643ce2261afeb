"""Styles with names: NAME.styles.npz beside an export.

Arrays: `names` [K], `mean` and `std` float32 [K, F], `thumbnails` uint8 [K, 256, 256, 3]; `sources`, JSON, the names of
the files that each was taken from; `sha256`, the export's hash: statistics of another model's features mean nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import UsageError, nearest, quoted
from ganstudio.inference.exports import STYLES
from ganstudio.inference.manifest import ExportManifest
from ganstudio.inference.npz import read_arrays, write_arrays
from ganstudio.inference.style.statistics import Statistics, StylePicture, blended
from ganstudio.inference.style.style_pictures import THUMBNAIL

RANDOM = "random"  # what no style is called: see art.py
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, eq=False)
class SavedStyle:
    """A style by its name; `sources` are the names of the files that it was taken from."""

    name: str
    statistics: Statistics
    thumbnail: NDArray[np.uint8]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class SavedStyles:
    """All styles of one export, in the order in which they were added."""

    path: Path
    sha256: str
    all: tuple[SavedStyle, ...] = ()

    @classmethod
    def of(cls, export: Path, manifest: ExportManifest, anew: bool = False) -> SavedStyles:
        """What the file beside `export` holds; no styles where there is no such file.

        Raises UsageError for a file that is damaged, and for styles of another model, which count as none `anew`.
        """
        path = export.with_name(f"{export.stem}{STYLES}")
        if not path.exists():
            return cls(path, manifest.sha256)
        found = read_styles(path)
        if found.sha256 != manifest.sha256:
            if anew:
                return cls(path, manifest.sha256)
            hint = f"ganstudio styles add NAME FILE --model {quoted(export.stem)} --force   # begins anew"
            raise UsageError(f"{path} holds styles of another model than {export.name}, or of an older one.", hint)
        return found

    def __iter__(self) -> Iterator[SavedStyle]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    @property
    def model(self) -> str:
        return self.path.name.removesuffix(STYLES)

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.all]

    def get(self, name: str) -> SavedStyle | None:
        """The style of that name; None where there is none."""
        return next((one for one in self.all if one.name == name), None)

    def named(self, name: str) -> SavedStyle:
        """The style of that name. Raises UsageError where there is none, with the nearest."""
        if (found := self.get(name)) is not None:
            return found
        if not self.all:
            raise UsageError(f"{self.model} has no saved styles yet.", how_to_add(self.model))
        hint = f"ganstudio styles list --model {quoted(self.model)}"
        raise UsageError(f"{self.model} has no style {name!r}. {nearest(name, self.names)}", hint)

    def with_(self, new: SavedStyle) -> SavedStyles:
        """These styles and `new`, which takes the place of one of the same name."""
        return replace(self, all=(*(one for one in self.all if one.name != new.name), new))

    def without(self, name: str) -> SavedStyles:
        gone = self.named(name)
        return replace(self, all=tuple(one for one in self.all if one is not gone))

    def save(self) -> None:
        """Writes the file whole or not at all; removes it where there are no styles."""
        if not self.all:
            self.path.unlink(missing_ok=True)
            return
        arrays = {
            "names": np.array(self.names),
            "mean": np.stack([one.statistics.mean for one in self.all]),
            "std": np.stack([one.statistics.std for one in self.all]),
            "thumbnails": np.stack([one.thumbnail for one in self.all]),
            "sources": np.array(json.dumps([one.sources for one in self.all])),
            "sha256": np.array(self.sha256),
        }
        write_arrays(self.path, arrays)


def how_to_add(model: str) -> str:
    """The command that saves a style."""
    return f"ganstudio styles add NAME FILE --model {quoted(model)}"


def mean_style(name: str, pictures: Sequence[tuple[Path, StylePicture]]) -> SavedStyle:
    """A style that is the mean of several pictures' statistics; its thumbnail is that of four of them at most."""
    statistics = blended([(picture.statistics, 1.0) for _, picture in pictures])
    thumbnails = [picture.thumbnail for _, picture in pictures]
    shown = _mosaic(thumbnails[:4]) if len(thumbnails) > 1 else thumbnails[0]
    return SavedStyle(name, statistics, shown, tuple(path.name for path, _ in pictures))


def names_beside(export: Path) -> list[str]:
    """The names of the styles beside an export, whatever model they are of; [] where there are none to be read."""
    try:
        return read_styles(export.with_name(f"{export.stem}{STYLES}")).names
    except UsageError:
        return []


def check_name(name: str) -> None:
    """Raises UsageError where a style called so could not be typed as NAME=WEIGHT, or would mean something else."""
    if not _NAME.fullmatch(name) or name == RANDOM:
        why = ", which has a style chosen" if name == RANDOM else ": letters, digits, _ - and ., up to 64"
        raise UsageError(f"{name!r} is no name of a style{why}.")


def _mosaic(thumbnails: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Two to four thumbnails in one, a quarter each; they begin again where they are fewer than four."""
    half = THUMBNAIL // 2
    out = np.empty((THUMBNAIL, THUMBNAIL, 3), np.uint8)
    for place in range(4):
        row, column = divmod(place, 2)
        quarter = thumbnails[place % len(thumbnails)].reshape(half, 2, half, 2, 3).mean((1, 3)).round().astype(np.uint8)
        out[row * half : (row + 1) * half, column * half : (column + 1) * half] = quarter
    return out


def read_styles(path: Path) -> SavedStyles:
    """What `save` wrote at `path`, whatever model it is of. Raises UsageError for anything else."""
    arrays = read_arrays(path)
    try:
        names, sources = [str(name) for name in arrays["names"]], json.loads(str(arrays["sources"]))
        mean, std, thumbnails = (arrays[name] for name in ("mean", "std", "thumbnails"))
        if mean.ndim != 2 or mean.shape != std.shape or not len(names) == len(mean) == len(sources) == len(thumbnails):
            raise ValueError(f"statistics {list(mean.shape)} for {len(names)} names")
        if not (np.isfinite(mean).all() and np.isfinite(std).all() and (std > 0).all()):
            raise ValueError("statistics that no picture has")
        if thumbnails.shape[1:] != (THUMBNAIL, THUMBNAIL, 3) or thumbnails.dtype != np.uint8:
            raise ValueError(f"thumbnails {list(thumbnails.shape)}")
        found = tuple(
            SavedStyle(
                name,
                Statistics(np.array(mean[place], np.float32), np.array(std[place], np.float32)),
                thumbnails[place],
                tuple(map(str, sources[place])),
            )
            for place, name in enumerate(names)
        )
        return SavedStyles(path, str(arrays["sha256"]), found)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"{path} holds no styles ({error}).", f"rm {quoted(path)}   # then add them again") from None
