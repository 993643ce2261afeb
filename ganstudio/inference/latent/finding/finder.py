"""Directions found, made as long as strength 1 means, and proved: from samples to what is stored beside an export."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import UsageError, nearest
from ganstudio.inference.latent.calibration import CALIBRATED, calibrated, one_deviation
from ganstudio.inference.latent.directions import Direction, Directions
from ganstudio.inference.latent.finding import boundary, keeping, measure, pca, sefa
from ganstudio.inference.latent.finding.sampled import Samples
from ganstudio.inference.latent.gauges import Gauges
from ganstudio.inference.latent.layers import groups_of
from ganstudio.inference.latent.measures import check_measures
from ganstudio.inference.latent.proof import proved, quick_trial
from ganstudio.inference.latent.reach import Known
from ganstudio.progress import Progress

Rows = NDArray[np.float64]

_HOLDS = 0.9  # the rank correlation, and the deviations moved, from which on candidates are compared by classes kept
_CHOSEN_BY = 300  # samples that candidates are made as long by


@dataclass(frozen=True, eq=False)
class Finder:
    """What all ways to find directions share.

    `keep` are names that `check_kept` has passed, of what is not to move along. `made` goes
    into every direction's own; `reach_of` says what `known` is of.
    """

    samples: Samples
    known: Known
    reach_of: str
    directions: Directions
    keep: tuple[str, ...]
    made: dict[str, Any]
    progress: Callable[[str], Progress]

    def measures(self, only: Sequence[str]) -> Iterator[Direction | UsageError]:
        """A direction for each measure, or for those named; an error for one that nothing changes."""
        check_measures(only, self.samples.model.whole.image_shape[0])
        for thing in only or self.samples.gauges.measures:
            yield self._or_error(thing, thing, partial(measure.candidates, self.samples, thing))

    def answers(self, only: Sequence[str]) -> Iterator[Direction | UsageError]:
        """A direction for each answer of the classifier, or for those named; an error where it has no boundary."""
        classifier = self.samples.gauges.classifier
        assert classifier is not None
        for name in classifier.chosen(only):
            thing = classifier.thing(name)
            slug = direction_name(f"class-{name}" if classifier.exclusive else name)
            yield self._or_error(slug, thing, partial(self._across, thing))

    def components(self, count: int) -> Iterator[Direction]:
        """The principal components, the largest first."""
        found = pca.components(self.samples, count, self.progress("reading activations"))
        for place, (flat, share) in enumerate(found):
            yield self._unmeasured(f"pca-{place + 1}", flat, {"variance_share": round(share, 4)})

    def eigenvectors(self, count: int) -> Iterator[Direction]:
        """What the first weights enlarge the most, the largest first."""
        samples = self.samples
        for place, vector in enumerate(sefa.eigenvectors(samples.model, samples.layers, count)):
            every = np.broadcast_to(vector, samples.vector(samples.flat[0])[samples.layers].shape)
            flat = every.reshape(-1)[: samples.flat.shape[1]]
            yield self._unmeasured(f"sefa-{place + 1}", flat, {})

    def difference(self, name: str, vector: NDArray[np.float32], given: dict[str, Any]) -> Direction:
        """The way from some latents to others: strength 1 is all of it."""
        flat = self._without_kept(self._flat(vector))
        strength = {"is": "the difference of both means"}
        return self._follows(name, flat, {**given, "strength_1": strength}, turned=False)

    def _across(self, thing: str) -> dict[str, Rows]:
        return {"boundary": boundary.boundary(self.samples, thing)}

    def _or_error(self, name: str, thing: str, find: Callable[[], dict[str, Rows]]) -> Direction | UsageError:
        try:
            return self._measured(name, thing, find())
        except UsageError as error:
            return error

    def _measured(self, name: str, thing: str, candidates: dict[str, Rows]) -> Direction:
        """The best of some vectors that are to move `thing`, calibrated and proved."""
        ways = self._ways({how: self._without_kept(flat) for how, flat in candidates.items()})
        if thing in self.samples.gauges.measures:
            ways |= self._around(*next(iter(candidates.items())))
        how = self._best(ways, thing) if len(ways) > 1 else next(iter(ways))
        samples, flat = ways[how]
        found = calibrated(samples, flat, thing, progress=self.progress(f"calibrating {name}"))
        trial, proof = proved(samples, found.flat, self.known, self.reach_of, self.progress(f"proving {name}"))
        column = samples.gauges.names.index(thing)
        strength = {
            **{"is": f"a deviation of {thing}", "deviation": round(float(samples.column(thing).std()), 6)},
            **{"moves_mean_by": round(found.moves_mean_by, 4), "over": min(CALIBRATED, len(samples))},
        }
        proof = {"measure": thing, "spearman": round(float(trial.spearman()[column]), 4), **proof}
        return Direction(name, samples.vector(found.flat), {**self.made, "how": how, "strength_1": strength}, proof)

    def _around(self, how: str, slope: Rows) -> dict[str, tuple[Samples, Rows]]:
        """A slope led around what changes the class, more and more; none where that is not known."""
        changes = self._class_changes
        if changes is None:
            return {}
        return {
            f"{how}, around what changes the class ({soft:g})": (self.samples, keeping.around(slope, changes, soft))
            for soft in keeping.SOFTNESSES
        }

    @cached_property
    def _class_changes(self) -> Rows | None:
        """What keeping.py goes by; None without a classifier of classes, and where it is said what is to be kept."""
        return None if self.keep else keeping.class_changes(self.samples)

    def _ways(self, candidates: dict[str, Rows]) -> dict[str, tuple[Samples, Rows]]:
        """Candidates with the samples whose layers they move; with styles, the last one in a group of layers alone too.

        Groups are tried where a classifier tells what they keep, and where all layers were to be chosen from.
        """
        samples = self.samples
        ways = {how: (samples, flat) for how, flat in candidates.items()}
        there = groups_of(samples.model) if samples.latents.shape[1] == 1 and samples.gauges.classes else {}
        if samples.layers.indices(samples.model.layers) != (0, samples.model.layers, 1) or len(there) < 2:
            return ways
        how, flat = list(candidates.items())[-1]
        return ways | {f"{how}, in {group} layers": (replace(samples, layers=there[group]), flat) for group in there}

    def _best(self, ways: dict[str, tuple[Samples, Rows]], thing: str) -> str:
        """Of the candidates that move `thing` well, the one that keeps the most classes; else what moves it best."""
        column = self.samples.gauges.names.index(thing)
        found: dict[str, tuple[bool, float]] = {}
        for how, (samples, flat) in ways.items():
            made = calibrated(samples, flat, thing, _CHOSEN_BY)
            trial = quick_trial(samples, made.flat)
            rho, kept = float(trial.spearman()[column]), trial.class_kept()[0] or 0.0
            moves = rho >= _HOLDS and made.moves_mean_by >= _HOLDS
            found[how] = (True, kept) if moves else (False, rho * min(1.0, made.moves_mean_by))
        return max(found, key=lambda how: found[how])

    def _unmeasured(self, name: str, flat: Rows, given: dict[str, Any]) -> Direction:
        flat = one_deviation(self.samples, self._without_kept(flat))
        return self._follows(name, flat, {**given, "strength_1": {"is": "a deviation of latents"}}, turned=True)

    def _follows(self, name: str, flat: Rows, given: dict[str, Any], turned: bool) -> Direction:
        """A direction that was found without measuring, proved by the thing that follows it best.

        `turned` it raises that thing, where it would lower it.
        """
        samples = self.samples
        trial, proof = proved(samples, flat, self.known, self.reach_of, self.progress(f"proving {name}"))
        rho = trial.spearman()
        column = int(np.argmax(np.abs(rho) * np.abs(trial.moves())))
        proof = {"measure": samples.gauges.names[column], "spearman": round(float(rho[column]), 4), **proof}
        found = Direction(name, samples.vector(flat), {**self.made, **given}, proof)
        return opposite(found) if turned and rho[column] < 0 else found

    def _without_kept(self, flat: Rows) -> Rows:
        """`flat` [D] less what moves that which is to be kept. Raises UsageError where nothing is left."""
        if not self.keep:
            return flat
        left = measure.without(flat, np.stack([self._slope_of(name) for name in self.keep], axis=1))
        if np.linalg.norm(left) < 1e-3 * np.linalg.norm(flat):
            raise UsageError(f"--keep {', '.join(self.keep)}: nothing of the direction is left without it.")
        return left

    def _slope_of(self, name: str) -> Rows:
        """The way in which the thing called `name` changes, or that a direction of that name measures."""
        names = self.samples.gauges.names
        there = {one.name: one for one in self.directions}
        thing = there[name].proof.get("measure") if name in there else name
        if thing in names:
            return measure.slope(self.samples.flat, self.samples.column(thing))
        return self._flat(there[name].vector)

    def _flat(self, vector: NDArray[np.float32]) -> Rows:
        chosen = vector[self.samples.layers].astype(np.float64).reshape(-1)
        return chosen if self.samples.flat.shape[1] == len(chosen) else chosen[: self.samples.flat.shape[1]]


def check_kept(keep: Sequence[str], directions: Directions, gauges: Gauges) -> None:
    """Raises UsageError where what is not to move along is neither a direction nor measured."""
    known = {*(one.name for one in directions), *gauges.names}
    for name in keep:
        if name not in known:
            raise UsageError(f"--keep {name}: no direction and no measure. {nearest(name, known)}")


def opposite(direction: Direction) -> Direction:
    """The same direction the other way round, with its proof."""
    proof = dict(direction.proof)
    low, high = proof["reach"]
    proof |= {"spearman": -proof["spearman"], "reach": [0.0 - high, 0.0 - low]}
    proof["moves"] = {thing: -moves for thing, moves in proof["moves"].items()}
    return replace(direction, vector=-direction.vector, proof=proof)


def direction_name(text: str) -> str:
    """A name that can be typed, of a class or an attribute that may be called anything."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", text).lstrip(".-")[:64] or "direction"
