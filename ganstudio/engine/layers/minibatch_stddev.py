"""Minibatch standard deviation, Karras et al. 2018 (arXiv:1710.10196, section 3), in groups as their code has it.

Groups are neighbours in the batch, samples 0 to 3, 4 to 7 and so on, where the reference takes every M-th. Samples are
drawn independently, so both are random groups; these stay whole when micro-batches or processes share out the batch,
and the update is then the same. A training in which a group would be cut is refused, see `uneven_groups`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn

EPSILON = 1e-8


class MinibatchStddev(nn.Module):
    """[N, C, H, W] -> [N, C + maps, H, W]: how much a group's samples differ, the same number at every pixel.

    Channels are cut into `maps` equal parts; each has a number of its own, the mean of its standard deviations over the
    group. Batches that are no multiple of the group (the last of a measurement, never a training's) have the remaining
    samples shared among the groups.
    """

    def __init__(self, group: int = 4, maps: int = 1) -> None:
        super().__init__()
        self.group, self.maps = group, maps

    def forward(self, x: Tensor) -> Tensor:
        count = x.shape[0]
        groups = max(count // self.group, 1)
        if count % groups:
            told = torch.cat([self._deviations(part, 1) for part in x.tensor_split(groups)])
        else:
            told = self._deviations(x, groups)
        return torch.cat([x, told[:, :, None, None].expand(-1, -1, *x.shape[2:])], 1)

    def _deviations(self, x: Tensor, groups: int) -> Tensor:
        """[N, maps], the same for all samples of one of so many groups."""
        each = x.shape[0] // groups
        parts = x.float().reshape(groups, each, self.maps, -1)
        deviations = (parts.var(1, unbiased=False) + EPSILON).sqrt()  # of one sample: the root of epsilon, not NaN
        return deviations.mean(2).to(x.dtype).repeat_interleave(each, 0)


def uneven_groups(nets: Iterable[nn.Module], images: int) -> Iterator[int]:
    """The group sizes in these networks that do not divide so many images."""
    for net in nets:
        for module in net.modules():
            if isinstance(module, MinibatchStddev) and images % module.group:
                yield module.group
