"""A workspace with exports to draw from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.sample.sample_files import DIGITS
from tests.inference.generators import write_generator


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace to stand in."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("GANSTUDIO_WORKSPACE", raising=False)
    return folder


@pytest.fixture
def dcgan(workspace: Path) -> Path:
    return write_generator(workspace / "exports" / "dcgan.onnx")


@pytest.fixture
def cgan(workspace: Path) -> Path:
    return write_generator(workspace / "exports" / "cgan.onnx", classes=DIGITS)
