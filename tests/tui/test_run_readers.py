from __future__ import annotations

import shutil

from ganstudio.runs import events, store
from ganstudio.tui.run_readers import RunReader, RunsReader
from ganstudio.workspace import Workspace
from tests.runs.making import STARTED, make_run, tell
from tests.tui.driving import read_to_the_end


def names(reader: RunsReader) -> list[str]:
    runs = reader.read()
    assert runs is not None
    return [row.id for row in runs.rows]


def test_runs_come_newest_first_and_only_when_there_is_news(workspace: Workspace) -> None:
    make_run(workspace, "old", created="2026-01-01T00:00:00.000+00:00")
    make_run(workspace, "new", created="2026-02-01T00:00:00.000+00:00")
    reader = RunsReader(workspace)
    assert names(reader) == ["new", "old"]
    read_to_the_end(reader)
    assert reader.read() is None


def test_the_runs_are_shown_before_the_rules_have_looked_at_them(workspace: Workspace) -> None:
    make_run(workspace, "only")
    reader = RunsReader(workspace)
    first = reader.read()
    assert first is not None
    assert first.rows[0].findings is None
    assert reader.undiagnosed == 1
    assert read_to_the_end(reader).rows[0].findings == ()


def test_only_the_run_that_went_on_is_another_row(workspace: Workspace) -> None:
    first, second = make_run(workspace, "first"), make_run(workspace, "second")
    reader = RunsReader(workspace)
    before = read_to_the_end(reader)
    tell(first, "started", **STARTED)
    tell(first, "tick", 640, 1.0, losses={"d": 1.0, "g": 2.0}, img_per_s=100.0)
    after = reader.read()
    assert after is not None
    assert after.find("first") is not before.find("first")
    assert after.find("second") is before.find("second")
    row = after.find("first")
    assert row is not None
    assert row.view.state.losses == {"d": 1.0, "g": 2.0}
    assert second.exists()


def test_a_metrics_file_is_never_read_again_from_its_beginning(workspace: Workspace) -> None:
    run = make_run(workspace, "run")
    tell(run, "started", **STARTED)
    tell(run, "tick", 640, 1.0, losses={"d": 1.0})
    reader = RunsReader(workspace)
    reader.read()
    # what was read is spoiled; only who reads it again notices
    path = run / events.NAME
    path.write_bytes(b" " * (path.stat().st_size - 1) + b"\n")
    tell(run, "tick", 1280, 2.0, losses={"d": 3.0})
    runs = reader.read()
    assert runs is not None
    assert runs.rows[0].view.state.nimg == 1280
    assert runs.rows[0].view.state.started


def test_a_run_that_is_removed_leaves_and_one_that_takes_its_name_is_new(workspace: Workspace) -> None:
    run = make_run(workspace, "run")
    tell(run, "tick", 640, 1.0, losses={"d": 1.0})
    reader = RunsReader(workspace)
    assert names(reader) == ["run"]
    store.remove(run)
    assert names(reader) == []
    make_run(workspace, "run")
    runs = reader.read()
    assert runs is not None
    assert runs.rows[0].view.state.nimg == 0


def test_a_record_that_cannot_be_read_is_told_and_hides_no_other(workspace: Workspace) -> None:
    make_run(workspace, "good")
    bad = make_run(workspace, "bad")
    (bad / "run.json").write_text('{"id": "bad"}')
    runs = RunsReader(workspace).read()
    assert runs is not None
    assert [row.id for row in runs.rows] == ["good"]
    assert len(runs.damaged) == 1
    assert "bad" in runs.damaged[0]


def test_a_metrics_file_that_was_cut_is_read_anew(recorded: Workspace) -> None:
    reader = RunsReader(recorded)
    reader.read()
    path = recorded.runs / "digits" / events.NAME
    path.write_bytes(path.read_bytes()[:3000])
    (path.parent / "summary.json").unlink()
    runs = reader.read()
    assert runs is not None
    row = runs.find("digits")
    assert row is not None
    assert row.view.state.nimg < 24000


def test_the_rules_look_at_every_run_in_time(recorded: Workspace) -> None:
    reader = RunsReader(recorded, clock=iter(range(10_000)).__next__)  # each look at the clock is a second later
    rows = None
    for _ in range(10):
        rows = reader.read() or rows
        if not reader.undiagnosed:
            break
    assert rows is not None
    assert all(row.findings is not None for row in rows.rows)
    hot = rows.find("hot-critic")
    assert hot is not None
    assert "learning_rate_too_high" in {finding.rule for finding in hot.findings or ()}


def test_an_open_run_has_curves_samples_and_checkpoints(recorded: Workspace) -> None:
    runs = RunsReader(recorded).read()
    assert runs is not None
    row = runs.find("digits")
    assert row is not None
    reader = RunReader(row.view.path)
    one = reader.read(row)
    assert one is not None
    assert {"losses.d", "losses.g", "grad_norms.d", "img_per_s", "scores.FD[lenet]-1k"} <= one.curves.keys()
    assert one.samples == (12032, 24000)
    assert one.checkpoints == (0, 6016, 12032, 18048, 24000)
    assert one.read_share == 1.0
    assert reader.read(row) is None


def test_a_long_run_is_shown_before_all_of_it_is_read(workspace: Workspace) -> None:
    run = make_run(workspace, "long")
    line = b'{"event":"tick","nimg":%d,"time_s":%d,"losses":{"d":0.5,"g":1.5},"note":"' + b"x" * 300 + b'"}\n'
    with (run / events.NAME).open("wb") as file:
        file.writelines(line % (64 * number, number) for number in range(1, 30_000))
    runs = RunsReader(workspace).read()
    assert runs is not None
    row = runs.rows[0]
    reader = RunReader(run, clock=iter(range(10_000)).__next__)
    one = reader.read(row)
    assert one is not None
    assert one.read_share < 1
    assert one.curves["losses.d"].nimg[-1] > 29_000 * 64
    while reader.catching_up:
        one = reader.read(row) or one
    assert one.read_share == 1
    assert one.curves["losses.d"].nimg[-1] == 29_999 * 64
    assert one.curves["losses.d"].nimg[0] == 64 * 16


def test_a_run_whose_folder_goes_while_it_is_open_does_no_harm(recorded: Workspace) -> None:
    runs = RunsReader(recorded).read()
    assert runs is not None
    row = runs.find("digits")
    assert row is not None
    reader = RunReader(row.view.path)
    assert reader.read(row) is not None
    shutil.rmtree(row.view.path)
    one = reader.read(row)
    assert one is None or one.samples == ()
