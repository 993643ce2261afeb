"""Pictures in Python: arrays of pixels that a notebook shows and a folder keeps, with their origin in the metadata."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, overload

from ganstudio.errors import UsageError, nearest
from ganstudio.inference.latents import format_seeds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    Pixels = NDArray[np.uint8]
    Words = dict[str, str]


@dataclass(frozen=True)
class Picture:
    """A picture's file."""

    path: Path

    def image(self) -> Image:
        """As Pillow has it."""
        from PIL import Image

        with Image.open(self.path) as opened:
            return opened.copy()

    def _repr_png_(self) -> bytes:
        return self.path.read_bytes()

    def as_html(self) -> str:
        """It as an element of a page, which needs no file."""
        content = base64.b64encode(self.path.read_bytes()).decode()
        return f'<img src="data:image/png;base64,{content}" alt="{html.escape(self.path.stem)}">'


class Pictures(Sequence["Pictures"]):
    """What a generator drew, one picture a seed; a part of it, `pictures[:4]` or `pictures[0]`, is the same again.

    Attributes:
        pixels: uint8 [N, H, W, C], C being 1, 3 or 4; of clips and voxel grids [N, T|D, H, W, C].
        seeds: the seed of each.
    """

    def __init__(self, name: str, pixels: Pixels, seeds: Sequence[int], words: Sequence[Words]) -> None:
        """`words` are what each file's metadata say of its origin: see inference.provenance."""
        self._name, self.pixels, self.seeds, self._words = name, pixels, tuple(seeds), tuple(words)

    def __len__(self) -> int:
        return len(self.pixels)

    @overload
    def __getitem__(self, place: int) -> Pictures: ...
    @overload
    def __getitem__(self, place: slice) -> Pictures: ...
    def __getitem__(self, place: int | slice) -> Pictures:
        if isinstance(place, int):
            place = range(len(self))[place]  # raises IndexError, and counts from the end
            place = slice(place, place + 1)
        return Pictures(self._name, self.pixels[place], self.seeds[place], self._words[place])

    def __iter__(self) -> Iterator[Pictures]:
        return (self[place] for place in range(len(self)))

    def images(self) -> list[Image]:
        """Each as Pillow has it; the frames of a clip, or the slices of a voxel grid, stand in a row."""
        from PIL import Image

        from ganstudio.inference.pixels import strips

        return [Image.fromarray(one[..., 0] if one.shape[-1] == 1 else one) for one in strips(self.pixels)]

    def save(self, folder: str | Path, kind: str = "png") -> list[Path]:
        """Writes a file a picture, with its origin in the metadata, as `ganstudio sample --out DIR` does.

        `kind` is png, webp or jpeg. Raises UsageError for another one.
        """
        from ganstudio.inference.pictures import SUFFIXES, write_picture
        from ganstudio.inference.pixels import strips

        kinds = [name for name in SUFFIXES if name != "npz"]
        if kind not in kinds:
            raise UsageError(f"pictures are not written as {kind!r}. {nearest(kind, kinds)}")
        files = [Path(folder) / f"{self._name}-seed{seed}{SUFFIXES[kind][0]}" for seed in self.seeds]
        Path(folder).mkdir(parents=True, exist_ok=True)
        for file, pixels, words in zip(files, strips(self.pixels), self._words, strict=True):
            write_picture(file, pixels, words, kind)
        return files

    def save_film(self, path: str | Path, fps: float = 24.0) -> Path:
        """Writes all, one after the other, as a .gif, .webp or .mp4. Raises UsageError for another suffix."""
        from ganstudio.inference.animation import SUFFIXES, check_codec, write_animation
        from ganstudio.inference.pixels import strips

        file = Path(path)
        if file.suffix.lower() not in SUFFIXES:
            raise UsageError(f"{file.name}: a film is a {', '.join(SUFFIXES)}.")
        check_codec(file.suffix.lower())
        file.parent.mkdir(parents=True, exist_ok=True)
        words = (self._words[0] | {"Seed": format_seeds(sorted(set(self.seeds)))}) if self._words else {}
        write_animation(file, strips(self.pixels), fps, words)
        return file

    def __repr__(self) -> str:
        return f"<{len(self)} pictures of {self._name}, seed {format_seeds(self.seeds)}>"

    def _repr_png_(self) -> bytes:
        """All of them in a sheet."""
        from ganstudio.inference.pixels import grid, png, square, strips

        flat = strips(self.pixels)
        return png(grid(flat, 1 if self.pixels.ndim == 5 else square(len(flat))), {})
