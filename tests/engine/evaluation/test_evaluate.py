"""What is scored against what: runs, exports and stored images, their classes, and what cannot be compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ganstudio import weights
from ganstudio.data import pack
from ganstudio.data.store import DataSet
from ganstudio.engine.evaluation import choice, perceptual, ppl
from ganstudio.engine.evaluation.evaluate import Request, evaluate
from ganstudio.engine.evaluation.imagenet.trunks import TRUNKS
from ganstudio.engine.evaluation.sources import Checkpoint, ExportSource, Stored, prior
from ganstudio.errors import UsageError
from ganstudio.inference.provenance import is_ours
from ganstudio.workspace import features_home
from tests.engine.conftest import WITNESSES, Runs, told
from tests.engine.evaluation.conftest import scenes, write_pictures
from tests.engine.evaluation.perceptual import random_weights, write_weights
from tests.engine.workers import work
from tests.inference.generators import write_generator

RELATIVISTIC = next(witness for witness in WITNESSES if witness.stem == "relativistic_pair")
CPU, CUDA = torch.device("cpu"), torch.device("cuda")


def grey(count: int, seed: int, side: int = 32) -> np.ndarray:
    return scenes(count, seed, side).mean(-1, keepdims=True).round().astype(np.uint8)


@pytest.fixture
def digits(tmp_path: Path) -> DataSet:
    """Forty grey pictures in two classes, thirty of the first."""
    folder = tmp_path / "digits"
    write_pictures(folder / "one", grey(30, 0))
    write_pictures(folder / "two", grey(10, 1))
    return pack.add(folder, size=32)


def asked(kind: str, target: Path, data: DataSet, **more: object) -> Request:
    fixed = {"n": 40, "features": "lenet", "device": "cpu", **more}
    return Request(kind, target, data.path, data.manifest.resolution, **fixed)  # type: ignore[arg-type]


def test_a_run_has_afterwards_the_score_that_it_told_while_it_trained(runs: Runs) -> None:
    run = runs.make("run", RELATIVISTIC, "training.precision=fp32", "evaluation.n=24")
    assert work(run) == 0, (run / "log.txt").read_text()
    final = told(run, "evaluated")[-1]
    data = DataSet.load(next(runs.folder.glob("noise-*")))
    answer = evaluate(asked("run", run, data, checkpoint="last", n=24, metrics=("fid",)))
    assert answer["metrics"] == {final["score"]: pytest.approx(final["value"], rel=1e-4)}
    assert answer["n"] == 24
    assert answer["target"].startswith("run at ")
    assert len(list(features_home().iterdir())) == 1  # both took the real side from one file


def test_progress_tells_of_the_data_then_of_the_samples_then_of_the_comparison(
    tmp_path: Path, digits: DataSet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GANSTUDIO_PROGRESS", "lines")
    other = pack.add(write_pictures(tmp_path / "other", grey(40, 3)), size=32)
    evaluate(asked("data", other.path, digits, metrics=("fid", "prdc")))
    lines = [line.rpartition(" ")[0] for line in capsys.readouterr().err.splitlines()]
    assert list(dict.fromkeys(lines)) == ["looking at digits", "looking at samples", "comparing features"]


def test_a_run_gives_the_same_samples_at_every_call(runs: Runs) -> None:
    run = runs.make("run", RELATIVISTIC, "evaluation.features=none")
    assert work(run) == 0, (run / "log.txt").read_text()
    data = DataSet.load(next(runs.folder.glob("noise-*")))
    source = Checkpoint(run, "last", data.manifest, CPU)
    first, second = (torch.cat(list(source.pixels(9))) for _ in range(2))
    assert torch.equal(first, second)
    assert (first.dtype, tuple(first.shape)) == (torch.uint8, (9, 1, 16, 16))


def test_an_export_is_scored_by_onnxruntime_with_the_data_s_classes(tmp_path: Path, digits: DataSet) -> None:
    model = write_generator(tmp_path / "g.onnx", classes=("two", "one"))
    source = ExportSource(model, digits.manifest)
    assert source.class_counts == (10, 30)
    answer = evaluate(asked("model", model, digits, metrics=("fid", "prdc")))
    assert list(answer["metrics"]) == [
        f"{name}[lenet]-40" for name in ("FD", "precision", "recall", "density", "coverage")
    ]
    assert answer == {**evaluate(asked("model", model, digits, metrics=("fid", "prdc"))), "seconds": answer["seconds"]}


def test_data_against_itself_is_at_no_distance_and_says_so(digits: DataSet) -> None:
    answer = evaluate(asked("data", digits.path, digits))
    assert answer["metrics"]["FD[lenet]-40"] == pytest.approx(0, abs=1e-6)
    assert answer["metrics"]["precision[lenet]-40"] == 1
    assert "both sides are the same images: a distance between them is 0" in answer["notes"]
    assert any(note.startswith("no kid: needs 1,000 images") for note in answer["notes"])


def test_fewer_images_than_asked_are_compared_and_told(digits: DataSet) -> None:
    answer = evaluate(asked("data", digits.path, digits, n=10_000, metrics=("fid",)))
    assert answer["n"] == 40
    assert answer["notes"][0].startswith("both sides")
    assert "10,000 images were asked for; digits has 40: 40 are compared on each side" in answer["notes"]


def test_too_few_for_a_metric_says_how_many_it_needs(digits: DataSet) -> None:
    with pytest.raises(
        UsageError, match=r"--metrics kid: needs 1,000 images on each side, there are 40\. Possible: fid, is"
    ):
        evaluate(asked("data", digits.path, digits, metrics=("kid",)))


def test_weights_that_are_not_here_say_how_they_come(digits: DataSet) -> None:
    with pytest.raises(UsageError, match="'inception': are not here") as caught:
        evaluate(asked("data", digits.path, digits, features="inception", metrics=("fid",)))
    assert caught.value.hint == "ganstudio weights fetch inception"


def test_weights_that_are_damaged_are_named_with_both_hashes(digits: DataSet, inception: Path) -> None:
    known = weights.find("inception")
    path = weights.locate(known)
    assert path is not None
    path.unlink()
    path.write_bytes(inception.read_bytes()[:-1])
    with pytest.raises(UsageError, match=known.sha256):
        evaluate(asked("data", digits.path, digits, features="inception", metrics=("fid",)))


def test_lenet_refuses_colours(tmp_path: Path, digits: DataSet) -> None:
    colours = pack.add(write_pictures(tmp_path / "colours", scenes(12, 0)), size=32)
    with pytest.raises(UsageError, match="lenet reads grey images up to 32 px; these have 3 channels and 32 px"):
        evaluate(asked("data", digits.path, colours))


def test_a_network_that_nobody_knows_names_the_nearest(digits: DataSet) -> None:
    with pytest.raises(UsageError, match="Did you mean 'lenet'"):
        evaluate(asked("data", digits.path, digits, features="lenett"))


def test_classes_need_labels_that_say_how_often_each_is(tmp_path: Path, digits: DataSet) -> None:
    bare = pack.add(write_pictures(tmp_path / "bare", grey(12, 2)), size=32)
    model = write_generator(tmp_path / "g.onnx", classes=("one", "two"))
    with pytest.raises(UsageError, match="g draws one of 2 classes; bare has no labels"):
        evaluate(asked("model", model, bare))
    with pytest.raises(UsageError, match="classes that digits does not have: three"):
        prior(("one", "three"), digits.manifest, "g")


def test_stored_images_of_other_sizes_are_seen_at_one(tmp_path: Path, digits: DataSet) -> None:
    large = pack.add(write_pictures(tmp_path / "large", grey(12, 2, 64)), size=64)
    assert {tuple(pixels.shape[1:]) for pixels in Stored(large, 32).pixels(12)} == {(1, 32, 32)}


@pytest.mark.parametrize(
    ("channels", "resolution", "device", "here", "live", "chosen"),
    [
        (1, 32, CPU, (), True, "lenet"),
        (1, 32, CUDA, ("inception",), True, "lenet"),
        (3, 64, CPU, (), True, "efficientnet-lite0"),
        (3, 64, CUDA, (), True, "efficientnet-lite0"),
        (1, 64, CPU, (), True, "efficientnet-lite0"),
        (3, 64, CPU, (), False, "efficientnet-lite0"),
        (3, 64, CPU, ("inception",), True, "efficientnet-lite0"),
        (3, 64, CUDA, ("inception",), True, "inception"),
        (3, 64, CPU, ("inception",), False, "inception"),
    ],
)
def test_auto_goes_by_data_and_device_and_says_why(
    monkeypatch: pytest.MonkeyPatch,
    channels: int,
    resolution: int,
    device: torch.device,
    here: tuple[str, ...],
    live: bool,
    chosen: str,
) -> None:
    monkeypatch.setattr(choice.weights, "locate", lambda known: Path("there") if known.name in here else None)
    name, why = choice.auto(channels, resolution, device, live)
    assert name == chosen
    assert why.startswith(f"features {chosen}: ")


@pytest.mark.parametrize(
    ("channels", "side", "read", "here", "chosen"),
    [
        (1, 32, "lenet", (), "efficientnet-lite0"),
        (1, 32, "efficientnet-lite0", (), "lenet"),
        (3, 32, "efficientnet-lite0", ("lpips-vgg16", "inception"), "vgg16"),
        (3, 32, "efficientnet-lite0", ("inception",), "inception"),
        (3, 32, "efficientnet-lite0", ("dinov2-vits14",), "dinov2"),
        (3, 32, "efficientnet-lite0", (), None),
    ],
)
def test_auto_passes_by_what_a_training_reads(
    monkeypatch: pytest.MonkeyPatch, channels: int, side: int, read: str, here: tuple[str, ...], chosen: str | None
) -> None:
    monkeypatch.setattr(choice.weights, "locate", lambda known: Path("there") if known.name in here else None)
    name, why = choice.auto(channels, side, CPU, live=True, read=frozenset({read}))
    assert name == chosen
    if chosen is None:
        assert "this training reads efficientnet-lite0" in why
        assert "ganstudio weights import lpips-vgg16" in why


def test_an_export_of_a_training_that_read_a_network_is_not_scored_in_it(tmp_path: Path, digits: DataSet) -> None:
    model = write_generator(tmp_path / "g.onnx", classes=("two", "one"), reads=("lenet",))
    with pytest.raises(UsageError, match=r"training itself reads lenet, .* Others: efficientnet-lite0, vgg16 \(ganst"):
        evaluate(asked("model", model, digits, features="lenet", metrics=("fid",)))
    answer = evaluate(asked("model", model, digits, features="auto", metrics=("fid",)))
    assert answer["features"] == "efficientnet-lite0@96"


@pytest.fixture
def untrained_lpips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LPIPS over networks that nobody trained, wherever its weights are asked for."""
    for trunk in TRUNKS:
        write_weights(tmp_path / f"lpips-{trunk.name}.pth", random_weights(trunk))
    monkeypatch.setattr(perceptual.weights, "require", lambda name: tmp_path / f"{name}.pth")


