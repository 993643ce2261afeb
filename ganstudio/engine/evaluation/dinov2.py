"""DINOv2 ViT-S/14: self-supervised features (Oquab et al. 2023, arXiv:2304.07193).

Stein et al. 2023, arXiv:2306.04675, find distances in DINOv2's features nearer to what people see than Inception's.
Their study uses the ViT-L/14; this is the small one, so the numbers are others. Modules are called as in the published
state dict, so that it is loaded strictly, and nothing is fetched at run time.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.engine.devices import full_precision
from ganstudio.engine.evaluation.extractors import Extractor, resized, state_of
from ganstudio.engine.tensor_hash import digest_of

SIDE = 224
PATCH = 14
FEATURES = 384
DEPTH, HEADS = 12, 6
TRAINED = 518 // PATCH  # patches a side that the positions were trained for
OFFSET = 0.1  # added to the patches a side when positions are interpolated, as in the published network
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(FEATURES, 3 * FEATURES)
        self.proj = nn.Linear(FEATURES, FEATURES)

    def forward(self, x: Tensor) -> Tensor:
        count, tokens, _ = x.shape
        q, k, v = self.qkv(x).view(count, tokens, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(count, tokens, FEATURES))


class Mlp(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(FEATURES, 4 * FEATURES)
        self.fc2 = nn.Linear(4 * FEATURES, FEATURES)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(x)))


class LayerScale(nn.Module):
    """Touvron et al. 2021, arXiv:2103.17239, eq. 7."""

    def __init__(self) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(FEATURES))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gamma


class TransformerBlock(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(FEATURES, 1e-6)
        self.attn = Attention()
        self.ls1 = LayerScale()
        self.norm2 = nn.LayerNorm(FEATURES, 1e-6)
        self.mlp = Mlp()
        self.ls2 = LayerScale()

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.ls1(self.attn(self.norm1(x)))
        return x + self.ls2(self.mlp(self.norm2(x)))


class PatchEmbed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, FEATURES, PATCH, PATCH)

    def forward(self, images: Tensor) -> Tensor:
        return self.proj(images).flatten(2).transpose(1, 2)


class ViT(nn.Module):
    """Images [N, 3, 224, 224] in ImageNet's scale to the normalized class token [N, 384]."""

    def __init__(self) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, FEATURES))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + TRAINED**2, FEATURES))
        self.mask_token = nn.Parameter(torch.zeros(1, FEATURES))  # of its training alone
        self.patch_embed = PatchEmbed()
        self.blocks = nn.ModuleList(TransformerBlock() for _ in range(DEPTH))
        self.norm = nn.LayerNorm(FEATURES, 1e-6)

    def forward(self, images: Tensor) -> Tensor:
        patches = self.patch_embed(images)
        x = torch.cat([self.cls_token.expand(len(images), -1, -1), patches], 1) + self._positions(SIDE // PATCH)
        for block in self.blocks:
            x = block(x)
        return self.norm(x)[:, 0]

    def _positions(self, side: int) -> Tensor:
        """The trained positions, bicubically, on side x side patches."""
        grid = self.pos_embed[:, 1:].view(1, TRAINED, TRAINED, FEATURES).permute(0, 3, 1, 2)
        scale = (side + OFFSET) / TRAINED
        grid = F.interpolate(grid, scale_factor=(scale, scale), mode="bicubic")
        return torch.cat([self.pos_embed[:, :1], grid.flatten(2).transpose(1, 2)], 1)


class DinoV2(Extractor):
    name = "dinov2"
    stamp = "dinov2-vits14"
    dim = FEATURES

    def __init__(self, file: Path, device: torch.device) -> None:
        self.device = device
        network = ViT()
        network.load_state_dict(state_of(file))
        self.digest = digest_of(network.state_dict().values())
        self._network = network.to(device).eval().requires_grad_(False)

    def features(self, pixels: Tensor) -> Tensor:
        images = resized(pixels.to(self.device), SIDE, MEAN, STD)
        with full_precision(self.device):
            return self._network(images).cpu()
