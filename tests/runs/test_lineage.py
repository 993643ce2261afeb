from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.errors import UsageError
from ganstudio.runs.lineage import Origin, find_beginning, find_origin
from ganstudio.workspace import Workspace
from tests.runs.making import make_run, tell


def kept(path: Path, nimg: int, *changes: tuple[str, float]) -> None:
    """One more checkpoint of a run, told of."""
    (path / "checkpoints" / f"{nimg:010}.pt").touch()
    held = [{"key": key, "from": 0.0, "to": to, "nimg": nimg} for key, to in changes]
    tell(path, "checkpointed", nimg, path=f"checkpoints/{nimg:010}.pt", changes=held)


def test_a_run_alone_means_its_last_checkpoint(workspace: Workspace) -> None:
    path = make_run(workspace, "a")
    kept(path, 0)
    kept(path, 48_192)
    origin = find_origin(workspace, "a")
    assert (origin.run.id, origin.nimg, origin.label) == ("a", 48_192, "a@48.192")


@pytest.mark.parametrize(("reference", "nimg"), [("a@0", 0), ("a@48.2", 48_192), ("@48", 48_192), ("a@last", 48_192)])
def test_a_number_of_kimg_or_a_word_chooses_one(workspace: Workspace, reference: str, nimg: int) -> None:
    path = make_run(workspace, "a")
    kept(path, 0)
    kept(path, 48_192)
    assert find_origin(workspace, reference).nimg == nimg


def test_a_checkpoint_is_named_by_a_path_to_its_run_s_folder(workspace: Workspace) -> None:
    folder = workspace.root / "me@home"
    folder.mkdir()
    there = Workspace(folder)
    path = make_run(there, "a")
    kept(path, 0)
    kept(path, 48_192)
    for reference in ("runs/a@0", f"{path}@0", f"{path}/@0"):
        assert find_origin(there, reference).label == "a@0"
    assert find_origin(there, f"{path}/").nimg == 48_192


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("a@7", "has no checkpoint at 7 kimg. Kept: 0, 48.192."),
        ("a@", "a number of kimg must follow the @"),
        ("a@x", "must be best, last or a number of kimg; got 'x'"),
        ("b", "has no checkpoint yet"),
        ("c", "there is no run 'c'"),
    ],
)
def test_what_is_not_there_is_refused(workspace: Workspace, reference: str, said: str) -> None:
    path = make_run(workspace, "a")
    kept(path, 0)
    kept(path, 48_192)
    make_run(workspace, "b")
    with pytest.raises(UsageError) as error:
        find_origin(workspace, reference)
    assert said in error.value.message


def test_changes_are_those_that_the_checkpoint_holds(workspace: Workspace) -> None:
    path = make_run(workspace, "a")
    kept(path, 0)
    kept(path, 1000, ("generator_optimizer.lr", 1e-4), ("generator_optimizer.lr", 5e-5))
    assert find_origin(workspace, "a@0").changes() == {}
    assert find_origin(workspace, "a@1").changes() == {"generator_optimizer.lr": 5e-5}
    # after a resume from 0, the same count of images is reached without the change
    kept(path, 1000)
    assert find_origin(workspace, "a@1").changes() == {}


def test_a_beginning_is_a_run_or_a_checkpoint_s_file_wherever_it_lies(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    path, other = make_run(workspace, "a"), make_run(Workspace(tmp_path / "other"), "b")
    for run in (path, other):
        kept(run, 0)
        kept(run, 48_192)
    (tmp_path / "loose.pt").touch()
    monkeypatch.chdir(tmp_path)
    for reference in ("a@0", "runs/a@0", f"{path}@0", "@0", str(path / "checkpoints" / "0000000000.pt")):
        assert find_beginning(workspace, reference).label == "a@0", reference
    for reference, file in (
        ("loose.pt", tmp_path / "loose.pt"),
        ("other/runs/b", other / "checkpoints" / "0000048192.pt"),
        ("other/runs/b@0", other / "checkpoints" / "0000000000.pt"),
        ("other/runs/b/checkpoints/0000000000.pt", other / "checkpoints" / "0000000000.pt"),
    ):
        found = find_beginning(workspace, reference)
        assert not isinstance(found, Origin)
        assert (found.checkpoint, found.label) == (file, str(file))


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("b", "there is no run 'b'"),
        ("lose.pt", "--from lose.pt: there is no such file. Did you mean './loose.pt'?"),
        ("nowhere/x", "--from nowhere/x: there is no such file."),
        ("./folder", "--from ./folder: is a folder without a run."),
    ],
)
def test_a_beginning_that_is_not_there_is_refused_by_name(
    workspace: Workspace, reference: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run(workspace, "a")
    (tmp_path / "loose.pt").touch()
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as error:
        find_beginning(workspace, reference)
    assert error.value.message.startswith(said)
