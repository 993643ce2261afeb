"""Pictures from seeds or from a content, in a style that is named or that the seed chooses, and enlarged at will."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.whole_picture import WholePicture
from ganstudio.inference.images.subject import Subject
from ganstudio.inference.images.upscale import Upscale
from ganstudio.inference.latent.generator_styles import GeneratorStyle, GeneratorStyles
from ganstudio.inference.pictures import Carried
from ganstudio.inference.provenance import picture_words, words_of_made
from ganstudio.inference.style.chosen_styles import Style, mix_name
from ganstudio.inference.style.stylize import Stylize

_STREAMS = {"generator": 1_000_001, "stylizer": 1_000_002}  # of what a seed chooses, far from those of its noise


class Painting(NamedTuple):
    """One picture of `art`: the styles that are named for it, or that its seed chose; None and () where there is no
    such part.
    """

    seed: int
    drawn: GeneratorStyle | None
    painted: tuple[Style, ...]

    @property
    def words(self) -> str:
        """`class wren, painted in starry`"""
        painted = f"painted in {mix_name(self.painted)}" if self.painted else ""
        return ", ".join(filter(None, ["" if self.drawn is None else self.drawn.words, painted]))


class Finished(NamedTuple):
    """Pixels uint8 [H, W, C], what their file says, and what it takes over from a content; None without one."""

    pixels: NDArray[np.uint8]
    words: dict[str, str]
    carried: Carried | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Stages:
    """What pictures are made by: a generator or a content, a stylizer, and what enlarges them, each where it is there.

    `work` has the model, strength and colours that pictures are painted with; its own styles are not looked at.
    """

    generator: GeneratorStyles | None
    content: Subject | None
    work: Stylize | None
    upscale: Upscale | None

    def make(self, painting: Painting, scratch: Path) -> Finished:
        """One picture. Giant pixels lie in the folder `scratch` meanwhile.

        Raises StudioError where onnxruntime fails, DataError for a content of one place.
        """
        if self.content is not None:
            whole = self.content.picture
        else:
            assert self.generator is not None
            whole = whole_of(self.generator.picture(painting.seed, painting.drawn))
        pixels, carried = _own_pixels(whole), Carried(b"", whole.exif, whole.xmp)
        notes: tuple[str, ...] = ()
        if self.work is not None:
            work = Stylize(
                self.work.model, self.work.cut, painting.painted, self.work.strength, self.work.keep_colour, seams=None
            )
            made = work.make(whole, scratch)
            pixels, carried, notes = made.pixels, made.carried, made.notes
        if self.upscale is not None:
            larger = self.upscale.make(whole_of(pixels), scratch)
            size = larger.pixels.shape[0], larger.pixels.shape[1]
            pixels, carried = larger.pixels, Carried(b"", whole.exif_for(size), carried.xmp)
        return Finished(pixels, self._words(painting), None if self.content is None else carried, notes)

    def _words(self, painting: Painting) -> dict[str, str]:
        if self.generator is not None:
            whole = self.generator.model.whole
            labels = self.generator.labels(painting.seed, painting.drawn)
            classes = [] if labels is None else [whole.classes[labels[0]]]
            words = picture_words(whole.path.stem, whole.manifest.sha256, str(painting.seed), classes)
        else:
            assert self.work is not None
            assert self.content is not None
            model = self.work.model
            key = hashlib.sha256(f"{self.content.name}\n{painting.words}".encode(errors="surrogatepass")).hexdigest()
            words = words_of_made(model.path.stem, model.manifest.sha256, key)
        more = {"Style": painting.words}
        if self.generator is not None and self.work is not None:
            more["Through"] = self.work.model.path.stem
        if self.upscale is not None:
            more["Enlarged"] = f"{self.upscale.model.scale} times by {self.upscale.model.path.stem}"
        return words | {key: word for key, word in more.items() if word}


def chosen(count: int, seed: int, part: str) -> int:
    """The place, of `count`, that a seed chooses for the `generator` or the `stylizer`: the same in every call."""
    return int(np.random.RandomState((seed, _STREAMS[part])).randint(count))


def paintings(
    seeds: Sequence[int],
    drawn: GeneratorStyle | None,
    generator: GeneratorStyles | None,
    painted: Sequence[Style],
    saved: Sequence[Style],
) -> list[Painting]:
    """A painting a seed: in the styles that are named, `drawn` and `painted`; where there is none, as the seed chooses.

    `saved` are the styles of the stylizer that may be chosen.
    """
    all_drawn = generator.all if generator is not None else ()
    made = []
    for seed in seeds:
        own = drawn or (all_drawn[chosen(len(all_drawn), seed, "generator")] if all_drawn else None)
        mix = tuple(painted) or ((saved[chosen(len(saved), seed, "stylizer")],) if saved else ())
        made.append(Painting(seed, own, mix))
    return made


def whole_of(pixels: NDArray[np.uint8]) -> WholePicture:
    """Pixels [H, W, C] as a picture that was read."""
    if pixels.shape[2] in (1, 3):
        return WholePicture(pixels, None)
    return WholePicture(np.ascontiguousarray(pixels[..., :-1]), np.ascontiguousarray(pixels[..., -1]))


def _own_pixels(whole: WholePicture) -> NDArray[np.uint8]:
    return whole.colours if whole.alpha is None else np.dstack([whole.colours, whole.alpha])
