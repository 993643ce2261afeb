from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.tui.settings import Settings, load


def test_no_file_is_the_usual_settings(tmp_path: Path) -> None:
    assert load(tmp_path / "tui.toml") == Settings("dark", "blocks", {})


def test_a_file_chooses_theme_pictures_and_keys(tmp_path: Path) -> None:
    path = tmp_path / "tui.toml"
    path.write_text('theme = "light"\npictures = "kitty"\nenlarged = "smooth"\n[keys]\n"runs.stop" = "ctrl+t"\n')
    assert load(path) == Settings("light", "kitty", {"runs.stop": "ctrl+t"}, "smooth")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('theme = "pink"', "theme must be dark or light"),
        ('pictures = "oil"', "pictures must be blocks or kitty"),
        ('pictures = ["kitty"]', "pictures must be blocks or kitty"),
        ("keys = 3", "a table"),
        ('them = "light"', "Did you mean 'theme'"),
        ("[keys]\nstop = 3", "keys.stop must be a key, as text; got 3"),
        ("theme = ", "tui.toml"),
    ],
)
def test_what_cannot_be_used_is_said_with_the_file_and_the_rest_holds(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "tui.toml"
    path.write_text(f'enlarged = "smooth"\n{text}')
    settings = load(path)
    (problem,) = settings.problems
    assert says in problem
    assert str(path) in problem
    assert (settings.theme, settings.pictures, settings.keys) == ("dark", "blocks", {})
    assert settings.enlarged == ("bricks" if says == "tui.toml" else "smooth")