def test_path_lengths_are_of_what_has_latents(
    tmp_path: Path, digits: DataSet, untrained_lpips: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ppl, "FEWEST", 10)  # a hundred steps through VGG would add nothing here
    model = write_generator(tmp_path / "g.onnx", classes=("two", "one"))
    source = ExportSource(model, digits.manifest)
    (name,) = found = perceptual.paths(source, 10, CPU)
    assert name == "PPL-z-end[vgg16@64]-10"
    assert found[name].value > 0
    with pytest.raises(UsageError, match="runs between latents of a run or an export"):
        perceptual.paths(Stored(digits, 32), 10, CPU)


def test_diversity_is_that_of_both_sides_and_of_each_class(
    tmp_path: Path, digits: DataSet, untrained_lpips: None
) -> None:
    same = evaluate(asked("data", digits.path, digits, diversity=True))
    assert (same["metrics"], same["features"]) == ({}, None)
    assert same["diversity"]["samples"] == same["diversity"]["data"]
    assert same["diversity"]["data"]["classes"].keys() == {"one", "two"}
    model = write_generator(tmp_path / "g.onnx", classes=("two", "one"))
    drawn = evaluate(asked("model", model, digits, diversity=True))["diversity"]
    assert drawn["samples"]["classes"]["one"]["n"] > drawn["samples"]["classes"]["two"]["n"]
    assert drawn["samples"]["n"] == drawn["data"]["n"] == 40


