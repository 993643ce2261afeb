"""Networks are built on the meta device, where shapes are worked out and nothing is computed."""

from __future__ import annotations

from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganstudio.engine import architectures
from ganstudio.engine.contract import Architecture, Condition, DataShape, Options, Stage, StyleGenerator
from ganstudio.engine.layers.power_iterations import no_power_iterations
from ganstudio.errors import RecipeError, UsageError
from ganstudio.recipe.load import resolve
from ganstudio.recipe.schema import ArchitectureChoice

# channels from half the side down to 4 x 4, doubled from 64 and never above 512
DCGAN_WIDTHS = {
    8: [64],
    16: [64, 128],
    32: [64, 128, 256],
    64: [64, 128, 256, 512],
    128: [64, 128, 256, 512, 512],
    256: [64, 128, 256, 512, 512, 512],
}


def square(side: int, channels: int = 1, class_counts: tuple[int, ...] = ()) -> DataShape:
    return DataShape(channels, (side, side), class_counts)


def build(name: str, shape: DataShape, device: str = "meta", **options: object) -> tuple[nn.Module, nn.Module]:
    """Generator and critic, their options checked as a recipe's are."""
    architecture = architectures.find(name)
    chosen = architectures.options(architecture, ArchitectureChoice(id=name, **options), shape)
    torch.manual_seed(0)
    with torch.device(device), no_power_iterations() if device == "meta" else nullcontext():
        return architecture.generator(chosen, shape), architecture.critic(chosen, shape)


def problems(name: str, shape: DataShape, **options: object) -> tuple[str, ...]:
    with pytest.raises(RecipeError) as error:
        build(name, shape, **options)
    return error.value.problems


def is_legal(name: str, shape: DataShape) -> bool:
    found = architectures.find(name)
    return not list(found.check(found.options(), shape))


def convolutions(net: nn.Module) -> list[tuple[int, ...]]:
    return [tuple(m.weight.shape) for m in net.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)]


def count(net: nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())


@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "rgb"])
@pytest.mark.parametrize("side", DCGAN_WIDTHS)
def test_dcgan_answers_in_the_datas_shape_at_every_legal_resolution(side: int, channels: int) -> None:
    generator, critic = build("dcgan", square(side, channels))
    images = generator(torch.empty(2, 100, device="meta"), None)
    assert tuple(images.shape) == (2, channels, side, side)
    assert tuple(critic(images, Condition()).logits.shape) == (2, 1)


@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "rgb"])
@pytest.mark.parametrize("side", DCGAN_WIDTHS)
def test_dcgans_channels_double_each_level_down_to_4_pixels_up_to_their_limit(side: int, channels: int) -> None:
    widths = DCGAN_WIDTHS[side]
    generator, critic = build("dcgan", square(side, channels))
    down = [channels, *widths]
    inner = [(wide, narrow, 4, 4) for narrow, wide in pairwise(down)]
    assert convolutions(generator) == [(100, widths[-1], 4, 4), *reversed(inner)]
    assert convolutions(critic) == [*inner, (1, widths[-1], 4, 4)]


@pytest.mark.parametrize("side", [16, 32, 64])
def test_a_dense_stem_ends_in_the_same_shape_and_starts_on_8_pixels(side: int) -> None:
    shape = square(side)
    generator, _ = build("dcgan", shape, stem="dense", generator_activation="leaky_relu")
    top = DCGAN_WIDTHS[side][-1]
    assert tuple(generator(torch.empty(2, 100, device="meta"), None).shape) == (2, 1, side, side)
    assert [tuple(m.weight.shape) for m in generator.modules() if isinstance(m, nn.Linear)] == [(top * 64, 100)]
    assert not any(isinstance(m, nn.ReLU) for m in generator.modules())


def test_a_dense_stem_needs_16_pixels() -> None:
    assert problems("dcgan", square(8), stem="dense")[0].startswith("architecture.stem: a dense stem is 8x8")


