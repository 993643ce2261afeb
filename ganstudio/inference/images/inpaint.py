"""Holes in pictures filled in by a network. What is not in the hole stays as it was, to the byte."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.manifest import UnreadableError
from ganstudio.data.sources.source import Location
from ganstudio.data.whole_picture import WholePicture, read_whole
from ganstudio.errors import DataError
from ganstudio.inference.images.channels import canvas_of, channel_notes
from ganstudio.inference.images.jobs import Job, key_of, partner
from ganstudio.inference.images.model import ImageModel
from ganstudio.inference.images.render import Cut, Renderer, size_notes
from ganstudio.inference.images.work import Made, SeamCheck, Tick, carried_of, scratch_of

ALPHA = "alpha"  # given as a mask: what is not opaque


@dataclass
class Inpaint:
    """`mask` is a picture of the same size, white where it is to be filled in, a folder of such, or None: alpha."""

    model: ImageModel
    cut: Cut
    mask: Path | None
    tick: Tick = field(default_factory=Tick)
    seams: SeamCheck | None = field(default_factory=SeamCheck)
    srgb: bool = False

    def key(self, job: Job) -> str:
        files = [job.source, *([] if self.mask is None else [_mask_file(job, self.mask)])]
        return key_of(self.model.manifest.sha256, f"inpaint {self.cut.side} {self.cut.overlap}", files)

    def is_finished(self, job: Job) -> bool:  # noqa: ARG002
        return True

    def do(self, job: Job, picture: WholePicture, done: bool) -> tuple[Made | None, dict[str, Any]]:
        if done:
            return None, {}
        mask = alpha_mask(picture) if self.mask is None else _read_mask(_mask_file(job, self.mask), picture)
        return self.make(picture, mask, scratch_of(job)), {"filled": int(mask.sum())}

    def make(self, picture: WholePicture, mask: NDArray[np.bool_], scratch: Path) -> Made:
        """A picture with what `mask` [H, W] marks filled in. Giant pixels lie in the folder `scratch` meanwhile.

        Raises DataError for a mask of nothing, or of everything.
        """
        _check_mask(mask)
        canvas = canvas_of(picture, self.model)
        renderer = Renderer(self.model, canvas, canvas.shape[2], mask=mask)
        tiling = self.cut.tiling(self.model, renderer.padded)
        made = renderer.render(tiling, scratch, self.tick)
        seams = None if self.seams is None else self.seams.of(renderer, made, self.cut)
        pixels = _filled(picture, made, mask)
        carried = carried_of(picture, picture.size, pixels.shape[2])
        notes = (*picture.notes, *channel_notes(picture, self.model), *size_notes(self.model, tiling))
        return Made(pixels, carried, tiling, seams, notes)


def _filled(picture: WholePicture, made: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The picture's own pixels [H, W, C], and where `mask` [H, W] is those that were made, which can be seen."""
    own = picture.colours
    if made.shape[2] == 4:
        own = own if own.shape[2] == 3 else own.repeat(3, 2)
    colours = np.where(mask[..., None], made[..., : own.shape[2]], own)
    if picture.alpha is None:
        return colours
    alpha = np.where(mask, made[..., 3] if made.shape[2] == 4 else np.uint8(255), picture.alpha)
    return colours if alpha.min(initial=255) == 255 else np.dstack([colours, alpha])


def _mask_file(job: Job, given: Path) -> Path:
    path = partner(job, given)
    if path is None:
        raise DataError(f"--mask: {given} holds no mask called {job.name.stem}.")
    return path


def alpha_mask(picture: WholePicture) -> NDArray[np.bool_]:
    """[H, W], True where the picture is not opaque. Raises DataError where it has no transparency."""
    if picture.alpha is None:
        raise DataError("--mask alpha: the picture has no transparency, so nothing says what is to be filled in.")
    return picture.alpha < 255


def _read_mask(path: Path, picture: WholePicture) -> NDArray[np.bool_]:
    """[H, W], True where the mask is nearer white than black."""
    try:
        mask = read_whole(Location(str(path)), False)
    except UnreadableError as error:
        raise DataError(f"--mask: {path}: {error}.") from None
    if mask.size != picture.size:
        (height, width), (wanted_height, wanted_width) = mask.size, picture.size
        raise DataError(f"--mask: {path} is {width}x{height}, the picture {wanted_width}x{wanted_height}.")
    return np.asarray(mask.colours.mean(2) > 127.5)


def _check_mask(mask: NDArray[np.bool_]) -> None:
    if mask.all():
        raise DataError("--mask: it is white throughout, so nothing of the picture would be left to go by.")
    if not mask.any():
        raise DataError("--mask: it is black throughout, so there is nothing to fill in: white marks what is.")
