"""What tasks have in common that translate images from one domain into another, where no pairs say how."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ganstudio.engine.contract import Nets, Stage
from ganstudio.engine.tasks.measure import FRECHET
from ganstudio.engine.tasks.task_base import Excuse, TaskBase


class Translator(TaskBase):
    """Measured by the Fréchet distance of what it makes of held-out images of other domains to each domain's own.

    Attributes:
        targets: the domains that it translates into, by class; known once the networks are built.
    """

    measures = (FRECHET,)
    excused: Mapping[Excuse, str] = {
        "growth": "a translation keeps its images' size.",
        "volumes": "translations are of images, neither of clips nor of voxel grids.",
    }
    targets: tuple[int, ...] = ()

    @abstractmethod
    def translate(self, nets: Nets, stage: Stage, images: Tensor, target: int) -> Tensor:
        """Images [N, C, *size] of the domain `target`, made of `images` of others by the averaged networks."""


def free_sides(net: nn.Module, *inputs: str) -> dict[str, dict[int, str]]:
    """The free axes of an export whose `inputs` are pictures: both sides, where the network takes any size."""
    return {name: {2: "height", 3: "width"} for name in inputs} if getattr(net, "any_size", False) else {}


def blank(net: nn.Module, channels: int, size: tuple[int, ...]) -> Tensor:
    """Two pictures [2, C, *size] to make a graph with, on the network's device."""
    return torch.zeros(2, channels, *size, device=next(net.parameters()).device)