def test_dcgans_critic_has_no_batch_norm_at_its_input_and_its_generator_none_at_its_output() -> None:
    generator, critic = build("dcgan", square(32))
    assert [m.num_features for m in generator.modules() if isinstance(m, nn.BatchNorm2d)] == [256, 128, 64]
    assert [m.num_features for m in critic.modules() if isinstance(m, nn.BatchNorm2d)] == [128, 256]


def test_none_is_a_value_of_options_that_know_the_word() -> None:
    recipe = resolve({"architecture": {"id": "dcgan"}}, ["architecture.critic_norm=none"], "test")
    assert recipe.architecture.options == {"critic_norm": None}  # whose words only the architecture knows
    chosen = architectures.options(architectures.find("dcgan"), recipe.architecture, square(16))
    assert chosen.critic_norm == "none"


def test_dcgans_width_limit_and_latent_size_are_knobs() -> None:
    generator, critic = build("dcgan", square(32, 3), z_dim=7, channels=10, max_channels=25)
    assert convolutions(generator) == [(7, 25, 4, 4), (25, 20, 4, 4), (20, 10, 4, 4), (10, 3, 4, 4)]
    assert convolutions(critic) == [(10, 3, 4, 4), (20, 10, 4, 4), (25, 20, 4, 4), (1, 25, 4, 4)]


def test_dcgans_weights_start_as_the_paper_says() -> None:
    for net in build("dcgan", square(16, channels=3), device="cpu"):
        for m in net.modules():
            if isinstance(m, nn.Conv2d | nn.ConvTranspose2d) and m.weight.numel() > 2000:
                assert m.weight.std().item() == pytest.approx(0.02, rel=0.06)
                assert m.weight.mean().item() == pytest.approx(0.0, abs=0.002)
            if isinstance(m, nn.BatchNorm2d):
                assert m.weight.mean().item() == pytest.approx(1.0, abs=0.01)
                assert m.weight.std().item() == pytest.approx(0.02, rel=0.35)


@pytest.mark.parametrize(
    ("side", "nearest"), [(4, 8), (7, 8), (11, 12), (30, 32), (100, 96), (129, 128), (300, 256), (512, 256)]
)
def test_a_resolution_that_dcgan_cannot_take_is_answered_with_the_nearest(side: int, nearest: int) -> None:
    (problem,) = problems("dcgan", square(side))
    assert problem.endswith(f"is 4 to 7; got {side}. Nearest: {nearest}.")
    assert is_legal("dcgan", square(nearest))


@pytest.mark.parametrize(
    ("size", "nearest"),
    [((24, 40), None), ((40, 24), None), ((64, 32), None), ((32, 53), (32, 56)), ((50, 33), (48, 32))],
)
def test_dcgan_takes_rectangles_whose_sides_halve_alike_and_names_the_nearest(
    size: tuple[int, int], nearest: tuple[int, int] | None
) -> None:
    assert is_legal("dcgan", DataShape(4, nearest or size))
    if nearest is not None:
        (problem,) = problems("dcgan", DataShape(4, size))
        assert problem.endswith(f"Nearest: {[*nearest]}.")


@pytest.mark.parametrize("options", [{}, {"stem": "dense"}, {"label_dim": 5}, {"critic_norm": "spectral"}])
def test_dcgan_draws_and_judges_rgba_of_24_by_40(options: dict[str, Any]) -> None:
    generator, critic = build("dcgan", DataShape(4, (24, 40), (3, 4)), **options)
    labels = torch.zeros(2, dtype=torch.int64, device="meta")
    images = generator(torch.empty(2, generator.z_dim, device="meta"), labels)
    assert images.shape == (2, 4, 24, 40)
    assert critic(images, Condition(labels)).logits.shape == (2, 1)


class Plain(Options):
    pass


