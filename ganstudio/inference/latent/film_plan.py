"""From a file of keyframes to a film of one model: latents, classes, directions and layers, each checked against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import RecipeError, UsageError, nearest
from ganstudio.inference.latent.editing import check_ws
from ganstudio.inference.latent.keyframe_file import KeyframeFile
from ganstudio.inference.latent.keyframes import Film, Key, Track
from ganstudio.inference.latent.layers import layers_named
from ganstudio.inference.latent_files import SavedLatents, read_latents
from ganstudio.inference.latents import latents
from ganstudio.inference.sampling import choose_classes
from ganstudio.workspace import expand_path

if TYPE_CHECKING:
    from ganstudio.inference.latent.directions import Direction
    from ganstudio.inference.latent.model import LatentModel


@dataclass(frozen=True, eq=False)
class _Source:
    """A latent of a keyframe, z [z_dim] or ws [layers, size]; its origin where that is no seed; what comes with it."""

    latent: NDArray[np.float32]
    origin: str
    seed: int
    label: int | None
    psi: float


def plan_film(file: KeyframeFile, model: LatentModel, directions: Iterable[Direction]) -> Film:
    """The film of a file. Raises RecipeError with all that is wrong in the file, with this model or with any.

    `directions` are those that the model has.
    """
    planner = _Planner(file, model, directions)
    problems = [*file.problems, *planner.problems()]
    if problems:
        raise RecipeError([f"{file.path.name}: {line}" for line in problems], "ganstudio animate --example")
    return planner.film()


class _Planner:
    def __init__(self, file: KeyframeFile, model: LatentModel, directions: Iterable[Direction]) -> None:
        self._file, self._model = file, model
        self._vectors = {one.name for one in directions}
        self._sources: dict[int, _Source] = {}  # by the number of their keyframe
        self._labels: dict[int, int] = {}
        self._layers = slice(None)

    def problems(self) -> Iterator[str]:
        """A line for each thing of the file that this model has not. Reads the files of latents."""
        name = self._model.whole.path.stem
        styles = self._model.space == "w"
        if "layers" in self._file.film:
            try:
                self._layers = layers_named(self._file.film["layers"], self._model)
            except UsageError as error:
                yield error.message.replace("--layers", "layers", 1)
        if self._file.film.get("centres", 1) > 1 and not styles:
            yield f"centres: {name} has no styles."
        for number, one in enumerate(self._file.keyframes):
            where = f"keyframe {number + 1}: "
            for check in (self._latent_problems, self._class_problems, self._truncation_problems):
                yield from (f"{where}{line}" for line in check(number, one))
            for key in ("noise", "noise_seed"):
                if key in one and not self._model.noise_shapes:
                    yield f"{where}{key}: {name} takes no noise."
            for direction in one.get("directions", {}):
                if direction not in self._vectors:
                    known = nearest(direction, self._vectors)
                    yield f"{where}directions.{direction}: {name} has none of that name. {known}"

    def _latent_problems(self, number: int, one: Any) -> Iterator[str]:
        if "seed" in one:
            z = latents([one["seed"]], self._model.whole.z_dim)[0]
            self._sources[number] = _Source(z, "", one["seed"], None, 1.0)
        elif "latent" in one:
            try:
                self._sources[number] = self._read_latent(one["latent"], one.get("index", 0))
            except UsageError as error:
                yield f"latent: {error.message}"

    def _read_latent(self, given: str, index: int) -> _Source:
        """A latent of a file, whose path is told from the keyframes' folder. Raises UsageError."""
        path = self._file.path.parent / expand_path(given)
        saved: SavedLatents = read_latents(path)
        if index >= len(saved.seeds):
            raise UsageError(f"{path} holds {len(saved.seeds)} latents; index {index} is none of them.")
        latent, z_dim = (saved.z if saved.ws is None else saved.ws)[index], self._model.whole.z_dim
        if saved.ws is not None:
            check_ws(self._model, saved.ws, str(path))
        elif len(latent) != z_dim:
            takes = f"{self._model.whole.path.stem} takes {z_dim}"
            raise UsageError(f"{path} holds latents of {len(latent)} numbers; {takes}.")
        known = len(self._model.classes)
        label = saved.labels[index] if saved.labels and known else None
        if label is not None and not 0 <= label < known:
            raise UsageError(f"{path} asks for class {label}; {self._model.whole.path.stem} has {known} of them.")
        psi = saved.psi if self._has_psi else 1.0
        return _Source(latent, saved.origins[index], saved.seeds[index], label, psi)

    def _class_problems(self, number: int, one: Any) -> Iterator[str]:
        if "class" in one:
            try:
                chosen = choose_classes(self._model.classes, [0], str(one["class"]))
                self._labels[number] = chosen[0] if chosen else 0
            except UsageError as error:
                yield error.message.removeprefix("--").replace(": leave --class out", "", 1)

    def _truncation_problems(self, _number: int, one: Any) -> Iterator[str]:
        name = self._model.whole.path.stem
        if "psi" in one and not self._has_psi:
            yield f"psi: {name} has no truncation."
        if "cutoff" in one and self._model.space == "z":
            yield f"cutoff: {name} has no styles."
        elif one.get("cutoff", 0) > self._model.layers:
            yield f"cutoff: from 0 to {self._model.layers}, the layers of {name}; got {one['cutoff']:g}."

    @property
    def _has_psi(self) -> bool:
        return self._model.space == "w" or self._model.whole.has_psi

    def film(self) -> Film:
        """The film, where nothing is wrong. What the first keyframe leaves out is as `sample` has it."""
        first, classes = self._sources[0], len(self._model.classes)
        numbers = sorted(self._sources)
        label = first.seed % classes if classes and first.label is None else first.label
        names = dict.fromkeys(name for one in self._file.keyframes for name in one.get("directions", {}))
        return Film(
            self._file.seconds,
            self._file.fps,
            self._file.loop,
            tuple(self._sources[number].latent for number in numbers),
            tuple(self._sources[number].origin for number in numbers),
            tuple(self._sources[number].seed for number in numbers),
            latent=self._track(lambda n, _: numbers.index(n) if n in self._sources else None, 0),
            class_=self._track(lambda n, _: self._labels.get(n), label or 0) if classes else None,
            noise_seed=self._track(lambda _, one: one.get("noise_seed"), first.seed),
            psi=self._track(lambda _, one: one.get("psi"), first.psi),
            cutoff=self._track(lambda _, one: one.get("cutoff"), self._model.layers),
            noise=self._track(lambda _, one: one.get("noise"), 1.0),
            directions={name: self._direction(name) for name in names},
            layers=self._layers,
            centres=self._file.film.get("centres", 1),
        )

    def _direction(self, name: str) -> Track:
        return self._track(lambda _, one: one.get("directions", {}).get(name), 0.0)

    def _track(self, value: Callable[[int, Any], float | None], at_start: float) -> Track:
        """The track of what `value` reads off a keyframe by its number and table, None where it is not set."""
        usual = self._file.film.get("ease", "smooth")
        keys = []
        for number, one in enumerate(self._file.keyframes):
            found = value(number, one)
            if found is None and number == 0:
                found = at_start
            if found is not None:
                keys.append(Key(float(one["t"]), found, one.get("ease", usual)))
        return Track(tuple(keys), self._file.seconds if self._file.loop else None)