def test_what_a_run_held_out_judges_its_copies(runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganstudio.engine.made_up_data.IMAGES", 400)
    run = runs.make("run", RELATIVISTIC, "evaluation.features=none", "data.held_out=0.2")
    assert work(run) == 0, (run / "log.txt").read_text()
    data = DataSet.load(next(runs.folder.glob("noise-*")))
    picture = tmp_path / "pairs.png"
    answer = evaluate(asked("run", run, data, checkpoint="last", n=64, memorized=picture))["memorized"]
    assert (answer["held_out"], answer["n"], answer["picture"]) == (80, 64, str(picture))
    assert answer["share"] <= answer["chance"]
    copies = evaluate(asked("data", data.path, data, n=64, memorized=picture))["memorized"]
    assert (copies["held_out"], copies["share"]) == (0, 1.0)
    assert is_ours(picture)


@pytest.mark.parametrize("witness", ["two_domains", "super_resolution"])
def test_a_run_of_images_from_images_has_afterwards_the_scores_that_it_told(runs: Runs, witness: str) -> None:
    file = next(one for one in WITNESSES if one.stem == witness)
    run = runs.make("run", file, "training.precision=fp32", "data.held_out=0.25", "evaluation.features=auto")
    assert work(run) == 0, (run / "log.txt").read_text()
    told_last = {event["score"]: event["value"] for event in told(run, "evaluated")}
    data = DataSet.load(next(runs.folder.glob("noise-*")))
    answer = evaluate(asked("run", run, data, checkpoint="last", features="auto", n=10_000))
    assert answer["metrics"] == {name: pytest.approx(value, rel=1e-3, abs=1e-6) for name, value in told_last.items()}
    assert answer["against"] == f"what its training held out of {data.manifest.name}"


def test_what_looks_at_samples_and_other_data_are_refused_for_a_run_of_images_from_images(
    runs: Runs, digits: DataSet
) -> None:
    file = next(one for one in WITNESSES if one.stem == "two_domains")
    run = runs.make("run", file, "training.kimg=0.004", "evaluation.features=none")
    assert work(run) == 0, (run / "log.txt").read_text()
    data = DataSet.load(next(runs.folder.glob("noise-*")))
    with pytest.raises(UsageError, match="--diversity is of samples; run makes images of images"):
        evaluate(asked("run", run, data, diversity=True))
    with pytest.raises(UsageError, match="--against digits: run makes images of images") as refused:
        evaluate(asked("run", run, digits))
    assert refused.value.hint == f"ganstudio evaluate run --against {data.manifest.name}"
    with pytest.raises(UsageError, match=r"run: no score: .*data.held_out=0.02 leaves none"):
        evaluate(asked("run", run, data, checkpoint="last", features="auto"))