@pytest.mark.parametrize(
    ("shape", "problem"),
    [
        (DataShape(4, (16, 16)), "architecture.id: toy draws images of 1 or 3 channels; the data has 4."),
        (DataShape(3, (16, 24)), r"data.resolution: toy draws square images; .* 24x16 .*Nearest: \[16, 16\]"),
    ],
)
def test_networks_that_do_not_declare_rectangles_or_alpha_refuse_them(shape: DataShape, problem: str) -> None:
    toy = Architecture("", {}, Plain, lambda *_: nn.Identity(), lambda *_: nn.Identity())
    with pytest.raises(RecipeError, match=problem):
        architectures.options(toy, ArchitectureChoice(id="toy"), shape)


def test_every_wrong_option_is_told_at_once_with_its_nearest_key() -> None:
    found = problems("dcgan", square(32), chanels=64, critic_norm="layer", dropout=1.0)
    assert len(found) == 3
    assert "dcgan: architecture.chanels: unknown key. Did you mean 'architecture.channels'?" in found
    assert any("critic_norm" in p and "'batch', 'spectral' or 'none'" in p and "'layer'" in p for p in found)
    assert any("dropout" in p and "less than 1" in p for p in found)


def test_dropout_stands_after_each_level_of_dcgans_critic_and_only_when_asked_for() -> None:
    generator, critic = build("dcgan", square(32), dropout=0.3)
    assert [m.p for m in critic.modules() if isinstance(m, nn.Dropout)] == [0.3] * 3
    assert not any(isinstance(m, nn.Dropout) for m in generator.modules())
    assert not any(isinstance(m, nn.Dropout) for m in build("dcgan", square(32))[1].modules())


def test_spectral_norm_brings_every_layers_largest_singular_value_to_1() -> None:
    _, critic = build("dcgan", square(16, 3), device="cpu", channels=16, critic_norm="spectral")
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.mul_(5.0)
        for _ in range(40):  # one power iteration each
            critic(torch.zeros(1, 3, 16, 16), Condition())
        critic.eval()
        layers = [m for m in critic.modules() if isinstance(m, nn.Conv2d)]
        largest = [torch.linalg.matrix_norm(m.weight.flatten(1), 2).item() for m in layers]
    assert len(layers) == 3
    assert largest == pytest.approx([1.0] * 3, abs=0.02)


def test_only_the_chosen_norm_is_in_dcgans_critic() -> None:
    for norm in ("batch", "spectral", "none"):
        modules = list(build("dcgan", square(32), critic_norm=norm)[1].modules())
        assert any(isinstance(m, nn.BatchNorm2d) for m in modules) == (norm == "batch")
        assert any(hasattr(m, "parametrizations") for m in modules) == (norm == "spectral")


def test_with_a_label_length_both_sides_of_dcgan_are_told_the_class() -> None:
    generator, critic = build("dcgan", square(16, 1, (5, 5, 5)), device="cpu", channels=8, label_dim=6)
    generator.eval(), critic.eval()
    z = torch.randn(1, 100).expand(3, 100)
    images = generator(z, torch.arange(3))
    logits = critic(images[:1].expand(3, -1, -1, -1), Condition(torch.arange(3))).logits
    assert generator.conditional
    assert len({tuple(image.flatten().tolist()) for image in images}) == 3
    assert len(set(logits.flatten().tolist())) == 3


def test_a_label_length_without_classes_is_refused() -> None:
    (problem,) = problems("dcgan", square(32), label_dim=50)
    assert problem.startswith("architecture.label_dim: the data set has no classes. Nearest: 0")


def test_without_a_label_length_dcgan_ignores_classes() -> None:
    shape = square(32, 1, (10, 10))
    generator, critic = build("dcgan", shape)
    assert not generator.conditional
    assert (count(generator), count(critic)) == tuple(map(count, build("dcgan", square(32))))


