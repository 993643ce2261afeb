from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import ganstudio
from tests.cli.images.conftest import noise, save
from tests.inference.style.networks import write_stylizer

__all__ = ["ganstudio"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace to stand in: a model that paints, a photograph, two styles as pictures, and one of one colour."""
    monkeypatch.chdir(tmp_path)
    write_stylizer(tmp_path / "exports" / "paint.onnx")
    save(tmp_path / "photo.png", photograph())
    save(tmp_path / "dark.png", noise(40, 40, seed=1) // 5)
    save(tmp_path / "bright.png", 205 + noise(40, 40, seed=2) // 6)
    Image.new("RGB", (40, 40), (9, 90, 200)).save(tmp_path / "flat.jpg")
    return tmp_path


def photograph(height: int = 48, width: int = 64, seed: int = 0) -> np.ndarray:
    """Pixels uint8 [H, W, 3] of middling colours that change slowly, and a little noise."""
    y, x = np.mgrid[0:height, 0:width]
    page = np.stack([90 + x, 150 - y, np.full_like(x, 80)], 2) + noise(height, width, seed=seed) // 12
    return np.clip(page, 0, 255).astype(np.uint8)
