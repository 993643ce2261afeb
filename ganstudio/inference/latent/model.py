"""A generator that can be stopped half-way: latents are changed there, and drawn from then on.

A generator with styles has two halves beside it, z -> ws and ws -> images: its latents are ws [N, L, D], as StyleGAN
(Karras et al. 2019, arXiv:1812.04948) edits them. Of any other they are z, written [N, 1, z_dim].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ganstudio.errors import StudioError, UsageError
from ganstudio.inference.exports import HALVES
from ganstudio.inference.latent.mean import stored_mean
from ganstudio.inference.latents import noise
from ganstudio.inference.manifest import ExportManifest, TensorSpec, read_manifest
from ganstudio.inference.model import OnnxModel
from ganstudio.inference.providers import AUTO, open_session
from ganstudio.inference.sessions import failure_reason

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

MEAN_OVER = 10_000  # latents, where a mapping half does not keep the mean of its ws


@dataclass(frozen=True)
class Half:
    """One half of a generator with styles."""

    path: Path
    manifest: ExportManifest
    session: Any

    @classmethod
    def open(cls, path: Path, provider: str) -> Half:
        manifest = read_manifest(path)
        if manifest is None:
            raise UsageError(f"{path} carries no ganstudio manifest.", "ganstudio export onnx RUN")
        return cls(path, manifest, open_session(path, provider).session)

    def run(self, output: str, feed: dict[str, Any]) -> Any:
        """The tensor called `output`. Raises StudioError where onnxruntime fails."""
        wanted = {spec.name: feed[spec.name] for spec in self.manifest.inputs if spec.name in feed}
        try:
            return self.session.run([output], wanted)[0]
        except Exception as error:  # onnxruntime's errors share no base below Exception
            raise StudioError(f"{self.path.stem}: onnxruntime failed: {failure_reason(error)}") from error


class LatentModel:
    """An export whose latents are float32 [N, layers, size]: ws of a generator with styles, z of any other.

    Attributes:
        whole: the export itself.
        space: `w` or `z`.
        layers, size: L and D of ws; 1 and z_dim of z.
        layer_px: the size in pixels of the map that each layer of ws works on; () in z and where that is not known.
        mean: [layers, size], what truncation pulls towards; zeros in z.
        centres: those found so far that truncation pulls towards instead, by their number; see truncation.py.
    """

    def __init__(self, whole: OnnxModel, mapping: Half | None = None, synthesis: Half | None = None) -> None:
        import numpy as np

        self.whole, self._mapping, self._synthesis = whole, mapping, synthesis
        self.space: Literal["z", "w"] = "z"
        self.layers, self.size = 1, whole.z_dim
        self.layer_px: tuple[int, ...] = ()
        self.mean: Floats = np.zeros((1, self.size), np.float32)
        self.centres: dict[int, Floats] = {}
        if mapping is not None and synthesis is not None:
            self.space = "w"
            ws = next(spec for spec in synthesis.manifest.inputs if spec.name == "ws")
            self.layers, self.size = (int(side) for side in ws.shape[1:])
            self.layer_px = layer_px_of(synthesis.manifest.inputs, self.layers)
            stored = stored_mean(mapping.path, self.layers, self.size)
            self.mean = self._measured_mean() if stored is None else stored

    @classmethod
    def open(cls, path: str | Path, provider: str = AUTO) -> LatentModel:
        """The export in an .onnx file, with the halves that lie beside it. Raises UsageError as OnnxModel.open does."""
        return cls.of(OnnxModel.open(path, provider))

    @classmethod
    def of(cls, whole: OnnxModel) -> LatentModel:
        """An export that is open already, with the halves that lie beside it."""
        halves = [whole.path.with_name(f"{whole.path.stem}.{half}.onnx") for half in HALVES]
        if not all(half.is_file() for half in halves):
            return cls(whole)
        mapping, synthesis = (Half.open(half, whole.provider) for half in halves)
        return cls(whole, mapping, synthesis)

    @property
    def classes(self) -> tuple[str, ...]:
        return self.whole.classes

    @property
    def noise_shapes(self) -> dict[str, list[int]]:
        """The sizes after the batch of each noise input, by its name."""
        inputs = (self.whole if self._synthesis is None else self._synthesis).manifest.inputs
        return {spec.name: [int(side) for side in spec.shape[1:]] for spec in inputs if spec.name.startswith("noise_")}

    @property
    def entry(self) -> tuple[Path, str]:
        """The file that latents are put into, and the name of that input."""
        return (self.whole.path, "z") if self._synthesis is None else (self._synthesis.path, "ws")

    @property
    def shape(self) -> tuple[int, int]:
        """(layers, size)"""
        return self.layers, self.size

    def latents(self, z: Floats, labels: Sequence[int] | None = None) -> Floats:
        """Latents [N, layers, size] of `z` [N, z_dim], not truncated; `labels` as OnnxModel.generate takes them."""
        import numpy as np

        if self._mapping is None:
            return np.asarray(z, np.float32)[:, None]
        feed: dict[str, Any] = {"z": np.asarray(z, np.float32)}
        if labels is not None:
            feed["labels"] = np.asarray(labels, np.int64)
        ws: Floats = self._mapping.run("ws", feed)
        return ws

    def images(
        self,
        latents: Floats,
        labels: Sequence[int] | None = None,
        *,
        seeds: Sequence[int] | None = None,
        psi: float = 1.0,
        noise: Mapping[str, Floats] | None = None,
    ) -> Floats:
        """Images float32 [N, C, H, W] in [-1, 1] of latents [N, layers, size].

        `seeds` are what noise inputs are drawn from unless `noise` has them by name, `labels` the classes of a
        conditional model. `psi` is the truncation of a model that has it: in w every layer moves towards the mean; see
        truncation.py for other ways.
        """
        import numpy as np

        if self._synthesis is None:
            return self.whole.generate(latents[:, 0], labels, psi=psi, seeds=seeds, noise=noise)
        moved = latents if psi == 1 else self.mean + np.float32(psi) * (latents - self.mean)
        images = np.empty((len(latents), *self.whole.image_shape), np.float32)
        for start in range(0, len(latents), self.whole.batch):
            part = slice(start, start + self.whole.batch)
            feed = {"ws": np.ascontiguousarray(moved[part], np.float32)}
            if noise is None:
                feed |= self._noise(None if seeds is None else seeds[part], len(feed["ws"]))
            else:
                feed |= {name: np.ascontiguousarray(values[part]) for name, values in noise.items()}
            images[part] = self._synthesis.run("images", feed)
        return images

    def _noise(self, seeds: Sequence[int] | None, count: int) -> dict[str, Floats]:
        shapes = self.noise_shapes
        if shapes and (seeds is None or len(seeds) != count):
            raise UsageError(f"{self.whole.path.stem} takes noise: give the seeds that it is drawn from, one a latent.")
        return {name: noise(seeds or (), int(name.removeprefix("noise_")), shape) for name, shape in shapes.items()}

    def _measured_mean(self) -> Floats:
        """The mean of ws over 10,000 latents, classes in turn: for halves of versions that did not keep it."""
        import numpy as np

        z = np.random.RandomState(0).randn(MEAN_OVER, self.whole.z_dim).astype(np.float32)
        turns = np.arange(MEAN_OVER) % len(self.classes) if self.classes else None
        total = np.zeros((self.layers, self.size))
        for start in range(0, MEAN_OVER, 1000):
            part = slice(start, start + 1000)
            total += self.latents(z[part], None if turns is None else turns[part].tolist()).sum(0, np.float64)
        return (total / MEAN_OVER).astype(np.float32)


def layer_px_of(inputs: Sequence[TensorSpec], layers: int) -> tuple[int, ...]:
    """The short side of each layer's noise, in pixels; what has no noise of its own works where the last one does."""
    sides = {
        int(spec.name.removeprefix("noise_")): min(int(side) for side in spec.shape[-2:])
        for spec in inputs
        if spec.name.startswith("noise_")
    }
    if sorted(sides) != list(range(len(sides))) or not sides:
        return ()
    return tuple(sides[min(layer, len(sides) - 1)] for layer in range(layers))
