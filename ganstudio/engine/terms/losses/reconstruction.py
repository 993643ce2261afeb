"""Real images drawn from a critic's maps, FastGAN's self-supervision: Liu et al. 2021 (arXiv:2101.04775, equation 4).

A small decoder makes the whole image of the critic's last map, another a part of it of a part of the map before. The
part, half of each side, is drawn for each sample. What they are compared with is the image as the critic saw it,
averaged down to their size, at most 16 times the map's sides. A critic that can be decoded has `decodable`: of its
heads `fine` and `coarse` the channels, and how many pixels of the image stand behind one of the map.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ganstudio import weights
from ganstudio.engine.contract import DataShape, Frozen, JudgedPair, Nets, Side, StepContext
from ganstudio.engine.evaluation.lpips import Lpips
from ganstudio.engine.terms.term import Group, Need, TermBase, TermResult
from ganstudio.errors import RecipeError
from ganstudio.recipe import schema

LPIPS = "lpips-vgg16"
SHARES = (4, 8, 8, 16)  # of the last map's width, what a decoder has after each doubling; there are no more


class Reconstruction(TermBase):
    """Distance of what two decoders draw to the image and to its part, the sum of both, [N]."""

    name = "reconstruction"
    side: Side = "d"
    group: Group = "losses"
    needs: frozenset[Need] = frozenset({"real", "critic"})

    def __init__(self, choice: schema.Reconstruction) -> None:
        self.choice, self.weight = choice, choice.weight
        self.reads = frozenset({"vgg16"} if choice.distance == "lpips" else ())

    def networks(self, nets: Nets, shape: DataShape) -> dict[str, nn.Module]:
        """Two decoders a critic and, where asked for, LPIPS. Raises RecipeError where there is nothing to decode."""
        found: dict[str, nn.Module] = {}
        for name, critic in nets.critics.items():
            decodable = getattr(critic, "decodable", None)
            if decodable is None:
                raise RecipeError(
                    [
                        "regularizers.reconstruction: this critic hands out no maps to draw images from. "
                        "Nearest: architecture.id=fastgan."
                    ]
                )
            for part, (width, factor) in decodable.items():
                widths = [max(decodable["coarse"][0] // share, 4) for share in SHARES[: factor.bit_length() - 1]]
                found[f"{name}_{part}_decoder"] = decoder(width, widths, shape.channels)
        match self.choice.distance:
            case "l1":
                pass
            case "lpips":
                found["reconstruction_lpips"] = Frozen(_lpips())
            case unreachable:
                assert_never(unreachable)
        return found

    def __call__(self, context: StepContext, pairs: Sequence[JudgedPair]) -> TermResult:
        (judged,) = pairs
        extras, critic, seen = context.nets.extras["d"], judged.pair.critic, judged.seen_real
        fine, coarse = judged.real.heads["fine"], judged.real.heads["coarse"]
        corner = context.draw.uniform("reconstruction/part", 2)
        distances = [
            self._distance(extras, extras[f"{critic}_coarse_decoder"], coarse, seen),
            self._distance(extras, extras[f"{critic}_fine_decoder"], *halves(fine, seen, corner)),
        ]
        return TermResult(torch.stack(distances).sum(0))

    def _distance(self, extras: dict[str, nn.Module], net: nn.Module, features: Tensor, images: Tensor) -> Tensor:
        """Of what is drawn from `features` to `images`, [N]."""
        drawn = net(features).float()
        wanted = F.interpolate(images.detach().float(), drawn.shape[2:], mode="area")
        if "reconstruction_lpips" not in extras:
            return (drawn - wanted).abs().flatten(1).mean(1)
        distance: Tensor = extras["reconstruction_lpips"](drawn[:, :3], wanted[:, :3])
        if drawn.shape[1] == 4:  # alpha is no colour, and LPIPS looks at colours
            distance = distance + (drawn - wanted)[:, 3:].abs().flatten(1).mean(1)
        return distance


def decoder(width: int, widths: Sequence[int], channels: int) -> nn.Sequential:
    """Draws images [N, channels, H 2^k, W 2^k] in [-1, 1] from maps [N, width, H, W]; `widths` are after each of k."""
    layers: list[nn.Module] = []
    for wide in widths:
        layers += [nn.Upsample(scale_factor=2), _convolution(width, 2 * wide), nn.BatchNorm2d(2 * wide), nn.GLU(1)]
        width = wide
    return nn.Sequential(*layers, _convolution(width, channels), nn.Tanh())


def _convolution(before: int, after: int) -> nn.Module:
    return spectral_norm(nn.Conv2d(before, after, 3, padding=1, bias=False))


def halves(features: Tensor, images: Tensor, corner: Tensor) -> tuple[Tensor, Tensor]:
    """Half of each side of `features` [N, C, h, w] and of `images` [N, c, H, W], at the same place.

    `corner` [N, 2] in [0, 1) says where, from the upper left to the lower right.
    """
    height, width = features.shape[2] // 2, features.shape[3] // 2
    free = corner.new_tensor([features.shape[2] - height + 1, features.shape[3] - width + 1])
    start = (corner * free).floor().long()
    factor = images.shape[2] // features.shape[2]
    return cut(features, start, (height, width)), cut(images, start * factor, (height * factor, width * factor))


def cut(images: Tensor, start: Tensor, size: tuple[int, int]) -> Tensor:
    """[N, C, *size] out of `images`, of each sample from its own `start` [N, 2] on."""
    rows, columns = (start[:, axis, None] + torch.arange(size[axis], device=images.device) for axis in (0, 1))
    sample = torch.arange(len(images), device=images.device)[:, None, None]
    return images.permute(0, 2, 3, 1)[sample, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def _lpips() -> Lpips:
    """LPIPS over VGG16, as FastGAN has it. Raises RecipeError where its weights are not here."""
    known = weights.find(LPIPS)
    if weights.locate(known) is None:
        raise RecipeError(
            [f"regularizers.reconstruction.distance: lpips needs {LPIPS}'s weights, which are not here. Nearest: l1."],
            hint=weights.how_to_get(known),
        )
    return Lpips.load(weights.require(LPIPS))
