"""An augmentation that is interrupted, begun again, or in the way of another."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ganstudio.data.store import DataSet, names
from ganstudio.errors import UsageError
from ganstudio.inference.augmentation.destinations import DataSetDestination, FolderDestination
from ganstudio.inference.augmentation.plan import AugmentationPlan, make_plan
from ganstudio.inference.exports import Export
from ganstudio.workspace import data_home
from tests.inference.augmentation.fulfilling import Place, files_of, fulfil
from tests.inference.generators import write_generator
from tests.inference.stores import noise, pack

RUN = """
import sys
from ganstudio.cli.app import run
sys.exit(run(sys.argv[1:]))
"""


def test_interrupted_anywhere_and_begun_again_it_ends_in_the_same_bytes(
    place: Callable[[str], Place], plan: AugmentationPlan
) -> None:
    whole, broken = place("same")(plan), place("broken")(plan)
    fulfil(whole)
    for batches in (0, 1, 3):
        with pytest.raises(KeyboardInterrupt):
            fulfil(broken, batches)
        assert not broken.path.exists() or not (broken.path / "images.npy").exists()
    done = fulfil(broken)
    assert done.kept == [150, 70]
    expected, found = files_of(whole.path), files_of(broken.path)
    manifest = {key: expected.pop(key).replace(b"same", b"broken") for key in ["manifest.json"]}
    assert found.pop("manifest.json") == manifest["manifest.json"]
    assert found == expected


def test_what_a_batch_left_uncommitted_is_cut_off_or_written_again(
    place: Callable[[str], Place], plan: AugmentationPlan
) -> None:
    whole, torn = place("whole")(plan), place("torn")(plan)
    fulfil(whole)
    with pytest.raises(KeyboardInterrupt):
        fulfil(torn, 2)
    if isinstance(torn, DataSetDestination):
        for name in ("images.npy", "seeds.npy"):
            with (torn.root / name).open("ab") as file:
                file.write(b"half a pic")
        (torn.root / ".augmentation.json.77.tmp").write_bytes(b"{")
    else:
        (torn.root / "dog" / ".synthetic-1128.png.77.tmp").write_bytes(b"half a pic")
        (torn.root / ".manifest.json.77.tmp").write_bytes(b"{")
    fulfil(torn)
    expected, found = files_of(whole.path), files_of(torn.path)
    assert found.keys() == expected.keys()
    assert {key for key in found if found[key] != expected[key]} <= {"manifest.json"}


def test_the_same_plan_again_draws_nothing(place: Callable[[str], Place], plan: AugmentationPlan) -> None:
    fulfil(place("out")(plan))
    before = files_of(place("out")(plan).path)
    again = place("out")(plan)
    fulfil(again, 0)  # the first batch would interrupt it
    assert files_of(again.path) == before


def test_another_plan_in_the_same_place_is_refused_and_told_apart(
    place: Callable[[str], Place], plan: AugmentationPlan, pets: DataSet, model: Export
) -> None:
    with pytest.raises(KeyboardInterrupt):
        fulfil(place("out")(plan), 1)
    for told, why in (
        ({"seed": 4}, r"another augmentation \(seed 1000, now 4\)"),
        ({"seed": 1000, "novel": True}, r"another augmentation \(novel false, now true\)"),
    ):
        with pytest.raises(UsageError, match=why):
            fulfil(place("out")(make_plan(pets, [150, 70], [(None, model)], **told)))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"synthetic \[150, 70\], now \[150, 71\]"):
        fulfil(place("out")(make_plan(pets, [150, 71], [(None, model)], seed=1000)))


def test_a_place_that_holds_something_else_is_refused(plan: AugmentationPlan, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").touch()
    with pytest.raises(UsageError, match="is not empty"):
        fulfil(FolderDestination(tmp_path / "mine", plan))
    with pytest.raises(UsageError, match="is a file"):
        fulfil(FolderDestination(tmp_path / "mine" / "a.txt", plan))
    with pytest.raises(UsageError, match="the name is taken"):
        fulfil(DataSetDestination("pets", plan))
    with pytest.raises(UsageError, match="stands for"):
        fulfil(DataSetDestination("mnist", plan))


def test_one_that_is_at_work_keeps_others_away(place: Callable[[str], Place], plan: AugmentationPlan) -> None:
    program = (
        "import sys, time; from pathlib import Path; from ganstudio.runs.process import write_process;"
        "write_process(Path(sys.argv[1])); print('here', flush=True); time.sleep(600)"
    )
    destination = place("out")(plan)
    destination.begin()
    other = subprocess.Popen([sys.executable, "-c", program, str(destination.root)], stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"here\n"
        with pytest.raises(UsageError, match=f"process {other.pid} is at work on it"):
            fulfil(place("out")(plan))
    finally:
        other.kill()
        other.communicate()
    fulfil(place("out")(plan))


def test_a_set_in_the_making_is_in_no_list(plan: AugmentationPlan) -> None:
    with pytest.raises(KeyboardInterrupt):
        fulfil(DataSetDestination("more", plan), 1)
    assert names() == ["pets"]
    assert (data_home() / ".augmenting-more").is_dir()


def test_a_kill_in_the_middle_costs_nothing_but_time(
    place: Callable[[str], Place], pets: DataSet, model: Export
) -> None:
    plan = make_plan(pets, [1000, 500], [(None, model)])
    whole, killed = place("whole")(plan), place("killed")(plan)
    fulfil(whole)
    where = ["--name", "killed"] if isinstance(killed, DataSetDestination) else ["--out", str(killed.path)]
    asked = ["augment", "--data", "pets", "--model", str(model.path), "--factor", "6", "--provider", "cpu", *where]
    command = [sys.executable, "-c", RUN, *asked]
    for least in (400, 900):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 60
        while _written(killed) < least:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.kill()
        process.communicate()
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Going on after" in ended.stderr
    expected, found = files_of(whole.path), files_of(killed.path)
    assert found.keys() == expected.keys()
    assert {key for key in found if found[key] != expected[key]} <= ({"manifest.json"} if "--name" in where else set())


def _written(destination: FolderDestination | DataSetDestination) -> int:
    """Pictures that are there, committed or not."""
    if isinstance(destination, DataSetDestination):
        path = destination.root / "images.npy"
        return path.stat().st_size // 1024 if path.exists() else 0
    return len(list(destination.root.glob("*/[rs]*.png")))


PEAK = """
import resource, sys
from pathlib import Path
from ganstudio.data.obtain import open_set
from ganstudio.inference.augmentation.augment import augment
from ganstudio.inference.augmentation.destinations import DataSetDestination, locked_tally
from ganstudio.inference.exports import Export
from ganstudio.inference.augmentation.plan import make_plan
plan = make_plan(open_set("colour"), [int(sys.argv[2])], [(None, Export.load(Path(sys.argv[1])))])
destination = DataSetDestination(f"more-{sys.argv[2]}", plan)
with locked_tally(destination) as done:
    augment(plan, destination, done, "cpu")
    destination.finish(done)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peaks are counted in other units elsewhere")
def test_ten_times_the_images_take_no_more_memory(tmp_path: Path) -> None:
    pack("colour", noise(40, channels=3))
    model = write_generator(tmp_path / "colour.onnx", channels=3)

    def peak_mb(count: int) -> float:
        # from a small process: a child's peak counts what its parent held when it was forked
        program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {PEAK!r}, *sys.argv[1:]], check=True)"
        command = [sys.executable, "-c", program, str(model), str(count)]
        return int(subprocess.run(command, capture_output=True, check=True, env=os.environ).stdout) / 1024

    assert peak_mb(5000) - peak_mb(500) < 5  # the pictures themselves are 15 MB