@pytest.mark.parametrize(("side", "channels"), [(28, 1), (32, 3), (5, 4)])
def test_mlp_takes_any_size_and_is_as_wide_as_it_says(side: int, channels: int) -> None:
    generator, critic = build("mlp", square(side, channels), z_dim=9)
    pixels = channels * side * side
    images = generator(torch.empty(2, 9, device="meta"), None)
    assert tuple(images.shape) == (2, channels, side, side)
    assert tuple(critic(images, Condition()).logits.shape) == (2, 1)
    widths = [
        [(m.in_features, m.out_features) for m in net.modules() if isinstance(m, nn.Linear)]
        for net in (generator, critic)
    ]
    assert widths == [[(9, 256), (256, 512), (512, pixels)], [(pixels, 512), (512, 256), (256, 1)]]


FROM_NOISE = [name for name in architectures.names() if "task" not in architectures.find(name).recipe]


@pytest.mark.parametrize("name", FROM_NOISE)
def test_shipped_generators_stay_between_minus_1_and_1(name: str) -> None:
    shape = square(16) if architectures.find(name).flat else DataShape(1, (8, 16, 16))
    generator, _ = build(name, shape, device="cpu")
    images = drawn(generator.eval(), 100 * torch.randn(4, generator.z_dim), architectures.find(name).staged)
    assert images.abs().max() <= 1.0


def drawn(generator: nn.Module, z: Tensor, staged: bool) -> Tensor:
    """Images of z at the last stage, without noise where a generator takes some."""
    stage = {"stage": Stage(0, 1.0)} if staged else {}
    if not isinstance(generator, StyleGenerator):
        return generator(z, None, **stage)
    noise = tuple(torch.zeros(len(z), *shape) for shape in generator.noise_shapes)
    return generator.synthesis(generator.mapping(z, None), noise, **stage)


def test_an_architecture_that_does_not_exist_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"architecture\.id: there is no 'dcgna'\. Did you mean 'dcgan'\?"):
        architectures.find("dcgna")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = 1\n\nraise ValueError('mine')\n", "line 3: ValueError: mine"),
        ("import no_such_package\n", "line 1: ModuleNotFoundError"),
        ("def broken(:\n", "SyntaxError: invalid syntax (mine.py, line 1)"),
        ("x = 1\n", "must define ARCHITECTURE = Architecture(...)"),
        ("ARCHITECTURE = 'dcgan'\n", "must define ARCHITECTURE = Architecture(...)"),
    ],
    ids=["raises", "imports", "syntax", "nothing", "another thing"],
)
def test_a_users_file_that_does_not_load_is_an_error_with_file_and_line(text: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(text)
    with pytest.raises(UsageError) as error:
        architectures.load_file(file)
    assert error.value.message.startswith(f"{file}: ")
    assert says in error.value.message


def test_a_users_file_that_calls_into_others_is_blamed_at_its_own_last_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("import json\n\ndef inner():\n    return json.loads('{')\n\ninner()\n")
    with pytest.raises(UsageError, match=r"line 4: JSONDecodeError"):
        architectures.load_file(file)


@pytest.mark.parametrize("name", ["gone.py", "notes.txt", "folder.py"])
def test_what_is_no_python_file_is_an_error(name: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(UsageError, match="is not a Python file"):
        architectures.load_file(tmp_path / name)


def test_options_of_every_architecture_refuse_unknown_keys() -> None:
    for name in architectures.names():
        options = architectures.find(name).options
        assert issubclass(options, Options)
        assert options.model_config["extra"] == "forbid"


@pytest.mark.parametrize(("side", "label_dim", "found"), [(100, 0, 1), (100, 8, 1), (48, 8, 0)])
def test_only_what_no_data_set_could_mend_is_never_legal(side: int, label_dim: int, found: int) -> None:
    dcgan = architectures.find("dcgan")
    chosen = dcgan.options(label_dim=label_dim)
    assert len(architectures.never_legal(dcgan, chosen, side)) == found
