"""Pictures painted in a style, or in a mixture of styles, by a network (AdaIN, Huang & Belongie 2017)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.whole_picture import WholePicture
from ganstudio.errors import DataError, UsageError
from ganstudio.inference.images.channels import canvas_to_translate, channel_notes
from ganstudio.inference.images.comparison import colours_in, write_comparison
from ganstudio.inference.images.jobs import Job, key_of
from ganstudio.inference.images.render import Cut, Renderer, size_notes
from ganstudio.inference.images.translate import with_alpha_of
from ganstudio.inference.images.work import Made, SeamCheck, Tick, carried_of, scratch_of
from ganstudio.inference.style.chosen_styles import Style, mixed
from ganstudio.inference.style.keep_colour import MOST_LEVELS, keep_colours
from ganstudio.inference.style.stylizer import Stylizer


def check_strength(strength: float) -> None:
    """Raises UsageError for a strength that is none."""
    if not 0 <= strength <= 1:
        raise UsageError(f"--strength: from 0 to 1; got {strength:g}.", f"--strength {1 if strength > 1 else 0}")


@dataclass
class Stylize:
    """`strength` is from 0, the content drawn again, to 1; `compare` writes the content beside what was made, too."""

    model: Stylizer
    cut: Cut
    styles: Sequence[Style]
    strength: float = 1.0
    keep_colour: bool = False
    compare: bool = False
    tick: Tick = field(default_factory=Tick)
    seams: SeamCheck | None = field(default_factory=SeamCheck)
    srgb: bool = True

    def key(self, job: Job) -> str:
        total = sum(style.weight for style in self.styles)
        how = [f"stylize {self.strength:.6g} {self.keep_colour} {self.cut.side} {self.cut.overlap}"]
        how += [f"{style.weight / total:.6g} {style.key}" for style in self.styles]
        files = [style.file for style in self.styles if style.file is not None]
        return key_of(self.model.manifest.sha256, " ".join(how), [job.source, *files])

    def is_finished(self, job: Job) -> bool:
        return not self.compare or job.beside("compare").is_file()

    def do(self, job: Job, picture: WholePicture, done: bool) -> tuple[Made | None, dict[str, Any]]:
        made = None if done else self.make(picture, scratch_of(job))
        total = sum(style.weight for style in self.styles)
        weights = [{"style": style.name, "weight": round(style.weight / total, 6)} for style in self.styles]
        details: dict[str, Any] = {"styles": weights, "strength": self.strength, "keep_colour": self.keep_colour}
        if self.compare:
            ours = made.pixels[..., :3] if made else colours_in(job.path)
            scratch_of(job)
            write_comparison(job, [canvas_to_translate(picture, self.model), ours], self.model, self.key(job))
            details["compare"] = str(job.beside("compare"))
        return made, details

    def make(self, picture: WholePicture, scratch: Path) -> Made:
        """The picture in the style. Giant pixels lie in the folder `scratch` meanwhile.

        Raises:
            DataError: a picture of one place of the network's features, which has no content.
            StudioError: onnxruntime failed.
        """
        self.check_content(picture)
        canvas = canvas_to_translate(picture, self.model)
        renderer = Renderer(self.model, canvas, 3, self._inputs(picture))
        tiling = self.cut.tiling(self.model, renderer.padded)
        pixels = renderer.render(tiling, scratch, self.tick)
        seams = None if self.seams is None else self.seams.of(renderer, pixels, self.cut)
        notes = (*picture.notes, *channel_notes(picture, self.model), *size_notes(self.model, tiling))
        if self.keep_colour:
            share = keep_colours(pixels, canvas, None if picture.alpha is None else picture.alpha > 0)
            if share < 1:
                why = f"more would move its mean colour by over {MOST_LEVELS:g} levels"
                notes += (f"{share:.0%} of the style shows beside its colours: {why}",)
        pixels = with_alpha_of(picture, pixels)
        return Made(pixels, carried_of(picture, picture.size, pixels.shape[2]), tiling, seams, notes)

    def _inputs(self, picture: WholePicture) -> dict[str, NDArray[np.float32]]:
        """What the network takes besides the picture: both statistics, and the strength."""
        content = self.model.content_statistics(picture, self.cut, self.tick)
        style = mixed(self.styles)
        return {
            **{"content_mean": content.mean, "content_std": content.std},
            **{"style_mean": style.mean, "style_std": style.std},
            "strength": np.asarray(self.strength, np.float32),
        }

    def check_content(self, picture: WholePicture) -> None:
        """Raises DataError where all of a picture is one place of the network's features."""
        step, (height, width) = self.model.manifest.multiple, picture.size
        if max(height, width) <= step:
            name = self.model.path.stem
            raise DataError(f"{width}x{height} px: {name} sees {step}x{step} px as one place, which has no content")
