"""A critic whose last layer is a direction: SAN, Takida et al. 2024 (arXiv:2301.12811, section 4).

A critic is <omega, h(x)> with features h and a unit vector omega. Its objective trains h while omega stands still, and
the Wasserstein loss trains omega while h stands still; the generator sees the product. Any critic will do each of whose
answers is that of a last layer: one of several scales has a direction for each.

Told the class, omega is the class's own, as in the authors' StyleSAN-XL: the class's vector where the answer is a
product with it (`ClassProduct`), and the last layer's weights and the class's embedding together where that adds
<embedding, h> (a projection head): <w + v, h> is one product with h, and w + v is made a unit vector.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.engine.contract import Condition, CriticOutput
from ganstudio.engine.layers.class_head import ClassHead
from ganstudio.engine.layers.class_product import ClassProduct
from ganstudio.errors import UsageError

DIRECTION = "direction"  # the head: answers that train the direction alone, [N, scales], of patches their mean
LAYERS = (nn.Linear, nn.Conv2d, nn.Conv3d)


class Direction(nn.Module):
    """A dense layer or a convolution with one output, its weights scaled to length 1, without a bias.

    With `embedding` [classes, C] the weights of a class are the layer's plus, at each of its places, the class's row;
    the layer's first C inputs are what the row belongs to, and the layer answers once for a whole map.
    """

    def __init__(self, layer: Any, embedding: nn.Embedding | None = None) -> None:
        super().__init__()
        self.layer, self.embedding = layer, embedding  # the layer's kernel and stride; its weight is the direction
        if layer.bias is not None:
            layer.bias = None
        self.labels: Tensor | None = None
        self.answers: list[Tensor] = []  # that train the direction, of calls since they were last taken

    def forward(self, features: Tensor) -> Tensor:
        if self.embedding is not None:
            weights = F.normalize(self._of_classes(self.embedding).flatten(1), dim=1)
            self.answers.append(_product(features.detach(), weights))
            return _product(features, weights.detach()).view(-1, *(1,) * (features.ndim - 1))
        weight = F.normalize(self.layer.weight.float().flatten(), dim=0).view_as(self.layer.weight).to(features.dtype)
        self.answers.append(self._apply_to(features.detach(), weight))
        return self._apply_to(features, weight.detach())

    def _of_classes(self, embedding: nn.Embedding) -> Tensor:
        """The weights [N, inputs, ...] of the labels that were told."""
        weight, told = self.layer.weight.float(), embedding(self.labels).float()
        more = torch.zeros(len(told), weight.shape[1] - told.shape[1], device=told.device)
        return weight + torch.cat([told, more], 1).view(len(told), -1, *(1,) * (weight.ndim - 2))

    def _apply_to(self, features: Tensor, weight: Tensor) -> Tensor:
        if isinstance(self.layer, nn.Linear):
            return F.linear(features, weight)
        return self.layer._conv_forward(features, weight, None)


def _product(features: Tensor, weights: Tensor) -> Tensor:
    """[N, 1] of features and weights with as many numbers a sample."""
    return (features.flatten(1) * weights.to(features.dtype)).sum(1, keepdim=True)


class DirectedProduct(ClassProduct):
    """A product with the class's vector scaled to length 1."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[Tensor] = []

    def forward(self, features: Tensor, told: Tensor) -> Tensor:
        direction = F.normalize(told.float(), dim=1)
        self.answers.append(super().forward(features.detach(), direction))
        return super().forward(features, direction.detach())


