"""JPEG's losses, by Pillow's own encoder: nothing about it is approximated, and no gradient goes through it."""

from __future__ import annotations

import io

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def compressed(images: Tensor, qualities: Tensor) -> Tensor:
    """`images` [N, 1 or 3, H, W] in [-1, 1] after JPEG of these `qualities` [N], 1 to 100, in steps of 8-bit values."""
    pixels = ((images + 1) * 127.5).round().clamp(0, 255).to("cpu", torch.uint8).movedim(1, -1).numpy()
    rows = [_through_jpeg(row, int(quality)) for row, quality in zip(pixels, qualities.tolist(), strict=True)]
    return torch.from_numpy(np.stack(rows)).movedim(-1, 1).to(images.device).float() / 127.5 - 1


def _through_jpeg(pixels: np.ndarray, quality: int) -> np.ndarray:
    grey = pixels.shape[-1] == 1
    file = io.BytesIO()
    Image.fromarray(pixels[:, :, 0] if grey else pixels).save(file, "JPEG", quality=quality)
    with Image.open(file) as image:
        return np.asarray(image).reshape(pixels.shape)
