"""Clips and voxel grids on their way through the engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from ganstudio.data.staging import PixelWriter, finish_set
from ganstudio.data.store import DataSet
from ganstudio.engine import architectures, preflight
from ganstudio.engine.augmentation.diffaugment import augment
from ganstudio.engine.batches import Batches
from ganstudio.engine.conformance import CPU, advance
from ganstudio.engine.contract import DataContract, Stage
from ganstudio.engine.devices import Compute
from ganstudio.engine.distributed import World
from ganstudio.engine.draws import Draw
from ganstudio.engine.evaluation.training_scores.score import scorer
from ganstudio.engine.export.onnx import export
from ganstudio.engine.run_folder import previews
from ganstudio.engine.session import Session
from ganstudio.errors import RecipeError
from ganstudio.inference import OnnxModel
from ganstudio.inference.latents import latents
from ganstudio.recipe.load import resolve
from ganstudio.workspace import write_json
from tests.engine.conftest import Runs
from tests.engine.workers import work

BATCH = 8
SETTINGS = (f"training.batch={BATCH}", "training.kimg=0.1", "training.precision=fp32", "evaluation.n=40")


def packed(folder: Path, pixels: NDArray[np.uint8], axes: str = "THWC", labels: list[int] | None = None) -> DataSet:
    """A data set of uint8 `pixels` [N, T|D, H, W, C]."""
    folder.mkdir(exist_ok=True)
    writer = PixelWriter(folder / "images.npy", pixels.shape[2], pixels.shape[4], pixels.shape[1])
    writer.append(pixels)
    classes = () if labels is None else tuple(str(k) for k in range(max(labels) + 1))
    table = None if labels is None else np.array(labels, dtype=np.int64)
    manifest = finish_set(folder, writer, name="solid", source="a test", classes=classes, labels=table, axes=axes)
    write_json(folder / "manifest.json", manifest.as_record())
    return DataSet.load(folder)


def noise(count: int = 40, depth: int = 4, side: int = 8, channels: int = 1) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (count, depth, side, side, channels), np.uint8)


def draw(batch: int) -> Draw:
    return Draw(0, "train/d", 0, batch, slice(0, batch), torch.device("cpu"))


def taken(data: DataSet, count: int, resolution: int, mirror: bool = False) -> torch.Tensor:
    size = data.manifest.size_at(resolution)
    source = Batches(data, DataContract(), mirror, 0, torch.device("cpu"), size=size)
    return source.at("d", 0, draw(count), Stage(0, 1.0)).images


def session(data: DataSet, *settings: str, architecture: str = "mlp", resolution: int = 8, **table: Any) -> Session:
    found = architectures.find(architecture)
    recipe = {**found.recipe, "architecture": {"id": architecture}, "data": {"resolution": resolution}, **table}
    return Session(resolve(recipe, [*SETTINGS, *settings], "test"), found, data, 0, CPU, World())


def test_a_batch_of_clips_has_its_channels_before_its_frames(tmp_path: Path) -> None:
    pixels = noise(count=1, channels=3)
    images = taken(packed(tmp_path, pixels), 1, 8)
    assert images.shape == (1, 3, 4, 8, 8)
    expected = torch.from_numpy(pixels).permute(0, 4, 1, 2, 3) / 127.5 - 1
    torch.testing.assert_close(images, expected)


def test_mirroring_flips_all_frames_of_a_clip_left_to_right_or_none(tmp_path: Path) -> None:
    data = packed(tmp_path, noise(count=200))
    plain, mirrored = (taken(data, 200, 8, mirror) for mirror in (False, True))
    flipped = (mirrored != plain).flatten(1).any(1)
    assert torch.equal(mirrored[flipped], plain[flipped].flip(4))
    assert 60 < flipped.sum().item() < 140


def test_clips_are_averaged_in_each_frame_and_voxel_grids_along_their_depth_too(tmp_path: Path) -> None:
    planes = np.array([0, 102, 204, 255], np.uint8)[None, :, None, None, None]
    pixels = np.broadcast_to(planes, (1, 4, 8, 8, 1))
    clips, grids = packed(tmp_path / "t", pixels), packed(tmp_path / "d", pixels, "DHWC")
    assert taken(clips, 1, 4).shape == (1, 1, 4, 4, 4)
    torch.testing.assert_close(taken(clips, 1, 4)[0, 0, :, 2, 2], torch.tensor([-1.0, -0.2, 0.6, 1.0]))
    assert taken(grids, 1, 4).shape == (1, 1, 2, 4, 4)
    torch.testing.assert_close(taken(grids, 1, 4)[0, 0, :, 2, 2], torch.tensor([-0.6, 0.8]))


@pytest.mark.parametrize("policy", [("translation",), ("cutout",), ("translation", "cutout")], ids="+".join)
def test_every_frame_of_a_clip_is_changed_as_an_image_with_its_draw_would_be(policy: tuple[str, ...]) -> None:
    clips = torch.rand(16, 3, 5, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
    changed = augment(clips, policy, 0.7, draw(16), "real")
    for frame in range(5):
        expected = augment(clips[:, :, frame], policy, 0.7, draw(16), "real")
        assert torch.equal(changed[:, :, frame], expected)
    assert not torch.equal(changed, clips)


def test_a_clip_that_stands_still_stands_still_in_other_colours() -> None:
    still = (torch.rand(16, 3, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1).expand(16, 3, 5, 8, 8)
    changed = augment(still, ("color",), 1.0, draw(16), "real")
    torch.testing.assert_close(changed[:, :, 3], augment(still[:, :, 3], ("color",), 1.0, draw(16), "real"))
    torch.testing.assert_close(changed, changed[:, :, :1].expand_as(changed))


@pytest.mark.parametrize("axes", ["THWC", "DHWC"])
def test_perceptrons_learn_from_them_with_penalty_and_augmentation(tmp_path: Path, axes: str) -> None:
    data = packed(tmp_path, noise(), axes, labels=[i % 3 for i in range(40)])
    made = session(data, "data.mirror=true", regularizers=[{"kind": "gradient_penalty"}], augmentation={}, resolution=4)
    assert made.shape.size == ((4, 4, 4) if axes == "THWC" else (2, 4, 4))
    preflight.check_networks(made, None)
    before = {name: [p.detach().clone() for p in net.parameters()] for name, net in made.nets.generators.items()}
    advance(made, 2)
    for name, net in made.nets.generators.items():
        assert not any(torch.equal(a, b) for a, b in zip(before[name], net.parameters(), strict=True))


def test_an_architecture_of_flat_images_refuses_and_names_one_that_does_not(tmp_path: Path) -> None:
    data = packed(tmp_path, noise())
    with pytest.raises(RecipeError, match=r"dcgan draws flat images; the data is of 4 x 8 x 8\. Nearest: mlp"):
        session(data, architecture="dcgan")


def test_they_do_not_grow_and_are_not_translated(tmp_path: Path) -> None:
    data = packed(tmp_path, noise(), labels=[i % 2 for i in range(40)])
    with pytest.raises(RecipeError, match=r"growth: clips and voxel grids do not grow\. Nearest: none\."):
        preflight.check_recipe(session(data, growth={"start": 4}))
    with pytest.raises(RecipeError, match=r"task: translations are of images, neither of clips nor of voxel grids"):
        preflight.check_recipe(session(data, "task=unpaired"))


@pytest.mark.parametrize(("axes", "name"), [("THWC", "FD[lenet, frames]-40"), ("DHWC", "FD[lenet, slices]-40")])
def test_training_is_scored_by_frames_and_slices_and_says_so(tmp_path: Path, axes: str, name: str) -> None:
    score, _ = scorer(session(packed(tmp_path, noise(), axes)))
    assert score.names == (name,)
    (found,) = score()
    assert (found.score, found.n) == (name, 40)
    assert found.value > 0


def test_networks_of_solid_convolutions_can_be_placed() -> None:
    net = nn.Sequential(nn.Conv3d(1, 2, 3), nn.Conv2d(1, 2, 3))
    assert Compute(torch.device("cpu"), "fp32", channels_last=True).place(net) is net


@pytest.mark.parametrize(
    ("classes", "rows"), [(0, 8), (3, 3)], ids=["eight clips without classes", "a row a class where there are few"]
)
def test_previews_show_eight_frames_of_a_clip_in_each_row(tmp_path: Path, classes: int, rows: int) -> None:
    labels = [i % classes for i in range(40)] if classes else None
    made = session(packed(tmp_path / "data", noise(depth=16), labels=labels))
    (tmp_path / "run").mkdir()
    previews.write_real(made, tmp_path / "run")
    with Image.open(previews.write_samples(made, tmp_path / "run")) as samples:
        assert samples.size == (8 * 8, 8 * rows)
    with Image.open(tmp_path / "run" / "real.png") as real:
        assert real.size == (8 * 8, 8 * 8)
        shown = np.asarray(real)[:8]
    clips = noise(depth=16)[:, 1::2, :, :, 0]
    assert any(np.array_equal(np.hstack(list(clip)), shown) for clip in clips)


def test_a_run_on_clips_is_trained_and_exported_with_its_frames(runs: Runs, tmp_path: Path) -> None:
    data = packed(tmp_path / "data", noise())
    file = Path(architectures.__file__).with_name("mlp.py")
    run = runs.make("clips", file, *SETTINGS, "data.resolution=8", resolution=8)
    record = json.loads((run / "run.json").read_text())
    m = data.manifest
    record["data"] = {"name": m.name, "path": str(data.path), "fingerprint": m.fingerprint, "count": m.count}
    record["data"] |= {"resolution": 8, "channels": 1, "axes": m.axes, "depth": m.depth, "classes": []}
    (run / "run.json").write_text(json.dumps(record))
    assert work(run) == 0, (run / "log.txt").read_text()
    (exported,) = export(run, "last", tmp_path / "exports" / "clips.onnx")
    model = OnnxModel.open(exported)
    assert model.manifest.image_shape == (1, 4, 8, 8)
    assert model.generate(latents([1, 2], model.z_dim)).shape == (2, 1, 4, 8, 8)
    assert model.manifest.parity["max_abs"] <= 1e-4
