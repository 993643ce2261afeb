"""Draws points of latent space, byte for byte as `sample`, `edit` and `mix` draw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import UsageError
from ganstudio.inference.explore import Point
from ganstudio.inference.latent.directions import Direction, Directions, moved
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent.truncation import NONE, Truncation
from ganstudio.inference.model import OnnxModel
from ganstudio.inference.pixels import to_pixels
from ganstudio.inference.providers import AUTO

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]


class PointModel:
    """A model with its directions, which points are drawn by.

    Attributes:
        latent: the model, which can be stopped half-way.
        directions: those with names, in the order in which they were found.
        directions_why: why there are none, where a file of them is there; else "".
    """

    def __init__(
        self,
        latent: LatentModel,
        directions: Sequence[Direction] = (),
        directions_why: str = "",
        stamp: tuple[int, int] | None = None,
    ) -> None:
        """`stamp` tells the file of directions that were read from a newer one."""
        self.latent = latent
        self._stamp = stamp
        self.directions = tuple(directions)
        self.directions_why = directions_why
        self._by_name = {one.name: one for one in self.directions}

    @classmethod
    def open(cls, path: str | Path, provider: str = AUTO) -> PointModel:
        """An export with all that lies beside it. Raises UsageError as OnnxModel.open does."""
        return cls.around(LatentModel.open(path, provider))

    @classmethod
    def around(cls, latent: LatentModel) -> PointModel:
        """An open model with the directions that lie beside it."""
        path, manifest = latent.whole.path, latent.whole.manifest
        try:
            return cls(latent, tuple(Directions.of(path, manifest, latent.space)), "", _stamp_of(path))
        except UsageError as error:
            return cls(latent, (), error.message, _stamp_of(path))

    def with_directions_read(self) -> PointModel | None:
        """The model with the directions that lie beside it now; None where they are the same."""
        stamp = _stamp_of(self.whole.path)
        return None if stamp == self._stamp else PointModel.around(self.latent)

    @property
    def whole(self) -> OnnxModel:
        return self.latent.whole

    @property
    def styles(self) -> bool:
        """Whether latents are ws, which layers, cutoffs and mixes of classes are of."""
        return self.latent.space == "w"

    def pictures(self, points: Sequence[Point]) -> list[Pixels]:
        """The picture of each point, uint8 [H, W, C]; of clips and voxel grids [T|D, H, W, C]."""
        pixels: list[Pixels] = []
        for (halves, psi), group in groupby(points, key=self._way_of_drawing):
            some = list(group)
            noise = [point.noise for point in some]
            latents = np.stack([self.edited(point) if halves or not self.styles else _row(point) for point in some])
            if halves:
                images = self.latent.images(latents, seeds=noise)
            else:
                labels = [point.label or 0 for point in some] if self.whole.classes else None
                images = self.whole.generate(latents[:, 0], labels, psi=psi, seeds=noise)
            pixels.extend(to_pixels(images))
        return pixels

    def through_halves(self, point: Point) -> bool:
        """Whether a point asks for more than the export itself takes: its ws are made first, and drawn then."""
        return self.styles and bool(point.layers or point.strengths or point.mixed or truncation(point).in_w)

    def edited(self, point: Point) -> Floats:
        """The latents [layers, size] that a point is drawn from: truncated where they are ws, moved, and mixed."""
        start = self.start(point)[None]
        if self.styles:
            start = truncation(point).of(self.latent)(start)
        moves = [(self._named(name), strength) for name, strength in point.strengths]
        latents = np.array(moved(start, moves)[0] if moves else start[0], np.float32)
        for first, stop, other in point.styles:
            latents[first:stop] = self.edited(other)[first:stop]
        return latents

    def start(self, point: Point) -> Floats:
        """The latents [layers, size] of a point before they are truncated, moved and mixed with those of others."""
        if point.layers:
            ws: Floats = point.latent().reshape(point.layers, -1)
            return ws
        z = point.latent()[None]
        classes = bool(self.whole.classes)
        start: Floats = self.latent.latents(z, [point.label or 0] if classes else None)[0]
        if point.fade is None:
            return start
        label, share = point.fade
        other = self.latent.latents(z, [label])[0]
        faded: Floats = start + np.float32(share) * (other - start)
        return faded

    def settled(self, point: Point) -> Point:
        """The same picture from ws that all is done to: what points with styles of several walk between."""
        latents = self.edited(point)
        base, origin = tuple(latents.reshape(-1).tolist()), point.origin_text
        return Point(base, point.seed, point.label, 1.0, (), origin, layers=len(latents), noise_seed=point.noise_seed)

    def known(self, point: Point) -> Point:
        """The point without strengths of directions that are gone."""
        return replace(point, strengths=tuple(pair for pair in point.strengths if pair[0] in self._by_name))

    def _named(self, name: str) -> Direction:
        if name not in self._by_name:
            raise UsageError(f"{self.whole.path.stem} has no direction {name} any more.", "ganstudio directions list")
        return self._by_name[name]

    def _way_of_drawing(self, point: Point) -> tuple[bool, float]:
        halves = self.through_halves(point)
        return halves, 1.0 if halves else point.psi


def truncation(point: Point) -> Truncation:
    """How a point's ws are truncated; at psi 1, where cutoff and centres change nothing, not at all."""
    return Truncation(point.psi, point.cutoff, point.centres) if point.psi != 1 else NONE


def _stamp_of(export: Path) -> tuple[int, int] | None:
    """When the file of directions beside an export was written, and its size; None where there is none."""
    try:
        found = Directions.path_beside(export).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _row(point: Point) -> Floats:
    """A point's z [1, z_dim]."""
    return point.latent()[None]
