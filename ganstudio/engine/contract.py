"""The types that architectures, tasks and the loop agree on.

The loop owns everything that has state; networks and tasks return tensors. `docs/decisions/0002-training-contract.md`
says what each of the four witnesses in tests/engine/witnesses.py proved about these types.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import torch
from torch import Tensor, nn

from ganstudio.engine.draws import Draw
from ganstudio.engine.measure import Measure
from ganstudio.recipe.schema import Knobs

Side = Literal["d", "g"]


class Options(Knobs):
    """Base of an architecture's own knobs: frozen, unknown keys refused."""


@dataclass(frozen=True)
class DataShape:
    """What the networks are built for: channels, size, and images a class (empty where there are no labels).

    `size` is (H, W) of images, (T, H, W) of clips and (D, H, W) of voxel grids.
    """

    channels: int
    size: tuple[int, ...]
    class_counts: tuple[int, ...] = ()

    @property
    def resolution(self) -> int:
        return self.size[-1]

    @property
    def flat(self) -> bool:
        """Images, neither clips nor voxel grids."""
        return len(self.size) == 2

    @property
    def classes(self) -> int:
        return len(self.class_counts)

    @property
    def present(self) -> tuple[int, ...]:
        """The classes that have images; a network has never seen what another looks like."""
        return tuple(index for index, count in enumerate(self.class_counts) if count)


@dataclass(frozen=True)
class Stage:
    """Where progressive growing stands: images have `resolution` pixels, `alpha` of them from the newest layers."""

    resolution: int
    alpha: float


@dataclass(frozen=True)
class Condition:
    """What both sides are told: labels [N] int64, and images [N, C, H, W] that share the pair's augmentation."""

    labels: Tensor | None = None
    images: Tensor | None = None


@dataclass(frozen=True)
class CriticOutput:
    """A critic's answer. `logits` is [N, ...], or several such for patch and multi-scale critics."""

    logits: Tensor | tuple[Tensor, ...]
    classes: Tensor | None = None
    features: tuple[Tensor, ...] = ()

    @property
    def scales(self) -> tuple[Tensor, ...]:
        return self.logits if isinstance(self.logits, tuple) else (self.logits,)

    def mean_logits(self) -> Tensor:
        """One number a sample, [N]: the mean over patches and scales."""
        return torch.stack([scale.float().reshape(len(scale), -1).mean(1) for scale in self.scales]).mean(0)


@dataclass(frozen=True)
class Batch:
    """Real images in [-1, 1], [N, C, *size], labels [N] where the data has them, and the other domain's images."""

    images: Tensor
    labels: Tensor | None = None
    other: Tensor | None = None

    def rows(self, rows: slice) -> Batch:
        cut = [None if t is None else t[rows] for t in (self.images, self.labels, self.other)]
        return Batch(cut[0], cut[1], cut[2])


@dataclass(frozen=True)
class Pair:
    """One thing for a critic to judge. `real` is not augmented; `latents` are the ws that `fake` was made from."""

    critic: str
    fake: Tensor
    real: Tensor | None = None
    condition: Condition = Condition()
    latents: Tensor | None = None


@dataclass
class Nets:
    """Networks by name. `ema` mirrors `generators` and is what previews, scores and exports use."""

    generators: dict[str, nn.Module]
    critics: dict[str, nn.Module]
    ema: dict[str, nn.Module] = field(default_factory=dict)
    staged: bool = False

    def side(self, side: Side) -> dict[str, nn.Module]:
        return self.critics if side == "d" else self.generators

    def stage(self, stage: Stage) -> dict[str, Any]:
        """The keyword argument that networks which grow are called with; nothing for the others."""
        return {"stage": stage} if self.staged else {}


