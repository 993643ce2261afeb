"""Names are checked by one function, before anything is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio import bridge
from ganstudio.errors import UsageError
from ganstudio.runs import names, store
from ganstudio.workspace import Workspace, data_home, is_name, require_name
from tests.cli.conftest import Program
from tests.cli.conftest import ganstudio as ganstudio
from tests.runs.making import make_run

BAD = ["../x", "a/b", "/abs", "", ".", "..", ".hidden", "-x", "a b", "a\nb", "a\n", "größe", "x" * 101, "a\x00b", "a*"]


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_part_of_a_path_is_no_name(name: str) -> None:
    assert not is_name(name)
    with pytest.raises(UsageError, match="make a name"):
        require_name(name)


@pytest.mark.parametrize("name", ["a", "A.b_c-1", "7", "x" * 100])
def test_names_are_letters_digits_and_three_marks(name: str) -> None:
    require_name(name)


def everything(root: Path) -> set[Path]:
    return set(root.rglob("*"))


@pytest.mark.parametrize("name", ["../x", "a/b", "latest", "x" * 101])
@pytest.mark.parametrize(
    "command",
    [
        ("train", "dcgan", "--data", "PHOTOS"),
        ("train", "dcgan", "--data", "PHOTOS", "--sweep", "seed=0,1"),
        ("train", "dcgan", "--data", "PHOTOS", "--sweep", "seed=0,1", "--dry-run"),
        ("train", "dcgan", "--data", "PHOTOS", "--prepare"),
        ("runs", "fork", "parent"),
        ("data", "add", "PHOTOS"),
        ("augment", "--data", "mnist", "--model", "parent", "--factor", "2"),
    ],
    ids=lambda command: "-".join(word for word in command if word.isalpha()),
)
def test_a_bad_name_is_refused_before_anything_is_made(
    ganstudio: Program,
    workspace: Workspace,
    photos: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    name: str,
) -> None:
    if name == "latest" and command[0] not in ("train", "runs"):
        return
    make_run(workspace, "parent")
    monkeypatch.setattr(bridge, "call_worker", lambda *_, **__: pytest.fail("a worker was asked"))
    before = everything(workspace.root.parent)
    ended = ganstudio(*(str(photos) if word == "PHOTOS" else word for word in command), "--name", name)
    assert (ended.code, ended.out) == (2, "")
    assert "--name: letters, digits and . _ - make a name" in ended.err
    assert everything(workspace.root.parent) == before
    assert not data_home().exists()


def test_a_sweep_s_name_leaves_room_for_its_numbers(ganstudio: Program, workspace: Workspace, photos: Path) -> None:
    ended = ganstudio("train", "dcgan", "--data", photos, "--sweep", "seed=0,1", "--name", "x" * 99)
    assert ended.code == 2
    assert not workspace.runs.exists()


def test_presets_are_read_from_their_folders_alone(ganstudio: Program, workspace: Workspace) -> None:
    (workspace.root / "presets").mkdir()
    (workspace.root / "outside.toml").write_text('architecture = { id = "dcgan" }\n')
    ended = ganstudio("presets", "show", "../outside")
    assert (ended.code, ended.out) == (2, "")
    assert "there is no preset '../outside'" in ended.err


@pytest.mark.parametrize(("preset", "data"), [("größe", "é"), ("x" * 80, "y" * 80), ("-", ".")])
def test_a_run_that_nobody_named_has_a_name(workspace: Workspace, preset: str, data: str) -> None:
    path = make_run(workspace, preset=preset, data={"name": data})
    assert is_name(path.name)
    assert [run.id for run in store.list_runs(workspace)] == [path.name]
    assert is_name(f"{names.id_stem(store.view(path).record)}-sweep1-100")
