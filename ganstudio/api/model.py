"""An export in Python: it draws, walks and edits by onnxruntime, in this process."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganstudio.api.asking import ask, options
from ganstudio.api.pictures import Pictures
from ganstudio.api.projection import Projection, projected
from ganstudio.errors import UsageError, nearest
from ganstudio.inference.exports import Export, find_export, list_exports
from ganstudio.inference.latents import LARGEST_SEED, MOST_SEEDS, latents, parse_seeds
from ganstudio.workspace import Workspace as Folders

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ganstudio.inference.latent.directions import Direction, Directions
    from ganstudio.inference.latent.model import LatentModel
    from ganstudio.inference.model import OnnxModel

Seeds = int | str | Iterable[int]


class Model:
    """A generator as an .onnx file, loaded when it first draws. The same seed gives the same pixels as `sample`."""

    def __init__(self, folders: Folders, export: Export, provider: str = "auto") -> None:
        self._folders, self.export, self._provider = folders, export, provider

    @classmethod
    def find(cls, folders: Folders, reference: str | Path) -> Model:
        """The export of that name in a workspace, or the .onnx file. Raises UsageError where there is none."""
        export = find_export(folders, str(reference))
        if export is None:
            known = nearest(str(reference), [one.name for one in list_exports(folders)[0]])
            raise UsageError(f"there is no export {str(reference)!r}. {known}", "ganstudio export list")
        return cls(folders, export)

    @property
    def name(self) -> str:
        """Its name, which every command takes for it."""
        return self.export.name

    @property
    def path(self) -> Path:
        """Its .onnx file."""
        return self.export.path

    @property
    def classes(self) -> tuple[str, ...]:
        """Their names, in the order of the labels; () where it is not conditional."""
        return self.export.manifest.classes

    @property
    def directions(self) -> list[str]:
        """The names that `edit` knows."""
        return [one.name for one in self._known_directions]

    def latents(self, seeds: Seeds) -> NDArray[np.float32]:
        """The latents [N, z_dim] that `seeds` draw."""
        return latents(seeds_of(seeds), self._generator.z_dim)

    def sample(
        self,
        seeds: Seeds = 0,
        *,
        class_: str | int | None = None,
        psi: float | None = None,
        z: NDArray[np.float32] | None = None,
    ) -> Pictures:
        """The picture of each seed: a number, numbers, or a text as `--seed` takes it ("0-63").

        `class_` is a name or an index; without it the classes take turns. `psi` truncates. `z` [N, z_dim] are latents
        that take the place of the seeds' own. Raises UsageError for a class or a psi that the model has not.
        """
        from ganstudio.inference.sampling import choose_classes, sample

        chosen = self._seeds(seeds, psi)
        classes = choose_classes(self.classes, chosen, _text(class_))
        drawn = sample(self._generator, chosen, classes, psi=_psi(psi), z=z)
        return self._pictures(drawn, chosen, classes, psi, {} if z is None else {"Latent": "given"})

    def interpolate(
        self,
        seeds: Seeds,
        *,
        steps: int = 30,
        loop: bool = False,
        path: str = "slerp",
        class_: str | int | None = None,
        psi: float | None = None,
    ) -> Pictures:
        """The frames of a walk from seed to seed, `steps` from each to the next; `save_film` writes them.

        A `loop` leads back to the first. All are of one class, the first seed's where none is given.
        """
        from ganstudio.inference.sampling import choose_classes
        from ganstudio.inference.walk import PATHS, Walk, frames

        chosen = self._seeds(seeds, psi)
        if len(chosen) < 2 or steps < 1:
            raise UsageError(f"a walk takes two seeds and one step at least; got {len(chosen)} and {steps}.")
        if path not in PATHS:
            raise UsageError(f"path {path!r} is none. {nearest(path, PATHS)}")
        first = choose_classes(self.classes, chosen[:1], _text(class_))
        label = first[0] if first else None
        walk = Walk(chosen, steps, loop, path)
        places = [chosen[walk.between(frame)[0]] for frame in range(len(walk))]
        labels = None if label is None else [label] * len(walk)
        drawn = frames(self._generator, walk, label, _psi(psi))
        return self._pictures(drawn, places, labels, psi, {"Interpolation": path})

    def edit(
        self,
        seeds: Seeds,
        directions: Mapping[str, float],
        *,
        layers: str | None = None,
        class_: str | int | None = None,
        psi: float | None = None,
        cutoff: int | None = None,
        centres: int = 1,
    ) -> Pictures:
        """Pictures moved along directions with names: `{"thickness": 1.5}` moves by one and a half deviations.

        `layers` are coarse, middle, fine, all, 2 or 0-3, of a generator with styles; `cutoff` and `centres` as
        `ganstudio edit` has them. Raises UsageError for a name that `directions` does not have.
        """
        from ganstudio.inference.latent.editing import Edit, edited, starting_latents
        from ganstudio.inference.latent.layers import layers_named
        from ganstudio.inference.latent.truncation import Truncation
        from ganstudio.inference.origins import edit_words
        from ganstudio.inference.sampling import choose_classes

        chosen = self._seeds(seeds, psi)
        classes = choose_classes(self.classes, chosen, _text(class_))
        moves = self._moves(directions)
        truncation = Truncation(_psi(psi), cutoff, centres)
        truncation.check(self._latent)
        part = slice(None) if layers is None else layers_named(layers, self._latent)
        starts = starting_latents(self._latent, chosen, classes)
        drawn = edited(self._latent, starts, chosen, classes, Edit(moves, part, truncation))
        words = edit_words([(one.name, strength) for one, strength in moves], layers or "", truncation)
        return self._pictures(drawn, chosen, classes, psi, words)

    def find_directions(self, source: str, **more: Any) -> list[dict[str, Any]]:
        """Finds directions from `measure`, `labels`, `pca` or `sefa`, and proves them: what `directions find` prints.

        `more` are options of `ganstudio directions find`: data="mnist", only=["thickness", "slant"], samples=2000.
        """
        given = options(None, from_=source, **more)
        found: list[dict[str, Any]] = ask(self._folders, "directions", "find", str(self.path), *given)
        return found

    def project(self, pictures: NDArray[np.uint8] | str | Path, **more: Any) -> Projection:
        """Looks for the latents that draw given pictures: pixels [N, H, W, C], a file, or a folder of them.

        `more` are options of `ganstudio project`: class_="7", steps=0, exact=True.
        """
        return projected(self._folders, self.path, pictures, **more)

    def _moves(self, directions: Mapping[str, float]) -> tuple[tuple[Direction, float], ...]:
        from ganstudio.inference.latent.directions import parse_move

        return tuple(parse_move(f"{name}={strength}", self._known_directions) for name, strength in directions.items())

    @property
    def _known_directions(self) -> Directions:
        from ganstudio.inference.latent.directions import Directions

        return Directions.of(self.path, self.export.manifest, "w" if self.export.styled else "z")

    def _seeds(self, seeds: Seeds, psi: float | None) -> tuple[int, ...]:
        """The seeds, once the model is known to draw, and to truncate where `psi` is given."""
        self.export.check_psi(psi, "psi")
        return seeds_of(seeds)

    @cached_property
    def _generator(self) -> OnnxModel:
        from ganstudio.inference.model import OnnxModel

        return OnnxModel.open(self.path, self._provider)

    @cached_property
    def _latent(self) -> LatentModel:
        from ganstudio.inference.latent.model import LatentModel

        return LatentModel.of(self._generator)

    def _pictures(
        self,
        drawn: Iterator[NDArray[np.uint8]],
        seeds: Sequence[int],
        classes: Sequence[int] | None,
        psi: float | None,
        more: dict[str, str],
    ) -> Pictures:
        import numpy as np

        from ganstudio.inference.provenance import picture_words

        manifest = self.export.manifest
        names: list[list[str]] = [[] for _ in seeds] if classes is None else [[self.classes[one]] for one in classes]
        words = [
            picture_words(self.name, manifest.sha256, str(seed), name, psi) | more
            for seed, name in zip(seeds, names, strict=True)
        ]
        return Pictures(self.name, np.stack(list(drawn)), seeds, words)

    def as_dict(self) -> dict[str, Any]:
        """What `ganstudio export show --json` prints."""
        return self.export.as_json()

    def __repr__(self) -> str:
        return f"<Model {self.name}>"

    def _repr_html_(self) -> str:
        shape = " x ".join(str(side) for side in self.export.manifest.image_shape)
        facts = {"model": self.name, "images": shape, "classes": ", ".join(self.classes), "file": str(self.path)}
        rows = "".join(f"<tr><th>{key}</th><td>{html.escape(text)}</td></tr>" for key, text in facts.items() if text)
        return f"<table>{rows}</table>"


def seeds_of(given: Seeds) -> tuple[int, ...]:
    """The seeds that a number, numbers or a text name. Raises UsageError for none, too many, or one that is none."""
    if isinstance(given, str):
        return parse_seeds(given)
    seeds = (given,) if isinstance(given, int) else tuple(int(seed) for seed in given)
    if not 1 <= len(seeds) <= MOST_SEEDS:
        raise UsageError(f"seeds: from 1 to {MOST_SEEDS:,} at once; got {len(seeds):,}.")
    if wrong := next((seed for seed in seeds if not 0 <= seed <= LARGEST_SEED), None):
        raise UsageError(f"seeds: whole numbers from 0 to {LARGEST_SEED}; got {wrong}.")
    return seeds


def _text(class_: str | int | None) -> str | None:
    return None if class_ is None else str(class_)


def _psi(psi: float | None) -> float:
    return 1.0 if psi is None else psi
