"""FreezeD: a critic's first layers stay as they are, for fine-tuning. Mo et al. 2020 (arXiv:2002.10964, section 3).

First are the layers that an image passes first. Networks may define their layers in another order than they call them,
and may have some that no image passes, as those that embed classes: a trial pass at the images' own size tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ganstudio.errors import UsageError

WEIGHTED = (nn.Linear, nn.modules.conv._ConvNd)


def freeze_first(critic: nn.Module, count: int, images: Tensor, *told: Any, **named: Any) -> None:
    """Freezes the first `count` layers with weights that `images` pass, and the norms on the way to the next one.

    The critic is called once in eval mode, with `images` and what else it takes. Layers that never learn do not count.
    Raises UsageError unless one layer is left to learn.
    """
    passed = _passed_by_images(critic, images, *told, **named)
    layers = [module for module in passed if isinstance(module, WEIGHTED)]
    if count >= len(layers):
        raise UsageError(
            f"training.freeze_critic: images pass {len(layers)} layers with weights in the critic, and one has to "
            f"learn; got {count}. Nearest: {max(len(layers) - 1, 0)}."
        )
    for module in passed[: passed.index(layers[count])]:
        for parameter in module.parameters(recurse=isinstance(module, WEIGHTED)):  # spectral norm keeps it in a part
            parameter.requires_grad_(False)


def _passed_by_images(critic: nn.Module, images: Tensor, *told: Any, **named: Any) -> list[nn.Module]:
    """The modules that have parameters of their own to learn and answer something made of the images, each once.

    They stand in the order in which they are done with an image: a block behind the layers that it consists of.
    """
    done: dict[nn.Module, None] = {}

    def note(module: nn.Module, _inputs: object, output: object) -> None:
        answers = output if isinstance(output, tuple) else (output,)
        # no parameter requires a gradient now: what does is made of the images
        if any(isinstance(answer, Tensor) and answer.requires_grad for answer in answers):
            done.setdefault(module)

    learning = [module for module in critic.modules() if _learns(module)]
    hooks = [module.register_forward_hook(note) for module in learning]
    try:
        with _looked_at(critic), torch.enable_grad():
            critic.forward(images.detach().clone().requires_grad_(True), *told, **named)  # compiled ones call no hooks
    finally:
        for hook in hooks:
            hook.remove()
    return list(done)


def _learns(module: nn.Module) -> bool:
    parts = module.parameters(recurse=isinstance(module, WEIGHTED))
    return any(parameter.requires_grad for parameter in parts)


@contextmanager
def _looked_at(net: nn.Module) -> Iterator[None]:
    """In eval mode and without a parameter that requires a gradient while this lasts."""
    trained, learning = net.training, [p for p in net.parameters() if p.requires_grad]
    net.eval()
    for parameter in learning:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learning:
            parameter.requires_grad_(True)
        net.train(trained)
