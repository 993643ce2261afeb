"""The types that architectures, tasks, terms and the loop agree on; terms/term.py and tasks/task.py have the rest.

The loop owns everything that has state; networks, tasks and terms return tensors.
`docs/decisions/0031-training-contract-bent.md` says what each witness in tests/engine/witnesses showed about them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ganstudio.engine.draws import Draw
from ganstudio.inference.codes import Code
from ganstudio.recipe.numbers import Number, value_at
from ganstudio.recipe.schema import Knobs, Recipe

Side = Literal["d", "g"]
SIDES: tuple[Side, Side] = ("d", "g")


class Options(Knobs):
    """Base of an architecture's own knobs: frozen, unknown keys refused."""


@dataclass(frozen=True)
class DataShape:
    """What the networks are built for: channels, size, and images a class (empty where there are no labels).

    `size` is (H, W) of images, (T, H, W) of clips and (D, H, W) of voxel grids. `source` is (C, H, W) of what a task
    starts from, where that is of another shape.
    """

    channels: int
    size: tuple[int, ...]
    class_counts: tuple[int, ...] = ()
    source: tuple[int, int, int] | None = None

    @property
    def resolution(self) -> int:
        """The short side of an image, of a frame or of a slice."""
        return min(self.size[-2:])

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
    """Where progressive growing stands.

    `halvings` is how often height and width are halved: 0 is the target size, 1 half of it. `alpha`, 0 to 1, is the
    share of the newest layers, which fade in; 1 once they are all there.
    """

    halvings: int
    alpha: float

    @property
    def factor(self) -> int:
        """How many times as large the target is, along each side."""
        return 2**self.halvings


@dataclass(frozen=True)
class Condition:
    """What both sides are told: labels [N] int64, and images [N, C, H, W] that share the pair's augmentation."""

    labels: Tensor | None = None
    images: Tensor | None = None


@dataclass(frozen=True)
class CriticOutput:
    """A critic's answer. `logits` is [N, ...], or several such for patch and multi-scale critics.

    `heads` are further answers by name, each [N, ...]: `classes` are logits [N, K], trained as in AC-GAN; `codes` what
    is read of the generator's codes, as many numbers as these take in z; `directions` and `proxies`, unit vectors
    [N, D] of the image and of its class, as in ReACGAN.
    """

    logits: Tensor | tuple[Tensor, ...]
    features: tuple[Tensor, ...] = ()
    heads: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def scales(self) -> tuple[Tensor, ...]:
        return self.logits if isinstance(self.logits, tuple) else (self.logits,)

    def mean_logits(self) -> Tensor:
        """One number a sample, [N]: the mean over patches and scales."""
        return torch.stack([scale.float().reshape(len(scale), -1).mean(1) for scale in self.scales]).mean(0)


@dataclass(frozen=True)
class Batch:
    """Real images in [-1, 1], [N, C, *size], and what comes with them.

    `labels` [N] where the data has them, `source` [N, C, H, W] where its pictures come in pairs, `domains` the
    images of the further domains in the order of the classes, `styles` [N, C, *size] images of a second data set.
    """

    images: Tensor
    labels: Tensor | None = None
    source: Tensor | None = None
    domains: tuple[Tensor, ...] = ()
    styles: Tensor | None = None

    def rows(self, rows: slice) -> Batch:
        cut = [None if t is None else t[rows] for t in (self.images, self.labels, self.source, self.styles)]
        return Batch(cut[0], cut[1], cut[2], tuple(t[rows] for t in self.domains), cut[3])


@dataclass(frozen=True)
class Pair:
    """One thing for a critic to judge. `real` is not augmented; `inputs` are what `fake` was made from: z, ws, codes.

    A task may put there what several of its terms read of `fake`, which then is made once.

    `real_condition` is what the critic is told of `real`, where that is not what it is told of `fake`.
    """

    critic: str
    fake: Tensor
    real: Tensor | None = None
    condition: Condition = Condition()
    real_condition: Condition | None = None
    inputs: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def condition_of_real(self) -> Condition:
        return self.condition if self.real_condition is None else self.real_condition


@dataclass(frozen=True)
class JudgedPair:
    """A pair with its critic's answers, and what the critic saw: the images after augmentation.

    `fake` is None where no term of this update asks the critic, `real` too where it is not shown real images.
    """

    pair: Pair
    fake: CriticOutput | None = None
    real: CriticOutput | None = None
    seen_fake: Tensor | None = None
    seen_real: Tensor | None = None


Extras = dict[Side, dict[str, nn.Module]]


@dataclass
class Nets:
    """Networks by name. `ema` mirrors `generators` and is what previews, scores and exports use.

    `extras` are what losses learn, heads and decoders: they step with their side and are saved, neither averaged nor
    exported.
    """

    generators: dict[str, nn.Module]
    critics: dict[str, nn.Module]
    ema: dict[str, nn.Module] = field(default_factory=dict)
    staged: bool = False
    extras: Extras = field(default_factory=lambda: {"d": {}, "g": {}})

    def side(self, side: Side) -> dict[str, nn.Module]:
        """What an update of this side moves."""
        return (self.critics if side == "d" else self.generators) | self.extras[side]

    def stage(self, stage: Stage) -> dict[str, Any]:
        """The keyword argument that networks which grow are called with; nothing for the others."""
        return {"stage": stage} if self.staged else {}


