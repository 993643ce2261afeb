"""Damped least squares: the coordinates whose picture is nearest, by derivatives from finite differences.

It minimizes, over coordinates u [K] that a picture G(u) is drawn of,

    mean (G(u) - x)^2 + prior mean u^2

as the squared length of the residuals [(G(u) - x) / sqrt(values of x), sqrt(prior / K) u]. Each step solves their
linearized equations with several dampings (Levenberg 1944, doi:10.1090/qam/10666; Marquardt 1963,
doi:10.1137/0111030), draws what all of them lead to, and takes the best. The derivative along each coordinate is that
between two pictures, so G may be anything that draws: no gradient goes through it. Unlike Marquardt's the dampings are
the same in every step: a few pictures more cost little beside the K of the derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

EPSILON = 0.02  # how far apart pictures are drawn for a derivative, in coordinates of variance 1
DAMPINGS = 10.0 ** np.arange(-4, 3)  # by the mean of the diagonal that they are added to
GAIN = 1e-4  # the share of the loss that a step must take off for another to follow
VALUES = 2**25  # of derivatives that are kept at a time: 128 MB


@dataclass(frozen=True, eq=False)
class Position:
    """Coordinates [K], the picture that is drawn of them, and what is minimized. `last`: no step leads on from here."""

    u: Doubles
    image: Floats
    loss: float
    last: bool = False


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """One problem: the picture `x` is to be drawn.

    `draw` gives images [N, ...] of coordinates [N, K]; `within` brings coordinates [N, K] back to where they may be.
    At most `values` values of derivatives are kept at a time, of two parts of the coordinates. Where they do not all
    fit, pictures are drawn more than once, and the answer is the same but for rounding.
    """

    x: Floats
    draw: Callable[[Doubles], Floats]
    within: Callable[[Doubles], Doubles]
    prior: float
    values: int = VALUES

    def at(self, u: Doubles) -> Position:
        """The position of coordinates [K], or of the nearest that may be."""
        return self._best(u[None])

    def step(self, position: Position) -> Position:
        """The best that one step leads to; the same position where that is not nearer."""
        count = len(position.u)
        product, towards = self._normal_equations(position)
        product += self.prior / count * np.eye(count)
        towards += self.prior / count * position.u
        damped = product + (DAMPINGS * np.trace(product) / count)[:, None, None] * np.eye(count)
        reached = self._best(position.u - np.linalg.solve(damped, towards[:, None])[..., 0])
        nearest = reached if reached.loss < position.loss else position
        last = not nearest.loss < (1 - GAIN) * position.loss
        return Position(nearest.u, nearest.image, nearest.loss, last)

    def descend(self, position: Position, steps: int, tick: Callable[[int], None]) -> Position:
        """The position after so many steps, or fewer where nothing gets nearer. `tick` is told how many are done."""
        for done in range(steps):
            tick(done)
            if position.last:
                break
            position = self.step(position)
        tick(steps)
        return position

    def _best(self, wanted: Doubles) -> Position:
        u = self.within(wanted)
        images = self.draw(u)
        off = np.square(images - self.x).reshape(len(u), -1).mean(1, dtype=np.float64)
        losses = off + self.prior * np.square(u).mean(1)
        best = int(losses.argmin())
        return Position(u[best], images[best].copy(), float(losses[best]))

    def _normal_equations(self, position: Position) -> tuple[Doubles, Doubles]:
        """J J^T [K, K] and J r [K] of the pixels, J being `_derivatives` and r their residuals."""
        count, size = len(position.u), self.x.size
        residuals = (position.image - self.x).ravel() / np.float32(np.sqrt(size))
        each = max(1, self.values // 2 // size)
        parts = [slice(at, min(at + each, count)) for at in range(0, count, each)]
        product, towards = np.empty((count, count)), np.empty(count)
        for number, part in enumerate(parts):
            rows = self._derivatives(position, part)
            towards[part] = rows @ residuals
            product[part, part] = rows @ rows.T
            for other in parts[number + 1 :]:
                product[part, other] = rows @ self._derivatives(position, other).T
                product[other, part] = product[part, other].T
        return product, towards

    def _derivatives(self, position: Position, part: slice) -> Floats:
        """Of the pixels' residuals, along some of the coordinates: [coordinates, values of x]."""
        images = self.draw(position.u + EPSILON * np.eye(len(position.u))[part])
        images -= position.image
        images /= np.float32(EPSILON * np.sqrt(self.x.size))
        return images.reshape(len(images), -1)
