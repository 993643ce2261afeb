from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.cli.conftest import ganstudio

__all__ = ["ganstudio"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace to stand in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def noise(height: int, width: int, channels: int = 3, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.RandomState(seed).randint(0, 256, (height, width, channels)).astype(np.uint8)


def save(path: Path, pixels: NDArray[np.uint8], **how: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).save(path, **how)  # type: ignore[arg-type]
    return path


def pixels_of(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        pixels = np.asarray(image)
        return pixels.reshape(*pixels.shape[:2], -1)
