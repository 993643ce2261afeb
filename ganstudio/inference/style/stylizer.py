"""An export that paints a picture in a style, with the features beside it that statistics are taken of.

It is two files. `NAME.onnx` takes `source` [N, 3, H, W] in [-1, 1], `content_mean`, `content_std`, `style_mean` and
`style_std` [N, F], and `strength` [N] in [0, 1]; it gives `images` [N, 3, H, W]. `NAME.features.onnx` takes `images`
[N, 3, H, W] and gives `features` [N, F, h, w]. Statistics are inputs so that they can be those of a whole picture while
the network is shown a tile of it, the mean of several styles, or saved ones.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.whole_picture import WholePicture
from ganstudio.errors import StudioError, UsageError
from ganstudio.inference.images.channels import canvas_to_translate, to_network
from ganstudio.inference.images.model import STYLE_INPUTS, ImageModel
from ganstudio.inference.images.render import Cut, filled_up
from ganstudio.inference.images.tiles import LARGEST_OVERLAP, Tiling, tiling_for
from ganstudio.inference.manifest import ExportManifest, read_manifest
from ganstudio.inference.providers import AUTO, open_session
from ganstudio.inference.sessions import failure_reason
from ganstudio.inference.style.statistics import Statistics, StylePicture, Sums
from ganstudio.progress import Progress, no_progress

FEATURES = ".features.onnx"  # what the second file's name ends in


class Stylizer(ImageModel):
    """An ImageModel that paints in a style, and takes the statistics of pictures.

    Attributes:
        seen_styles: the style pictures that were looked at, by file, size and time.
    """

    networks = 2

    def __init__(self, path: Path, manifest: ExportManifest, provider: str = AUTO) -> None:
        """Raises UsageError where the features are not beside it, or are another model's."""
        super().__init__(path, manifest, provider)
        sizes = {spec.name: spec.shape[1:] for spec in manifest.inputs}
        if sizes.keys() != {"source", *STYLE_INPUTS} or self.channels != 3 or self.channels_made != 3 or self.fixed:
            why = "RGB of any size, and statistics"
            raise UsageError(f"{path}: its inputs are not those of a model that paints in a style: {why}.")
        self._features = path.with_name(f"{path.stem}{FEATURES}")
        run = manifest.run or "RUN"
        again = f"ganstudio export onnx {run}   # writes both files"
        if not self._features.is_file():
            raise UsageError(f"{path.name} needs {self._features.name} beside it, and there is none.", again)
        beside = read_manifest(self._features)
        outputs = {} if beside is None else {spec.name: spec.shape[1:2] for spec in beside.outputs}
        if beside is None or outputs.get("features") != sizes["style_mean"]:
            raise UsageError(f"{self._features} is of another model than {path.name}.", again)
        self._radius = LARGEST_OVERLAP if beside.radius is None else min(beside.radius, LARGEST_OVERLAP)
        self._reader = open_session(self._features, self.provider).session
        self._last: tuple[WholePicture, Statistics] | None = None
        self.seen_styles: dict[tuple[str, int, int], StylePicture] = {}

    def statistics_of(self, canvas: NDArray[np.uint8], cut: Cut, tick: Progress = no_progress) -> Statistics:
        """The statistics of a whole picture, canvas uint8 [H, W, 3], taken tile by tile where it is large.

        `tick` is told how many tiles are begun, and of how many. Raises StudioError where onnxruntime fails.
        """
        canvas = filled_up(canvas, self.padded_size((canvas.shape[0], canvas.shape[1])))
        sums, begun, tiling = Sums(), itertools.count(), self._tiling((canvas.shape[0], canvas.shape[1]), cut)
        for tile in tiling.tiles():
            tick(next(begun), tiling.count)
            features = self._read(canvas[tile.rows.start : tile.rows.stop, tile.columns.start : tile.columns.stop])
            cell = (tile.rows.stop - tile.rows.start) // features.shape[1]
            rows, columns = (
                slice((span.first - span.start) // cell, (span.last - span.start) // cell) for span in tile
            )
            sums.add(features[:, rows, columns])
        return sums.statistics()

    def content_statistics(self, picture: WholePicture, cut: Cut, tick: Progress = no_progress) -> Statistics:
        """The statistics of a content picture, which are kept until another is asked for: they are each style's."""
        last = self._last
        if last is None or last[0] is not picture:
            last = picture, self.statistics_of(canvas_to_translate(picture, self), cut, tick)
            self._last = last
        return last[1]

    def forget_content(self) -> None:
        """Lets go of the content picture whose statistics are kept."""
        self._last = None

    def _tiling(self, size: tuple[int, int], cut: Cut) -> Tiling:
        """Tiles whose cores have the features that they have in the whole picture, whatever overlap the user chose."""
        pixels = cut.pixels if cut.side is None else min(cut.pixels, cut.side**2)
        return tiling_for(size, pixels, self._radius, self._radius, self.manifest.multiple)

    def _read(self, canvas: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Features [F, h, w]; of threads that call it one is served at a time."""
        try:
            with self._one_at_a_time:
                [features] = self._reader.run(["features"], {"images": to_network(canvas, 3)})
        except Exception as error:  # onnxruntime's errors share no base below Exception
            raise StudioError(f"{self._features}: onnxruntime failed: {failure_reason(error)}") from error
        found: NDArray[np.float32] = features[0]
        return found
