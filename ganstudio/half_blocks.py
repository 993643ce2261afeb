"""Pictures in cells of a terminal: pixels brought to the size of a room, then two of them to a cell. No colours of a
library and no widgets: commands and the dashboard paint what is returned here. Transparency is laid over a ground.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

UPPER_HALF = "▀"  # the foreground fills its upper half, the background the lower one

Tile = tuple[int, int]  # height and width

GREY = 128  # what scores lay transparent pictures over
WHITE = 255  # what files that hold no transparency, such as JPEG, are laid over
CHECKS = (204, 255)  # greys of a checkerboard
CHECK_SIDE = 4  # pixels


class Cells(NamedTuple):
    """Cells beside each other that are alike: a character for each, and the colours of their halves as 0xRRGGBB."""

    text: str
    foreground: int
    background: int


def half_blocks(pixels: Pixels) -> list[list[Cells]]:
    """A row of cells for each two rows of pixels [H, W, C]; an odd last row fills its cells."""
    import numpy as np

    if len(pixels) % 2:
        pixels = np.concatenate([pixels, pixels[-1:]])
    packed = rgb(pixels).astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    return [_row(upper, lower) for upper, lower in zip(packed[::2], packed[1::2], strict=True)]


def _row(upper: NDArray[np.uint32], lower: NDArray[np.uint32]) -> list[Cells]:
    import numpy as np

    differs = (upper[1:] != upper[:-1]) | (lower[1:] != lower[:-1])
    begins = np.concatenate([[0], np.flatnonzero(differs) + 1])
    counts = np.diff(begins, append=len(upper))
    runs = zip(counts.tolist(), upper[begins].tolist(), lower[begins].tolist(), strict=True)
    return [Cells(UPPER_HALF * count, above, below) for count, above, below in runs]


def fitted(pixels: Pixels, width: int, height: int, smooth: bool = False, tile: Tile | None = None) -> Pixels:
    """RGB pixels [h, w, 3] that fit into `width` x `height`: averaged, or enlarged as `enlarged` does."""
    import numpy as np
    from PIL import Image

    scale = min(width / pixels.shape[1], height / pixels.shape[0])
    if scale >= 1:
        return enlarged(pixels, scale, smooth, tile)
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    return np.asarray(Image.fromarray(rgb(pixels)).resize(size, Image.Resampling.BOX))


def enlarged(pixels: Pixels, scale: float, smooth: bool, tile: Tile | None = None) -> Pixels:
    """RGB pixels `scale` (1 or more) times as wide and high, of pixels [H, W, C].

    Smooth ones are interpolated (Lanczos), each `tile` of a grid by itself: nothing of one runs into its neighbour.
    Bricks are repeated a whole number of times.
    """
    import numpy as np
    from PIL import Image

    pixels = rgb(pixels)
    if not smooth:
        return pixels.repeat(int(scale), axis=0).repeat(int(scale), axis=1)
    height, width = tile if tile and not (pixels.shape[0] % tile[0] or pixels.shape[1] % tile[1]) else pixels.shape[:2]
    rows, columns = pixels.shape[0] // height, pixels.shape[1] // width
    size = max(1, int(width * scale)), max(1, int(height * scale))
    page = np.empty((rows * size[1], columns * size[0], 3), np.uint8)
    for y in range(rows):
        for x in range(columns):
            part = pixels[y * height : (y + 1) * height, x * width : (x + 1) * width]
            drawn = Image.fromarray(np.ascontiguousarray(part)).resize(size, Image.Resampling.LANCZOS)
            page[y * size[1] : (y + 1) * size[1], x * size[0] : (x + 1) * size[0]] = drawn
    return page


def rgb(pixels: Pixels) -> Pixels:
    """[H, W, 3] of [H, W, 1 or 3], and of RGBA on a checkerboard."""
    import numpy as np

    return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else over_checkerboard(pixels)


def over(pixels: Pixels, ground: int | NDArray[Any]) -> Pixels:
    """RGB [..., H, W, 3] of RGBA pixels laid over `ground`, a grey or greys that broadcast to [..., H, W, 1].

    Pixels without alpha are as they were. Rounded to the nearest level.
    """
    if pixels.shape[-1] != 4:
        return pixels
    import numpy as np

    alpha = pixels[..., 3:].astype(np.uint32)
    mixed = pixels[..., :3] * alpha + np.asarray(ground, np.uint32) * (255 - alpha)
    return ((mixed + 127) // 255).astype(np.uint8)


def over_checkerboard(pixels: Pixels) -> Pixels:
    """RGB of RGBA pixels [..., H, W, 4] on a checkerboard, so that what is clear shows as such; others as they were."""
    if pixels.shape[-1] != 4:
        return pixels
    import numpy as np

    height, width = pixels.shape[-3:-1]
    rows, columns = np.arange(height)[:, None] // CHECK_SIDE, np.arange(width) // CHECK_SIDE
    return over(pixels, np.where((rows + columns) % 2, *CHECKS)[..., None])
