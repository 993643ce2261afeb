"""What a critic makes of its features where images have classes: four ways to be told, or to tell, the class.

- `projection`: the logits gain <embedding(y), features>, Miyato & Koyama 2018 (arXiv:1802.05637, eq. 4 and figure 2);
- `classes`: one more answer, which class it sees, Odena et al. 2017 (AC-GAN, arXiv:1610.09585);
- `proxies`: two more, a direction for the image and one for its class, Kang et al. 2021 (ReACGAN, arXiv:2111.01118).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, assert_never

import torch.nn.functional as F
from torch import Tensor, nn

Head = Literal["projection", "classes", "proxies"]


class ClassHead(nn.Module):
    """A critic's answer from its logits [N, 1] and features [N, width] of images of classes [N].

    `layer` is called with each layer and embedding and answers the one to use: `spectral_norm`, for example.
    `directions` is the length of a direction, `head` being `proxies`; both directions have norm 1.
    """

    def __init__(
        self,
        head: Head,
        width: int,
        classes: int,
        layer: Callable[[nn.Module], nn.Module] = lambda layer: layer,
        directions: int = 128,
    ) -> None:
        super().__init__()
        self.head = head
        match head:
            case "projection":
                self.embedding = layer(_embedding(classes, width))
            case "classes":
                self.classes = layer(nn.Linear(width, classes))
            case "proxies":
                self.direction = layer(nn.Linear(width, directions))
                self.proxy = layer(_embedding(classes, directions))
                self.compares = "data-to-data cross-entropy compares the images of a part"
            case unreachable:
                assert_never(unreachable)

    def forward(self, logits: Tensor, features: Tensor, labels: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The logits [N, 1] and the answers for `CriticOutput.heads`."""
        match self.head:
            case "projection":
                told = self.embedding(labels).to(features.dtype)
                return logits + (told * features).sum(1, keepdim=True), {}
            case "classes":
                return logits, {"classes": self.classes(features)}
            case "proxies":
                direction, proxy = self.direction(features).float(), self.proxy(labels).float()
                return logits, {"directions": F.normalize(direction, dim=1), "proxies": F.normalize(proxy, dim=1)}
            case unreachable:
                assert_never(unreachable)


def _embedding(classes: int, width: int) -> nn.Embedding:
    """As small at first as DCGAN's weights: torch's N(0, 1) would drown the logits."""
    embedding = nn.Embedding(classes, width)
    nn.init.normal_(embedding.weight, 0.0, 0.02)
    return embedding
