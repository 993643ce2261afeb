from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ganstudio.data.obtain import open_set
from ganstudio.data.store import DataSet


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data directory."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("GANSTUDIO_DATA", str(folder))
    return folder


@pytest.fixture(scope="session")
def mnist_test(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataSet]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANSTUDIO_DATA", str(tmp_path_factory.mktemp("builtin")))
        yield open_set("mnist-test")