class Frozen(nn.Module):
    """A pretrained network inside a critic, a term or a task: it never learns, and no checkpoint holds it.

    It is always in eval mode, has neither parameters nor state for its owner, and moves with it. Gradients pass
    through. Copies share it.
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self._hidden = (net.eval().requires_grad_(False),)  # a tuple: torch registers no module in it

    def forward(self, *inputs: Any, **named: Any) -> Any:
        return self._hidden[0](*inputs, **named)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Frozen:
        self._hidden[0]._apply(fn, recurse)
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Frozen:
        return self


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

    def compile(self, *arguments: Any, **named: Any) -> None:
        """Compiles the two halves, which are what is called; nn.Module's own method compiles `forward`."""
        for half in ("mapping", "synthesis"):
            self.__dict__[half] = torch.compile(getattr(type(self), half).__get__(self), *arguments, **named)

    def __getstate__(self) -> dict[str, Any]:
        """As nn.Module's, which leaves out what was compiled: a copy would go on calling the original."""
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name not in ("mapping", "synthesis")}


Judge = Callable[..., CriticOutput]  # (critic, images, condition, purpose, augmented=True); see judging.Judge


@dataclass(frozen=True)
class StepContext:
    """One micro-batch of one side's update: all that tasks and terms are called with.

    Attributes:
        batch: this micro-batch's rows of real images; None where nothing on this side asks for real images.
        state: the task's; its tensors have the rows of the global batch first.
        memory: the calling term's state, for the critic of the pair where its scope is a pair.
        judge: the critic that the loop calls: (name, images, condition, purpose, augmented=True) -> CriticOutput.
        differentiable_fakes: whether fakes carry a graph; on the critic's side only where the generator's reuses them.
    """

    nets: Nets
    batch: Batch | None
    draw: Draw
    stage: Stage
    side: Side
    nimg: int
    schedule_kimg: float
    judge: Judge
    state: dict[str, Tensor] = field(default_factory=dict)
    memory: dict[str, Tensor] = field(default_factory=dict)
    differentiable_fakes: bool = True

    def value(self, number: Number) -> float:
        """What a number of the recipe is at this update."""
        return value_at(number, self.nimg, self.schedule_kimg)


@dataclass(frozen=True)
class ExportSpec:
    """One ONNX graph: `module` called with `inputs` (name -> example with a batch axis of 2) gives `output`.

    `free_axes` are the axes besides the batch that may have any size, by input: {"source": {2: "height", 3: "width"}}.
    `codes` are those within its z. `scale` is how many times as large as its source the picture is. `domains` are the
    class that it translates from and the one to, where it knows no others. `multiple` is what free sides are known to
    be multiples of; beyond that it is found by trying. `mean` [1, L, D] is what truncation pulls the ws of a mapping
    half towards.
    """

    suffix: str
    module: nn.Module
    inputs: dict[str, Tensor]
    free_axes: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    codes: tuple[Code, ...] = ()
    scale: int = 1
    domains: tuple[int, int] | None = None
    multiple: int = 1
    mean: Tensor | None = None
    output: str = "images"

    @property
    def pictures(self) -> str | None:
        """The input by which pictures of the user's go in: `source`, or `images` of free sides; None without one."""
        return "source" if "source" in self.inputs else "images" if "images" in self.free_axes else None


@dataclass(frozen=True)
class DataContract:
    """What a task needs of a data set; checked before anything is built.

    `domains` are two classes with images or more, `two domains` exactly two. `source` asks for pictures that come in
    pairs, `styles` for a second data set. Where any images are held out, `least_held` or more are.
    """

    labels: Literal["optional", "required", "two domains", "domains"] = "optional"
    source: bool = False
    least_held: int = 0
    styles: bool = False


def _reads_nothing(_options: Any) -> frozenset[str]:
    return frozenset()


def _no_problems(_options: Any, _shape: DataShape) -> Iterable[str]:
    return ()


@dataclass(frozen=True)
class Architecture:
    """All that a file in architectures/ declares. `recipe` is its default recipe, less `architecture.id`.

    `check` yields problems, one a line, each beginning with the key at fault and ending with the nearest legal value.
    `task` makes a Task of the file's own from the recipe, which then takes the place of the recipe's.
    `reads` names the pretrained networks that its critics see through with these options, as `evaluation.features` has
    them: those never score what it draws.
    What the networks take: images of so many `channels` (1, 3, or 4 with alpha), `rectangles` besides squares, `flat`
    images, and `volumes`, which are clips [N, C, T, H, W] and voxel grids [N, C, D, H, W].
    """

    summary: str
    recipe: dict[str, Any]
    options: type[Options]
    generator: Callable[[Any, DataShape], nn.Module]
    critic: Callable[[Any, DataShape], nn.Module]
    check: Callable[[Any, DataShape], Iterable[str]] = _no_problems
    staged: bool = False
    flat: bool = True
    volumes: bool = False
    task: Callable[[Recipe], Any] | None = None
    reads: Callable[[Any], frozenset[str]] = _reads_nothing
    channels: tuple[int, ...] = (1, 3)
    rectangles: bool = False
