"""LPIPS networks of seeded random weights, the real weights, and the peer libraries, for the tests of distances."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from ganstudio.engine.evaluation.lpips import Lpips, Trunk


def random_weights(trunk: Trunk, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Arrays of the right layout, of a size that lets signals through; weights of channels from 0."""
    draw = np.random.default_rng(seed)
    arrays = {}
    for name, shape in trunk.shapes().items():
        fan_in = int(np.prod(shape[1:])) or 1
        values = draw.normal(0, np.sqrt(2 / fan_in) if name.endswith("_w") else 0.1, shape)
        arrays[name] = np.abs(values).astype(np.float32) if name.startswith("lin") else values.astype(np.float32)
    return arrays


def random_lpips(trunk: Trunk, side: int | None = None, seed: int = 0) -> Lpips:
    return Lpips(trunk, {name: torch.from_numpy(a) for name, a in random_weights(trunk, seed).items()}, side)


def real_weights(trunk: Trunk) -> Path:
    """The file of the published weights; the test is skipped where there is none."""
    folder = os.environ.get("GANSTUDIO_REAL_DATA")
    if not folder:
        pytest.skip("$GANSTUDIO_REAL_DATA is not set")
    path = Path(folder) / "weights" / f"lpips_{trunk.name}.npz"
    if not path.exists():
        pytest.skip(f"{path} is not there: fetch-real-data lpips")
    return path


def peer(name: str) -> ModuleType:
    """A library that imports torchvision; the test is skipped where it is not installed."""
    from ganstudio.engine.operators import import_torchvision

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import_torchvision()
        return pytest.importorskip(name)


def fill_convolutions(net: torch.nn.Module, stored: Any) -> None:
    """Gives the convolutions of `net`, in their order, the weights of a file."""
    convs = [module for module in net.modules() if isinstance(module, torch.nn.Conv2d)]
    assert len(convs) == sum(name.startswith("conv") for name in stored) // 2
    for index, conv in enumerate(convs):
        conv.weight.data = torch.from_numpy(stored[f"conv{index}_w"])
        conv.bias.data = torch.from_numpy(stored[f"conv{index}_b"])


def photos(count: int, side: int) -> torch.Tensor:
    """Crops of real photographs where there are some, [count, 3, side, side] in [-1, 1]."""
    from PIL import Image

    folder = Path(os.environ["GANSTUDIO_REAL_DATA"]) / "photos"
    files = sorted(folder.glob("*.jpg"))
    if not files:
        pytest.skip(f"no photographs in {folder}")
    pixels = []
    for file in [files[index % len(files)] for index in range(count)]:
        with Image.open(file) as image:
            pixels.append(np.asarray(image.convert("RGB").resize((side, side))))
    return torch.from_numpy(np.stack(pixels)).movedim(-1, 1).float() / 127.5 - 1
