"""Pictures translated by a network: to another domain, or to what it learned from pairs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.whole_picture import WholePicture
from ganstudio.inference.images.channels import canvas_to_translate, channel_notes
from ganstudio.inference.images.jobs import Job, key_of
from ganstudio.inference.images.model import ImageModel
from ganstudio.inference.images.render import Cut, Renderer, size_notes
from ganstudio.inference.images.work import Made, SeamCheck, Tick, carried_of, scratch_of


@dataclass
class Translate:
    """`label` is the domain, of a model that has several. Colours are the network's own, so sRGB."""

    model: ImageModel
    cut: Cut
    label: int | None = None
    tick: Tick = field(default_factory=Tick)
    seams: SeamCheck | None = field(default_factory=SeamCheck)
    srgb: bool = True

    def key(self, job: Job) -> str:
        options = f"translate {self.label} {self.cut.side} {self.cut.overlap}"
        return key_of(self.model.manifest.sha256, options, [job.source])

    def is_finished(self, job: Job) -> bool:  # noqa: ARG002
        return True

    def do(self, job: Job, picture: WholePicture, done: bool) -> tuple[Made | None, dict[str, Any]]:
        return (None if done else self.make(picture, scratch_of(job))), {}

    def make(self, picture: WholePicture, scratch: Path) -> Made:
        """What the network makes of a picture. Giant pixels lie in the folder `scratch` meanwhile."""
        canvas = canvas_to_translate(picture, self.model)
        given = {} if self.label is None else {"labels": self.label}
        renderer = Renderer(self.model, canvas, self.model.channels_made, given)
        tiling = self.cut.tiling(self.model, renderer.padded)
        pixels = renderer.render(tiling, scratch, self.tick)
        seams = None if self.seams is None else self.seams.of(renderer, pixels, self.cut)
        pixels = with_alpha_of(picture, pixels)
        carried = carried_of(picture, picture.size, pixels.shape[2])
        notes = (*picture.notes, *channel_notes(picture, self.model), *size_notes(self.model, tiling))
        return Made(pixels, carried, tiling, seams, notes)


def with_alpha_of(picture: WholePicture, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pixels [H, W, C] with the picture's own transparency, black where nothing is seen, unless they have their own."""
    if picture.alpha is None or pixels.shape[2] == 4:
        return pixels
    return np.dstack([pixels * (picture.alpha[..., None] > 0), picture.alpha])
