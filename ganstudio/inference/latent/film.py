"""Draws the frames of a film of keyframes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ganstudio.inference.latent.keyframes import Film
from ganstudio.inference.latent.truncation import centres_of, layer_factors, nearest_centres
from ganstudio.inference.latents import noise
from ganstudio.inference.pixels import to_pixels
from ganstudio.inference.walk import slerp

if TYPE_CHECKING:
    from ganstudio.inference.latent.model import LatentModel

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]


def draw_film(model: LatentModel, film: Film, vectors: Mapping[str, Floats]) -> Iterator[NDArray[np.uint8]]:
    """The frames in turn, uint8 [H, W, C]; of clips and voxel grids [T|D, H, W, C]. `vectors` are directions' own.

    With styles, latents and classes go straight from ws to ws. Else latents go along the sphere of z, a class changes
    half-way, and psi is the network's own.
    """
    scene = Scene(model, film, vectors)
    batch = model.whole.batch
    for start in range(0, len(film), batch):
        times = [film.time(frame) for frame in range(start, min(start + batch, len(film)))]
        for psi, some in groupby(times, key=scene.network_psi):
            part = list(some)
            images = model.images(scene.latents(part), scene.labels(part), psi=psi, noise=scene.noise(part))
            yield from to_pixels(images)


class Scene:
    """What a model is given at some times of a film."""

    def __init__(self, model: LatentModel, film: Film, vectors: Mapping[str, Floats]) -> None:
        self.model, self.film, self.vectors = model, film, vectors
        self.styles = model.space == "w"
        truncates = any(key.value != 1 for key in film.psi.keys)
        self._centres = centres_of(model, film.centres) if self.styles and truncates else None
        self._ends: dict[tuple[int, int | None], Doubles] = {}
        self._noise: dict[int, dict[str, Floats]] = {}

    def network_psi(self, time: float) -> float:
        """The psi that the network itself is given: ws are truncated before."""
        return 1.0 if self.styles else self.film.psi.number(time)

    def labels(self, times: Sequence[float]) -> list[int] | None:
        return None if self.film.class_ is None else [self.film.class_.nearer(time) for time in times]

    def latents(self, times: Sequence[float]) -> Floats:
        """Latents [N, layers, size], truncated and moved."""
        at = self._at_in_w if self.styles else self._at_in_z
        return np.stack([at(time) + self._moves(time) for time in times]).astype(np.float32)

    def noise(self, times: Sequence[float]) -> dict[str, Floats] | None:
        """Every noise input [N, ...] by name; None for a model that takes none."""
        if not self.model.noise_shapes:
            return None
        drawn = [self._noise_at(time) for time in times]
        return {name: np.stack([one[name] for one in drawn]) for name in drawn[0]}

    def _at_in_z(self, time: float) -> Doubles:
        """The latent on the great circle between two, [1, z_dim]."""
        span = self.film.latent.at(time)
        a, b = (self.film.z[int(place)][None].astype(np.float64) for place in (span.start, span.end))
        return slerp(a, b, np.array([[span.share]]))

    def _at_in_w(self, time: float) -> Doubles:
        """The truncated latent between those of two latents and two classes, [layers, size]."""
        film = self.film
        latent = film.latent.at(time)
        class_ = None if film.class_ is None else film.class_.at(time)
        corners = [
            (weight * share, self._end(int(place), label))
            for place, weight in ((latent.start, 1 - latent.share), (latent.end, latent.share))
            for label, share in (
                ((None, 1.0),)
                if class_ is None
                else ((int(class_.start), 1 - class_.share), (int(class_.end), class_.share))
            )
        ]
        ws, centre = sum((weight * end for weight, end in corners), np.zeros((2, *self.model.shape)))
        psi, cutoff = (np.array([track.number(time)]) for track in (film.psi, film.cutoff))
        moved: Doubles = centre + layer_factors(psi, cutoff, self.model.layers)[0][:, None] * (ws - centre)
        return moved

    def _end(self, place: int, label: int | None) -> Doubles:
        """The ws of a latent and a class, and the centre that they are truncated towards, [2, layers, size]."""
        if (place, label) not in self._ends:
            saved = self.film.ws.get(place)
            labels = None if label is None else [label]
            ws = self.model.latents(self.film.z[place][None], labels) if saved is None else saved[None]
            centre = ws if self._centres is None else nearest_centres(ws, self._centres)
            self._ends[place, label] = np.concatenate([ws, centre]).astype(np.float64)
        return self._ends[place, label]

    def _moves(self, time: float) -> Doubles:
        """What all directions add, [layers, size]."""
        total = np.zeros(self.model.shape)
        for name, track in self.film.directions.items():
            total[self.film.layers] += track.number(time) * self.vectors[name][self.film.layers].astype(np.float64)
        return total

    def _noise_at(self, time: float) -> dict[str, Floats]:
        """Noise between that of two seeds: a quarter turn from one to the other, so that it stays normal."""
        span, strength = self.film.noise_seed.at(time), self.film.noise.number(time)
        first, second = self._noise_of(int(span.start)), self._noise_of(int(span.end))
        a, b = strength * math.cos(span.share * math.pi / 2), strength * math.sin(span.share * math.pi / 2)
        if span.start == span.end:
            a, b = strength, 0.0
        return {name: np.float32(a) * first[name] + np.float32(b) * second[name] for name in first}

    def _noise_of(self, seed: int) -> dict[str, Floats]:
        if seed not in self._noise:
            shapes = self.model.noise_shapes.items()
            drawn = {name: noise([seed], int(name.removeprefix("noise_")), shape)[0] for name, shape in shapes}
            self._noise[seed] = drawn
        return self._noise[seed]


def words_at(film: Film, time: float, classes: Sequence[str], styles: bool) -> dict[str, str]:
    """What a frame's metadata say of its moment: time, latent, class, psi, directions and noise."""
    span = film.latent.at(time)
    first, second = film.names[int(span.start)], film.names[int(span.end)]
    between = f"{'lerp' if styles else 'slerp'}({first}, {second}, {span.share:.6g})"
    words = {"Time": f"{time:.6g}", "Latent": between if span.share and first != second else first}
    if film.class_ is not None:
        kind = film.class_.at(time)
        start, end = classes[int(kind.start)], classes[int(kind.end)]
        mixed = f"lerp({start}, {end}, {kind.share:.6g})" if styles else classes[film.class_.nearer(time)]
        words["Class"] = mixed if kind.share and start != end else start
    for word, track in (("Psi", film.psi), ("Noise", film.noise)):
        if any(key.value != 1 for key in track.keys):
            words[word] = f"{track.number(time):.6g}"
    moves = [(name, track.number(time)) for name, track in film.directions.items()]
    if moves:
        words["Directions"] = ", ".join(f"{name}={strength:+.6g}" for name, strength in moves)
    return words
