from __future__ import annotations

from pathlib import Path

import pytest

from tests.inference.generators import write_generator


@pytest.fixture(scope="session")
def dcgan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_generator(tmp_path_factory.mktemp("models") / "dcgan.onnx")


@pytest.fixture(scope="session")
def conditional(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_generator(tmp_path_factory.mktemp("models") / "cgan.onnx", classes=("cat", "dog", "7"))
