"""Inputs of a proof, and the answers in an export that onnxruntime on another machine must give.

A pair is a seed and what it gave where the file was made. Inputs are not stored: a seed fills them as `sample` does, so
a pair also holds this machine to the same latents and noise.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ganstudio.errors import UsageError
from ganstudio.inference import latents
from ganstudio.inference.manifest import TensorSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KEY = "ganstudio.pairs"
SEEDS = (0, 1)
MOST_VALUES = 2048  # of one answer: 16 kB for two of them, 22 kB as text
PSI = 0.7  # truncation in proofs: at 1 it would not be proved


def proof_inputs(
    specs: Sequence[TensorSpec], seeds: Sequence[int], classes: int, free: Mapping[str, int] = MappingProxyType({})
) -> dict[str, NDArray[Any]]:
    """Inputs of a model made from seeds: latents, classes in turn, noise; images and ws from noise in [-1, 1].

    Deviations are from 0.5 to 1.5, a strength from 0 to 1. `free` are the sizes of axes that may have any, by name.
    """
    import numpy as np

    filled: dict[str, NDArray[Any]] = {}
    for position, spec in enumerate(specs):
        sizes = [free[size] if isinstance(size, str) else size for size in spec.shape[1:]]
        index = spec.name.removeprefix("noise_")
        if spec.name == "z":
            filled[spec.name] = latents.latents(seeds, *sizes)
        elif spec.name == "labels":
            filled[spec.name] = np.array([seed % classes for seed in seeds], np.int64)
        elif spec.name == "psi":
            filled[spec.name] = np.array(PSI, np.float32)
        elif index.isdecimal():
            filled[spec.name] = latents.noise(seeds, int(index), sizes)
        else:
            drawn = latents.noise(seeds, position, sizes).clip(-1, 1)
            filled[spec.name] = _in_its_range(spec.name, drawn)
    return filled


def _in_its_range(name: str, drawn: NDArray[np.float32]) -> NDArray[np.float32]:
    """Numbers in [-1, 1] as those that an input of this name may have: see the exports of stylization."""
    half = drawn.dtype.type(0.5)
    if name.endswith("_std"):
        return 1 + half * drawn
    return half * (1 + drawn) if name == "strength" else drawn


@dataclass(frozen=True)
class AnswerPairs:
    """`values` are float32 [len(seeds), K], every `step`-th number of each answer.

    `free` are the sizes that the inputs had along the axes that may have any, by name.
    """

    seeds: tuple[int, ...]
    step: int
    values: NDArray[np.float32]
    free: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, answers: NDArray[np.float32], free: Mapping[str, int] = MappingProxyType({})) -> AnswerPairs:
        """The pairs of SEEDS and their answers [len(SEEDS), ...]."""
        size = math.prod(answers.shape[1:])
        # odd, so that no image whose width is a power of two is looked at in a few columns alone
        step = 1 if size <= MOST_VALUES else -(-size // MOST_VALUES) | 1
        return cls(SEEDS, step, _every_step(answers, step), dict(free))

    def dumps(self) -> str:
        """The text for the file's metadata."""
        values = base64.b64encode(self.values.astype("<f4").tobytes()).decode()
        free = {"free": dict(self.free)} if self.free else {}
        return json.dumps({"seeds": self.seeds, "step": self.step, "values": values, **free})

    @classmethod
    def loads(cls, text: str, where: str) -> AnswerPairs:
        """What `dumps` wrote; `where` opens the message. Raises UsageError for anything else."""
        import numpy as np

        try:
            fields = json.loads(text)
            values = np.frombuffer(base64.b64decode(fields["values"], validate=True), "<f4")
            seeds = tuple(int(seed) for seed in fields["seeds"])
            free = {str(name): int(size) for name, size in fields.get("free", {}).items()}
            return cls(seeds, int(fields["step"]), values.reshape(len(seeds), -1), free)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UsageError(f"{where}: its stored pairs cannot be read ({error}).") from None

    def distance(self, answers: NDArray[np.float32]) -> float:
        """The largest difference from `answers`, as `scale` measures; infinite where they are of another size."""
        import numpy as np

        thinned = _every_step(answers, self.step)
        if thinned.shape != self.values.shape:
            return math.inf
        return float(np.abs(thinned - self.values).max()) / scale(self.values)


def scale(values: NDArray[np.float32]) -> float:
    """What differences are divided by: 1 for images, which stay in [-1, 1]; the largest value of what does not."""
    import numpy as np

    return max(1.0, float(np.abs(values).max()))


def _every_step(answers: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    return answers.reshape(len(answers), -1)[:, ::step]
