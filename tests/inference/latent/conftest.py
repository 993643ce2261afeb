from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.inference.latent.model import LatentModel
from tests.inference.generators import write_generator, write_styled


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> LatentModel:
    """A generator whose latents are z."""
    return LatentModel.open(write_generator(tmp_path_factory.mktemp("models") / "dcgan.onnx"), "cpu")


@pytest.fixture(scope="session")
def styled_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_styled(tmp_path_factory.mktemp("models") / "stylegan.onnx")


@pytest.fixture(scope="session")
def styled(styled_path: Path) -> LatentModel:
    """A generator whose latents are ws."""
    return LatentModel.open(styled_path, "cpu")
