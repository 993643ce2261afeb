"""Generators at work without the code that trained them: numpy, Pillow and onnxruntime, never torch.

from pathlib import Path

import numpy as np
from ganstudio.inference import OnnxModel
from ganstudio.inference.latents import latents
from ganstudio.inference.pictures import write_picture
from ganstudio.inference.pixels import grid, to_pixels
from ganstudio.inference.sampling import sample
from ganstudio.inference.walk import Walk, frames

model = OnnxModel.open("exports/cgan-mnist-1.onnx")       # provider="cuda": used, or refused
model.z_dim, model.classes, model.image_shape, model.provider
images = model.generate(latents(range(64), model.z_dim), labels=[7] * 64)     # float32 [64, C, H, W] in [-1, 1]
write_picture(Path("sevens.png"), grid(to_pixels(images), columns=8), {}, "png")

pictures = np.stack(list(sample(model, [1, 5, 9], classes=[0, 1, 2])))        # uint8 [3, H, W, C]
film = frames(model, Walk((1, 2), steps=50), label=7)                         # a generator of uint8 [H, W, C]

What a model cannot take raises `ganstudio.errors.UsageError`; what fails at work, `StudioError`.
"""

from ganstudio.inference.model import OnnxModel

__all__ = ["OnnxModel"]
