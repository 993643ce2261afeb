"""Exponential moving average of the generators: what previews, scores and exports show."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import _SpectralNorm
from torch.nn.utils.parametrize import ParametrizationList
from torch.nn.utils.spectral_norm import SpectralNorm

from ganstudio.recipe.numbers import value_at
from ganstudio.recipe.schema import Training


def averaged_copy(net: nn.Module) -> nn.Module:
    """A frozen copy in eval mode."""
    # cloned one by one, for deepcopy takes a tensor's memory, of which fake ones have none
    cloned: dict[int, Tensor] = {id(buffer): buffer.clone() for buffer in net.buffers()}
    cloned |= {id(parameter): nn.Parameter(parameter.detach().clone()) for parameter in net.parameters()}
    return copy.deepcopy(net, cloned).eval().requires_grad_(False)


def half_life_nimg(training: Training, nimg: int) -> float:
    """Images after which a weight counts half: `ema_kimg`, at first at most `ema_ramp` of the images seen so far."""
    half_life = value_at(training.ema_kimg, nimg, training.schedule_length) * 1000
    return half_life if training.ema_ramp is None else min(half_life, nimg * training.ema_ramp)


@torch.no_grad()
def update(average: nn.Module, net: nn.Module, images: int, nimg: int, training: Training) -> None:
    """Moves parameters towards `net` by 1 - 0.5^(images / half-life), images being those of one iteration.

    Buffers (batch-norm statistics) are copied. So are the vectors of spectral norms, which belong to the weights of
    `net`: before the average is used, `settle` gives it its own.
    """
    keep = 0.5 ** (images / max(half_life_nimg(training, nimg), 1e-8))
    torch._foreach_lerp_(list(average.parameters()), list(net.parameters()), 1.0 - keep)
    if buffers := list(average.buffers()):
        torch._foreach_copy_(buffers, list(net.buffers()))


@torch.no_grad()
def settle(net: nn.Module) -> None:
    """Gives every spectral norm of torch's, old or new, the first singular vectors of the weights that `net` has now.

    They depend on the weights alone, and not on how often or when this was called: looking leaves no trace, and a
    resumed training has the same. Found by the eigenvectors of W W^T or W^T W, in float32, whichever is smaller; a
    power iteration would need more steps the closer the two largest singular values are.
    """
    for matrix, u, v in spectral_norms(net):
        with torch.autocast(matrix.device.type, enabled=False):
            wide = matrix.shape[0] <= matrix.shape[1]
            square = matrix @ matrix.mT if wide else matrix.mT @ matrix
            if square.device.type == "mps":  # has no eigenvectors
                square = square.cpu()
            first = torch.linalg.eigh(square).eigenvectors[:, -1].to(matrix.device)
            other = F.normalize((matrix.mT if wide else matrix) @ first, dim=0)
        u.copy_(first if wide else other)
        v.copy_(other if wide else first)


def spectral_norms(net: nn.Module) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Of every spectral norm of torch's: the matrix [H, W] whose norm it finds, and its vectors u [H] and v [W]."""
    for module in net.modules():
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, SpectralNorm):
                weight = getattr(module, f"{hook.name}_orig")
                u, v = (getattr(module, f"{hook.name}_{which}") for which in "uv")
                yield hook.reshape_weight_to_matrix(weight), u, v
        if isinstance(module, ParametrizationList):
            for norm in module:
                if isinstance(norm, _SpectralNorm) and list(norm.buffers()):  # a weight of one dimension has no vectors
                    yield norm._reshape_weight_to_matrix(_handed_to(norm, module)), norm._u, norm._v


def _handed_to(norm: nn.Module, weight: ParametrizationList) -> Tensor:
    """The tensor that `norm` gets when the weight is computed: other parametrizations may come before it."""
    handed: list[Tensor] = []
    watch = norm.register_forward_pre_hook(lambda _norm, given: handed.append(given[0]))
    norm_was_training = norm.training
    norm.eval()  # or it would iterate
    weight()
    norm.train(norm_was_training)
    watch.remove()
    return handed[0]
