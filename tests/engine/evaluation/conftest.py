"""Pictures to score, an Inception that nobody trained, and the real weights where they are."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from ganstudio import weights
from ganstudio.engine.torchvision_import import import_torchvision
from ganstudio.workspace import weights_home

Pixels = NDArray[np.uint8]


def real_weights(name: str) -> Path:
    """The real weights of that name; without them the test is skipped."""
    folder = os.environ.get("GANSTUDIO_REAL_DATA")
    if not folder:
        pytest.skip("needs real weights: set GANSTUDIO_REAL_DATA")
    known = weights.find(name)
    found = [path for path in (Path(folder) / "weights").glob("*") if path.stat().st_size == known.bytes]
    if not found:
        pytest.skip(f"needs {known.file} in {folder}/weights")
    return found[0]


@pytest.fixture(scope="session")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file in the published Inception's layout with seeded weights, whose activations neither vanish nor explode."""
    import_torchvision()
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    class Empty(FeatureExtractorInceptionV3):  # type: ignore[misc]
        def load_state_dict(self, *_: object) -> None:
            """Its own, as torch drew them."""

    path = tmp_path_factory.mktemp("weights") / "inception.pth"
    torch.save({}, path)
    torch.manual_seed(0)
    network = Empty("inception-v3-compat", ["2048"], str(path))
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
    torch.save(network.state_dict(), path)
    return path


@pytest.fixture
def inception(untrained: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same file, known as the weights `inception`."""
    content = untrained.read_bytes()
    known = replace(weights.WEIGHTS["inception"], sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
    monkeypatch.setitem(weights.WEIGHTS, "inception", known)
    weights_home().mkdir(parents=True, exist_ok=True)
    (weights_home() / known.file).symlink_to(untrained)
    return untrained


def scenes(count: int, seed: int, side: int = 32) -> Pixels:
    """Soft blobs of colour, uint8 [count, side, side, 3]: images that have something to tell apart."""
    draw = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] / side
    images = np.empty((count, side, side, 3))
    for image in images:
        base, tints = draw.uniform(0, 255, 3), draw.uniform(-200, 200, (3, 3))
        image[:] = base
        for tint in tints:
            (u, v), size = draw.uniform(0, 1, 2), draw.uniform(0.1, 0.5)
            image += np.exp(-(((x - u) ** 2 + (y - v) ** 2) / size**2))[..., None] * tint
    return images.clip(0, 255).round().astype(np.uint8)


def write_pictures(folder: Path, pixels: Pixels) -> Path:
    folder.mkdir(parents=True)
    for number, image in enumerate(pixels):
        Image.fromarray(image.squeeze()).save(folder / f"{number:05}.png")
    return folder


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """torch-fidelity's own warnings are its own."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="torch_fidelity")
        yield
