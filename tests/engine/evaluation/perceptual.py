"""LPIPS networks of seeded random weights, the real weights, and the peer libraries, for the tests of distances."""

from __future__ import annotations

import os
import warnings
from collections import OrderedDict
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from ganstudio.engine.evaluation.imagenet.trunks import VGG16, Trunk
from ganstudio.engine.evaluation.lpips import Lpips, heads_of


def random_weights(trunk: Trunk, seed: int = 0) -> dict[str, Tensor]:
    """The convolutions of a state dict in torchvision's layout, of a size that lets signals through."""
    draw = np.random.default_rng(seed)
    state = {}
    for name, shape in trunk.shapes().items():
        deviation = np.sqrt(2 / np.prod(shape[1:])) if name.endswith("weight") else 0.1
        state[name] = torch.from_numpy(draw.normal(0, deviation, shape).astype(np.float32))
    return state


def random_lpips(trunk: Trunk, side: int | None = None, seed: int = 0) -> Lpips:
    return Lpips(trunk, random_weights(trunk, seed), heads_of(trunk), side)


def write_weights(path: Path, convolutions: dict[str, Tensor]) -> Path:
    """A state dict as torchvision publishes it: VGG16's is older than the zip archives that torch writes now."""
    classifier = {"classifier.1.weight": torch.ones(10, 9), "classifier.1.bias": torch.ones(10)}
    is_vgg16 = set(convolutions) == set(VGG16.shapes())
    torch.save(OrderedDict({**convolutions, **classifier}), path, _use_new_zipfile_serialization=not is_vgg16)
    return path


def real_arrays(trunk: Trunk) -> Any:
    """The published weights, conv{i}_w, conv{i}_b and lin{i}_w; the test is skipped where they are not here."""
    folder = os.environ.get("GANSTUDIO_REAL_DATA")
    if not folder:
        pytest.skip("$GANSTUDIO_REAL_DATA is not set")
    path = Path(folder) / "weights" / f"lpips_{trunk.name}.npz"
    if not path.exists():
        pytest.skip(f"{path} is not there: fetch-real-data lpips")
    return np.load(path)


def real_weights(trunk: Trunk, folder: Path) -> Path:
    """A file in torchvision's layout that holds the published convolutions."""
    arrays = real_arrays(trunk)
    convolutions = {}
    for index, place in enumerate(trunk.places()):
        convolutions[f"features.{place}.weight"] = torch.from_numpy(arrays[f"conv{index}_w"])
        convolutions[f"features.{place}.bias"] = torch.from_numpy(arrays[f"conv{index}_b"])
    return write_weights(folder / f"{trunk.name}.pth", convolutions)


def peer(name: str) -> ModuleType:
    """A library that imports torchvision; the test is skipped where it is not installed."""
    from ganstudio.engine.torchvision_import import import_torchvision

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


def photos(count: int, side: int) -> Tensor:
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
