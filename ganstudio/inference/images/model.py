"""An exported network that is given pictures, run by onnxruntime.

Inputs of its graph:

- `source` float32 [N, C, H, W] in [-1, 1]: the picture. Of a network that fills holes it is 0 wherever `mask` is 1, so
  that nothing of what is to be replaced reaches the network.
- `labels` int64 [N]: the domain to translate to, of a network that has several.
- `mask` float32 [N, 1, H, W], of a network that fills holes: 1 where the picture is to be filled in, 0 elsewhere.
- `content_mean`, `content_std`, `style_mean`, `style_std` float32 [N, F] and `strength` float32 [N] in [0, 1], of a
  network that paints a picture in a style: see style/stylizer.py.

Output: `images` float32 [N, C', scale * H, scale * W] in [-1, 1].
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Self, assert_never

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ganstudio.errors import StudioError, UsageError, nearest, quoted
from ganstudio.inference.exports import WAYS
from ganstudio.inference.manifest import ExportManifest, read_manifest
from ganstudio.inference.providers import AUTO, open_session
from ganstudio.inference.sessions import failure_reason

Kind = Literal["sample", "upscale", "translate", "inpaint", "stylize"]  # the command that a model is for
STYLE_INPUTS = ("content_mean", "content_std", "style_mean", "style_std", "strength")

NOTHING: Mapping[str, ArrayLike] = MappingProxyType({})
_LEAST_SIDE = 16  # pixels: smaller pictures leave nothing of a network's innermost maps


class ImageModel:
    """A network from pictures to pictures.

    Attributes:
        path: the .onnx file.
        manifest: what the file says about itself.
        channels: of its source: 1, 3 or 4.
        channels_made: of its images.
        fixed: the only (H, W) that it takes; None where it takes any multiple of `manifest.multiple`.
        provider: what runs it, as onnxruntime reports it.
        provider_why: why that is not what `auto` would rather have; "" where it is.
        networks: how many it runs, one after the other; onnxruntime keeps the memory of each.
    """

    networks = 1

    def __init__(self, path: Path, manifest: ExportManifest, provider: str = AUTO) -> None:
        opened = open_session(path, provider)
        self.path, self.manifest = path, manifest
        self.provider, self.provider_why = opened.provider, opened.why
        self._session = opened.session
        self._one_at_a_time = threading.Lock()
        inputs = {spec.name: spec for spec in manifest.inputs}
        real = sorted(tensor.name for tensor in self._session.get_inputs())
        if sorted(inputs) != real:
            raise UsageError(f"{path}: its manifest tells of {sorted(inputs)}, its graph takes {real}.")
        if "source" not in inputs or inputs.keys() - {"source", *STYLE_INPUTS} - {"labels", "mask"}:
            raise UsageError(f"{path}: its inputs {real} are not those of a network that is given pictures.")
        channels, height, width = inputs["source"].shape[1:]
        made = manifest.image_shape[0]
        if channels not in (1, 3, 4) or made not in (1, 3, 4):
            raise UsageError(f"{path}: a picture has 1, 3 or 4 channels; it takes {channels} and makes {made}.")
        self.channels, self.channels_made = int(channels), int(made)
        if kind_of(manifest) in ("upscale", "inpaint") and channels != made:
            raise UsageError(f"{path}: it takes {channels} channels and makes {made}; a picture is to keep its own.")
        free = isinstance(height, str) or isinstance(width, str)
        self.fixed = None if free else (int(height), int(width))

    @classmethod
    def open(cls, path: str | Path, kind: Kind, provider: str = AUTO) -> Self:
        """The model in an .onnx file that `ganstudio export` made, if it is one for the command `kind`.

        Raises:
            UsageError: a file that is missing, damaged, without a manifest, or for another command; a provider that
                cannot be had.
        """
        path = Path(path)
        manifest = read_manifest(path)
        if manifest is None:
            raise UsageError(
                f"{path} carries no ganstudio manifest, so what its inputs mean is not known.",
                "ganstudio export onnx RUN   # makes a file that says it",
            )
        check_kind(manifest, path, kind)
        return cls(path, manifest, provider)

    @property
    def scale(self) -> int:
        return self.manifest.scale

    def takes(self, name: str) -> bool:
        """Whether its graph has an input of that name."""
        return any(spec.name == name for spec in self.manifest.inputs)

    def label(self, domain: str | None) -> int | None:
        """The label of a domain; None for a model of one way, which may be told the one that it translates to.

        Raises UsageError where a name is no domain of it.
        """
        names, way = self.manifest.classes, self.manifest.translates
        if not self.takes("labels"):
            if domain is None or domain in way[1:]:
                return None
            told, back = f"{way[0]} to {way[1]}" if way else "in one way", self._translates_back(domain)
            instead = f"{back} makes {domain}" if back else "leave --domain out"
            hint = f"--model {quoted(back)}" if back else None
            raise UsageError(f"--domain: {self.path.stem} translates {told} alone: {instead}.", hint)
        if domain is None:
            raise UsageError(f"which domain? {self.path.stem} translates to: {', '.join(names)}.", "--domain NAME")
        if domain not in names:
            raise UsageError(f"--domain: {domain!r} is no domain of {self.path.stem}. {nearest(domain, names)}")
        return names.index(domain)

    def _translates_back(self, domain: str) -> str | None:
        """The name of the network beside this one that makes `domain`; None where there is no such."""
        stem, _, way = self.path.stem.rpartition(".")
        known = domain in self.manifest.translates[:1] and way in WAYS
        return f"{stem}.{WAYS[1 - WAYS.index(way)]}" if known else None

    def padded_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """The (H, W) that a picture of `size` has to be filled up to, where the network takes it whole."""
        if self.fixed:
            return max(size[0], self.fixed[0]), max(size[1], self.fixed[1])
        step = self.manifest.multiple
        height, width = (max(-(-side // step), -(-_LEAST_SIDE // step), 4 if step > 1 else 1) * step for side in size)
        return height, width

    def run(
        self,
        source: NDArray[np.float32],
        given: Mapping[str, ArrayLike] = NOTHING,
        mask: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Images [N, C', scale * H, scale * W] in [-1, 1] of `source` [N, C, H, W]; see the inputs above.

        `given` are the inputs besides picture and mask, by name, without their batch: all pictures get the same.

        Of threads that call it one is served at a time: onnxruntime takes all cores, and memory once.

        Raises:
            StudioError: onnxruntime failed, for lack of memory say, or made images of another size.
        """
        count, _, height, width = source.shape
        feed: dict[str, Any] = {"source": np.ascontiguousarray(source)}
        for name, value in given.items():
            dtype = np.int64 if name == "labels" else np.float32
            feed[name] = np.repeat(np.asarray(value, dtype)[None], count, 0)
        if mask is not None:
            feed["mask"] = np.ascontiguousarray(mask)
        try:
            with self._one_at_a_time:
                [images] = self._session.run(["images"], feed)
        except Exception as error:  # onnxruntime's errors share no base below Exception
            raise StudioError(f"{self.path.stem}: onnxruntime failed: {failure_reason(error)}") from error
        wanted = (count, self.channels_made, self.scale * height, self.scale * width)
        if images.shape != wanted:
            raise StudioError(
                f"{self.path.stem}: of {width} x {height} px it made images {list(images.shape)}, not {list(wanted)}: "
                "its manifest is of another network.",
                f"ganstudio export verify {quoted(self.path)}",
            )
        answer: NDArray[np.float32] = images.astype(np.float32, copy=False)
        return answer