class Told(nn.Module):
    """In the place of a head whose classes are in the direction already."""

    def forward(self, logits: Tensor, _features: Tensor, _labels: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        return logits, {}


class Last(NamedTuple):
    """What makes one scale's logits: a module's nth call, and the projection head that adds to it."""

    name: str
    call: int
    head: str | None = None


class DirectedCritic(nn.Module):
    """A critic whose last layers are directions; it answers as before, with the head that trains them.

    `images` and what else it takes are two samples: a trial call shows which layers are the last. Raises UsageError
    where an answer is not that of a last layer.
    """

    def __init__(self, critic: nn.Module, images: Tensor, condition: Condition, **stage: Any) -> None:
        super().__init__()
        self.critic = critic
        self.last = _last_layers(critic, images, condition, **stage)
        for name, head in {last.name: last.head for last in self.last}.items():
            module = critic.get_submodule(name)
            embedding = None
            if head is not None:
                projection: Any = critic.get_submodule(head)
                embedding = _plain(projection.embedding)
                _replace(critic, head, Told())
            directed = DirectedProduct() if isinstance(module, ClassProduct) else Direction(_plain(module), embedding)
            _replace(critic, name, directed)

    def forward(self, images: Tensor, condition: Condition, **stage: Any) -> CriticOutput:
        directions: dict[str, Any] = {last.name: self.critic.get_submodule(last.name) for last in self.last}
        for direction in directions.values():
            direction.labels, direction.answers = condition.labels, []
        output = self.critic(images, condition, **stage)
        answers = [directions[last.name].answers[last.call] for last in self.last]
        for direction in directions.values():
            direction.labels, direction.answers = None, []
        means = torch.stack([answer.float().reshape(len(images), -1).mean(1) for answer in answers], 1)
        return CriticOutput(output.logits, output.features, {**output.heads, DIRECTION: means})


class _Call(NamedTuple):
    """One call of a module within a critic's."""

    name: str
    module: nn.Module
    inputs: tuple[Any, ...]
    answer: Tensor


@torch.no_grad()
def _last_layers(critic: nn.Module, images: Tensor, condition: Condition, **stage: Any) -> list[Last]:
    """What makes the logits of each scale. Raises UsageError where that is no last layer, or something adds to it."""
    with _noted(critic) as calls, _in_eval_mode(critic):
        output: CriticOutput = critic.forward(images, condition, **stage)  # compiled ones call no hooks
    return [_last_of(scale, calls) for scale in output.scales]


def _last_of(scale: Tensor, calls: list[_Call]) -> Last:
    layers = [one for one in calls if not isinstance(one.module, ClassHead)]
    if not layers:
        raise UsageError("objective.san: this critic has no last layer with one output. Nearest: false.")
    if (found := _that_answered(scale, layers)) is not None:
        return found
    for head in calls:
        if isinstance(head.module, ClassHead) and _same(head.answer, scale):
            found = _that_answered(head.inputs[0], layers)
            layer = next((one for one in layers if found and one.name == found.name), None)
            if found and layer and _reads_as_much(layer, head.inputs[1]):
                return found._replace(head=head.name)
    raise UsageError(
        "objective.san: this critic's answer is not that of its last layer, or it adds to that. Nearest: false."
    )


def _that_answered(logits: Tensor, layers: list[_Call]) -> Last | None:
    """The latest call whose answer these logits are."""
    for at in range(len(layers) - 1, -1, -1):
        if _same(layers[at].answer, logits):
            name = layers[at].name
            return Last(name, sum(one.name == name for one in layers[:at]))
    return None


def _reads_as_much(layer: _Call, features: Tensor) -> bool:
    """Whether the layer answers once a sample, from the features of a projection head, or from the map they sum up."""
    read = layer.inputs[0]
    whole = len(read) == len(features) and layer.answer[0].numel() == 1
    return whole and torch.allclose(read.flatten(2).sum(2)[:, : features.shape[1]] if read.ndim > 2 else read, features)


def _same(one: Tensor, other: Tensor) -> bool:
    return one.numel() == other.numel() and torch.equal(one.flatten(), other.flatten())


@contextmanager
def _noted(critic: nn.Module) -> Iterator[list[_Call]]:
    """The calls, while this lasts, of all modules that may make logits, or add to them."""
    calls: list[_Call] = []

    def note(name: str) -> Any:
        def hook(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
            calls.append(_Call(name, module, inputs, output[0] if isinstance(output, tuple) else output))

        return hook

    with ExitStack() as hooks:
        for name, module in critic.named_modules():
            outputs = getattr(module, "out_features", getattr(module, "out_channels", 0))
            projects = isinstance(module, ClassHead) and module.head == "projection"
            if (isinstance(module, LAYERS) and outputs == 1) or isinstance(module, ClassProduct) or projects:
                hooks.callback(module.register_forward_hook(note(name)).remove)
        yield calls


@contextmanager
def _in_eval_mode(net: nn.Module) -> Iterator[None]:
    training = net.training
    net.eval()
    try:
        yield
    finally:
        net.train(training)


def _replace(net: nn.Module, name: str, module: nn.Module) -> None:
    above, _, own = name.rpartition(".")
    setattr(net.get_submodule(above), own, module)


def _plain(layer: nn.Module) -> Any:
    """The layer without spectral norm, which a length of 1 takes the place of."""
    if hasattr(layer, "parametrizations"):
        torch.nn.utils.parametrize.remove_parametrizations(layer, "weight")
    return layer
