from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.errors import StudioError, UsageError
from ganstudio.workspace import (
    Workspace,
    data_home,
    expand_argument,
    expand_home,
    state_home,
    user_file,
    write_together,
)


def test_files_that_belong_together_are_all_new_or_all_as_they_were(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    write_together({first: b"old", second: b"old"})
    with pytest.raises(OSError, match="No such file"):
        write_together({first: b"new", tmp_path / "gone" / "c": b"new", second: b"new"})
    assert [first.read_bytes(), second.read_bytes()] == [b"old", b"old"]
    write_together({first: b"new", second: b"new"})
    assert [first.read_bytes(), second.read_bytes()] == [b"new", b"new"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user id without a line in the passwd file, and without HOME."""

    def unknown(_uid: int) -> None:
        raise KeyError

    monkeypatch.setattr("pwd.getpwuid", unknown)
    for name in ("HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", ["GANSTUDIO_DATA", "GANSTUDIO_STATE", "GANSTUDIO_WORKSPACE"])
def test_a_quoted_home_in_the_environment_is_the_home_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "g").mkdir()
    monkeypatch.setenv(name, "~/g")
    where = {"GANSTUDIO_DATA": data_home, "GANSTUDIO_STATE": state_home}.get(name, lambda: Workspace.locate().root)
    assert where() == tmp_path / "g"


def test_a_home_is_expanded_in_every_argument_where_shells_leave_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/x")
    given = ["~", "~/a", "--out=~/a", "cat=~/a.onnx", "~nobody-of-that-name.onnx", "a~", "./~/a", "--set=a=~/b"]
    told = ["/home/x", "/home/x/a", "--out=/home/x/a", "cat=/home/x/a.onnx", *given[4:7], "--set=a=/home/x/b"]
    assert list(map(expand_argument, given)) == told


def test_a_user_without_a_home_is_told_what_to_set(homeless: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GANSTUDIO_DATA")
    monkeypatch.delenv("GANSTUDIO_STATE")
    for place in (data_home, state_home, lambda: expand_home("~/a")):
        with pytest.raises(StudioError, match="Set GANSTUDIO_DATA and GANSTUDIO_STATE") as caught:
            place()
        assert caught.value.exit_code == 1


def test_a_user_without_a_home_works_where_both_are_set(
    homeless: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANSTUDIO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("GANSTUDIO_STATE", str(tmp_path / "state"))
    assert data_home() == tmp_path / "data"
    assert user_file("data", "trusted.json") == tmp_path / "state" / "trusted.json"
    assert user_file("config", "tui.toml") == tmp_path / "state" / "tui.toml"


def test_a_current_folder_that_is_gone_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(UsageError, match="the current folder is gone") as caught:
        Workspace.locate()
    assert "--workspace" in str(caught.value.hint)
    monkeypatch.setenv("GANSTUDIO_WORKSPACE", str(tmp_path))
    assert Workspace.locate().root == tmp_path
