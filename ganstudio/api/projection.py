"""Latents that draw given pictures, in Python."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganstudio.api.asking import ask, options, path_text
from ganstudio.errors import DataError
from ganstudio.workspace import Workspace as Folders

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, repr=False)
class Projection:
    """What was found for each of N pictures.

    Attributes:
        z: the latents [N, z_dim], or ws [N, L, D] of a generator with styles.
        mse: mean squared distances of what they draw to the pictures [N]; pixels are from -1 to 1.
        beside: each picture and, at its right, what its latent draws: uint8 [N, H, 2 * W, C].
    """

    z: NDArray[np.float32]
    mse: NDArray[np.float64]
    beside: NDArray[np.uint8]

    def __repr__(self) -> str:
        return f"<Projection of {len(self.z)} pictures, {self.mse.mean():.3f} apart on average>"

    def _repr_png_(self) -> bytes:
        """The pictures beside what was found, in a sheet."""
        from ganstudio.inference.pixels import grid, png, square

        return png(grid(self.beside, square(len(self.beside))), {})


def projected(folders: Folders, model: Path, pictures: NDArray[np.uint8] | str | Path, **more: Any) -> Projection:
    """What `ganstudio project` finds. Raises DataError where a picture cannot be read."""
    import numpy as np

    with tempfile.TemporaryDirectory() as folder:
        source = path_text(pictures) if isinstance(pictures, str | Path) else _written(pictures, Path(folder) / "given")
        given = options(None, model=model, out=Path(folder) / "found", **more)
        answer = ask(folders, "project", source, *given)
        if answer["failed"]:
            why = "; ".join(f"{Path(one['source']).name}: {one['why']}" for one in answer["failed"])
            raise DataError(f"pictures that cannot be read: {why}")
        found = answer["pictures"]
        with_styles = "ws" in np.load(found[0]["latent"])
        return Projection(
            np.concatenate([np.load(one["latent"])["ws" if with_styles else "z"] for one in found]),
            np.array([one["distance"]["mse"] for one in found]),
            np.stack([_pixels(one["beside"]) for one in found]),
        )


def _written(pixels: NDArray[np.uint8], folder: Path) -> str:
    """The folder, with a file for each image of [N, H, W, C], in their order."""
    from PIL import Image

    folder.mkdir()
    for number, one in enumerate(pixels):
        Image.fromarray(one[..., 0] if one.shape[-1] == 1 else one).save(folder / f"{number:06}.png")
    return str(folder)


def _pixels(path: str) -> NDArray[np.uint8]:
    import numpy as np
    from PIL import Image

    with Image.open(path) as opened:
        pixels = np.asarray(opened)
    return pixels if pixels.ndim == 3 else pixels[..., None]