class StyleGenerator(nn.Module, ABC):
    """A generator in two halves, on which path length, mixing, truncation and projection stand.

    `noise_shapes` are the shapes (without the batch axis) of the noise inputs; `ws_shape` is (L, D).
    """

    z_dim: int
    conditional: bool = False
    ws_shape: tuple[int, int]
    noise_shapes: tuple[tuple[int, ...], ...] = ()

    @abstractmethod
    def mapping(self, z: Tensor, labels: Tensor | None) -> Tensor:
        """ws [N, L, D] from z [N, z_dim]."""

    @abstractmethod
    def synthesis(self, ws: Tensor, noise: tuple[Tensor, ...], **stage: Any) -> Tensor:
        """Images [N, C, H, W] in [-1, 1] from ws [N, L, D]."""


@dataclass(frozen=True)
class ExportSpec:
    """One ONNX graph: `module` called with `inputs` (name -> example with a batch axis of 2) gives `images`."""

    suffix: str
    module: nn.Module
    inputs: dict[str, Tensor]


@dataclass(frozen=True)
class DataContract:
    """What a task needs of a data set; checked before anything is built."""

    labels: Literal["optional", "two domains"] = "optional"


class Task(Protocol):
    """How a batch becomes pairs to judge and auxiliary losses."""

    @property
    def needs(self) -> DataContract: ...

    @property
    def sampler(self) -> str | None:
        """The name of the generator that makes images of noise; None where the task makes images of images."""

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What its results are measured by, exactly one of them the best; empty where it has no score."""

    @property
    def excused(self) -> Mapping[Any, str]:
        """What it takes no part in (see tasks/task_base.py), with a sentence that says why."""

    @property
    def shows(self) -> tuple[str, ...]:
        """What the tiles of one example in a grid of samples are, in the order of `preview`."""

    def build(self, architecture: Architecture, options: Options, shape: DataShape) -> Nets: ...

    def state(self, nets: Nets, batch: int) -> dict[str, Tensor]:
        """What the task remembers. The first axis is the global batch: a process reads and writes its own rows."""

    def needs_real(self, side: Side) -> bool:
        """Does this side's update look at real images, whatever the objective says?"""

    def pairs(
        self, nets: Nets, batch: Batch | None, draw: Draw, stage: Stage, side: Side, state: dict[str, Tensor]
    ) -> list[Pair]:
        """Fakes carry no graph when side is "d". `batch` is None where nothing on this side asks for real images."""

    def auxiliary(
        self, nets: Nets, batch: Batch | None, pairs: list[Pair], outputs: list[Judged], side: Side
    ) -> dict[str, Tensor]:
        """Named extra losses, each a scalar or [N]."""

    def generate(self, nets: Nets, draw: Draw, stage: Stage, labels: Tensor | None, batch: Batch | None) -> Tensor:
        """Images from the averaged networks, in eval mode, for previews and scores."""

    def preview(
        self, nets: Nets, draw: Draw, stage: Stage, labels: Tensor | None, batch: Batch | None
    ) -> tuple[Tensor, ...]:
        """Images [N, C, *size] for each of `shows`, of `batch` where the task makes images of images."""

    def network_problems(self, nets: Nets) -> Iterable[str]:
        """Sentences on what the networks lack for this task."""

    def exports(self, nets: Nets, stage: Stage) -> list[ExportSpec]: ...


@dataclass(frozen=True)
class Judged:
    """A pair with its critic's answers; `real` is None where nothing asked for it."""

    pair: Pair
    fake: CriticOutput
    real: CriticOutput | None


def _no_problems(_options: Any, _shape: DataShape) -> Iterable[str]:
    return ()


@dataclass(frozen=True)
class Architecture:
    """All that a file in architectures/ declares. `recipe` is its default recipe, less `architecture.id`.

    `check` yields problems, one a line, each beginning with the key at fault and ending with the nearest legal value.
    `volumes` says that the networks take clips [N, C, T, H, W] and voxel grids [N, C, D, H, W] besides images.
    """

    summary: str
    recipe: dict[str, Any]
    options: type[Options]
    generator: Callable[[Any, DataShape], nn.Module]
    critic: Callable[[Any, DataShape], nn.Module]
    check: Callable[[Any, DataShape], Iterable[str]] = _no_problems
    staged: bool = False
    volumes: bool = False
