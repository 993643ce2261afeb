"""Images from noise and, where the networks take one, a class label.

A critic with a head `classes` is trained as in AC-GAN (Odena et al. 2017, arXiv:1610.09585, eq. 2 and 3), one with
heads `directions` and `proxies` as in ReACGAN (Kang et al. 2021, arXiv:2111.01118, eq. 6 and 7), one that reads the
codes within its generator's z as in InfoGAN (Chen et al. 2016, arXiv:1606.03657, eq. 5). Styles are mixed in training
as in StyleGAN (Karras et al. 2019, arXiv:1812.04948, section 3.1), each sample with a crossover of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.engine.contract import (
    SIDES,
    Architecture,
    Batch,
    Condition,
    DataContract,
    DataShape,
    ExportSpec,
    Nets,
    Options,
    Pair,
    Side,
    Stage,
    StepContext,
    StyleGenerator,
)
from ganstudio.engine.draws import Draw
from ganstudio.engine.layers.codes import room
from ganstudio.engine.tasks.measure import FRECHET
from ganstudio.engine.tasks.task_base import TaskBase
from ganstudio.engine.terms.losses.classification import ClassLoss
from ganstudio.engine.terms.losses.codes import CodeLoss
from ganstudio.engine.terms.losses.data_to_data import DataToData
from ganstudio.engine.terms.term import Term
from ganstudio.inference.codes import ROWS, columns_of, sheet
from ganstudio.recipe.schema import Recipe
from ganstudio.recipe.task_choices import SynthesisTask

MEAN_OVER, MEAN_BATCH = 10_000, 1000  # latents


class Synthesis(TaskBase):
    needs = DataContract()
    sampler = "generator"
    measures = (FRECHET,)

    def __init__(self, knobs: SynthesisTask | None = None) -> None:
        self.knobs = knobs or SynthesisTask()

    def build(self, architecture: Architecture, options: Options, shape: DataShape) -> Nets:
        self.shape = shape
        generator = architecture.generator(options, shape)
        self.codes = getattr(generator, "codes", ())
        return Nets(
            {"generator": generator}, {"critic": architecture.critic(options, shape)}, staged=architecture.staged
        )

    def reads(self, side: Side) -> bool:
        return side == "d"

    def pairs(self, context: StepContext) -> list[Pair]:
        net, batch = context.nets.generators["generator"], context.batch
        labels = self._labels(batch, context.draw)
        with torch.set_grad_enabled(context.differentiable_fakes):
            mixing = context.value(self.knobs.style_mixing)
            fake, inputs = _generate(net, context.draw, labels, context.nets.stage(context.stage), mixing=mixing)
        return [Pair("critic", fake.float(), None if batch is None else batch.images, Condition(labels), inputs=inputs)]

    def terms(self, recipe: Recipe) -> list[Term]:
        knobs: Any = recipe.task
        weight = knobs.class_weight
        classes = [ClassLoss("d", weight), ClassLoss("d", weight, on_real=True), ClassLoss("g", weight)]
        codes = [CodeLoss(side, self.codes, knobs.code_weight, knobs.continuous_weight) for side in SIDES]
        return [*classes, DataToData("d", knobs), DataToData("g", knobs), *(codes if self.codes else [])]

    def generate(self, nets: Nets, draw: Draw, stage: Stage, labels: Tensor | None, batch: Batch | None) -> Tensor:
        net = nets.ema["generator"]
        if net.conditional and labels is None:
            labels = draw.classes("labels", self.shape.class_counts)
        images, _ = _generate(net, draw, labels if net.conditional else None, nets.stage(stage))
        return enlarged(images, self.shape.size[-1])

    def preview(
        self, nets: Nets, draw: Draw, stage: Stage, labels: Tensor | None, batch: Batch | None
    ) -> tuple[Tensor, ...]:
        """Images of noise; where there are codes, a sheet of what each does, for as many tiles as it has."""
        if not self.codes or draw.total != ROWS * columns_of(self.codes):
            return super().preview(nets, draw, stage, labels, batch)
        net: Any = nets.ema["generator"]
        z = draw.normal("z", net.z_dim)
        swept = torch.from_numpy(sheet(z.cpu().numpy(), self.codes)).to(z)
        if net.conditional and labels is None:
            labels = draw.classes("labels", self.shape.class_counts)
        images, _ = _generate(net, draw, labels, nets.stage(stage), swept)
        return (enlarged(images, self.shape.size[-1]),)

    def network_problems(self, nets: Nets) -> Iterator[str]:
        net: Any = nets.generators["generator"]
        for missing in ("z_dim", "conditional"):
            if not hasattr(net, missing):
                yield f"the generator must have an attribute {missing!r}."
        if room(self.codes) > getattr(net, "z_dim", 0):
            yield f"the generator's codes take {room(self.codes)} numbers of z, which has {net.z_dim}."

    def exports(self, nets: Nets, stage: Stage) -> list[ExportSpec]:
        net: Any = nets.ema["generator"]
        width = self.shape.size[-1]
        device = next(net.parameters()).device
        z = {"z": torch.zeros(2, net.z_dim, device=device)}
        labels = {"labels": torch.zeros(2, dtype=torch.int64, device=device)} if net.conditional else {}
        psi = {"psi": torch.ones((), device=device)}
        if hasattr(net, "truncated"):
            return [ExportSpec("", Truncated(net, nets.stage(stage), width), z | labels | psi)]
        if not isinstance(net, StyleGenerator):
            return [ExportSpec("", Whole(net, nets.stage(stage), width), z | labels, codes=self.codes)]
        noise = {f"noise_{i}": torch.zeros(2, *s, device=device) for i, s in enumerate(net.noise_shapes)}
        ws = {"ws": torch.zeros(2, *net.ws_shape, device=device)}
        mean = mean_ws(net, self.shape.present)
        return [
            ExportSpec("", Styled(net, nets.stage(stage), width, mean), z | labels | psi | noise, codes=self.codes),
            ExportSpec("mapping", Mapping(net), z | labels, codes=self.codes, mean=mean, output="ws"),
            ExportSpec("synthesis", FromStyles(net, nets.stage(stage), width), ws | noise),
        ]

    def _labels(self, batch: Batch | None, draw: Draw) -> Tensor | None:
        """The real batch's labels where there is one, so that a pair shares them; else as the data has them."""
        if not self.shape.classes:
            return None
        if batch is not None:
            return batch.labels
        return draw.classes("labels", self.shape.class_counts)


