"""Runs in Python: read from their folders, and what goes wrong with them raised."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import ganstudio
from ganstudio.workspace import Workspace as Folders
from tests.runs.making import make_run, tell, tick


@pytest.fixture
def run(workspace: Folders) -> ganstudio.Run:
    """A run of 2 kimg that came to its end."""
    folder = make_run(workspace, "digits")
    tell(folder, "started", device="cpu", kimg_total=2)
    for nimg in (1000, 2000):
        told = dict(tick(nimg, d=nimg / 1000))
        tell(folder, told.pop("event"), told.pop("nimg"), told.pop("time_s", 0.0), **told)
    tell(folder, "finished", 2000, reason="budget")
    (folder / "samples").mkdir(exist_ok=True)
    Image.new("L", (8, 8), 7).save(folder / "samples" / "2000.png")
    (folder / "log.txt").write_text("one\ntwo\n")
    return ganstudio.Workspace(workspace.root).run("digits")


def test_a_run_tells_its_state_and_its_numbers(run: ganstudio.Run) -> None:
    assert (run.id, run.state, run.live, run.kimg) == ("digits", "finished", False, 2.0)
    curve = run.metrics()["losses.d"]
    np.testing.assert_array_equal(curve.nimg, [1000, 2000])
    np.testing.assert_array_equal(curve.values, [1.0, 2.0])
    assert (curve.nimg.dtype, curve.values.dtype) == (np.int64, np.float64)
    assert run.log(1) == "two"
    assert run.samples()[0].image().getpixel((0, 0)) == 7
    assert run.as_dict()["state"] == "finished"
    assert run.wait() is run


def test_a_number_that_is_none_is_told_with_the_nearest(run: ganstudio.Run) -> None:
    metrics = run.metrics()
    assert "losses.d" in metrics
    assert "losses.x" not in metrics
    with pytest.raises(ganstudio.UsageError, match=r"Did you mean 'losses\.[dg]'"):
        metrics["losses.x"]


def test_a_notebook_shows_a_run_and_a_workspace_and_hostile_names_are_text(workspace: Folders) -> None:
    folder = make_run(workspace, "one", preset="<script>")
    tell(folder, "started", device="cpu", kimg_total=2)
    ws = ganstudio.Workspace(workspace.root)
    shown = ws._repr_html_() + ws.run("one")._repr_html_()
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown


def test_waiting_for_a_run_that_failed_raises_why(workspace: Folders) -> None:
    folder = make_run(workspace, "bad")
    tell(folder, "started", device="cpu", kimg_total=2)
    tell(folder, "failed", 500, error=ganstudio.TrainingError("the loss of d is NaN").as_json(), loss="d", step=3)
    with pytest.raises(ganstudio.TrainingError, match="bad failed: the loss of d is NaN") as caught:
        ganstudio.Workspace(workspace.root).run().wait()
    assert caught.value.hint == "ganstudio runs resume bad"


def test_a_notebook_sees_a_run_go_on_without_waiting_for_it(
    run: ganstudio.Run, workspace: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[ganstudio.Run] = []
    notebook = ModuleType("IPython.display")
    notebook.display = lambda one, display_id: shown.append(one) or SimpleNamespace(update=shown.append)  # type: ignore
    monkeypatch.setitem(sys.modules, "IPython.display", notebook)
    run.watch(every_s=0.01).join(timeout=60)
    assert shown == [run, run]  # at first, and when it was found to have ended
    monkeypatch.setitem(sys.modules, "IPython.display", None)
    with pytest.raises(ganstudio.StudioError, match="IPython") as caught:
        run.watch()
    assert caught.value.hint == "pip install 'ganstudio[notebook]'"


def test_what_a_command_refuses_is_raised_in_its_words(workspace: Folders) -> None:
    ws = ganstudio.Workspace(workspace.root)
    with pytest.raises(ganstudio.UsageError, match="Did you mean 'dcgan'") as caught:
        ws.train("dcgna", data="mnist", kimg=1)
    assert caught.value.hint
    with pytest.raises(ganstudio.UsageError, match="there are no runs"):
        ws.run()


def test_a_plot_is_a_document_of_its_own(run: ganstudio.Run) -> None:
    assert run.plot()._repr_svg_().lstrip().startswith("<svg")
    with pytest.raises(ganstudio.UsageError, match="--what"):
        run.plot("nothing")


def test_several_runs_stand_in_one_plot(run: ganstudio.Run, workspace: Folders) -> None:
    tell(make_run(workspace, "letters"), "tick", 1000, 1.0, losses={"d": 1.0})
    drawn = ganstudio.Workspace(workspace.root).plot([run, "letters"], "losses.d")._repr_svg_()
    assert "digits" in drawn
    assert "letters" in drawn


def test_a_report_is_the_commands_file(run: ganstudio.Run, workspace: Folders, tmp_path: Path) -> None:
    file = run.report(tmp_path / "one.html", no_model=True)
    assert file == tmp_path / "one.html"
    assert file.read_bytes().startswith(b"<!doctype html>")
    both = ganstudio.Workspace(workspace.root).report([run, "digits"], tmp_path / "two.html", no_model=True, samples=1)
    assert both.is_file()
