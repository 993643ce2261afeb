"""What a run whose data set is gone answers: the state stays, and the command that brings the data back is told."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from ganstudio.data import catalog, pack, run_data
from ganstudio.data.derived.derived_sets import at_resolution
from ganstudio.data.obtain import open_set
from ganstudio.data.store import DataSet, remove
from ganstudio.errors import DataError
from ganstudio.recipe.load import dump, resolve
from ganstudio.runs import store
from ganstudio.workspace import Workspace, data_home
from tests.cli.conftest import Program
from tests.runs.making import STARTED, make_run, tell

MADE = {"source": "drawn by a generator", "size": 64, "options": None}


@pytest.fixture
def pets(photos: Path) -> DataSet:
    """Packed with options that a shell must be told in quotes."""
    source = photos.rename(photos.with_name("my photos"))
    return pack.add(source, "pets", size=16, fit="pad", mode="gray", background="#ff0000", labels="none")


def finished(workspace: Workspace, data: DataSet, name: str = "old") -> Path:
    recipe = dump(resolve({"architecture": {"id": "dcgan"}, "training": {"kimg": 100, "batch": 8}}, [], "test"))
    path = make_run(workspace, name, recipe=recipe, data=run_data.data_record(data))
    tell(path, "started", **STARTED)
    tell(path, "finished", 50_000, 60.0, reason="stop")
    (path / "checkpoints" / "0000050000.pt").touch()
    return path


@pytest.mark.parametrize(
    "arguments",
    [["runs", "resume", "old"], ["runs", "fork", "old", "--kimg", "200"], ["evaluate", "old", "--against", "pets"]],
)
def test_a_run_whose_data_is_gone_stays_as_it_was_and_is_told_what_brings_it_back(
    ganstudio: Program, workspace: Workspace, pets: DataSet, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    path = finished(workspace, pets)
    before = store.view(path).status
    remove("pets")
    ended = ganstudio(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert f"old: its data set 'pets' is gone from {pets.path}." in ended.err
    assert store.view(path).status == before
    assert [folder.name for folder in store.folders(workspace)] == ["old"]
    hint = ended.err.rpartition("try: ganstudio ")[2].strip()
    assert ganstudio(*shlex.split(hint)).code == 0
    assert run_data.open_run_data(run_data.data_record(pets), "old").manifest == pets.manifest


def test_a_sweep_whose_data_is_gone_tells_it_too(ganstudio: Program, workspace: Workspace, pets: DataSet) -> None:
    path = make_run(workspace, "s-1", data=run_data.data_record(pets), group="s")
    tell(path, "started", **STARTED)
    tell(path, "finished", 50_000, 60.0, reason="stop")
    remove("pets")
    ended = ganstudio("runs", "resume", "s")
    assert ended.code == 2
    assert "try: ganstudio data add " in ended.err


def test_a_set_that_is_known_by_name_and_what_was_derived_from_it_come_back_by_themselves(
    monkeypatch: pytest.MonkeyPatch, photos: Path
) -> None:
    monkeypatch.setitem(catalog.KNOWN, "known", _known(photos))
    data = at_resolution(open_set("known"), 64)
    assert data.manifest.name == "known@64"
    told = run_data.data_record(data)
    remove("known")
    assert run_data.open_run_data(told, "old").manifest.fingerprint == data.manifest.fingerprint


def test_a_derived_set_comes_back_from_the_one_that_is_there(pets: DataSet) -> None:
    data = at_resolution(open_set("pets"), 64)
    shutil.rmtree(data.path)
    told = run_data.data_record(data)
    assert run_data.open_run_data(told, "old").manifest == data.manifest


def test_of_a_derived_set_the_first_one_is_added_again(pets: DataSet) -> None:
    told = run_data.data_record(at_resolution(open_set("pets"), 64))
    remove("pets")
    with pytest.raises(DataError) as caught:
        run_data.open_run_data(told, "old")
    assert "--name pets --size 16 --fit pad --mode gray --background '#ff0000' --labels none" in str(caught.value.hint)


def test_another_set_of_the_name_is_to_be_removed_first(pets: DataSet, tmp_path: Path) -> None:
    told = {**run_data.data_record(pets), "fingerprint": "other"}
    with pytest.raises(DataError, match="is not the data that it began with") as caught:
        run_data.open_run_data(told, "old")
    assert str(caught.value.hint).startswith("ganstudio data remove pets && ganstudio data add ")


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"packed": None}, "ganstudio data add PATH --name digits --size 32"),
        (
            {"packed": {"source": catalog.KNOWN["mnist"].source, "size": 64, "options": None}},
            "ganstudio data add mnist",
        ),
        ({"packed": MADE}, None),
        ({"path": "/else/digits", "packed": None}, "GANSTUDIO_DATA=/else ganstudio data add PATH --name digits"),
    ],
)
def test_what_brings_data_back(changes: dict[str, Any], hint: str | None) -> None:
    told = {"name": "digits", "path": str(data_home() / "digits"), "resolution": 32, **changes}
    given = run_data.add_command(told)
    assert given == hint if hint is None else str(given).startswith(hint)


def test_a_source_that_is_gone_as_well_is_told(pets: DataSet) -> None:
    told = run_data.data_record(pets)
    remove("pets")
    shutil.rmtree(pets.manifest.source)
    with pytest.raises(DataError, match="and so is what it was packed from"):
        run_data.open_run_data(told, "old")


def _known(photos: Path) -> catalog.KnownSet:
    from ganstudio.data.opening import open_source

    return catalog.KnownSet("pictures", "somewhere", open_source, "a folder", locations=(photos,), resolution=32)
