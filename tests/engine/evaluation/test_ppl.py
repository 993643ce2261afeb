"""Perceptual path length: equal to torch-fidelity's on the same generator, and to angles worked by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from ganstudio.engine.contract import DataShape, Stage
from ganstudio.engine.draws import Draw
from ganstudio.engine.evaluation.imagenet.trunks import ALEXNET, VGG16, Trunk
from ganstudio.engine.evaluation.lpips import Lpips
from ganstudio.engine.evaluation.ppl import PathLength, Show, in_w, in_z, path_length, spaces, trimmed
from ganstudio.errors import StudioError, UsageError
from tests.engine.evaluation.perceptual import fill_convolutions, peer, random_lpips, real_arrays, real_weights
from tests.engine.witnesses import staged_styles

CPU = torch.device("cpu")
Z_DIM, CLASSES, STEPS = 48, 5, 128


class Toy(nn.Module):
    """A small conditional generator with seeded weights: images [N, 3, 32, 32]."""

    conditional = True

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.labels = nn.Embedding(CLASSES, Z_DIM)
        self.body = nn.Sequential(
            *(nn.Linear(Z_DIM, 64 * 16), nn.Unflatten(1, (64, 4, 4)), nn.LeakyReLU(0.2)),
            *(nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.LeakyReLU(0.2)),
            *(nn.ConvTranspose2d(32, 16, 4, 2, 1), nn.LeakyReLU(0.2), nn.ConvTranspose2d(16, 3, 4, 2, 1)),
        )

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        return torch.tanh(20 * self.body(z + self.labels(labels)))


@pytest.fixture(scope="module")
def toy() -> nn.Module:
    return Toy().eval().requires_grad_(False)


LABELS = torch.from_numpy(np.random.RandomState(7).randint(0, CLASSES, STEPS))  # as torch-fidelity draws them


def levels(images: Tensor) -> Tensor:
    """The grey levels of images in [-1, 1], in [0, 255], not rounded."""
    return (images + 1) * 127.5


def shown(toy: nn.Module) -> Show:
    return lambda z, draw: toy(z, LABELS[draw.step : draw.step + draw.total])


@pytest.fixture(scope="module")
def fidelity() -> Iterator[Any]:
    """torch-fidelity with the weights of this machine, where it would download them; lengths of steps included."""
    stored, package = real_arrays(VGG16), peer("torch_fidelity")
    import torch_fidelity.metric_ppl as metric
    import torch_fidelity.sample_similarity_lpips as similarity
    from torchvision.models import vgg16

    trunk = vgg16(weights=None)
    fill_convolutions(trunk.features, stored)
    heads = {f"lin{i}.model.1.weight": torch.from_numpy(stored[f"lin{i}_w"]) for i in range(5)}

    class Numpy:
        """numpy 2.4 calls `interpolation` by another name."""

        def __getattr__(self, name: str) -> Any:
            return getattr(np, name)

        def percentile(self, values: Any, q: float, interpolation: str) -> Any:
            return np.percentile(values, q, method=interpolation)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(similarity, "load_state_dict_from_url", lambda *_, **__: heads)
        patch.setattr(similarity, "torchvision_load_pretrained_vgg16", lambda: trunk)
        patch.setattr(similarity.SampleSimilarityLPIPS, "load_state_dict", _heads_alone)
        patch.setattr(metric, "np", Numpy())
        yield package


def _heads_alone(self: nn.Module, state: dict[str, Tensor]) -> None:
    nn.Module.load_state_dict(self, state, strict=True)


def theirs(fidelity: Any, toy: nn.Module, dtype: str, path: str) -> dict[str, Any]:
    """torch-fidelity's path length of the same steps: its latents come from a source that gives ours."""
    from torch_fidelity.generative_model_base import GenerativeModelBase
    from torch_fidelity.registry import NOISE_SOURCE_REGISTRY

    class Model(GenerativeModelBase):
        z_size, z_type, num_classes = Z_DIM, "ours", CLASSES

        def forward(self, z: Tensor, labels: Tensor) -> Tensor:
            exact = levels(toy(z, labels))
            return exact if dtype == "float32" else exact.round().byte()

    draws = [Draw(3, "evaluate/ppl", start, 32, slice(0, 32), CPU) for start in range(0, STEPS, 32)]
    ends = iter(torch.cat([draw.normal(end, Z_DIM) for draw in draws]) for end in ("z1", "z2"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(NOISE_SOURCE_REGISTRY, "ours", lambda rng, shape: of_one_norm(next(ends), path))
        return fidelity.calculate_metrics(
            **{"input1": Model(), "input1_model_num_samples": STEPS, "input1_model_num_classes": CLASSES},
            **{"ppl": True, "ppl_reduction": "none", "ppl_sample_similarity_dtype": dtype, "ppl_z_interp_mode": path},
            **{"batch_size": 32, "cuda": False, "verbose": False, "rng_seed": 7},
        )


def of_one_norm(z: Tensor, path: str) -> Tensor:
    """z, for a great circle of one norm: between others torch-fidelity's is walked at an uneven speed."""
    return z if path == "lerp" else F.normalize(z) * Z_DIM**0.5


@pytest.mark.parametrize(("path", "dtype"), [("lerp", "uint8"), ("slerp_any", "float32")])
def test_it_equals_torch_fidelitys(fidelity: Any, toy: nn.Module, path: str, dtype: str, tmp_path: Path) -> None:
    """`lerp` and `uint8` are torch-fidelity's own settings, for which the generator must quantize."""
    their = theirs(fidelity, toy, dtype, path)
    show = shown(toy) if dtype == "float32" else lambda z, draw: levels(shown(toy)(z, draw)).round() / 127.5 - 1
    in_space = replace(in_z(show, straight=path == "lerp"), point=lambda z, draw: of_one_norm(z, path))
    our = path_length(in_space, Z_DIM, Lpips.load(real_weights(VGG16, tmp_path), 64), STEPS, 3, CPU)
    assert our.value == pytest.approx(their["perceptual_path_length_mean"], rel=1e-3)
    assert our.deviation == pytest.approx(their["perceptual_path_length_std"], rel=1e-3)
    assert our.kept == len(their["perceptual_path_length_raw"])
    assert our.value > 0


# Four 1 x 1 channels of an image's red and green, each with both signs; the second slice weighs nothing.
COMPASS = Trunk("compass", 2, (1,), 2, (((4, 1, 1, 0),), ((1, 1, 1, 0),)))


def compass() -> Lpips:
    """A network that sees the direction of (red, green) alone: LPIPS is the squared chord between two directions."""
    shift, scale = (torch.tensor(values) for values in ([-0.030, -0.088], [0.458, 0.448]))
    signs = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    weights = {
        "features.0.weight": torch.cat([signs * scale, torch.zeros(4, 1)], dim=1).reshape(4, 3, 1, 1),
        "features.0.bias": signs @ shift,
        "features.3.weight": torch.ones(1, 4, 1, 1),
        "features.3.bias": torch.zeros(1),
    }
    return Lpips(COMPASS, weights, [torch.ones(1, 4, 1, 1), torch.zeros(1, 1, 1, 1)])


def needle(z: Tensor, draw: Draw) -> Tensor:
    """Images [N, 3, 2, 2] whose red and green are the two numbers of z."""
    return torch.cat([z, torch.zeros(len(z), 1)], dim=1)[:, :, None, None].expand(-1, -1, 2, 2)


def ends(n: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The latents that n <= 32 * k steps are drawn between, [n, 2]."""
    draws = [Draw(seed, "evaluate/ppl", s, min(32, n - s), slice(0, min(32, n - s)), CPU) for s in range(0, n, 32)]
    a, b = (torch.cat([draw.normal(end, 2) for draw in draws]).double().numpy() for end in ("z1", "z2"))
    return a, b


@pytest.mark.parametrize("sampling", ["end", "full"])
def test_along_a_great_circle_each_step_is_the_squared_angle_between_its_ends(sampling: Any) -> None:
    """A step of epsilon turns the needle by epsilon times the angle, wherever on the circle it stands."""
    a, b = ends(200, seed=1)
    cosines = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    found = path_length(in_z(needle), 2, compass(), 200, 1, CPU, sampling)
    np.testing.assert_allclose(np.median(found.lengths / np.arccos(cosines) ** 2), 1, rtol=1e-3)
    assert found.value == pytest.approx(trimmed(np.arccos(cosines) ** 2).mean(), rel=5e-3)


def test_along_a_line_the_needle_turns_as_fast_as_the_other_end_pulls_sideways() -> None:
    """At its beginning, by |b| sin(angle) / |a|, the cross product over |a|^2."""
    a, b = ends(200, seed=1)
    speeds = (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / (a**2).sum(1)
    found = path_length(in_z(needle, straight=True), 2, compass(), 200, 1, CPU)
    assert found.value == pytest.approx(trimmed(speeds**2).mean(), rel=5e-3)


def test_in_w_the_path_is_a_line_between_mapped_points() -> None:
    """A mapping that doubles z leaves the line's directions as they are; ws keep their two layers."""
    a, b = ends(100, seed=4)
    speeds = (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / (a**2).sum(1)

    def synthesis(ws: Tensor, draw: Draw) -> Tensor:
        assert ws.shape[1:] == (2, 2)
        assert ws.dtype == torch.float32
        return needle(ws[:, 1], draw)

    space = in_w(lambda z, draw: torch.stack([z, 2 * z], dim=1), synthesis)
    found = path_length(space, 2, compass(), 100, 4, CPU)
    assert found.value == pytest.approx(trimmed(speeds**2).mean(), rel=5e-3)
    assert found.score == "PPL-w-end[compass]-100"


def test_a_generator_with_styles_has_two_spaces_that_meet_in_the_same_images() -> None:
    torch.manual_seed(0)
    net = staged_styles.Generator(staged_styles.Grown(), DataShape(1, (16, 16))).eval()
    in_latents, in_styles = spaces(net, (), {"stage": Stage(0, 0.5)})
    draw = Draw(0, "test", 0, 4, slice(0, 4), CPU)
    z = draw.normal("z1", net.z_dim)
    torch.testing.assert_close(in_latents.images(z, draw), in_styles.images(in_styles.point(z, draw), draw))
    for space in (in_latents, in_styles):
        found = path_length(space, net.z_dim, random_lpips(ALEXNET, side=32), 100, 0, CPU, "full")
        assert 0 < found.value < 1e3  # at noise of its own each step would be 1e8 times its LPIPS
        assert found.score == f"PPL-{space.name}-full[alexnet@32]-100"


def test_a_conditional_generator_is_told_classes_as_often_as_the_data_has_them(toy: nn.Module) -> None:
    (space,) = spaces(toy, (0, 0, 7, 0, 0), {})
    draw = Draw(0, "test", 0, 4, slice(0, 4), CPU)
    z = draw.normal("z1", Z_DIM)
    torch.testing.assert_close(space.images(z, draw), toy(z, torch.full((4,), 2)))


def test_a_generator_that_draws_one_image_has_paths_of_no_length() -> None:
    assert length(lambda z, draw: torch.zeros(len(z), 3, 32, 32)).value == 0


def length(show: Show, n: int = 100, seed: int = 0) -> PathLength:
    return path_length(in_z(show), 6, random_lpips(ALEXNET), n, seed, CPU)


def test_noise_is_the_same_at_both_ends_of_a_step() -> None:
    """Noise of its own at each end would be as far apart as two images are: 1e8 times as much."""

    def noisy(z: Tensor, draw: Draw) -> Tensor:
        return 1e-3 * z.mean(1).view(-1, 1, 1, 1) + draw.normal("noise_0", 3, 32, 32)

    assert 0 < length(noisy).value < 1e3


def test_a_seed_draws_the_same_steps_whatever_torch_drew_before() -> None:
    def wavy(z: Tensor, draw: Draw) -> Tensor:
        return torch.sin(z.sum(1).view(-1, 1, 1, 1) * torch.arange(3 * 32 * 32).view(3, 32, 32))

    first = length(wavy)
    torch.rand(5)
    np.testing.assert_array_equal(first.lengths, length(wavy).lengths)
    assert first.value != length(wavy, seed=1).value


def test_the_lowest_and_the_highest_hundredth_are_left_out() -> None:
    values = np.random.default_rng(0).permutation(np.arange(1000.0))
    kept = trimmed(values)
    assert (kept.min(), kept.max(), len(kept)) == (9.0, 990.0, 982)


def test_steps_that_are_too_few_and_images_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(UsageError, match="100 steps or more are needed; got 99"):
        length(needle, n=99)
    with pytest.raises(StudioError, match="100 of 100 steps end in NaN"):
        length(lambda z, draw: torch.full((len(z), 3, 32, 32), torch.nan))


def test_a_step_is_taken_in_float32_inside_of_an_autocast(toy: nn.Module) -> None:
    """bfloat16 knows no step of 1e-4: each would have no length, or that of a jump."""
    lpips = random_lpips(ALEXNET, side=32)
    outside = path_length(in_z(lambda z, draw: toy(z, draw.integers("labels", CLASSES))), Z_DIM, lpips, 100, 0, CPU)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = path_length(in_z(lambda z, draw: toy(z, draw.integers("labels", CLASSES))), Z_DIM, lpips, 100, 0, CPU)
    np.testing.assert_array_equal(inside.lengths, outside.lengths)
    assert inside.score == "PPL-z-end[alexnet@32]-100"