def kind_of(manifest: ExportManifest) -> Kind:
    """The command that a model is for."""
    names = {spec.name for spec in manifest.inputs}
    if "source" not in names:
        return "sample"
    if "mask" in names:
        return "inpaint"
    if "strength" in names:
        return "stylize"
    return "upscale" if manifest.scale > 1 else "translate"


_DOES = {
    "sample": "draws pictures from seeds and is given none",
    "upscale": "enlarges pictures",
    "translate": "translates pictures",
    "inpaint": "fills holes in pictures",
    "stylize": "paints pictures in a style",
}


def check_kind(
    manifest: ExportManifest, path: Path, wanted: Kind, known: Sequence[str] = (), flag: str = "--model"
) -> None:
    """Raises UsageError where a model is for another command than `wanted`, which it names; `known` are right ones."""
    kind = kind_of(manifest)
    if kind != wanted:
        such = f", as {', '.join(known)} does" if len(known) == 1 else f", as {', '.join(known)} do" if known else ""
        message = f"{flag}: {path.stem} {_DOES[kind]}; `{wanted}` needs one that {_DOES[wanted]}{such}."
        raise UsageError(message, command_for(kind, path.stem))


def command_for(kind: Kind, model: str) -> str:
    """What is to be typed with a model of that kind."""
    match kind:
        case "sample":
            return f"ganstudio sample --model {quoted(model)} --seed 0-63"
        case "inpaint":
            return f"ganstudio inpaint IMAGE --mask FILE --model {quoted(model)} --out DIR"
        case "upscale":
            return f"ganstudio upscale IMAGE --model {quoted(model)} --out DIR"
        case "translate":
            return f"ganstudio translate IMAGE --model {quoted(model)} --out DIR"
        case "stylize":
            return f"ganstudio stylize IMAGE --style FILE --model {quoted(model)} --out DIR"
        case _:
            assert_never(kind)
