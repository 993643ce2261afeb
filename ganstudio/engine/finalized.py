"""Generators as they are looked at: previews, probes, scores, checks and exports use the copies made here.

A generator may have a method `finalize(draw)`: what is done to its weights or buffers once, before images are made,
such as BigGAN's standing statistics (Brock et al. 2018, arXiv:1809.11096). It is called on a copy, so that neither
training nor a checkpoint holds its effect, and with the same draw every time, so that every look sees the same.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import replace

import torch
from torch import nn

from ganstudio.engine.contract import Nets
from ganstudio.engine.distributed import without_synchronization
from ganstudio.engine.draws import Draw, reseed

SAMPLES = 64  # rows of the draw that `finalize` is handed; `draw.narrowed(slice(0, 16))` has fewer


def finalized(nets: Nets, seed: int, device: torch.device) -> Nets:
    """`nets` with finalized copies of the averaged generators; the very same `nets` where none has `finalize`.

    The copy is in train mode while `finalize` runs, without gradients and in float32, and in eval mode afterwards. What
    its layers draw for themselves comes from a generator of the same seed each time.
    """
    own = {name: net for name, net in nets.ema.items() if hasattr(net, "finalize")}
    if not own:
        return nets
    copies = {name: _finalized_copy(net, name, seed, device) for name, net in own.items()}
    return replace(nets, ema=nets.ema | copies)


def _finalized_copy(net: nn.Module, name: str, seed: int, device: torch.device) -> nn.Module:
    draw = Draw(seed, f"finalize/{name}", 0, SAMPLES, slice(0, SAMPLES), device)
    # callers look in inference mode and under autocast: an export, which does neither, must get the same
    with torch.inference_mode(False), torch.no_grad(), torch.autocast(device.type, enabled=False):
        copied = without_synchronization(copy.deepcopy(net)).train()
        with torch.random.fork_rng([device.index or 0] if device.type == "cuda" else []):
            reseed(device, seed, "finalize", 0)
            copied.finalize(draw)  # type: ignore[operator]
    return copied.eval()


@torch.no_grad()
def standing_statistics(net: nn.Module, passes: Iterable[object]) -> None:
    """Batch-norm statistics of `net`, in train mode, measured anew: plain means over forward passes.

    `passes` makes one pass each time it is asked for an item, such as `(net(draw.normal(f"z{n}", 128)) for n in
    range(16))`; what it gives is not looked at.
    """
    norms = [module for module in net.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # torch's word for a plain mean over all batches
    for _ in passes:
        pass
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