def _generate(
    net: Any,
    draw: Draw,
    labels: Tensor | None,
    stage: dict[str, Any],
    z: Tensor | None = None,
    mixing: float = 0.0,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Images and what they were made from: z, drawn unless given, and, where there are styles, ws, maybe mixed."""
    z = draw.normal("z", net.z_dim) if z is None else z
    labels = labels if net.conditional else None
    if not isinstance(net, StyleGenerator):
        return net(z, labels, **stage), {"z": z}
    ws = net.mapping(z, labels)
    if mixing:
        ws = _mixed(net, ws, draw, labels, mixing)
    noise = tuple(draw.image_noise(f"noise_{i}", *shape) for i, shape in enumerate(net.noise_shapes))
    return net.synthesis(ws, noise, **stage), {"z": z, "ws": ws}


def _mixed(net: StyleGenerator, ws: Tensor, draw: Draw, labels: Tensor | None, chance: float) -> Tensor:
    """ws [N, L, D] in which some samples have the styles of a second latent from a drawn layer on, 1 to L - 1.

    A network that grows has fewer layers at first: a crossover beyond these mixes nothing.
    """
    layers = ws.shape[1]
    second = net.mapping(draw.normal("z_mixed", net.z_dim), labels)
    crossover = 1 + draw.integers("crossover", layers - 1)
    chosen = draw.uniform("style_mixing") < chance
    taken = chosen[:, None] & (torch.arange(layers, device=ws.device) >= crossover[:, None])
    return torch.where(taken[:, :, None], second, ws)


def enlarged(images: Tensor, width: int) -> Tensor:
    """`images` at the target size, `width` pixels wide: those of an early growth stage are repeated pixel by pixel."""
    if images.shape[-1] == width:
        return images
    return F.interpolate(images, scale_factor=width // images.shape[-1], mode="nearest")


@torch.no_grad()
def mean_ws(net: StyleGenerator, classes: Sequence[int]) -> Tensor:
    """[1, L, D], what truncation pulls towards: the mean over 10,000 latents of a fixed seed, `classes` in turn.

    StyleGAN (Karras et al. 2019, arXiv:1812.04948, appendix B) takes a running average over training instead.
    """
    parameter = next(net.parameters())
    z = torch.from_numpy(np.random.RandomState(0).randn(MEAN_OVER, net.z_dim)).to(parameter.device, torch.float32)
    turns = torch.tensor(classes)[torch.arange(MEAN_OVER) % len(classes)] if net.conditional else None
    labels = None if turns is None else turns.to(parameter.device)
    total = torch.zeros((), dtype=torch.float64, device=parameter.device)
    for at in range(0, MEAN_OVER, MEAN_BATCH):
        part = slice(at, at + MEAN_BATCH)
        ws = net.mapping(z[part], None if labels is None else labels[part])
        total = total + ws.double().sum(0, keepdim=True)
    return (total / MEAN_OVER).to(parameter.dtype)


class _Exported(nn.Module):
    def __init__(self, net: nn.Module, stage: dict[str, Any], width: int) -> None:
        super().__init__()
        self.net: Any = net
        self.stage, self.width = stage, width


class Whole(_Exported):
    def forward(self, *inputs: Tensor) -> Tensor:
        z, labels = inputs if self.net.conditional else (inputs[0], None)
        return enlarged(self.net(z, labels, **self.stage), self.width)


class Truncated(_Exported):
    """Latents to images of a generator that cuts its z by psi itself; at psi 1 nothing changes."""

    def forward(self, *inputs: Tensor) -> Tensor:
        z, *labels, psi = inputs
        return enlarged(self.net(self.net.truncated(z, psi), labels[0] if labels else None, **self.stage), self.width)


class Styled(_Exported):
    """Latents to images, with truncation: ws move towards `mean` as psi falls from 1 (nothing changes) to 0."""

    mean: Tensor

    def __init__(self, net: nn.Module, stage: dict[str, Any], width: int, mean: Tensor) -> None:
        super().__init__(net, stage, width)
        self.register_buffer("mean", mean)

    def forward(self, *inputs: Tensor) -> Tensor:
        labels = inputs[1] if self.net.conditional else None
        psi, *noise = inputs[2 if self.net.conditional else 1 :]
        # not mean.lerp(ws, psi): this is ws to the last bit at psi 1
        ws = psi * self.net.mapping(inputs[0], labels) + (1 - psi) * self.mean
        return enlarged(self.net.synthesis(ws, tuple(noise), **self.stage), self.width)


class FromStyles(_Exported):
    def forward(self, *inputs: Tensor) -> Tensor:
        return enlarged(self.net.synthesis(inputs[0], inputs[1:], **self.stage), self.width)


class Mapping(nn.Module):
    def __init__(self, net: StyleGenerator) -> None:
        super().__init__()
        self.net: Any = net

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.net.mapping(inputs[0], inputs[1] if self.net.conditional else None)
