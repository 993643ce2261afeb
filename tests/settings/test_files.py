from __future__ import annotations

import os
from pathlib import Path

import pytest

from ganstudio.errors import RecipeError, UsageError
from ganstudio.settings import values
from ganstudio.settings.files import own_file, read_own, read_workspace
from ganstudio.settings.known import SETTINGS
from ganstudio.settings.values import from_files, value_of
from ganstudio.workspace import Workspace, data_home


def write_own(text: str) -> Path:
    path = own_file("config.toml")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_environment_workspace_and_user_come_in_that_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert value_of("device", tmp_path) is None  # the command's own default
    write_own('device = "cuda:1"')
    assert value_of("device", tmp_path) == "cuda:1"
    (tmp_path / "ganstudio.toml").write_text('device = "cpu"')
    assert value_of("device", tmp_path) == "cpu"
    monkeypatch.setenv("GANSTUDIO_DEVICE", "mps")
    assert value_of("device", tmp_path) == "mps"
    monkeypatch.setenv("GANSTUDIO_DEVICE", "")
    assert value_of("device", tmp_path) == "cpu"


@pytest.mark.parametrize("key", sorted(key for key, one in SETTINGS.items() if key not in ("device", "theme")))
def test_a_workspace_may_set_device_and_theme_alone(tmp_path: Path, key: str) -> None:
    section, _, name = key.rpartition(".")
    (tmp_path / "ganstudio.toml").write_text(f'{f"[{section}]" if section else ""}\n{name} = "http://stranger"\n')
    [problem] = read_workspace(tmp_path).problems
    assert problem.startswith(f"{tmp_path / 'ganstudio.toml'}: {key} may not be set by a workspace")
    with pytest.raises(RecipeError):
        value_of("device", tmp_path)


def test_a_command_is_no_setting_anywhere(tmp_path: Path) -> None:
    assert not [key for key in SETTINGS if "finish" in key or "command" in key]
    (tmp_path / "ganstudio.toml").write_text('on-finish = "rm -r /"')
    [problem] = read_workspace(tmp_path).problems
    assert "there is no setting 'on-finish'. Known: device, theme." in problem


def test_all_problems_of_a_file_are_told_at_once_with_the_nearest_key() -> None:
    path = write_own(
        'devise = "cpu"\ntheme = "dark"\n[serve]\nprot = 1\nport = "80"\n[notify]\nurl = "ftp://h/S3CRET"\n'
    )
    problems = "\n".join(read_own("config.toml").problems)
    assert problems.count(str(path)) == 5
    assert "there is no setting 'devise'. Did you mean 'device'?" in problems
    assert "theme is no setting of this file: " in problems
    assert "tui.toml." in problems
    assert "Did you mean 'serve.port'?" in problems
    assert "serve.port must be a whole number; got '80'." in problems
    assert "notify.url must be a URL that begins with http:// or https://" in problems
    assert "S3CRET" not in problems


@pytest.mark.parametrize("text", ["device = ", "\xff", "a = 1\na = 2"])
def test_a_file_that_is_no_toml_is_named(text: str) -> None:
    path = own_file("config.toml")
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode("latin-1"))
    [problem] = read_own("config.toml").problems
    assert problem.startswith(f"{path}: ")


def test_an_empty_section_is_no_mistake() -> None:
    write_own("[serve]\n[notify]\n")
    assert read_own("config.toml").problems == ()


def test_what_the_environment_says_must_be_legal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANSTUDIO_NOTIFY_SEVERITY", "warn")
    with pytest.raises(UsageError, match="GANSTUDIO_NOTIFY_SEVERITY: must be info or warning or error; got 'warn'"):
        value_of("notify.severity")


def test_the_data_folder_can_stand_in_the_user_s_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GANSTUDIO_DATA")
    monkeypatch.setenv("HOME", str(tmp_path))
    write_own('data = "~/sets"')
    assert data_home() == tmp_path / "sets"
    monkeypatch.setenv("GANSTUDIO_DATA", "/elsewhere")
    assert data_home() == Path("/elsewhere")


def test_without_files_no_parser_of_toml_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tomllib.loads", lambda _: pytest.fail("read"))
    assert from_files(SETTINGS["device"], tmp_path) is None
    assert values.value_of("notify.severity") == "warning"


class TestWorkspaceOf:
    @pytest.fixture(autouse=True)
    def below(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        folder = tmp_path / "a" / "b" / "c"
        folder.mkdir(parents=True)
        monkeypatch.chdir(folder)
        return folder

    def test_it_is_the_nearest_folder_upward_with_a_file_of_settings(self, below: Path) -> None:
        assert Workspace.locate().root == below
        (below.parents[1] / "ganstudio.toml").touch()
        assert Workspace.locate().root == below.parents[1]
        (below.parent / "ganstudio.toml").touch()
        assert Workspace.locate().root == below.parent

    def test_folders_of_runs_mark_none(self, below: Path) -> None:
        (below.parent / "runs").mkdir()
        (below.parent / "exports").mkdir()
        assert Workspace.locate().root == below

    def test_the_environment_and_what_is_given_come_first(
        self, below: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (below / "ganstudio.toml").touch()
        monkeypatch.setenv("GANSTUDIO_WORKSPACE", str(tmp_path))
        assert Workspace.locate().root == tmp_path
        assert Workspace.locate(below.parent).root == below.parent

    def test_a_stranger_s_file_in_a_folder_of_everybody_does_not_count(
        self, below: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shared = below.parent
        (shared / "ganstudio.toml").touch()
        shared.chmod(0o1777)
        assert Workspace.locate().root == shared
        monkeypatch.setattr(os, "getuid", lambda: shared.stat().st_uid + 1)
        assert Workspace.locate().root == below
        shared.chmod(0o755)
        assert Workspace.locate().root == shared
