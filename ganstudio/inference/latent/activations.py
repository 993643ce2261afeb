"""What the layers of a generator make of a latent: their maps, and how these are distributed.

The tensors behind each activation are added to the graph's outputs in memory; the file stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import StudioError, UsageError
from ganstudio.inference.explore import Point
from ganstudio.inference.latent.point_model import PointModel
from ganstudio.inference.latents import noise
from ganstudio.inference.sessions import cpu_session, failure_reason

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_ACTIVATIONS = frozenset(
    ("Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Celu", "Tanh", "Sigmoid", "Softplus", "Gelu", "Mish", "HardSwish")
)
_WEIGHTS = frozenset(("Conv", "ConvTranspose"))  # looked at where no activation has maps
SHOWN_DEVIATIONS = 3.0  # that grey goes up to, and down to, around a layer's mean


@dataclass(frozen=True)
class Layer:
    """A tensor [N, maps, height, width] of the graph."""

    tensor: str
    kind: str
    maps: int
    height: int
    width: int


@dataclass(frozen=True, eq=False)
class Maps:
    """What a layer makes of one latent: float32 [C, H, W]."""

    layer: Layer
    values: Floats

    @property
    def mean(self) -> float:
        return float(self.values.mean(dtype=np.float64))

    @property
    def deviation(self) -> float:
        return float(self.values.std(dtype=np.float64))

    @property
    def means(self) -> Doubles:
        """[C]"""
        found: Doubles = self.values.mean((1, 2), np.float64)
        return found

    @property
    def deviations(self) -> Doubles:
        """[C]"""
        found: Doubles = self.values.std((1, 2), np.float64)
        return found

    @property
    def flat(self) -> int:
        """How many maps are the same everywhere."""
        return int((np.ptp(self.values, axis=(1, 2)) == 0).sum())

    def tiles(self) -> NDArray[np.uint8]:
        """Pixels [C, H, W, 1]: the layer's mean is grey, three of its deviations are black and white."""
        scaled = (self.values - self.mean) / (SHOWN_DEVIATIONS * self.deviation or 1.0)
        grey: NDArray[np.uint8] = np.clip(np.rint(127.5 + 127.5 * scaled), 0, 255).astype(np.uint8)[..., None]
        return grey


class Activations:
    """The layers of a model, in the order in which an image passes them."""

    def __init__(self, model: PointModel) -> None:
        """Opens the graph that latents enter. Raises StudioError where onnxruntime cannot load it."""
        import onnx

        self._model = model
        self._path, _ = model.latent.entry
        graph = onnx.load(self._path)
        nodes = [node for node in graph.graph.node if node.op_type in _ACTIVATIONS | _WEIGHTS and node.output[0]]
        there = {one.name for one in graph.graph.output}
        new = [
            onnx.helper.make_empty_tensor_value_info(node.output[0]) for node in nodes if node.output[0] not in there
        ]
        graph.graph.output.extend(new)
        try:
            self._session: Any = cpu_session(graph.SerializeToString())
        except Exception as error:  # onnxruntime's errors share no base below Exception
            raise StudioError(f"{self._path}: onnxruntime cannot load it: {failure_reason(error)}") from error
        self.layers = _layers(self._session, {str(node.output[0]): str(node.op_type) for node in nodes})
        if not self.layers:
            raise UsageError(f"{self._path.name} has no layers whose maps could be shown.")

    def maps(self, point: Point, place: int) -> Maps:
        """What layer number `place` makes of a point. Raises StudioError where onnxruntime fails."""
        layer = self.layers[place]
        latents = self._model.edited(point)[None]
        feed = {one.name: self._input(one, latents, point) for one in self._session.get_inputs()}
        try:
            (values,) = self._session.run([layer.tensor], feed)
        except Exception as error:  # onnxruntime's errors share no base below Exception
            raise StudioError(f"{self._path}: onnxruntime failed: {failure_reason(error)}") from error
        return Maps(layer, np.asarray(values[0], np.float32))

    def _input(self, given: Any, latents: Floats, point: Point) -> NDArray[Any]:
        match given.name:
            case "ws":
                return np.ascontiguousarray(latents)
            case "z":
                return np.ascontiguousarray(latents[:, 0])
            case "psi":
                return np.array(point.psi, np.float32)
            case "labels":
                return np.array([point.label or 0], np.int64)
        return noise([point.noise], int(given.name.removeprefix("noise_")), [int(side) for side in given.shape[1:]])


def radial_power(maps: Floats) -> Doubles:
    """The mean power of maps [C, H, W] at each frequency, in cycles a map: 0, 1, 2, ... up to half of the short side.

    Power is |F|^2 / (H W)^2, so that it adds up, over all frequencies, to the mean of squares. Each map's mean is left
    out.
    """
    _, height, width = maps.shape
    away = maps.astype(np.float64) - maps.mean((1, 2), np.float64)[:, None, None]
    power = (np.abs(np.fft.fft2(away)) ** 2).mean(0) / (height * width) ** 2
    side = min(height, width)
    y, x = (np.fft.fftfreq(length) * side for length in (height, width))
    rings = np.rint(np.hypot(y[:, None], x)).astype(int)
    count = side // 2 + 1
    inside = rings < count
    sums = np.bincount(rings[inside], power[inside], count)
    found: Doubles = sums / np.maximum(np.bincount(rings[inside], minlength=count), 1)
    return found


def _layers(session: Any, kinds: dict[str, str]) -> tuple[Layer, ...]:
    """The outputs that are maps: those behind activations; of a graph that has none, those behind weights."""
    found = []
    for output in session.get_outputs():
        shape = output.shape
        if output.name in kinds and len(shape) == 4 and all(isinstance(side, int) for side in shape[1:]):
            _, maps, height, width = shape
            if min(height, width) > 1:
                found.append(Layer(output.name, kinds[output.name], maps, height, width))
    order = {name: place for place, name in enumerate(kinds)}
    found.sort(key=lambda layer: order[layer.tensor])
    return tuple(layer for layer in found if layer.kind in _ACTIVATIONS) or tuple(found)
