"""Minibatch discrimination, Salimans et al. 2016 (arXiv:1606.03498, section 3.2)."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class MinibatchDiscrimination(nn.Module):
    """[N, C, H, W] -> [N, C + kernels, H, W]: how close each sample is to the others of the batch, at every place.

    A kernel takes a sample's C * H * W features to `dims` numbers; its answer is the sum over the batch, the sample
    itself included, of exp(-L1 distance). Distances are measured in float32.
    """

    compares = "minibatch discrimination compares the samples of a part"

    def __init__(self, channels: int, size: tuple[int, int], kernels: int = 50, dims: int = 5) -> None:
        super().__init__()
        self.shape = (kernels, dims)
        features = channels * math.prod(size)
        # distances are of the order of 1 at first: much further apart, every sample would be alone
        self.matrix = nn.Parameter(torch.randn(kernels * dims, features) / math.sqrt(3 * features))  # T in the paper

    def forward(self, x: Tensor) -> Tensor:
        points = F.linear(x.flatten(1), self.matrix).float().unflatten(1, self.shape)  # M: [N, kernels, dims]
        distances = (points[:, None] - points[None]).abs().sum(3)
        closeness = torch.exp(-distances).sum(1).to(x.dtype)
        return torch.cat([x, closeness[:, :, None, None].expand(-1, -1, *x.shape[2:])], 1)
