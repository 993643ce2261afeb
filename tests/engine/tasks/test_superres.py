"""Super-resolution: sizes as published, what networks are given and shown, and training up to an export of any size."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

from ganstudio import weights
from ganstudio.data.pack import add
from ganstudio.data.store import DataSet
from ganstudio.engine import architectures, conformance
from ganstudio.engine.architectures.esrgan import ESRGANOptions, RRDBNet
from ganstudio.engine.architectures.srresnet import SRResNet, SRResNetOptions
from ganstudio.engine.conformance import CPU
from ganstudio.engine.contract import Condition, DataShape
from ganstudio.engine.degradation.bicubic import reduced
from ganstudio.engine.distributed import World
from ganstudio.engine.draws import Draw
from ganstudio.engine.evaluation.training_scores.score import scorer
from ganstudio.engine.layers.super_resolution import PictureCritic
from ganstudio.engine.run_folder.previews import write_samples
from ganstudio.engine.session import Session
from ganstudio.engine.step import iterate
from ganstudio.engine.tasks.image_quality import psnr
from ganstudio.engine.tasks.superres import SuperResolution
from ganstudio.errors import RecipeError
from ganstudio.recipe.load import resolve
from ganstudio.recipe.task_choices import SuperresTask

FOUR_TIMES = DataShape(3, (96, 96), (), (3, 24, 24))
SMALL = ["architecture.channels=8", "architecture.blocks=1", "architecture.critic_channels=4"]


def parameters(net: nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())


def test_generators_have_as_many_parameters_as_published() -> None:
    with torch.device("meta"):
        published = SRResNetOptions(channels=64, blocks=16, norm="batch", skip="none")
        srresnet = SRResNet(published, FOUR_TIMES)
        esrgan = RRDBNet(ESRGANOptions(channels=64, growth=32, blocks=23, skip="none"), FOUR_TIMES)
    # arXiv:1609.04802, figure 4, counted by hand: two 9x9 ends, 33 convolutions of 64 channels, two of 64 to 256
    by_hand = 3 * 64 * 81 * 2 + 33 * 64 * 64 * 9 + 2 * 64 * 256 * 9
    assert parameters(srresnet) == pytest.approx(by_hand, rel=0.01)
    assert parameters(esrgan) == 16_697_987  # of RRDB_ESRGAN_x4.pth, which the authors published: 16.7 million


def test_channels_become_pixels_in_the_order_of_rows() -> None:
    net = SRResNet(SRResNetOptions(channels=1, blocks=1), DataShape(1, (4, 4), (), (1, 2, 2)))
    shuffle = net.up[1]
    values = torch.arange(4.0).view(1, 4, 1, 1)
    assert shuffle(values).tolist() == [[[[0.0, 1.0], [2.0, 3.0]]]]  # Shi et al. 2016, arXiv:1609.05158, eq. 4


@pytest.mark.parametrize("scale", [1, 2, 4, 8])
@pytest.mark.parametrize("name", ["srresnet", "esrgan"])
def test_generators_enlarge_pictures_of_any_size_and_stay_in_range(name: str, scale: int) -> None:
    architecture = architectures.find(name)
    options = architecture.options.model_validate({"channels": 8, "blocks": 1})
    net = architecture.generator(options, DataShape(1, (8 * scale, 8 * scale), (), (1, 8, 8)))
    made = net(torch.rand(2, 1, 5, 7) * 4 - 2)
    assert made.shape == (2, 1, 5 * scale, 7 * scale)
    assert made.abs().max() <= 1.0001
    made.sum().backward()
    # what is cut to the range learns as if it were not: the last bias moves every pixel
    last = net.last if name == "srresnet" else net.last[-1]
    assert last.bias.grad.item() == pytest.approx(made.numel(), rel=1e-4)


def test_the_critic_takes_pictures_of_any_size() -> None:
    critic = PictureCritic(4, "none", FOUR_TIMES)
    for size in ((96, 96), (16, 40)):
        assert critic(torch.zeros(2, 3, *size), Condition()).logits.shape == (2, 1)


def fields(folder: Path) -> DataSet:
    """Tiles of six pictures of fields with sharp edges, packed once."""
    if (folder / "data" / "fields").exists():
        return DataSet.load(folder / "data" / "fields")
    (folder / "fields").mkdir()
    for number in range(6):
        y, x = np.mgrid[:48, :64] / (3 + number / 4)
        pixels = (127.5 + 60 * np.sign(np.sin(x + y)) + 60 * np.sign(np.cos(x))).astype(np.uint8)
        Image.fromarray(pixels).save(folder / "fields" / f"{number}.png")
    return add(folder / "fields", size=16, fit="tile")


def session(name: str, folder: Path, *settings: str) -> Session:
    """A tiny network on `fields`, twice the size."""
    architecture = architectures.find(name)
    training = ["data.resolution=16", "training.batch=4", "training.precision=fp32", "training.ema_kimg=0"]
    given = {**architecture.recipe, "architecture": {"id": name}}
    recipe = resolve(given, [*SMALL, *training, "task.scale=2", *settings], "test")
    return Session(recipe, architecture, fields(folder), 0, CPU, World())


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANSTUDIO_DATA", str(tmp_path / "data"))


def test_two_whole_pictures_never_train_and_small_ones_are_made_of_what_is_seen(tmp_path: Path) -> None:
    made = session("srresnet", tmp_path, "data.mirror=true", "data.crop=8")
    whole = made.data.whole_pictures()
    assert whole is not None
    assert len({*whole[made.batches.held_rows].tolist()}) == 2
    batch = made.batches.at("g", 0, Draw(0, "train/g", 0, 4, slice(0, 4), CPU.device), made.stage)
    assert batch.source is not None
    assert batch.source.shape == (4, 1, 4, 4)
    assert torch.equal(batch.source, reduced(batch.images, 2))


def test_pixels_alone_teach_more_than_bicubic_scaling_knows(tmp_path: Path) -> None:
    made = session("srresnet", tmp_path, "training.critic_steps=0", "generator_optimizer.lr=3e-3")
    before = made.nets.critics["critic"].state_dict()["dense.2.weight"].clone()
    for _ in range(120):
        list(iterate(made))
    held = made.batches.held(8, made.stage)
    assert held is not None
    assert held.source is not None
    larger = F.interpolate(held.source, (16, 16), mode="bicubic", antialias=True)
    answer = made.task.generate(made.previewed(), None, made.stage, None, held)  # type: ignore[arg-type]
    assert psnr(answer, held.images).mean() > psnr(larger, held.images).mean() + 0.5
    assert torch.equal(made.nets.critics["critic"].state_dict()["dense.2.weight"], before)
    found, _ = scorer(made)
    assert found is not None
    assert [name.partition("-")[0] for name in found.names] == ["PSNR", "SSIM"]


def test_the_critic_comes_in_when_its_weight_does_and_sees_no_source(tmp_path: Path) -> None:
    made = session(
        "esrgan",
        tmp_path,
        "training.kimg=0.1",
        'objective.weight={start = 0.0, end = 1.0, until = 0.5, shape = "step"}',
    )
    sides = [[report.side for report in iterate(made)] for _ in range(25)]
    assert sides[:13] == [["g"]] * 13
    assert sides[13:] == [["d", "g"]] * 12
    batch = made.batches.held(2, made.stage)
    assert batch is not None
    context = made.context("d", Draw(0, "d", 0, 2, slice(0, 2), CPU.device), batch, None)
    (pair,) = made.task.pairs(context)
    assert pair.condition.images is None


@pytest.mark.parametrize("degradation", ["bicubic", "real"])
def test_a_resume_makes_the_same_small_pictures(degradation: str, tmp_path: Path) -> None:
    straight, half, resumed = (session("srresnet", tmp_path, f"task.degradation={degradation}") for _ in range(3))
    state = copy.deepcopy(conformance.advance(half, 2).state_dict())
    resumed.load_state_dict(state)
    wanted, found = conformance.advance(straight, 4).state_dict(), conformance.advance(resumed, 2).state_dict()
    assert not conformance.differing(wanted, found)


def test_strips_show_the_small_picture_as_its_pixels_are_beside_the_answer_and_the_target(tmp_path: Path) -> None:
    made = session("srresnet", tmp_path)
    with Image.open(write_samples(made, tmp_path)) as picture:
        shown = np.asarray(picture.convert("L")).astype(int)
    held = made.batches.held(1, made.stage)
    assert held is not None
    assert held.source is not None
    small, large = (((one[0, 0] + 1) * 127.5).round().numpy() for one in (held.source, held.images))
    assert np.abs(shown[:16, :16] - np.kron(small, np.ones((2, 2)))).max() <= 1
    assert np.abs(shown[:16, 32:48] - large).max() <= 1


def test_a_scale_that_does_not_divide_what_networks_see_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"task\.scale: 8 must divide .*, 12. Nearest: data.crop=8"):
        session("srresnet", tmp_path, "task.scale=8", "data.crop=12")


def test_transparency_is_refused_before_networks_are_built_with_what_to_pack() -> None:
    with pytest.raises(RecipeError, match="these have transparency, which `upscale` enlarges by itself") as refused:
        SuperResolution().seen(DataShape(4, (96, 96)))
    assert "--mode rgb" in refused.value.hint


def test_where_features_are_compared_lpips_says_what_is_best_and_without_it_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    knobs = SuperresTask(perceptual=0.006)
    architecture = architectures.find("srresnet")
    options = architecture.options.model_validate({"channels": 4, "blocks": 1, "critic_channels": 2})

    def built(task: SuperresTask) -> SuperResolution:
        made = SuperResolution(task)
        made.build(architecture, options, FOUR_TIMES)
        return made

    without = built(knobs)
    assert [one.name for one in without.measures if one.best] == ["PSNR"]
    assert without.caution is not None
    assert built(SuperresTask()).caution is None
    monkeypatch.setattr(weights, "locate", lambda _: tmp_path)
    assert [one.name for one in built(knobs).measures if one.best] == ["LPIPS[alexnet]"]
    assert [one.name for one in built(SuperresTask()).measures if one.best] == ["PSNR"]
