"""Exponential moving average of the generators: what previews, scores and exports show."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import _SpectralNorm
from torch.nn.utils.parametrize import ParametrizationList
from torch.nn.utils.spectral_norm import SpectralNorm

from ganstudio.recipe.numbers import value_at
from ganstudio.recipe.schema import Training

SETTLED, FOLLOWING = 50, 5  # power iterations of an average's spectral norms: as it begins, and at each update


def averaged_copy(net: nn.Module) -> nn.Module:
    """A frozen copy in eval mode. Its spectral norms, of which an old one begins anywhere, are settled first."""
    # cloned one by one, for deepcopy takes a tensor's memory, of which fake ones have none
    cloned: dict[int, Tensor] = {id(buffer): buffer.clone() for buffer in net.buffers()}
    cloned |= {id(parameter): nn.Parameter(parameter.detach().clone()) for parameter in net.parameters()}
    average = copy.deepcopy(net, cloned).eval().requires_grad_(False)
    for _, iterate in spectral_norms(average):
        iterate(SETTLED)
    return average


def half_life_nimg(training: Training, nimg: int) -> float:
    """Images after which a weight counts half: `ema_kimg`, at first at most `ema_ramp` of the images seen so far."""
    half_life = value_at(training.ema_kimg, nimg, training.schedule_length) * 1000
    return half_life if training.ema_ramp is None else min(half_life, nimg * training.ema_ramp)


@torch.no_grad()
def update(average: nn.Module, net: nn.Module, images: int, nimg: int, training: Training) -> None:
    """Moves parameters towards `net` by 1 - 0.5^(images / half-life), images being those of one iteration.

    Buffers (batch-norm statistics) are copied, but for the vectors of a spectral norm: those of `net` belong to other
    weights. The average keeps its own, which each update takes some power iterations on.
    """
    keep = 0.5 ** (images / max(half_life_nimg(training, nimg), 1e-8))
    torch._foreach_lerp_(list(average.parameters()), list(net.parameters()), 1.0 - keep)
    norms = list(spectral_norms(average))
    own = {id(vector) for vectors, _ in norms for vector in vectors}
    pairs = [(a, b) for a, b in zip(average.buffers(), net.buffers(), strict=True) if id(a) not in own]
    if pairs:
        torch._foreach_copy_([a for a, _ in pairs], [b for _, b in pairs])
    for _, iterate in norms:
        iterate(FOLLOWING)


def spectral_norms(net: nn.Module) -> Iterator[tuple[list[Tensor], Callable[[int], None]]]:
    """Of every spectral norm of torch's, old or new: its vectors, and what takes them some power iterations on."""
    for module in net.modules():
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, SpectralNorm):
                compute = partial(hook.compute_weight, module, do_power_iteration=True)
                yield [getattr(module, f"{hook.name}_{which}") for which in "uv"], partial(_iterate, hook, compute)
        if isinstance(module, ParametrizationList):
            for norm in module:
                if isinstance(norm, _SpectralNorm) and (vectors := list(norm.buffers())):
                    yield vectors, partial(_iterate, norm, partial(_in_train_mode, norm, module))


def _iterate(norm: SpectralNorm | _SpectralNorm, compute: Callable[[], object], iterations: int) -> None:
    kept, norm.n_power_iterations = norm.n_power_iterations, iterations
    compute()
    norm.n_power_iterations = kept


def _in_train_mode(norm: nn.Module, weight: ParametrizationList) -> None:
    """Computes a weight whose norm then iterates."""
    norm.train()
    weight()
    norm.eval()
