"""A picture's channels as a network takes them, and what it made of them as the picture has them.

A canvas is what is shown to a network, tile by tile: uint8 [H, W, K]. K is the picture's own 1 or 3, and 4 where the
network takes transparency itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ganstudio.data.whole_picture import WholePicture
from ganstudio.half_blocks import WHITE, over
from ganstudio.inference.images.model import ImageModel
from ganstudio.inference.pixels import to_pixels

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as Pillow makes grey of colours


def canvas_of(picture: WholePicture, model: ImageModel) -> NDArray[np.uint8]:
    """The picture's own channels, those of RGBA for a network that takes these.

    Under full transparency, where a file may hold anything, the canvas goes on with the colours around.
    """
    if model.channels == 4:
        return np.dstack([in_colour(picture.colours), _alpha_of(picture)])
    if picture.alpha is None or picture.alpha.min(initial=255) > 0:
        return picture.colours
    rgba = Image.fromarray(np.dstack([in_colour(picture.colours), picture.alpha]))
    return np.asarray(_spread(rgba))[..., : picture.colours.shape[2]]


def canvas_to_translate(picture: WholePicture, model: ImageModel) -> NDArray[np.uint8]:
    """Channels as `data add` packs them for training: grey by luma, transparency laid over white or kept as RGBA."""
    if model.channels == 4:
        return canvas_of(picture, model)
    colours = picture.colours
    if picture.alpha is not None:
        colours = over(np.dstack([in_colour(colours), picture.alpha]), WHITE)
    if model.channels == 3:
        return in_colour(colours)
    return colours if colours.shape[2] == 1 else _luma(colours)


def channel_notes(picture: WholePicture, model: ImageModel) -> tuple[str, ...]:
    """What is said of a picture whose channels are not the network's."""
    name = model.path.stem
    match picture.colours.shape[2], model.channels:
        case 1, 3 | 4:
            return (f"grey, and {name} takes colours: shown to it as three equal ones",)
        case 3, 1:
            how = "by luma" if model.manifest.scale == 1 and not model.takes("mask") else "one after the other"
            return (f"in colour, and {name} takes grey: its colours are shown to it {how}",)
        case _:
            return ()


def to_network(canvas: NDArray[np.uint8], channels: int) -> NDArray[np.float32]:
    """Images [N, C, h, w] in [-1, 1] of canvas [h, w, K]: grey is three equal colours, and colours are three greys."""
    images = canvas.transpose(2, 0, 1)[None].astype(np.float32) / np.float32(127.5) - 1
    match canvas.shape[2], channels:
        case 1, 3:
            return images.repeat(3, 1)
        case 3, 1:
            return images.transpose(1, 0, 2, 3)
        case _:
            return images


def from_network(images: NDArray[np.float32], channels: int) -> NDArray[np.uint8]:
    """Pixels [h, w, K] of what was made of a canvas of K `channels`, [N, C, h, w]."""
    pixels = to_pixels(images)
    if len(pixels) == 3:  # a grey each
        return np.ascontiguousarray(pixels[..., 0].transpose(1, 2, 0))
    return _luma(pixels[0]) if channels == 1 and pixels.shape[3] == 3 else pixels[0]


def _alpha_of(picture: WholePicture) -> NDArray[np.uint8]:
    return np.full(picture.size, 255, np.uint8) if picture.alpha is None else picture.alpha


def in_colour(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pixels [H, W, 3] of [H, W, 1 or 3]."""
    return colours if colours.shape[2] == 3 else colours.repeat(3, 2)


def _luma(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    grey: NDArray[np.float32] = np.rint(colours.astype(np.float32) @ _LUMA)
    return grey.astype(np.uint8)[..., None]


def _spread(rgba: Image.Image) -> Image.Image:
    """RGB with the colours of what can be seen also where nothing can: from halves of the size, the nearest first."""
    seen = rgba.getchannel("A").point([0, *[255] * 255])
    colours = rgba.convert("RGB")
    if rgba.size == (1, 1) or seen.getextrema()[0]:
        return colours
    half = ((rgba.width + 1) // 2, (rgba.height + 1) // 2)
    around = _spread(rgba.resize(half, Image.Resampling.BOX)).resize(rgba.size, Image.Resampling.BILINEAR)
    around.paste(colours, mask=seen)
    return around
