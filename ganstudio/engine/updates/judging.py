"""The critic as the loop calls it: D after augmentation, and after instance noise.

Instance noise is Soenderby et al.'s (2016, arXiv:1610.04490, section 2.3): on real images and fakes alike.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from torch import Tensor
from torch.func import functional_call

from ganstudio.engine.augmentation.diffaugment import augment
from ganstudio.engine.contract import Condition, CriticOutput, JudgedPair, Nets, Pair, Stage
from ganstudio.engine.draws import Draw
from ganstudio.engine.terms.term import Need
from ganstudio.recipe.schema import Augmentation

Weights = Mapping[str, Mapping[str, Tensor]]  # of critics, by name: parameters and buffers by theirs


@dataclass(frozen=True)
class Judge:
    """Critics after the augmentation of one micro-batch; with `weights` they have these instead of their own."""

    nets: Nets
    draw: Draw
    stage: Stage
    augmentation: Augmentation | None
    p: float | None
    weights: Weights | None = None
    instance_noise: float = 0.0

    def __call__(
        self, critic: str, images: Tensor, condition: Condition, purpose: str, augmented: bool = True
    ) -> CriticOutput:
        """The answer to `images`; the same draw and `purpose` are augmented in the same way."""
        return self.look(critic, images, condition, purpose, augmented)[0]

    def look(
        self, critic: str, images: Tensor, condition: Condition, purpose: str, augmented: bool = True
    ) -> tuple[CriticOutput, Tensor]:
        """The answer, and the images as the critic saw them."""
        if augmented and self.augmentation is not None:
            images = augment(images, self.augmentation.policy, self.p, self.draw, purpose)
            if condition.images is not None:
                shared = augment(condition.images, self.augmentation.policy, self.p, self.draw, purpose)
                condition = Condition(condition.labels, shared)
        if augmented and self.instance_noise:
            noise = self.draw.image_noise(f"{purpose}/instance_noise", *images.shape[1:])
            images = images + self.instance_noise * noise
        net, named = self.nets.critics[critic], self.nets.stage(self.stage)
        if self.weights is None:
            return net(images, condition, **named), images
        return functional_call(net, dict(self.weights[critic]), (images, condition), named), images

    def judge_pair(self, pair: Pair, needs: Collection[Need], show_real: bool) -> JudgedPair:
        """Real and fake go through the critic in separate calls: together they would share batch statistics."""
        if "real_grad" in needs:
            pair.real.requires_grad_(True)
        if "fake_grad" in needs:
            pair.fake.requires_grad_(True)
        real, seen_real = None, None
        if pair.real is not None and show_real:
            real, seen_real = self.look(pair.critic, pair.real, pair.condition_of_real, "real")
        fake, seen_fake = self.look(pair.critic, pair.fake, pair.condition, "fake")
        return JudgedPair(pair, fake, real, seen_fake, seen_real)
