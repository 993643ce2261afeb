"""Curves of other programs as runs that are looked at alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.errors import UsageError
from ganstudio.runs.metrics.series import load_series
from ganstudio.runs.store import find, view
from ganstudio.trackers.imports import curves, tensorboard_files, wandb_folder
from ganstudio.trackers.imports.curves import Curves, Point
from ganstudio.workspace import Workspace
from tests.trackers.conftest import export


def imported(workspace: Workspace, *points: Point, step_images: float = 1.0, name: str | None = None) -> Path:
    return curves.import_run(workspace, Curves("tensorboard", Path("/their/logs"), list(points)), name, step_images)


def test_known_tags_get_our_names_and_others_keep_theirs(workspace: Workspace) -> None:
    run = imported(
        workspace, Point("G_loss", 1, 10.0, 0.5), Point("their/own", 1, 10.0, 2.0), Point("nimg", 1, 10.0, 3.0)
    )
    lines = load_series(run)
    assert lines["losses.g"].values == (0.5,)
    assert lines["their/own"].values == (2.0,)
    assert lines["imported.nimg"].values == (3.0,)


def test_it_is_marked_and_says_where_it_is_from(workspace: Workspace) -> None:
    run = view(imported(workspace, Point("fid", 3, 10.0, 20.0), Point("fid", 5, 70.0, 12.0), step_images=1000))
    assert (run.id, run.status, run.live, run.resume_command) == ("imported-logs", "imported", False, None)
    assert (run.state.nimg, run.state.elapsed_s, run.state.best) == (5000, 60.0, (12.0, 5000))
    assert run.state.notes == ("imported from tensorboard: /their/logs; a step is 1000 images",)
    assert find(workspace, "imported-logs").record.created == "1970-01-01T00:00:10.000+00:00"


def test_importing_again_takes_the_next_name_and_a_taken_one_is_refused(workspace: Workspace) -> None:
    point = Point("loss", 1, 0.0, 1.0)
    assert [imported(workspace, point).name for _ in range(2)] == ["imported-logs", "imported-logs-2"]
    with pytest.raises(UsageError, match="already"):
        curves.check_name(workspace, "imported-logs")


def test_nothing_is_no_run(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="holds no curves"):
        imported(workspace)
    with pytest.raises(UsageError, match="from 0 on"):
        imported(workspace, Point("loss", -1, 0.0, 1.0))
    assert not list(workspace.runs.glob("*"))


def test_our_own_event_files_come_back_as_they_were(trained: Path, workspace: Workspace) -> None:
    pytest.importorskip("tensorboard")
    export(trained, "tensorboard")
    ours, theirs = (
        load_series(trained),
        load_series(curves.import_run(workspace, tensorboard_files.read(trained / "tensorboard"), "theirs", 1.0)),
    )
    assert theirs["losses.d"].nimg == ours["losses.d"].nimg
    assert theirs["losses.d"].values == pytest.approx(ours["losses.d"].values)
    assert theirs["scores.FD[lenet]-5k"].nimg == (2000,)
    assert "scores.FID" in theirs


def test_scalars_of_tensorflow_2_are_read(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(tmp_path))
    writer.add_event(Event(step=7, wall_time=1.0, summary=scalar_pb("g_loss", 0.5)))
    writer.close()
    assert tensorboard_files.read(tmp_path).points == [Point("g_loss", 7, 1.0, 0.5)]


def test_an_offline_run_of_wandb_comes_back(trained: Path, workspace: Workspace) -> None:
    pytest.importorskip("wandb")
    export(trained, "wandb")
    run = curves.import_run(workspace, wandb_folder.read(trained / "wandb"), "theirs", 1.0)
    assert load_series(run)["losses.d"] == load_series(trained)["losses.d"]


def test_folders_of_something_else_are_refused_with_what_they_are(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    pytest.importorskip("wandb")
    with pytest.raises(UsageError, match="no event files"):
        tensorboard_files.read(tmp_path)
    (tmp_path / "run-1.wandb").write_bytes(b"something else")
    with pytest.raises(UsageError) as refused:
        tensorboard_files.read(tmp_path)
    assert "--from wandb-offline" in str(refused.value.hint)
    with pytest.raises(UsageError, match="no log of Weights"):
        wandb_folder.read(tmp_path)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "events.out.tfevents.1").touch()
    with pytest.raises(UsageError, match="2 runs"):
        tensorboard_files.read(tmp_path)


def test_a_file_that_only_has_the_name_of_event_files_holds_no_curves(tmp_path: Path, workspace: Workspace) -> None:
    pytest.importorskip("tensorboard")
    (tmp_path / "events.out.tfevents.1").write_bytes(b"garbage" * 99)
    with pytest.raises(UsageError):
        curves.import_run(workspace, tensorboard_files.read(tmp_path), None, 1.0)


def test_a_log_of_wandb_that_a_kill_cut_short_gives_what_is_whole(trained: Path) -> None:
    pytest.importorskip("wandb")
    export(trained, "wandb")
    [file] = (path for path in (trained / "wandb").rglob("*.wandb") if "latest-run" not in path.parts)
    before = len(wandb_folder.read(file).points)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert 0 <= len(wandb_folder.read(file).points) < before
