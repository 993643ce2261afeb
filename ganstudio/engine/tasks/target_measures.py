"""What tasks with a target measure: how near held-out answers come to it."""

from __future__ import annotations

from functools import lru_cache

from torch import Tensor

from ganstudio import weights
from ganstudio.engine.contract import Batch
from ganstudio.engine.evaluation.imagenet.trunks import ALEXNET
from ganstudio.engine.evaluation.lpips import Lpips
from ganstudio.engine.tasks.image_quality import psnr, ssim
from ganstudio.engine.tasks.measure import Measure

MEASURES = (
    Measure("PSNR", "higher", best=True, compare=lambda made, batch: psnr(made, batch.images)),
    Measure("SSIM", "higher", compare=lambda made, batch: ssim(made, batch.images)),
)
LPIPS = "lpips-alexnet"  # losses are made in VGG16, and what a training learns by does not measure it


def target_measures(side: int) -> tuple[Measure, ...]:
    """PSNR, SSIM and, where its weights are here and the short `side` is long enough for AlexNet, LPIPS."""
    if weights.locate(weights.find(LPIPS)) and side >= ALEXNET.least:
        return (*MEASURES, Measure(f"LPIPS[{ALEXNET.name}]", "lower", compare=_lpips))
    return MEASURES


def _lpips(made: Tensor, batch: Batch) -> Tensor:
    """LPIPS of each image to its target, [N]; of colours alone where they have alpha."""
    return _lpips_net(str(made.device))(made[:, :3], batch.images[:, :3])


@lru_cache(maxsize=1)
def _lpips_net(device: str) -> Lpips:
    return Lpips.load(weights.require(LPIPS)).to(device)
