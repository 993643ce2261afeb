"""The beginning of a generator's ONNX graph: what is computed of its latents first, read by running it that far."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import UsageError
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.sessions import cpu_session

Rows = NDArray[np.float64]

_LINEAR = ("MatMul", "Gemm", "Conv", "ConvTranspose")
_PASSING = (
    *("Reshape", "Unsqueeze", "Squeeze", "Flatten", "Transpose", "Identity", "Cast", "Expand", "Concat"),
    *("Gather", "Slice", "Split"),
)
_WITH_CONSTANTS = ("Mul", "Div", "Add", "Sub")  # linear where the other operand is no latent
_ACTIVATIONS = (
    *("Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Celu", "Tanh", "Sigmoid", "Softplus", "Gelu", "Mish"),
    *("HardSwish", "Clip", "ThresholdedRelu"),
)
_LINEAR_WITHIN = 1e-3  # of a weight's size: what is not linear is further off
_BATCH = 256


class GraphStart:
    """The first tensors that a model computes of its latents."""

    def __init__(self, model: LatentModel) -> None:
        import onnx

        self.model = model
        self.path, self.input = model.entry
        self._graph = onnx.load(self.path)
        self._nodes = list(self._graph.graph.node)

    def first_weights(self, layers: slice) -> Rows:
        """What a step along each of D numbers of a latent, in all chosen layers, adds to the first sums [outputs, D].

        Raises UsageError where latents enter no weights first, but something that is not linear.
        """
        names, blocked = self._first_linear()
        if not names:
            why = f": they enter {blocked} first" if blocked else ""
            where = f"{self.path.name} holds no weights that {self.input} goes into first{why}"
            model = self.model.whole.path.stem
            raise UsageError(f"--from sefa: {where}.", f"ganstudio directions find {model} --from pca")
        size = self.model.size
        steps = np.zeros((size + 2, *self.model.shape), np.float32)
        steps[:size, layers] = np.eye(size, dtype=np.float32)[:, None]
        steps[size + 1, layers] = 2.0
        found = [self.run(name, steps).astype(np.float64) for name in names]
        rows = np.concatenate([one.reshape(len(steps), -1) for one in found], axis=1)
        weights = rows[:size] - rows[size]
        apart = np.abs(rows[size + 1] - rows[size] - 2 * weights.sum(0)).max()
        if apart > _LINEAR_WITHIN * max(float(np.abs(weights).sum(0).max()), 1e-12):
            raise UsageError(f"--from sefa: what {self.path.name} computes of {self.input} first is not linear.")
        matrix: Rows = weights.T
        return matrix

    def first_activation(self) -> str:
        """The name of the first tensor behind weights and an activation; behind weights alone where there is none."""
        dependent = {self.input}
        weighted: set[str] = set()
        for node in self._nodes:
            if not dependent & set(node.input):
                continue
            dependent |= set(node.output)
            if weighted & set(node.input):
                if node.op_type in _ACTIVATIONS:
                    return str(node.output[0])
                weighted |= set(node.output)
            elif node.op_type in _LINEAR:
                weighted |= set(node.output)
        names, _ = self._first_linear()
        if not names:
            raise UsageError(f"--from pca: {self.path.name} has no activations that could be looked at.")
        return names[0]

    def run(self, tensor: str, latents: NDArray[np.float32], labels: NDArray[np.int64] | None = None) -> Any:
        """The tensor of that name for latents [N, layers, size], all other inputs at rest."""
        return np.concatenate(list(self.stream(tensor, latents, labels)))

    def stream(
        self, tensor: str, latents: NDArray[np.float32], labels: NDArray[np.int64] | None = None
    ) -> Iterator[NDArray[np.float32]]:
        """As `run`, in parts."""
        session = self._session(tensor)
        for start in range(0, len(latents), _BATCH):
            part = latents[start : start + _BATCH]
            some = None if labels is None else labels[start : start + _BATCH]
            feed = {one.name: self._at_rest(one, len(part), some) for one in session.get_inputs()}
            feed[self.input] = np.ascontiguousarray(part[:, 0] if self.input == "z" else part)
            yield session.run([tensor], feed)[0]

    def _session(self, tensor: str) -> Any:
        from onnx import helper

        if tensor not in [one.name for one in self._graph.graph.output]:
            self._graph.graph.output.append(helper.make_empty_tensor_value_info(tensor))
        return cpu_session(self._graph.SerializeToString())

    def _at_rest(self, given: Any, count: int, labels: NDArray[np.int64] | None) -> NDArray[Any]:
        """Noise of nothing, classes as given or the first, no truncation."""
        if given.name == "psi":
            return np.array(1, np.float32)
        if given.name == "labels":
            return np.zeros(count, np.int64) if labels is None else labels.astype(np.int64)
        return np.zeros((count, *given.shape[1:]), np.float32)

    def _first_linear(self) -> tuple[list[str], str]:
        """The outputs of the nodes whose weights latents enter first, and what else they enter before any, or ""."""
        dependent, waiting, found, blocked = {self.input}, {self.input}, [], ""
        for node in self._nodes:
            touched = dependent & set(node.input)
            if not touched:
                continue
            dependent |= set(node.output)
            if not waiting & touched:
                continue
            if node.op_type in _LINEAR and len(touched) == 1:
                found.append(str(node.output[0]))
            elif node.op_type in _PASSING or (node.op_type in _WITH_CONSTANTS and len(touched) == 1):
                waiting |= set(node.output)
            elif node.op_type != "Shape":
                blocked = blocked or str(node.op_type)
        return ([], blocked) if blocked and not found else (found, blocked)
