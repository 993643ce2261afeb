"""The weights that are known: where they are published, and what their bytes are known by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Weights:
    """Weights that are published as `file` at `url`.

    `convolutions` is the digest of its convolutions where they alone are enough, else None: see convolutions.py.
    """

    name: str
    file: str
    sha256: str
    bytes: int
    summary: str
    licence: str
    source: str
    url: str
    convolutions: str | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """What it may lie here as: the published file or, where they are enough, its convolutions."""
        return (self.file,) if self.convolutions is None else (self.file, f"{self.name}-convolutions.npz")


# One conversion of the network of 2015-12-05; pytorch-fid publishes the same bytes as pt_inception-2015-12-05-6726825d.
_INCEPTION = "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/"
_DINOV2 = "https://dl.fbaipublicfiles.com/dinov2/dinov2_vits14/"
_TORCHVISION = "https://download.pytorch.org/models/"

WEIGHTS = {
    known.name: known
    for known in (
        Weights(
            name="inception",
            file="weights-inception-2015-12-05-6726825d.pth",
            sha256="6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
            bytes=95_628_359,
            summary="Inception-v3 of 2015-12-05, the network of FID, KID and IS",
            licence="Apache-2.0",
            source="torch-fidelity's release v0.2.0, or pytorch-fid's fid_weights, which are the same bytes",
            url=f"{_INCEPTION}weights-inception-2015-12-05-6726825d.pth",
        ),
        Weights(
            name="dinov2-vits14",
            file="dinov2_vits14_pretrain.pth",
            sha256="b938bf1bc15cd2ec0feacfe3a1bb553fe8ea9ca46a7e1d8d00217f29aef60cd9",
            bytes=88_283_115,
            summary="DINOv2 ViT-S/14, self-supervised on 142 million images",
            licence="Apache-2.0",
            source="the DINOv2 repository's list of backbones",
            url=f"{_DINOV2}dinov2_vits14_pretrain.pth",
        ),
        Weights(
            name="lpips-alexnet",
            file="alexnet-owt-7be5be79.pth",
            sha256="7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
            bytes=244_408_911,
            summary="AlexNet, the network of LPIPS that diversity is measured with",
            licence="BSD-3-Clause",
            source="torchvision's AlexNet_Weights.IMAGENET1K_V1",
            url=f"{_TORCHVISION}alexnet-owt-7be5be79.pth",
            convolutions="667f69d93f29449cba7795a19919a8969b32451aa8890234d20599754d762e48",
        ),
        Weights(
            name="lpips-vgg16",
            file="vgg16-397923af.pth",
            sha256="397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
            bytes=553_433_881,
            summary="VGG16, the network of LPIPS that path lengths are measured with, and of features vgg16",
            licence="BSD-3-Clause",
            source="torchvision's VGG16_Weights.IMAGENET1K_V1",
            url=f"{_TORCHVISION}vgg16-397923af.pth",
            convolutions="54a3fc544dbd505b7a39d091e33e89305742d967a1f8f965b47af4bfa3e1e0b6",
        ),
    )
}

# The networks whose features scores compare, and the weights that each needs; None: they ship with the program.
FEATURES: dict[str, str | None] = {
    "inception": "inception",
    "dinov2": "dinov2-vits14",
    "vgg16": "lpips-vgg16",
    "efficientnet-lite0": None,
    "lenet": None,
}
