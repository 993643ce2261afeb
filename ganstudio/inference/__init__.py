"""Generators at work without the code that trained them: numpy, Pillow and onnxruntime, never torch.

from ganstudio.inference import OnnxModel
from ganstudio.inference.latents import latents
from ganstudio.inference.pixels import grid, to_pixels, write_png

model = OnnxModel.open("exports/dcgan-mnist-1.onnx")
images = model.generate(latents(range(64), model.z_dim))     # float32 [64, C, H, W] in [-1, 1]
write_png(Path("grid.png"), grid(to_pixels(images), columns=8), {})
"""

from ganstudio.inference.model import OnnxModel

__all__ = ["OnnxModel"]
