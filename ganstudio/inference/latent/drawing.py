"""Pictures of ws that were saved, by the synthesis half of a generator with styles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ganstudio.errors import UsageError
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.model import OnnxModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def draw_ws(
    model: OnnxModel, ws: NDArray[np.float32], seeds: Sequence[int], *, psi: float = 1.0
) -> Iterator[NDArray[np.uint8]]:
    """The picture of each of `ws` [N, L, D] in turn, uint8 [H, W, C]; `seeds` are those of its noise.

    Raises UsageError where the model has no half that takes ws of that shape.
    """
    from ganstudio.inference.pixels import to_pixels

    halves = LatentModel.of(model)
    if halves.space != "w":
        raise UsageError(
            f"--latent: the file holds ws, and no halves that take them lie beside {model.path.name}.",
            "ganstudio export onnx RUN   # makes them, of a generator with styles",
        )
    if ws.shape[1:] != halves.shape:
        layers, size = halves.shape
        raise UsageError(
            f"--latent: the file holds ws {list(ws.shape)}; {model.path.stem} takes [N, {layers}, {size}]."
        )
    for at in range(0, len(ws), model.batch):
        part = slice(at, at + model.batch)
        yield from to_pixels(halves.images(ws[part], seeds=seeds[part], psi=psi))
