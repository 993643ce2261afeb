"""An exported generator, run by onnxruntime."""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganstudio.errors import StudioError, UsageError
from ganstudio.inference.manifest import Manifest, TensorSpec, read_manifest
from ganstudio.runs.devices import nvidia_driver

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CUDA, _CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
_MOST_VALUES = 2**22  # of a batch's images: 16 MB of them, and activations some tens of times that
_NVIDIA = ("cuda", "tensorrt", "nvtensorrtrtx")
_CPU_HINT = "--provider cpu"
_SILENT = 4  # onnxruntime's severities run from 0 (verbose) to 4 (fatal); what fails is raised besides being logged


class OnnxModel:
    """A generator from latents to images, clips or voxel grids.

    Attributes:
        path: the .onnx file.
        manifest: what the file says about itself.
        z_dim: the latent's size.
        batch: how many latents one call takes without taking much memory.
        provider: what runs it: `cpu`, `cuda`, ... as onnxruntime reports it after loading.
    """

    def __init__(self, path: Path, manifest: Manifest, session: Any) -> None:
        if manifest.z_dim is None:
            raise UsageError(f"{path}: a {manifest.task} model takes images, not seeds.", hint="ganstudio export list")
        self.path = path
        self.manifest = manifest
        self.z_dim = manifest.z_dim
        self.batch = max(1, min(64, _MOST_VALUES // math.prod(self._image_shape())))
        self.provider = _short(session.get_providers()[0])
        self._session = session
        self._inputs = {spec.name: spec for spec in manifest.inputs}
        _check_inputs(path, self._inputs, [given.name for given in session.get_inputs()])
        if "images" not in [given.name for given in session.get_outputs()]:
            raise UsageError(f"{path}: it is part of a generator; it has no output 'images'.")

    @classmethod
    def open(cls, path: str | Path, provider: str = "auto") -> OnnxModel:
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
            hint = "ganstudio export onnx RUN makes a file that can be sampled."
            raise UsageError(f"{path} carries no ganstudio manifest, so what its inputs mean is not known.", hint)
        return cls(path, manifest, _session(path, provider))

    def generate(
        self,
        z: NDArray[np.float32],
        labels: NDArray[np.int64] | Sequence[int] | None = None,
        *,
        psi: float = 1.0,
        seeds: Sequence[int] | None = None,
        batch: int | None = None,
    ) -> NDArray[np.float32]:
        """Images float32 [N, C, H, W], or [N, C, T|D, H, W], in [-1, 1] of latents `z` float32 [N, z_dim].

        Args:
            labels: class indices [N]; needed by a conditional model, refused by any other.
            psi: truncation, for a model that has it; 1 changes nothing.
            seeds: N numbers that the model's noise inputs are drawn from; needed where it has such inputs.
            batch: latents in one call of onnxruntime, which bounds the memory; the model's own `batch` unless given.

        Raises:
            UsageError: an input of the wrong shape, or labels that the model has not.
            StudioError: onnxruntime failed, for lack of memory say.
        """
        import numpy as np

        batch = batch or self.batch
        z = np.asarray(z, np.float32)
        if z.ndim != 2 or z.shape[1] != self.z_dim:
            raise UsageError(f"{self.path}: z must be [N, {self.z_dim}]; got {list(z.shape)}.")
        feeds: dict[str, Any] = {"z": z}
        if (checked := self._labels(labels, len(z))) is not None:
            feeds["labels"] = checked
        chunks = []
        for start in range(0, len(z), batch):
            part = slice(start, start + batch)
            feed = {name: value[part] for name, value in feeds.items()}
            feed |= self._noise(None if seeds is None else seeds[part], len(feed["z"]))
            if "psi" in self._inputs:
                feed["psi"] = np.asarray(psi, np.float32)
            chunks.append(self._run(feed))
        return np.concatenate(chunks) if chunks else np.empty((0, *self._image_shape()), np.float32)

    def _labels(self, labels: NDArray[np.int64] | Sequence[int] | None, count: int) -> NDArray[np.int64] | None:
        import numpy as np

        classes = len(self.manifest.classes)
        if "labels" not in self._inputs:
            if labels is not None:
                raise UsageError(f"{self.path} is not conditional: it has no classes to choose from.")
            return None
        if labels is None:
            raise UsageError(f"{self.path} is conditional: give labels, [N] from 0 to {classes - 1}.")
        given = np.asarray(labels, np.int64)
        if given.shape != (count,) or (count and (given.min() < 0 or given.max() >= classes)):
            raise UsageError(f"{self.path}: labels must be [{count}] from 0 to {classes - 1}; got {list(given.shape)}.")
        return given

    def _noise(self, seeds: Sequence[int] | None, count: int) -> dict[str, NDArray[np.float32]]:
        from ganstudio.inference.latents import noise

        drawn = {}
        for spec in self._inputs.values():
            if not spec.name.startswith("noise_"):
                continue
            if seeds is None or len(seeds) != count:
                raise UsageError(f"{self.path} takes noise: give the seeds that it is drawn from, one a latent.")
            drawn[spec.name] = noise(seeds, int(spec.name.removeprefix("noise_")), _sizes(spec))
        return drawn

    def _run(self, feed: dict[str, Any]) -> NDArray[np.float32]:
        try:
            images: NDArray[np.float32] = self._session.run(["images"], feed)[0]
        except Exception as error:  # onnxruntime's errors share no base below Exception
            raise StudioError(f"{self.path}: onnxruntime failed: {_reason(error)}") from error
        return images

    def _image_shape(self) -> tuple[int, ...]:
        return tuple(int(size) for size in self.manifest.image_shape)


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


def _session(path: Path, asked: str) -> Any:
    """An onnxruntime session on the provider that was asked for. Raises UsageError."""
    import onnxruntime

    onnxruntime.set_default_logger_severity(_SILENT)
    wanted = _provider(asked, onnxruntime.get_available_providers())
    if wanted == _CUDA and hasattr(onnxruntime, "preload_dlls"):
        # It prints on stdout what it misses; whether CUDA came up is read off the session below.
        with contextlib.redirect_stdout(io.StringIO()):
            onnxruntime.preload_dlls()
    try:
        session = _load(path, [wanted] if wanted == _CPU else [wanted, _CPU])
    except StudioError:
        if asked != "auto" or wanted == _CPU:
            raise
        return _load(path, [_CPU])
    if asked != "auto" and session.get_providers()[0] != wanted:
        raise UsageError(f"provider {asked}: onnxruntime could not start it on this machine.", _CPU_HINT)
    return session


def _load(path: Path, providers: list[str]) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = _SILENT
    # A batch of 64 took nearly twice as long with threads that spin while they wait, on two cores that others share.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        # Its own fallback prints a banner on stdout and goes on with the CPU.
        return onnxruntime.InferenceSession(str(path), options, providers=providers, enable_fallback=0)
    except Exception as error:  # onnxruntime's errors share no base below Exception
        on = f" on {_short(providers[0])}" if providers[0] != _CPU else ""
        raise UsageError(f"{path}: onnxruntime cannot load it{on}: {_reason(error)}") from error


def _provider(asked: str, available: list[str]) -> str:
    """onnxruntime's name of what was asked for. Raises UsageError for one that is not here.

    onnxruntime-gpu lists CUDA whether or not there is a GPU, and complains on the terminal when it is then tried.
    """
    nvidia = nvidia_driver()
    known = {
        _short(one): one for one in available if nvidia or _short(one) not in ("cuda", "tensorrt", "nvtensorrtrtx")
    }
    if asked == "auto":
        return known.get("cuda", _CPU)
    if asked not in known:
        why = ": no NVIDIA driver is on this machine" if asked in map(_short, available) else ""
        raise UsageError(f"provider {asked} cannot be had{why}. Here: auto, {', '.join(sorted(known))}.", _CPU_HINT)
    return known[asked]


def _short(provider: str) -> str:
    """`CUDAExecutionProvider` -> `cuda`."""
    return provider.removesuffix("ExecutionProvider").lower()


def _reason(error: Exception) -> str:
    """onnxruntime's message without its code: `[ONNXRuntimeError] : 7 : INVALID_PROTOBUF : Load model ...`."""
    return str(error).rpartition(" : ")[2].strip() or type(error).__name__
