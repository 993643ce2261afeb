"""An exported generator, run by onnxruntime."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganstudio.errors import StudioError, UsageError
from ganstudio.inference.manifest import ExportManifest, TensorSpec, read_manifest
from ganstudio.inference.providers import AUTO, ProviderSession, open_session
from ganstudio.inference.sessions import failure_reason

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_VALUES = 2**22  # of a batch's images: 16 MB of them, and activations some tens of times that


class OnnxModel:
    """A generator from latents to images, clips or voxel grids.

    Attributes:
        path: the .onnx file.
        manifest: what the file says about itself.
        z_dim: the latent's size.
        classes: their names, in the order of the labels; empty where the model is not conditional.
        image_shape: (C, H, W), or (C, T|D, H, W) of clips and voxel grids.
        has_psi: whether it takes a truncation.
        batch: how many latents one call takes without taking much memory.
        provider: what runs it: `cpu`, `cuda`, ... as onnxruntime reports it after loading.
        provider_why: why that is not what `auto` would rather have; "" where it is.
    """

    def __init__(self, path: Path, manifest: ExportManifest, opened: ProviderSession) -> None:
        if manifest.z_dim is None:
            raise UsageError(f"{path}: a {manifest.task} model takes images, not seeds.", hint="ganstudio export list")
        self.path = path
        self.manifest = manifest
        self.z_dim = manifest.z_dim
        self.classes = manifest.classes
        self.image_shape = tuple(int(size) for size in manifest.image_shape)
        self.has_psi = manifest.has_psi
        self.batch = max(1, min(64, _MOST_VALUES // math.prod(self.image_shape)))
        self.provider, self.provider_why = opened.provider, opened.why
        self._session = opened.session
        self._inputs = {spec.name: spec for spec in manifest.inputs}
        _check_inputs(path, self._inputs, [tensor.name for tensor in self._session.get_inputs()])
        if "images" not in [tensor.name for tensor in self._session.get_outputs()]:
            raise UsageError(f"{path}: it is part of a generator; it has no output 'images'.")

    @classmethod
    def open(cls, path: str | Path, provider: str = AUTO) -> OnnxModel:
        """The model in an .onnx file that `ganstudio export` made.

        `provider` is `auto` (CUDA where a device answers, else the CPU) or a name that onnxruntime knows here. One
        that was asked for by name is used or refused, never replaced.

        Raises:
            UsageError: a file that is missing, damaged, without a manifest, or that takes no latents; a provider that
                cannot be had.
        """
        path = Path(path)
        manifest = read_manifest(path)
        if manifest is None:
            hint = "ganstudio export onnx RUN   # makes a file that can be sampled"
            raise UsageError(f"{path} carries no ganstudio manifest, so what its inputs mean is not known.", hint)
        return cls(path, manifest, open_session(path, provider))

    def generate(
        self,
        z: NDArray[np.float32],
        labels: NDArray[np.int64] | Sequence[int] | None = None,
        *,
        psi: float = 1.0,
        seeds: Sequence[int] | None = None,
        noise: Mapping[str, NDArray[np.float32]] | None = None,
        batch: int | None = None,
    ) -> NDArray[np.float32]:
        """Images float32 [N, C, H, W], or [N, C, T|D, H, W], in [-1, 1] of latents `z` float32 [N, z_dim].

        Args:
            labels: class indices [N]; needed by a conditional model, refused by any other.
            psi: truncation, for a model that has it; 1 changes nothing, and is all that any other takes.
            seeds: N numbers that the model's noise inputs are drawn from; needed where it has such inputs.
            noise: those inputs themselves, by name, in the place of what `seeds` draw.
            batch: latents in one call of onnxruntime, which bounds the memory; the model's own `batch` unless given.

        Raises:
            UsageError: an input of the wrong shape, or labels or truncation that the model has not.
            StudioError: onnxruntime failed, for lack of memory say.
        """
        import numpy as np

        batch = batch or self.batch
        z = np.asarray(z, np.float32, order="C")
        if z.ndim != 2 or z.shape[1] != self.z_dim:
            raise UsageError(f"{self.path.stem}: z must be [N, {self.z_dim}]; got {list(z.shape)}.")
        if psi != 1 and not self.has_psi:
            raise UsageError(f"{self.path.stem} has no truncation: psi must be 1; got {psi:g}.")
        feeds: dict[str, Any] = {"z": z}
        if (checked := self._labels(labels, len(z))) is not None:
            feeds["labels"] = checked
        images = np.empty((len(z), *self.image_shape), np.float32)
        for start in range(0, len(z), batch):
            part = slice(start, start + batch)
            feed = {name: value[part] for name, value in feeds.items()}
            if noise is None:
                feed |= self._noise(None if seeds is None else seeds[part], len(feed["z"]))
            else:
                feed |= {name: np.ascontiguousarray(values[part]) for name, values in noise.items()}
            if self.has_psi:
                feed["psi"] = np.asarray(psi, np.float32)
            self._run(feed, images[part])
        return images

    def _labels(self, labels: NDArray[np.int64] | Sequence[int] | None, count: int) -> NDArray[np.int64] | None:
        import numpy as np

        classes = len(self.manifest.classes)
        if "labels" not in self._inputs:
            if labels is not None:
                raise UsageError(f"{self.path.stem} is not conditional: it has no classes to choose from.")
            return None
        if labels is None:
            raise UsageError(f"{self.path.stem} is conditional: give labels, [N] from 0 to {classes - 1}.")
        array = np.asarray(labels, np.int64, order="C")
        if array.shape != (count,) or (count and (array.min() < 0 or array.max() >= classes)):
            legal = f"[{count}] from 0 to {classes - 1}"
            raise UsageError(f"{self.path.stem}: labels must be {legal}; got {list(array.shape)}.")
        return array

    def _noise(self, seeds: Sequence[int] | None, count: int) -> dict[str, NDArray[np.float32]]:
        from ganstudio.inference.latents import noise

        feed = {}
        for spec in self._inputs.values():
            if not spec.name.startswith("noise_"):
                continue
            if seeds is None or len(seeds) != count:
                raise UsageError(f"{self.path.stem} takes noise: give the seeds that it is drawn from, one a latent.")
            feed[spec.name] = noise(seeds, int(spec.name.removeprefix("noise_")), _sizes(spec))
        return feed

    def _run(self, feed: dict[str, Any], images: NDArray[np.float32]) -> None:
        """Fills `images` by one call. They are bound to it: a GPU's answer is copied once, straight to its place."""
        import numpy as np

        # a binding takes addresses, so what is fed is contiguous: see `generate` and `_labels`
        binding = self._session.io_binding()
        try:
            for name, value in feed.items():
                binding.bind_cpu_input(name, value)
            binding.bind_output("images", "cpu", 0, np.float32, images.shape, images.ctypes.data)
            binding.synchronize_inputs()
            self._session.run_with_iobinding(binding)
            binding.synchronize_outputs()
        except Exception as error:  # onnxruntime's errors share no base below Exception
            raise StudioError(f"{self.path.stem}: onnxruntime failed: {failure_reason(error)}") from error


def _check_inputs(path: Path, described: dict[str, TensorSpec], real: list[str]) -> None:
    """Refuses a file whose manifest tells of other inputs than its graph has, and inputs that a seed cannot fill."""
    if sorted(described) != sorted(real):
        raise UsageError(f"{path}: its manifest tells of {sorted(described)}, its graph takes {sorted(real)}.")
    for name in real:
        if name not in ("z", "labels", "psi") and not name.removeprefix("noise_").isdecimal():
            raise UsageError(f"{path}: its input {name!r} is not one that a seed can fill.")


def _sizes(spec: TensorSpec) -> list[int]:
    """A noise input's sizes after the batch."""
    return [int(size) for size in spec.shape[1:]]
