"""The presets that make pictures of pictures without pairs: the contract, what their critics and terms are given."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from ganstudio.engine import architectures, conformance
from ganstudio.engine.architectures import pix2pix, stargan
from ganstudio.engine.conformance import CPU
from ganstudio.engine.contract import Architecture, CriticOutput, DataShape
from ganstudio.engine.distributed import World
from ganstudio.engine.export import parity
from ganstudio.engine.export.graph import to_graph
from ganstudio.engine.made_up_data import data_for, made_up_data
from ganstudio.engine.run_folder.previews import column_names
from ganstudio.engine.session import Session
from ganstudio.engine.step import update
from ganstudio.errors import RecipeError
from ganstudio.recipe.load import resolve
from tests.engine.toys import LINEAR, SHIFTS, STILL, Critic, Shift, session

PRESETS = Path(__file__).parents[3] / "presets"
SMALL = {
    "pix2pix": ["blocks=3", "channels=4", "critic_channels=4", "critic_levels=2"],
    "stargan": ["blocks=1", "channels=4", "critic_channels=4", "critic_levels=2"],
}
KNOBS = {
    "cyclegan": ["task.pool=16"],
    "cut": ["task.patches=64", "task.head_width=8"],
}  # pools and places that are drawn
CHECKS = (
    *("shapes", "learning", "resume", "micro-batches"),
    pytest.param("onnx", marks=pytest.mark.slow),
)


def subject(preset: str, folder: Path, channels: int | None = None) -> conformance.Subject:
    """A preset made small, with data made up for it."""
    table = tomllib.loads((PRESETS / f"{preset}.toml").read_text())
    id_ = table["architecture"]["id"]
    settings = [f"architecture.{one}" for one in SMALL[id_]] + KNOBS.get(preset, [])
    training = ["training.batch=8", "training.precision=fp32", "training.critic_steps=1", "data.resolution=16"]
    recipe = resolve(table, [*settings, *training], preset)
    return conformance.Subject(architectures.find(id_), recipe, folder, channels=channels)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("preset", ["cyclegan", "cut", "inpaint"])  # StarGAN's networks are among all that are checked
def test_presets_keep_the_contract(preset: str, check: str, tmp_path: Path) -> None:
    conformance.CHECKS[check](subject(preset, tmp_path))


@pytest.mark.parametrize("preset", ["cyclegan", "cut", "stargan", "inpaint"])
def test_any_objective_goes_with_any_of_them(preset: str, tmp_path: Path) -> None:
    made = subject(preset, tmp_path)
    recipe = resolve(made.recipe.model_dump(mode="json"), ["objective.kind=relativistic"], preset)
    toy = Session(recipe, made.architecture, made.data, 0, CPU, World())
    assert all(value.isfinite() for side in ("d", "g") for value in update(toy, side).losses.values())


@pytest.mark.parametrize(
    ("net", "published"),
    [
        (lambda: pix2pix.ResidualTranslator(pix2pix.Pix2pixOptions(), DataShape(3, (256, 256))), 11.38e6),
        (lambda: pix2pix.critic(pix2pix.Pix2pixOptions(), DataShape(3, (256, 256))), 2.76e6),
        (lambda: stargan.Generator(stargan.StarganOptions(), DataShape(3, (128, 128), (1,) * 5)), 8.43e6),
        (lambda: stargan.Critic(stargan.StarganOptions(), DataShape(3, (128, 128), (1,) * 5)), 44.8e6),
    ],
    ids=["CycleGAN's generator", "CycleGAN's critic", "StarGAN's generator", "StarGAN's critic"],
)
def test_published_sizes(net, published: float) -> None:
    with torch.device("meta"):
        count = sum(p.numel() for p in net().parameters())
    assert count == pytest.approx(published, rel=0.01)


def test_halves_of_a_translator_are_the_whole_of_it() -> None:
    for kind in ("unet", "resnet"):
        net = pix2pix.generator(pix2pix.Pix2pixOptions(generator=kind, channels=2, dropout=0), DataShape(1, (16, 16)))
        images = torch.randn(2, 1, 16, 16)
        maps = net.encode(images)
        assert maps[0] is images
        assert torch.equal(net.decode(maps), net(images))


@pytest.mark.parametrize(
    ("preset", "ways"),
    [("cyclegan", {"a_to_b": ("0", "1"), "b_to_a": ("1", "0")}), ("cut", {"": ("0", "1")}), ("stargan", {"": ()})],
)
def test_an_export_says_which_domain_it_translates_into_which(
    preset: str, ways: dict[str, tuple[str, ...]], tmp_path: Path
) -> None:
    made = subject(preset, tmp_path).session()
    classes = made.data.manifest.classes
    specs = made.task.exports(made.previewed(), made.stage)
    assert {spec.suffix: tuple(classes[k] for k in spec.domains or ()) for spec in specs} == ways


class Told(Shift):
    """Adds 0.1, whatever class it is told."""

    def forward(self, images, labels):
        return super().forward(images) + 0 * labels[:, None, None, None]


class Telling(Critic):
    """Remembers what it was told of which images, and takes each for class 0 by far."""

    def __init__(self, options, shape):
        super().__init__(options, shape)
        self.classes, self.told = shape.classes, []

    def forward(self, images, condition):
        self.told.append(condition.labels)
        sure = torch.zeros(len(images), self.classes)
        sure[:, 0] = 100.0
        return CriticOutput(super().forward(images, condition).logits, heads={"classes": sure})


def domains(folder: Path, *settings: str) -> Session:
    made = Architecture("told", {**LINEAR.recipe, "task": "multidomain"}, LINEAR.options, Told, Telling)
    return session(folder, made, "data.mirror=false", *STILL, *settings)


def test_a_fake_is_judged_as_the_class_that_was_asked_for_and_a_real_image_as_its_own(tmp_path: Path) -> None:
    toy = domains(tmp_path)
    report = update(toy, "d")
    own, asked = toy.nets.critics["critic"].told  # real images first
    assert not torch.equal(own, asked)
    # wrong by 100 for each image that is not of class 0
    assert report.losses["d_class_real"].item() == pytest.approx(100 * (own != 0).float().mean().item(), rel=1e-5)
    losses = update(toy, "g").losses
    asked = toy.nets.critics["critic"].told[-1]
    assert losses["g_class_fake"].item() == pytest.approx(100 * (asked != 0).float().mean().item(), rel=1e-5)
    assert losses["g_reconstruction"].item() == pytest.approx(10 * 0.2, rel=1e-4)  # 0.1 there and 0.1 back


def test_columns_of_previews_are_called_by_their_domains(tmp_path: Path) -> None:
    toy = domains(tmp_path)
    assert column_names(toy) == ["input", *(f"as {name}" for name in toy.data.manifest.classes)]
    two = subject("cyclegan", tmp_path).session()
    a, b = two.data.manifest.classes
    assert column_names(two) == [a, f"as {b}", b, f"as {a}"]


def test_weights_of_a_translation_are_knobs(tmp_path: Path) -> None:
    losses = update(domains(tmp_path, "task.reconstruction=1", "task.class_weight=0"), "g").losses
    assert losses["g_reconstruction"].item() == pytest.approx(0.2, rel=1e-4)
    assert losses["g_class_fake"].item() == 0


def test_planes_of_a_class_stand_beside_the_picture_in_the_order_of_the_classes() -> None:
    net = stargan.Generator(stargan.StarganOptions(channels=1, blocks=1), DataShape(1, (16, 16), (1, 1, 1)))
    seen = []
    net.net[0].register_forward_pre_hook(lambda _net, inputs: seen.append(inputs[0]))
    images = torch.randn(2, 1, 16, 16)
    net(images, torch.tensor([2, 0]))
    assert torch.equal(seen[0][:, :1], images)
    assert seen[0][:, 1:].mean((2, 3)).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert seen[0][:, 1:].std((2, 3)).max() == 0


def test_what_an_inpainter_exports_leaves_the_known_part_to_the_last_bit(tmp_path: Path) -> None:
    made = subject("inpaint", tmp_path).session()
    (spec,) = made.task.exports(made.previewed(), made.stage)
    assert list(spec.inputs) == ["source", "mask"]
    onnx = parity.session_of(to_graph(spec))
    rng = np.random.default_rng(0)
    source = rng.uniform(-1, 1, (3, 1, 24, 36)).astype(np.float32)  # a size of its own
    mask = (rng.uniform(size=(3, 1, 24, 36)) < 0.3).astype(np.float32)
    answer = parity.by_onnxruntime(onnx, {"source": source, "mask": mask})
    assert np.array_equal(answer[mask == 0], source[mask == 0])
    assert not np.isclose(answer[mask == 1], source[mask == 1]).any()


@pytest.mark.parametrize("preset", ["inpaint", "pix2pix"])
def test_pictures_with_transparency_are_made_of_such(preset: str, tmp_path: Path) -> None:
    made = subject(preset, tmp_path, channels=4).session()
    assert all(value.isfinite() for side in ("d", "g") for value in update(made, side).losses.values())
    inputs = made.task.exports(made.previewed(), made.stage)[0].inputs
    assert inputs["source"].shape[1] == made.shape.channels == 4


@pytest.mark.parametrize(
    ("task", "classes", "says"),
    [
        ("multidomain", 1, "data: the multidomain task needs two classes or more, one a domain; there are 1"),
        ("multidomain", 0, "data: the multidomain task needs two classes or more, one a domain; there are 0"),
        ("contrastive", 3, "data: the contrastive task needs exactly two classes, one a domain; there are 3"),
        ("unpaired", 1, "data: the unpaired task needs exactly two classes, one a domain; there are 1"),
    ],
)
def test_data_without_the_domains_of_a_task_is_refused_by_name(
    task: str, classes: int, says: str, tmp_path: Path
) -> None:
    recipe = resolve({**SHIFTS.recipe, "task": task, "architecture": {"id": "toy"}}, [], "test")
    data = made_up_data(tmp_path, 8, 1, classes)
    with pytest.raises(RecipeError, match=says) as refused:
        Session(recipe, SHIFTS, data, 0, CPU, World())
    assert "--domains" in refused.value.hint


@pytest.mark.parametrize(
    ("preset", "setting", "says"),
    [
        ("cut", "task.layers=[0, 7]", "task.layers: this translator has maps 0 to 4; got 7. Nearest: 4"),
        ("cut", "architecture.critic_levels=3", "architecture.critic_levels: 3 levels leave 2 px of 16, too few"),
        ("stargan", "architecture.critic_levels=5", "architecture.critic_levels: 5 levels leave nothing of 16 px"),
        ("stargan", "data.resolution=8", "data.resolution: stargan takes multiples of 4, the short side 16 to 512 px"),
        ("inpaint", "task.hole=[0.5, 0.2]", "inpaint: task.hole: must be two shares above 0, the smaller first"),
    ],
)
def test_what_cannot_work_is_refused_before_it_trains(preset: str, setting: str, says: str, tmp_path: Path) -> None:
    made = subject(preset, tmp_path)

    def train() -> None:
        recipe = resolve(made.recipe.model_dump(mode="json"), [setting], preset)
        Session(recipe, made.architecture, data_for(made.architecture, recipe, tmp_path), 0, CPU, World())

    with pytest.raises(RecipeError) as refused:
        train()
    assert str(refused.value).startswith(says)


def test_a_network_without_halves_is_refused_where_its_maps_are_compared(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"task\.kind: contrastive needs a translator in two halves"):
        session(
            tmp_path, Architecture("shift", {**SHIFTS.recipe, "task": "contrastive"}, SHIFTS.options, Shift, Critic)
        )


def test_a_weight_of_zero_spares_what_the_term_would_cost(tmp_path: Path) -> None:
    made = subject("cut", tmp_path)
    recipe = resolve(made.recipe.model_dump(mode="json"), ["task.identity_nce=0"], "cut")
    toy = Session(recipe, made.architecture, made.data, 0, CPU, World())
    calls: list[nn.Module] = []
    toy.nets.generators["generator"].net[1].register_forward_hook(lambda net, _in, _out: calls.append(net))
    assert "g_nce_identity" not in update(toy, "g").losses
    assert len(calls) == 2  # the input, and the output looked at
