"""Pictures enlarged by a network; their transparency by bicubic interpolation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ganstudio.data.decode import black_where_clear
from ganstudio.data.whole_picture import WholePicture
from ganstudio.errors import DataError
from ganstudio.inference.images.channels import canvas_of, channel_notes, in_colour
from ganstudio.inference.images.comparison import colours_in, write_comparison
from ganstudio.inference.images.giant import let_go, pixel_array
from ganstudio.inference.images.jobs import Job, key_of, partner
from ganstudio.inference.images.model import ImageModel
from ganstudio.inference.images.quality import psnr, ssim
from ganstudio.inference.images.render import Cut, Renderer
from ganstudio.inference.images.work import Made, SeamCheck, Tick, carried_of, scratch_of

_STRIP = 256  # rows of the source whose transparency is enlarged at a time


@dataclass
class Upscale:
    """`compare` writes the picture beside a bicubic one, `reference` is what both are measured against."""

    model: ImageModel
    cut: Cut
    compare: bool = False
    reference: Path | None = None
    tick: Tick = field(default_factory=Tick)
    seams: SeamCheck | None = field(default_factory=SeamCheck)
    srgb: bool = False

    def key(self, job: Job) -> str:
        return key_of(self.model.manifest.sha256, f"upscale {self.cut.side} {self.cut.overlap}", [job.source])

    def is_finished(self, job: Job) -> bool:
        return self.reference is None and not (self.compare and not job.beside("compare").is_file())

    def do(self, job: Job, whole: WholePicture, done: bool) -> tuple[Made | None, dict[str, Any]]:
        wanted = None if self.reference is None else _reference(job, whole, self.reference, self.model.scale)
        made = None if done else self.make(whole, scratch_of(job))
        if wanted is None and not self.compare:
            return made, {}
        ours = colours_of(made.pixels) if made else colours_in(job.path)
        pair = {"model": ours, "bicubic": bicubic(whole.colours, self.model.scale)}
        details: dict[str, Any] = {}
        if wanted is not None:
            details = {
                name: {who: _measured(measure, one, wanted) for who, one in pair.items()}
                for name, measure in MEASURES.items()
            }
        if self.compare:
            details["compare"] = str(job.beside("compare"))
            scratch_of(job)
            columns = [pair["bicubic"], ours, *([] if wanted is None else [wanted])]
            write_comparison(job, columns, self.model, self.key(job))
        return made, details

    def make(self, whole: WholePicture, scratch: Path) -> Made:
        """What the network makes of a picture. Giant pixels lie in the folder `scratch` meanwhile."""
        canvas = canvas_of(whole, self.model)
        renderer = Renderer(self.model, canvas, canvas.shape[2])
        tiling = self.cut.tiling(self.model, renderer.padded)
        colours = renderer.render(tiling, scratch, self.tick)
        seams = None if self.seams is None else self.seams.of(renderer, colours, self.cut)
        pixels = self._with_alpha(colours, whole, scratch)
        carried = carried_of(whole, (pixels.shape[0], pixels.shape[1]), pixels.shape[2])
        notes = (*whole.notes, *channel_notes(whole, self.model))
        return Made(pixels, carried, tiling, seams, notes)

    def _with_alpha(self, pixels: NDArray[np.uint8], whole: WholePicture, scratch: Path) -> NDArray[np.uint8]:
        """[H, W, C] with the picture's own transparency, enlarged; a network that takes it has made it."""
        if pixels.shape[2] == 4:
            return black_where_clear(pixels) if whole.alpha is not None else np.ascontiguousarray(pixels[..., :3])
        if whole.alpha is None:
            return pixels
        height, width, channels = pixels.shape
        out = pixel_array((height, width, channels + 1), scratch)
        for top in range(0, whole.size[0], _STRIP):
            rows = slice(top * self.model.scale, (top + _STRIP) * self.model.scale)
            alpha = _bicubic_rows(whole.alpha[..., None], self.model.scale, top, top + _STRIP)
            np.multiply(pixels[rows], alpha > 0, out=out[rows, :, :channels])
            out[rows, :, channels:] = alpha
            let_go(out)
            let_go(pixels)
        return out


def _reference(job: Job, whole: WholePicture, given: Path, scale: int) -> NDArray[np.uint8]:
    """The wanted picture [H, W, C], cut at the right and below to what a picture of this size can become."""
    path = partner(job, given)
    if path is None:
        raise DataError(f"--reference: {given} holds no picture called {job.name.stem}.")
    wanted = colours_in(path)
    height, width = (side * scale for side in whole.size)
    if not (height <= wanted.shape[0] < height + scale and width <= wanted.shape[1] < width + scale):
        raise DataError(f"--reference: {path} is {wanted.shape[1]}x{wanted.shape[0]}; {width}x{height} is needed.")
    return wanted[:height, :width]


MEASURES = {"psnr": psnr, "ssim": ssim}


def bicubic(pixels: NDArray[np.uint8], scale: int) -> NDArray[np.uint8]:
    """Pixels [scale * H, scale * W, C] of [H, W, C], by Pillow's bicubic filter."""
    size = (pixels.shape[1] * scale, pixels.shape[0] * scale)
    channels = [
        np.asarray(Image.fromarray(one).resize(size, Image.Resampling.BICUBIC)) for one in np.moveaxis(pixels, 2, 0)
    ]
    return np.stack(channels, 2)


def _bicubic_rows(pixels: NDArray[np.uint8], scale: int, top: int, bottom: int) -> NDArray[np.uint8]:
    """The rows of `bicubic` that are made of rows `top` to `bottom`. Its filter looks two rows around."""
    first = max(top - 2, 0)
    rows = bicubic(pixels[first : bottom + 2], scale)
    return rows[(top - first) * scale :][: (min(bottom, len(pixels)) - top) * scale]


def colours_of(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """[H, W, 1 or 3] without the transparency that [H, W, 2 or 4] ends with."""
    return pixels[..., : 1 if pixels.shape[2] < 3 else 3]


def _measured(measure: Callable[..., float], made: NDArray[np.uint8], wanted: NDArray[np.uint8]) -> float:
    """A grey picture is measured against a coloured one as colours."""
    if made.shape[2] == wanted.shape[2]:
        return measure(made, wanted)
    return measure(in_colour(made), in_colour(wanted))
