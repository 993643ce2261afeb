from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.errors import UsageError
from ganstudio.tui.settings import Settings, load


def test_no_file_is_the_usual_settings(tmp_path: Path) -> None:
    assert load(tmp_path / "tui.toml") == Settings("dark", "blocks", {})


def test_a_file_chooses_theme_pictures_and_keys(tmp_path: Path) -> None:
    path = tmp_path / "tui.toml"
    path.write_text('theme = "light"\npictures = "kitty"\n[keys]\n"runs.stop" = "ctrl+t"\n')
    assert load(path) == Settings("light", "kitty", {"runs.stop": "ctrl+t"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('theme = "pink"', "theme must be dark or light"),
        ('pictures = "oil"', "pictures must be blocks or kitty"),
        ('them = "light"', "Did you mean 'theme'"),
        ("[keys]\nstop = 3", "names and keys"),
        ("theme = ", "tui.toml"),
    ],
)
def test_what_cannot_be_used_is_said_with_the_file(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "tui.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=says):
        load(path)
