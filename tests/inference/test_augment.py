from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ganstudio.data.store import DataSet, names, open_set
from ganstudio.errors import StudioError, UsageError
from ganstudio.inference import OnnxModel
from ganstudio.inference.augment import Done, augment, fitted
from ganstudio.inference.destinations import Folder, Packed, claimed, folder_name
from ganstudio.inference.exports import Export
from ganstudio.inference.latents import latents
from ganstudio.inference.pixels import to_pixels
from ganstudio.inference.plan import Plan, make_plan
from ganstudio.workspace import data_home
from tests.inference.generators import write_copier, write_generator
from tests.inference.stores import noise, pack

CLASSES = ("dog", "a/cat")
Place = Callable[[Plan], Folder | Packed]


@pytest.fixture
def pets() -> DataSet:
    return pack("pets", noise(300), CLASSES, [0] * 200 + [1] * 100)


@pytest.fixture
def model(tmp_path: Path) -> Export:
    return Export.load(write_generator(tmp_path / "exports" / "cgan.onnx", classes=("a/cat", "dog")))


@pytest.fixture
def plan(pets: DataSet, model: Export) -> Plan:
    return make_plan(pets, [150, 70], [(None, model)], seed=1000)


@pytest.fixture(params=["folder", "packed"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Place]:
    """A destination of either kind, by a name of its own."""
    if request.param == "folder":
        return lambda name: lambda plan: Folder(tmp_path / name, plan)
    return lambda name: lambda plan: Packed(name, plan)


def fulfil(destination: Folder | Packed, batches: int | None = None) -> Done:
    """Everything, or what there is of it after so many batches."""
    left = batches

    def drawing(done: int, total: int) -> None:
        nonlocal left
        if left is not None:
            left -= 1
            if left < 0:
                raise KeyboardInterrupt

    with claimed(destination) as done:
        augment(destination.plan, destination, done, "cpu", drawing=drawing)
        destination.finish(done)
    return done


def files_of(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def pixels_of(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image)


def test_a_folder_holds_every_real_image_and_the_synthetic_ones_by_class(plan: Plan, tmp_path: Path) -> None:
    fulfil(Folder(tmp_path / "out", plan))
    folders = {path.name: sorted(file.name for file in path.iterdir()) for path in (tmp_path / "out").glob("*/")}
    assert folders == {
        "dog": [f"real-{row:08}.png" for row in range(200)] + [f"synthetic-{seed}.png" for seed in range(1000, 1150)],
        "a%2Fcat": [f"real-{row:08}.png" for row in range(200, 300)]
        + [f"synthetic-{seed}.png" for seed in range(1150, 1220)],
    }
    np.testing.assert_array_equal(pixels_of(tmp_path / "out/dog/real-00000007.png"), noise(300)[7, :, :, 0])
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a%2Fcat", "dog", "manifest.json"]


def test_picture_i_is_that_of_seed_base_plus_i_in_its_class(plan: Plan, model: Export, tmp_path: Path) -> None:
    fulfil(Folder(tmp_path / "out", plan))
    alone = to_pixels(OnnxModel.open(model.path).generate(latents([1200], 100), [0]))[0, :, :, 0]
    np.testing.assert_allclose(pixels_of(tmp_path / "out/a%2Fcat/synthetic-1200.png").astype(int), alone, atol=1)


def test_a_packed_set_holds_the_real_images_then_the_synthetic_ones_of_the_folder(plan: Plan, tmp_path: Path) -> None:
    fulfil(Folder(tmp_path / "out", plan))
    fulfil(Packed("more", plan))
    made, labels = open_set("more"), open_set("more").labels()
    assert labels is not None
    np.testing.assert_array_equal(made.images()[:300], noise(300))
    assert labels.tolist() == [0] * 200 + [1] * 100 + [0] * 150 + [1] * 70
    assert (made.manifest.synthetic, made.manifest.class_counts) == (220, (350, 170))
    seeds = np.load(made.path / "seeds.npy")
    assert seeds.tolist() == list(range(1000, 1220))
    for row, seed in enumerate(seeds):
        folder = folder_name(CLASSES[labels[300 + row]])
        expected = pixels_of(tmp_path / "out" / folder / f"synthetic-{seed}.png")
        np.testing.assert_array_equal(made.images()[300 + row, :, :, 0], expected)


def test_synthetic_pictures_say_so_and_plain_ones_do_not(
    plan: Plan, pets: DataSet, model: Export, tmp_path: Path
) -> None:
    fulfil(Folder(tmp_path / "out", plan))
    fulfil(Folder(tmp_path / "plain", make_plan(pets, [2, 0], [(None, model)], plain=True)))
    with Image.open(tmp_path / "out/a%2Fcat/synthetic-1150.png") as image:
        assert b"trainedAlgorithmicMedia" in image.info["xmp"]
        assert {"Source": "cgan", "Seed": "1150", "Class": "a/cat"}.items() <= image.info.items()
    for path in (tmp_path / "out/dog/real-00000000.png", tmp_path / "plain/dog/synthetic-0.png"):
        with Image.open(path) as image:
            assert image.info == {}


def test_interrupted_anywhere_and_begun_again_it_ends_in_the_same_bytes(
    place: Callable[[str], Place], plan: Plan
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


def test_what_a_batch_left_uncommitted_is_cut_off_or_written_again(place: Callable[[str], Place], plan: Plan) -> None:
    whole, torn = place("whole")(plan), place("torn")(plan)
    fulfil(whole)
    with pytest.raises(KeyboardInterrupt):
        fulfil(torn, 2)
    if isinstance(torn, Packed):
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


def test_the_same_plan_again_draws_nothing(place: Callable[[str], Place], plan: Plan) -> None:
    fulfil(place("out")(plan))
    before = files_of(place("out")(plan).path)
    again = place("out")(plan)
    fulfil(again, 0)  # the first batch would interrupt it
    assert files_of(again.path) == before


def test_another_plan_in_the_same_place_is_refused_and_told_apart(
    place: Callable[[str], Place], plan: Plan, pets: DataSet, model: Export
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


def test_a_place_that_holds_something_else_is_refused(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").touch()
    with pytest.raises(UsageError, match="is not empty"):
        fulfil(Folder(tmp_path / "mine", plan))
    with pytest.raises(UsageError, match="is a file"):
        fulfil(Folder(tmp_path / "mine" / "a.txt", plan))
    with pytest.raises(UsageError, match="the name is taken"):
        fulfil(Packed("pets", plan))
    with pytest.raises(UsageError, match="stands for"):
        fulfil(Packed("mnist", plan))


def test_one_that_is_at_work_keeps_others_away(place: Callable[[str], Place], plan: Plan) -> None:
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


def test_a_set_in_the_making_is_in_no_list(plan: Plan) -> None:
    with pytest.raises(KeyboardInterrupt):
        fulfil(Packed("more", plan), 1)
    assert names() == ["pets"]
    assert (data_home() / ".augmenting-more").is_dir()


def test_data_without_classes_lies_in_the_folder_itself(tmp_path: Path) -> None:
    bare = pack("bare", noise(3))
    model = Export.load(write_generator(tmp_path / "gan.onnx"))
    fulfil(Folder(tmp_path / "out", make_plan(bare, [2], [(None, model)])))
    expected = [f"real-0000000{row}.png" for row in range(3)] + ["synthetic-0.png", "synthetic-1.png"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["manifest.json", *expected]
    fulfil(Packed("more", make_plan(bare, [2], [(None, model)])))
    assert open_set("more").labels() is None


def test_near_copies_are_counted_and_with_novel_replaced_by_further_seeds(tmp_path: Path) -> None:
    """The generator knows the 60 real images by heart, and 40 of more contrast, which are far from any."""
    known = np.concatenate([noise(60), (noise(40, seed=1) > 127).astype(np.uint8) * 255])
    data = pack("known", known[:60])
    copier = [(None, Export.load(write_copier(tmp_path / "copier.onnx", known)))]
    kept = fulfil(Folder(tmp_path / "kept", make_plan(data, [200], copier)))
    novel = fulfil(Folder(tmp_path / "novel", make_plan(data, [200], copier, novel=True)))
    drawn = latents(range(1000), 100).argmax(axis=1)
    assert (kept.tried, kept.kept, kept.near) == ([200], [200], [int((drawn[:200] < 60).sum())])
    seeds = np.flatnonzero(drawn >= 60)[:200].tolist()
    assert {path.name for path in (tmp_path / "novel").glob("s*")} == {f"synthetic-{seed}.png" for seed in seeds}
    assert (novel.tried, novel.kept) == ([seeds[-1] + 1], [200])


def test_a_generator_that_only_copies_ends_with_an_error(tmp_path: Path) -> None:
    known = noise(100)
    copier = [(None, Export.load(write_copier(tmp_path / "copier.onnx", known)))]
    plan = make_plan(pack("known", known), [5000], copier, novel=True)
    with pytest.raises(
        StudioError, match=r"copies its training images: (\d+) of \1 pictures are near copies"
    ) as caught:
        fulfil(Folder(tmp_path / "out", plan))
    assert caught.value.exit_code == 1


def test_pictures_take_the_data_s_size_and_channels() -> None:
    pixels = noise(2, channels=3)
    np.testing.assert_array_equal(fitted(pixels, 32, 3), pixels)
    small = fitted(pixels, 16, 1)
    assert small.shape == (2, 16, 16, 1)
    expected = Image.fromarray(pixels[1]).convert("L").resize((16, 16), Image.Resampling.LANCZOS)
    np.testing.assert_array_equal(small[1, :, :, 0], np.asarray(expected))
    np.testing.assert_array_equal(fitted(noise(1), 32, 3), noise(1).repeat(3, axis=3))


def test_psi_reaches_the_model(tmp_path: Path) -> None:
    bare = pack("bare", noise(3))
    model = Export.load(write_generator(tmp_path / "styles.onnx", psi=True, noise=True))
    fulfil(Folder(tmp_path / "out", make_plan(bare, [1], [(None, model)], psi=0.0, seed=3)))
    expected = to_pixels(OnnxModel.open(model.path).generate(latents([3], 100), psi=0.0, seeds=[3]))[0, :, :, 0]
    np.testing.assert_array_equal(pixels_of(tmp_path / "out" / "synthetic-3.png"), expected)


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        *[("7", "7"), ("Löwe", "Löwe"), ("a b", "a b"), ("a/b", "a%2Fb"), (".", "%2E"), ("..", "%2E%2E"), ("", "%")],
        *[("50%", "50%25"), ("x. ", "x.%20"), (".hidden", "%2Ehidden"), ("a\x00b", "a%00b"), (None, "")],
    ],
)
def test_a_class_s_folder_can_be_made_and_is_its_alone(name: str | None, folder: str, tmp_path: Path) -> None:
    assert folder_name(name) == folder
    (tmp_path / folder).mkdir(exist_ok=name is None)


RUN = """
import sys
from ganstudio.cli.app import run
sys.exit(run(sys.argv[1:]))
"""


def test_a_kill_in_the_middle_costs_nothing_but_time(
    place: Callable[[str], Place], pets: DataSet, model: Export
) -> None:
    plan = make_plan(pets, [1000, 500], [(None, model)])
    whole, killed = place("whole")(plan), place("killed")(plan)
    fulfil(whole)
    where = ["--name", "killed"] if isinstance(killed, Packed) else ["--out", str(killed.path)]
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


def _written(destination: Folder | Packed) -> int:
    """Pictures that are there, committed or not."""
    if isinstance(destination, Packed):
        path = destination.root / "images.npy"
        return path.stat().st_size // 1024 if path.exists() else 0
    return len(list(destination.root.glob("*/[rs]*.png")))


PEAK = """
import resource, sys
from pathlib import Path
from ganstudio.data.store import open_set
from ganstudio.inference.augment import augment
from ganstudio.inference.destinations import Packed, claimed
from ganstudio.inference.exports import Export
from ganstudio.inference.plan import make_plan
plan = make_plan(open_set("colour"), [int(sys.argv[2])], [(None, Export.load(Path(sys.argv[1])))])
destination = Packed(f"more-{sys.argv[2]}", plan)
with claimed(destination) as done:
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
