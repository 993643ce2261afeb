"""Directions with names: NAME.directions.npz beside an export, and what moving along them does to latents.

Arrays: `vectors` float32 [K, layers, size] and `names` [K]; `about`, JSON, says of each how it was made and how well it
holds; `space` is `z` or `w`; `sha256` is the export's hash: directions of another model mean nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import UsageError, nearest
from ganstudio.inference.exports import DIRECTIONS
from ganstudio.inference.manifest import ExportManifest
from ganstudio.inference.npz import read_arrays, write_arrays

Floats = NDArray[np.float32]
LARGEST_STRENGTH = 100.0
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, eq=False)
class Direction:
    """A way to move latents. Strength 1 adds `vector`, float32 [layers, size], which is 0 in layers that stay.

    `made` says how it was found, `{"from": "measure", "measure": "thickness", "samples": 10000, ...}`; `proof` how well
    it holds, {} where that was not measured: see proof.py for its keys.
    """

    name: str
    vector: Floats
    made: Mapping[str, Any] = field(default_factory=dict)
    proof: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reach(self) -> tuple[float, float] | None:
        """The strengths between which its proof found the data; None where that was not measured."""
        found = self.proof.get("reach")
        return (float(found[0]), float(found[1])) if found else None

    def leaves_data(self, strength: float) -> bool:
        """Whether half of the pictures, or more, leave the data there; False where that was not measured."""
        low, high = self.reach or (strength, strength)
        return not low <= strength <= high


@dataclass(frozen=True)
class Directions:
    """All directions of one export, in the order in which they were found."""

    path: Path
    sha256: str
    space: str
    all: tuple[Direction, ...] = ()

    @classmethod
    def of(cls, export: Path, manifest: ExportManifest, space: str, anew: bool = False) -> Directions:
        """What the file beside `export` holds; no directions where there is no such file.

        Raises UsageError for a file that is damaged, and for directions of another model, which count as none `anew`.
        """
        path = cls.path_beside(export)
        if not path.exists():
            return cls(path, manifest.sha256, space)
        found = _read(path)
        if (found.sha256, found.space) != (manifest.sha256, space):
            if anew:
                return cls(path, manifest.sha256, space)
            hint = f"ganstudio directions find {export.stem} --from measure   # finds them again"
            raise UsageError(f"{path} holds directions of another model than {export.name}, or of an older one.", hint)
        return found

    @staticmethod
    def path_beside(export: Path) -> Path:
        """The file that holds the directions of an export, or will."""
        return export.with_name(f"{export.stem}{DIRECTIONS}")

    def __iter__(self) -> Iterator[Direction]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    def named(self, name: str) -> Direction:
        """The direction of that name. Raises UsageError where there is none, with the nearest."""
        found = next((one for one in self.all if one.name == name), None)
        if found is None:
            model = self.path.name.removesuffix(DIRECTIONS)
            if not self.all:
                hint = f"ganstudio directions find {model} --from measure"
                raise UsageError(f"--direction {name}: {model} has no directions yet.", hint)
            known = nearest(name, [one.name for one in self.all])
            raise UsageError(f"--direction {name}: {model} has none of that name. {known}", "ganstudio directions list")
        return found

    def with_(self, *new: Direction) -> Directions:
        """These directions and `new`, which take the place of those of the same names."""
        names = {one.name for one in new}
        return replace(self, all=(*(one for one in self.all if one.name not in names), *new))

    def without(self, name: str) -> Directions:
        gone = self.named(name)
        return replace(self, all=tuple(one for one in self.all if one is not gone))

    def renamed(self, name: str, new: str) -> Directions:
        """Raises UsageError where `new` is taken or no name."""
        check_name(new)
        if any(one.name == new for one in self.all):
            model = self.path.name.removesuffix(DIRECTIONS)
            raise UsageError(f"there is a direction {new!r} already.", f"ganstudio directions remove {model} {new}")
        old = self.named(name)
        return replace(self, all=tuple(replace(one, name=new) if one is old else one for one in self.all))

    def save(self) -> None:
        """Writes the file whole or not at all; removes it where there are no directions."""
        if not self.all:
            self.path.unlink(missing_ok=True)
            return
        about = [{"made": dict(one.made), "proof": dict(one.proof)} for one in self.all]
        arrays: dict[str, Any] = {
            "vectors": np.stack([one.vector for one in self.all]).astype(np.float32),
            "names": np.array([one.name for one in self.all]),
            **{"about": np.array(json.dumps(about, allow_nan=False)), "space": np.array(self.space)},
            "sha256": np.array(self.sha256),
        }
        write_arrays(self.path, arrays)


def names_beside(export: Path) -> list[str]:
    """The names of the directions beside an export, whatever model they are of; [] where there are none to be read."""
    try:
        return [one.name for one in _read(Directions.path_beside(export))]
    except UsageError:
        return []


def check_name(name: str) -> None:
    """Raises UsageError where `name` could not be typed as NAME=STRENGTH."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name of a direction: letters, digits, _ - and ., up to 64.")


def parse_move(text: str, directions: Directions) -> tuple[Direction, float]:
    """The direction and the strength of `thickness=+1.5`. Raises UsageError for anything else."""
    name, equals, given = (part.strip() for part in text.partition("="))
    direction = directions.named(name)
    try:
        strength = float(given)
    except ValueError:
        strength = float("nan")
    if not equals or not abs(strength) <= LARGEST_STRENGTH:
        legal = f"NAME=STRENGTH, as {name}=+1.5, from -{LARGEST_STRENGTH:g} to {LARGEST_STRENGTH:g}"
        raise UsageError(f"--direction {text!r} is no {legal}.")
    return direction, strength


def moved(latents: Floats, moves: Sequence[tuple[Direction, float]], layers: slice = slice(None)) -> Floats:
    """Latents [N, layers, size], moved along all `moves` at once, in the chosen layers alone."""
    total = np.zeros(latents.shape[1:], np.float64)
    for direction, strength in moves:
        total[layers] += strength * direction.vector[layers].astype(np.float64)
    return (latents + total).astype(np.float32)


def _read(path: Path) -> Directions:
    """What `save` wrote at `path`. Raises UsageError for anything else."""
    arrays = read_arrays(path)
    try:
        vectors, names = arrays["vectors"], [str(name) for name in arrays["names"]]
        about = json.loads(str(arrays["about"]))
        if vectors.ndim != 3 or not len(vectors) == len(names) == len(about) or not np.isfinite(vectors).all():
            raise ValueError(f"vectors {list(vectors.shape)} for {len(names)} names")
        found = tuple(
            Direction(name, np.array(vector, np.float32), one["made"], one["proof"])
            for name, vector, one in zip(names, vectors, about, strict=True)
        )
        return Directions(path, str(arrays["sha256"]), str(arrays["space"]), found)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"{path} holds no directions ({error}).", f"rm {path}   # then find them again") from None
