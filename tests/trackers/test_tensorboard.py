"""Event files, read back by TensorBoard's own reader."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ganstudio.errors import UsageError
from ganstudio.runs.store import view
from ganstudio.trackers.exporter import Exporter
from ganstudio.workspace import Workspace
from tests.runs.making import make_run, started, tick
from tests.trackers.conftest import export, resumed, tell_all

pytest.importorskip("tensorboard")


def read(folder: Path) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    reader = EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0, "tensors": 0})
    reader.Reload()
    return reader


def points(folder: Path, tag: str) -> list[tuple[int, float]]:
    return [(one.step, round(one.value, 4)) for one in read(folder).Scalars(tag)]


def only_file(folder: Path) -> Path:
    [path] = folder.glob("*tfevents*")
    return path


def test_a_resumed_run_is_one_curve_whose_steps_are_images(trained: Path) -> None:
    export(trained, "tensorboard")
    folder = trained / "tensorboard"
    assert points(folder, "Loss/Discriminator") == [(1000, 0.5), (2000, 0.4), (3000, 0.3), (4000, 0.2)]
    assert points(folder, "Loss/Generator") == [(1000, 1.0), (2000, 0.8), (3000, 0.6), (4000, 0.4)]


def test_only_a_score_that_is_fid_is_called_that(trained: Path) -> None:
    export(trained, "tensorboard")
    assert points(trained / "tensorboard", "Metrics/FID") == [(4000, 4.0)]
    assert points(trained / "tensorboard", "Metrics/FD[lenet]-5k") == [(2000, 4.0)]


def test_grids_are_whole_pictures(trained: Path) -> None:
    export(trained, "tensorboard")
    reader = read(trained / "tensorboard")
    [real], [made] = reader.Images("Real Images"), reader.Images("Generated Images")
    for shown, level in ((real, 7), (made, 4000 % 251)):
        image = Image.open(io.BytesIO(shown.encoded_image_string))
        assert (image.size, image.getpixel((0, 0))) == ((24, 16), level)
        assert (shown.width, shown.height) == (24, 16)


def test_the_recipe_is_hyperparameters_and_a_text(trained: Path) -> None:
    from tensorboard.plugins.hparams import metadata

    export(trained, "tensorboard")
    reader = read(trained / "tensorboard")
    [start] = [
        metadata.parse_session_start_info_plugin_data(content)
        for tag, content in reader.PluginTagToContent("hparams").items()
    ]
    assert start.hparams["training.kimg"].number_value == 100.0
    assert start.hparams["preset"].string_value == "dcgan"
    assert b"| training.kimg | 100.0 |" in reader.Tensors("Recipe")[0].tensor_proto.string_val[0]
    assert b"images" in reader.Tensors("Steps")[0].tensor_proto.string_val[0]


def test_twice_is_once(trained: Path) -> None:
    assert export(trained, "tensorboard") > 0
    before = only_file(trained / "tensorboard").read_bytes()
    assert export(trained, "tensorboard") == 0
    assert only_file(trained / "tensorboard").read_bytes() == before


def test_in_parts_it_is_the_same_bytes_as_at_once(trained: Path, tmp_path: Path) -> None:
    export(trained, "tensorboard")
    tell_all(trained, tick(5000, 0.1), tick(6000, 0.1))
    assert export(trained, "tensorboard") == 6
    (tmp_path / "at-once").mkdir()
    export(trained, "tensorboard", tmp_path / "at-once")
    assert only_file(tmp_path / "at-once").read_bytes() == only_file(trained / "tensorboard").read_bytes()


def test_what_a_kill_left_half_written_is_written_once(trained: Path) -> None:
    export(trained, "tensorboard")
    file = only_file(trained / "tensorboard")
    whole = file.read_bytes()
    tell_all(trained, tick(5000, 0.1))
    file.write_bytes(whole + whole[30:500])  # what a tracker wrote that was killed before it kept its place
    export(trained, "tensorboard")
    assert [step for step, _ in points(file.parent, "Loss/Generator")] == [1000, 2000, 3000, 4000, 5000]


def test_a_resume_that_a_tracker_sees_later_takes_back_what_it_threw_away(workspace: Workspace) -> None:
    run = make_run(workspace, "digits-1")
    tell_all(run, started(), tick(1000), tick(2000), tick(3000, 99.0))
    export(run, "tensorboard")
    tell_all(run, started(2000), resumed(2000), tick(3000, 0.3))
    export(run, "tensorboard")
    assert points(run / "tensorboard", "Loss/Discriminator") == [(1000, 0.5), (2000, 0.5), (3000, 0.3)]


def test_a_fork_s_curve_begins_with_its_parent_s(trained: Path, workspace: Workspace) -> None:
    fork = make_run(workspace, "fork-1", parent="digits-1@3", start="everything")
    tell_all(fork, started(3000), tick(4000, 0.05))
    export(fork, "tensorboard")
    curve = points(fork / "tensorboard", "Loss/Discriminator")
    assert curve == [(1000, 0.5), (2000, 0.4), (3000, 0.3), (4000, 0.05)]


def test_a_run_that_takes_networks_alone_begins_at_0(trained: Path, workspace: Workspace) -> None:
    other = make_run(workspace, "other-1", parent="digits-1@3", start="networks")
    tell_all(other, started(), tick(500))
    export(other, "tensorboard")
    assert [step for step, _ in points(other / "tensorboard", "Loss/Discriminator")] == [500]


def test_curves_of_others_are_not_mixed_with(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "events.out.tfevents.1.somebody").touch()
    with pytest.raises(UsageError, match="curves of something else"):
        export(trained, "tensorboard", tmp_path)


def test_two_at_once_are_refused(trained: Path) -> None:
    one = view(trained)
    first = Exporter("tensorboard", trained / "tensorboard", one.path, one.record, lambda *_: [])
    with first.running(), pytest.raises(UsageError, match="another process"):
        export(trained, "tensorboard")


def test_findings_are_texts_where_they_change(trained: Path) -> None:
    finding = {
        "rule": "r",
        "severity": "error",
        "symptom": "It fails.",
        "evidence": "loss 9",
        "remedy": None,
        "advice": None,
    }
    tell_all(trained, {"event": "checkpointed", "nimg": 4000, "time_s": 40.0, "path": "checkpoints/0000004000.pt"})
    one = view(trained)
    for _ in range(2):
        exporter = Exporter("tensorboard", trained / "tensorboard", one.path, one.record, lambda *_: [finding])
        with exporter.running():
            exporter.step()
        tell_all(trained, {"event": "checkpointed", "nimg": 4000, "time_s": 40.0, "path": "checkpoints/0000004000.pt"})
    [text] = read(trained / "tensorboard").Tensors("Findings")
    assert b"It fails." in text.tensor_proto.string_val[0]


def test_a_run_that_was_removed_is_not_made_again(trained: Path) -> None:
    one = view(trained)
    exporter = Exporter("tensorboard", trained / "tensorboard", one.path, one.record, lambda *_: [])
    trained.rename(trained.with_name(".removed-1-digits-1"))
    with pytest.raises(FileNotFoundError), exporter.running():
        exporter.step()
    assert not trained.exists()
