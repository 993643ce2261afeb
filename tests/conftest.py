"""No test sees the user's runs, data sets or trusted files, nor leaves any."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.workspace import Workspace


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest test begins first: where two run at once, it is not what both wait for in the end."""
    items.sort(key=lambda item: "test_learning" not in item.nodeid)


@pytest.fixture(autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("GANSTUDIO_DATA", str(home / "data-sets"))
    monkeypatch.setenv("GANSTUDIO_STATE", str(home / "state"))
    # Empty is unset. Set all the same, so that what `--workspace` puts there is undone after the test.
    monkeypatch.setenv("GANSTUDIO_WORKSPACE", "")
    for name in ("DATA", "CONFIG", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """An empty workspace, which every command of the test uses."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    monkeypatch.setenv("GANSTUDIO_WORKSPACE", str(folder))
    return Workspace.locate()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of forty pictures of noise, 32 x 32 pixels."""
    import numpy as np
    from PIL import Image

    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(40):
        pixels = np.random.RandomState(number).randint(0, 256, (32, 32, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:02}.png")
    return folder
