"""What the worker is asked to find: pictures, and where the search of each begins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Asked:
    """Pictures [N, C, H, W], where each search begins, [N, layers, size], and classes where the model takes one."""

    images: Tensor
    latents: Tensor
    labels: Tensor | None

    @classmethod
    def read(cls, path: Path, device: torch.device) -> Asked:
        with np.load(path, allow_pickle=False) as arrays:
            given = {name: torch.from_numpy(arrays[name]).to(device) for name in arrays.files}
        labels = given["labels"]
        return cls(given["images"], given["latents"], labels if len(labels) else None)

    def one(self, place: int) -> Asked:
        part = slice(place, place + 1)
        return Asked(self.images[part], self.latents[part], None if self.labels is None else self.labels[part])
