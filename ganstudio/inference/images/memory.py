"""How large a tile may be: what a network's activations take is measured, not guessed."""

from __future__ import annotations

import numpy as np

from ganstudio.inference.images.model import ImageModel
from ganstudio.inference.images.render import Cut
from ganstudio.inference.manifest import TensorSpec

PICTURES = ("source", "mask")  # inputs as large as the picture

BUDGET = 1_000_000_000  # bytes of activations: of one tile, as one is made at a time, in all networks of a model
_MEASURED = 128  # px, the side of the tile that is measured
_LEAST, _LARGEST = 64**2, 1024**2  # pixels of a tile
_ELSEWHERE = 20_000  # bytes a pixel on a GPU, whose memory is not this process's: 64 channels at four times the size


def cut_for(model: ImageModel, side: int | None = None, overlap: int | None = None) -> Cut:
    """How pictures are cut for a network: by memory, where the user chose no `side` of a tile."""
    return Cut(_tile_pixels(model), side, overlap)


def _tile_pixels(model: ImageModel) -> int:
    """How many pixels of the source a tile may have.

    It is measured how much this process grows by a small tile. onnxruntime keeps what it has taken, so that is what the
    tile took at its largest.
    """
    import psutil

    if model.fixed:
        return model.fixed[0] * model.fixed[1]
    own = psutil.Process()
    free = psutil.virtual_memory().available
    a_pixel = float(_ELSEWHERE)
    if model.provider == "cpu":
        side = -(-_MEASURED // model.manifest.multiple) * model.manifest.multiple
        source = np.zeros((1, model.channels, side, side), np.float32)
        numbers = [spec for spec in model.manifest.inputs if spec.name not in PICTURES]
        given = {spec.name: np.full(_sides(spec), spec.name != "labels") for spec in numbers}
        mask = np.ones((1, 1, side, side), np.float32) if model.takes("mask") else None
        before = own.memory_info().rss
        model.run(source, given, mask)
        a_pixel = max((own.memory_info().rss - before) / side**2, 1.0)
    return int(min(max(min(BUDGET, free / 2) / (model.networks * a_pixel), _LEAST), _LARGEST))


def _sides(spec: TensorSpec) -> list[int]:
    """The shape of an input after its batch."""
    return [int(side) for side in spec.shape[1:]]
