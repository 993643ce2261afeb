"""The styles of a generator, by name: its classes, its directions, and centres of its ws.

A centre is one of the K means of ws that truncation knows (truncation.py): what is drawn is half-way between a seed's
own ws and the centre. Every style is drawn from any seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import nearest
from ganstudio.inference.latent.directions import Direction, Directions, parse_move
from ganstudio.inference.latent.editing import Edit, edited, starting_latents
from ganstudio.inference.latent.truncation import centres_of

if TYPE_CHECKING:
    from ganstudio.inference.latent.model import LatentModel

CENTRES = 8
PSI = 0.5  # of a centre: half of a picture is the seed's own
STRENGTH = 2.0  # of a direction that is named without one; within its reach where that is known

Kind = Literal["class", "direction", "centre"]


@dataclass(frozen=True)
class GeneratorStyle:
    """`index` is of a class or a centre, `strength` of a direction."""

    kind: Kind
    name: str
    index: int = 0
    strength: float = 0.0

    @property
    def words(self) -> str:
        """`class wren`, `centre-3`, `thickness=+2`."""
        match self.kind:
            case "class":
                return f"class {self.name}"
            case "direction":
                return f"{self.name}={self.strength:+g}"
            case _:
                return self.name


class GeneratorStyles:
    """All styles that a generator has, and what is drawn in them. Centres are found when they are first drawn."""

    def __init__(self, model: LatentModel) -> None:
        """Raises UsageError where the directions beside the model are another model's."""
        self.model = model
        self.directions = Directions.of(model.whole.path, model.whole.manifest, model.space)
        self._centres: NDArray[np.float32] | None = None
        styles = [GeneratorStyle("class", name, index) for index, name in enumerate(model.classes)]
        styles += [GeneratorStyle("direction", one.name, strength=_strength(one.reach)) for one in self.directions]
        if model.space == "w":
            styles += [GeneratorStyle("centre", f"centre-{number + 1}", number) for number in range(CENTRES)]
        self.all = tuple(styles)

    def get(self, text: str) -> GeneratorStyle | None:
        """The style of that name, or of a direction's NAME=STRENGTH; None for any other text.

        Raises UsageError for a strength that is none.
        """
        found = next((one for one in self.all if one.name == text), None)
        name, equals, _ = text.partition("=")
        if found is None and equals and any(one.name == name for one in self.directions):
            direction, strength = parse_move(text, self.directions)
            return GeneratorStyle("direction", direction.name, strength=strength)
        return found

    def nearest(self, text: str) -> str:
        """A phrase to end an error with: the name that is most like `text`, or all of them."""
        return nearest(text, [one.name for one in self.all])

    def picture(self, seed: int, style: GeneratorStyle | None) -> NDArray[np.uint8]:
        """Pixels uint8 [H, W, C] of a seed in a style; in none as `ganstudio sample` draws it.

        Raises StudioError where onnxruntime fails.
        """
        labels = self.labels(seed, style)
        [start] = starting_latents(self.model, [seed], labels)
        moves: tuple[tuple[Direction, float], ...] = ()
        if style is not None and style.kind == "direction":
            moves = ((self.directions.named(style.name), style.strength),)
        if style is not None and style.kind == "centre":
            centre = self._centre(style.index)
            start = (centre + np.float32(PSI) * (start - centre)).astype(np.float32)
        [pixels] = edited(self.model, [start], [seed], labels, Edit(moves))
        return pixels

    def labels(self, seed: int, style: GeneratorStyle | None) -> list[int] | None:
        """The class that a seed is drawn of, as a list of one; None for a generator without classes."""
        if not self.model.classes:
            return None
        return [style.index if style is not None and style.kind == "class" else seed % len(self.model.classes)]

    def _centre(self, index: int) -> NDArray[np.float32]:
        if self._centres is None:
            self._centres = centres_of(self.model, CENTRES)
        found: NDArray[np.float32] = self._centres[index]
        return found


def _strength(reach: tuple[float, float] | None) -> float:
    return STRENGTH if reach is None else min(STRENGTH, reach[1])
