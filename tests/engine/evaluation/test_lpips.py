"""LPIPS: equal to its authors' package, worked by hand, and strict about its weights."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from ganstudio.engine.evaluation.imagenet.trunks import ALEXNET, TRUNKS, VGG16, Trunk
from ganstudio.engine.evaluation.lpips import Lpips, heads_of, sized
from ganstudio.errors import UsageError
from tests.engine.evaluation.perceptual import (
    fill_convolutions,
    peer,
    photos,
    random_lpips,
    random_weights,
    real_arrays,
    real_weights,
    write_weights,
)

# one slice of one 1 x 1 convolution, and one of another after a pooling: small enough for a pencil
PENCIL = Trunk("pencil", 2, (1,), 2, (((2, 1, 1, 0),), ((1, 1, 1, 0),)))


@pytest.mark.parametrize("trunk", TRUNKS, ids=lambda trunk: trunk.name)
@pytest.mark.parametrize("side", [64, 97])
def test_it_equals_the_authors_package_on_the_published_weights(trunk: Trunk, side: int, tmp_path: Path) -> None:
    path, package = real_weights(trunk, tmp_path), peer("lpips")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        published = package.LPIPS(net={"alexnet": "alex", "vgg16": "vgg"}[trunk.name], pnet_rand=True, verbose=False)
    fill_convolutions(published.net, real_arrays(trunk))
    images = photos(6, side)
    a, b = images, torch.cat([images[3:], (images[:3] + 0.1 * torch.randn(images[:3].shape)).clamp(-1, 1)])
    with torch.inference_mode():
        ours, theirs = Lpips.load(path)(a, b), published(a, b).flatten()
    assert theirs[3:].min() > 1e-3
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("trunk", TRUNKS, ids=lambda trunk: trunk.name)
def test_the_weights_of_channels_are_the_published_ones(trunk: Trunk) -> None:
    arrays = real_arrays(trunk)
    for index, head in enumerate(heads_of(trunk)):
        np.testing.assert_array_equal(head.numpy(), arrays[f"lin{index}_w"])


@pytest.mark.parametrize("trunk", TRUNKS, ids=lambda trunk: trunk.name)
def test_there_is_a_weight_of_0_or_more_for_each_channel(trunk: Trunk) -> None:
    heads = heads_of(trunk)
    assert [tuple(head.shape) for head in heads] == [(1, layers[-1][0], 1, 1) for layers in trunk.slices]
    assert all(head.dtype == torch.float32 and head.min() >= 0 and head.max() > 0 for head in heads)


@pytest.mark.parametrize("trunk", TRUNKS, ids=lambda trunk: trunk.name)
def test_the_layout_is_torchvisions(trunk: Trunk) -> None:
    """Names and shapes of `features`, whose parameters are the convolutions' alone."""
    models = peer("torchvision.models")
    with torch.device("meta"):
        state = getattr(models, trunk.name)(weights=None).state_dict()
    told = {name: tuple(tensor.shape) for name, tensor in state.items() if name.startswith("features.")}
    assert trunk.shapes() == told


@pytest.mark.parametrize("trunk", TRUNKS, ids=lambda trunk: trunk.name)
def test_a_published_file_gives_the_network_of_its_convolutions(trunk: Trunk, tmp_path: Path) -> None:
    path = write_weights(tmp_path / "published.pth", random_weights(trunk))
    loaded, images = Lpips.load(path, 40), torch.rand(2, 3, 40, 40) * 2 - 1
    assert loaded.stamp == f"{trunk.name}@40"
    torch.testing.assert_close(loaded.embed(images), random_lpips(trunk).embed(images), rtol=0, atol=0)


def test_a_tiny_network_gives_the_distance_worked_by_hand() -> None:
    """Images of 2 x 2 pixels, each of one colour.

    Standardized: (x - shift) / scale; the pictures are chosen so that red becomes 3 and 4, green 4 and 3, blue 0.
    The first slice copies red and green: (3, 4) / 5 and (4, 3) / 5 everywhere, apart by (-0.2, 0.2), weights 2 and 1:
    2 x 0.04 + 0.04 = 0.12, the mean over four places. The second has one channel, which any length scales to 1: 0.
    """
    shift, scale = torch.tensor([-0.030, -0.088, -0.188]), torch.tensor([0.458, 0.448, 0.450])
    weights = {
        "features.0.weight": torch.eye(3)[:2].reshape(2, 3, 1, 1),
        "features.0.bias": torch.zeros(2),
        "features.3.weight": torch.ones(1, 2, 1, 1),
        "features.3.bias": torch.zeros(1),
    }
    heads = [torch.tensor([2.0, 1.0]).reshape(1, 2, 1, 1), torch.ones(1, 1, 1, 1)]
    a, b = (
        (torch.tensor(colour) * scale + shift).view(1, 3, 1, 1).expand(1, 3, 2, 2)
        for colour in ([3.0, 4.0, 0.0], [4.0, 3.0, 0.0])
    )
    torch.testing.assert_close(Lpips(PENCIL, weights, heads)(a, b), torch.tensor([0.12]))


@pytest.mark.parametrize("trunk", TRUNKS, ids=lambda trunk: trunk.name)
def test_pairs_of_embedded_images_are_as_far_apart_as_the_images(trunk: Trunk) -> None:
    lpips, images = random_lpips(trunk), torch.rand(4, 3, 40, 33) * 2 - 1
    embedded = lpips.embed(images)
    for i, j in ((0, 1), (0, 3), (2, 1)):
        apart = (embedded[i] - embedded[j]).square().sum()
        torch.testing.assert_close(apart, lpips(images[i : i + 1], images[j : j + 1])[0], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("trunk", TRUNKS, ids=lambda trunk: trunk.name)
def test_an_image_is_at_distance_0_from_itself_and_the_order_does_not_matter(trunk: Trunk) -> None:
    lpips, (a, b) = random_lpips(trunk), (torch.rand(2, 3, 3, 32, 32) * 2 - 1).unbind()
    assert lpips(a, a).max() == 0
    torch.testing.assert_close(lpips(a, b), lpips(b, a))
    assert lpips(a, b).min() > 0


def test_a_grey_image_is_seen_as_the_same_image_in_three_channels() -> None:
    lpips, images = random_lpips(ALEXNET, side=48), torch.rand(2, 1, 28, 28) * 2 - 1
    torch.testing.assert_close(lpips.embed(images), lpips.embed(images.expand(-1, 3, -1, -1)))


def test_black_images_and_blank_features_have_a_distance(tmp_path: Path) -> None:
    """Where no feature answers there is no direction: a vector of zeros, never NaN."""
    weights = random_weights(ALEXNET)
    weights["features.0.weight"][:] = 0
    weights["features.0.bias"][:] = -1
    lpips = Lpips.load(write_weights(tmp_path / "blank.pth", weights))
    distances = lpips(-torch.ones(1, 3, 32, 32), torch.rand(1, 3, 32, 32))
    assert torch.isfinite(distances).all()


def test_a_side_brings_images_to_one_size() -> None:
    lpips, plain = random_lpips(ALEXNET, side=64), random_lpips(ALEXNET)
    large = torch.rand(2, 3, 128, 192) * 2 - 1
    averaged = F.avg_pool2d(large, (2, 3))
    torch.testing.assert_close(lpips.embed(large), plain.embed(averaged), rtol=1e-4, atol=1e-5)
    assert lpips.embed(torch.rand(2, 1, 28, 28)).shape == (2, 31_872)
    assert sized(averaged, 64) is averaged
    assert (lpips.stamp, plain.stamp) == ("alexnet@64", "alexnet")


def test_vgg16_has_the_size_that_is_told() -> None:
    assert random_lpips(VGG16, side=64).embed(torch.zeros(1, 3, 64, 64)).shape == (1, 499_712)


@pytest.mark.parametrize("trunk", TRUNKS, ids=lambda trunk: trunk.name)
def test_images_that_are_too_small_are_refused_and_the_smallest_are_not(trunk: Trunk) -> None:
    lpips, least = random_lpips(trunk), trunk.least
    assert torch.isfinite(lpips.embed(torch.zeros(1, 3, least, least))).all()
    with pytest.raises(UsageError, match=f"{trunk.name} takes images of {least} px or more; got {least} x {least - 1}"):
        lpips.embed(torch.zeros(1, 3, least - 1, least))


@pytest.mark.parametrize("shape", [(2, 4, 64, 64), (3, 64, 64), (1, 3, 8, 64, 64)])
def test_what_is_no_image_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="reads images"):
        random_lpips(ALEXNET).embed(torch.zeros(shape))


def test_it_is_computed_in_float32_inside_of_an_autocast() -> None:
    lpips, images = random_lpips(ALEXNET), torch.rand(2, 3, 32, 32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = lpips.embed(images)
    torch.testing.assert_close(inside, lpips.embed(images), rtol=0, atol=0)


def damaged(weights: dict[str, Tensor], how: str) -> dict[str, Tensor]:
    match how:
        case "missing":
            del weights["features.8.bias"]
        case "more":
            weights["features.1.running_mean"] = torch.zeros(64)
        case "shape":
            weights["features.6.weight"] = weights["features.6.weight"][:, :-1]
        case "nan":
            weights["features.3.bias"][3] = torch.nan
        case "integers":
            weights["features.0.weight"] = weights["features.0.weight"].long()
    return weights


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("missing", r"its 9 entries features\.\* are neither those of alexnet nor vgg16"),
        ("more", r"its 11 entries features\.\* are neither"),
        ("shape", r"features.6.weight is float32 \[384, 191, 3, 3\], not float32 \[384, 192, 3, 3\]"),
        ("nan", "features.3.bias holds NaN"),
        ("integers", "features.0.weight is int64"),
    ],
)
def test_weights_that_are_not_what_they_should_be_are_refused(how: str, said: str, tmp_path: Path) -> None:
    path = write_weights(tmp_path / "weights.pth", damaged(random_weights(ALEXNET), how))
    with pytest.raises(UsageError, match=said) as refused:
        Lpips.load(path)
    assert str(path) in refused.value.message


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"\x80\x02", b"<html>404</html>"])
def test_a_file_that_is_no_state_dict_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="is no state dict"):
        Lpips.load(path)


@pytest.mark.parametrize("trunk", TRUNKS, ids=lambda trunk: trunk.name)
def test_an_npz_of_convolutions_gives_the_same_network(trunk: Trunk, tmp_path: Path) -> None:
    weights, images = random_weights(trunk), torch.rand(1, 3, 32, 32) * 2 - 1
    names = [f"conv{index}_{part}" for index in range(len(weights) // 2) for part in "wb"]
    arrays = {name: array.numpy() for name, array in zip(names, weights.values(), strict=True)}
    np.savez(tmp_path / "convolutions.npz", **arrays, lin0_w=np.ones(1))
    loaded = Lpips.load(tmp_path / "convolutions.npz")
    torch.testing.assert_close(loaded.embed(images), random_lpips(trunk).embed(images), rtol=0, atol=0)
    np.savez(tmp_path / "fewer.npz", **{name: arrays[name] for name in names[:4]})
    with pytest.raises(UsageError, match="its 2 convolutions are neither those of alexnet nor vgg16"):
        Lpips.load(tmp_path / "fewer.npz")


def test_blank_features_have_a_gradient_and_it_is_0() -> None:
    weights = random_weights(ALEXNET)
    weights["features.0.weight"][:] = 0
    weights["features.0.bias"][:] = -1
    images = (torch.rand(1, 3, 32, 32) * 2 - 1).requires_grad_()
    Lpips(ALEXNET, weights, heads_of(ALEXNET))(images, torch.zeros(1, 3, 32, 32)).sum().backward()
    assert images.grad is not None
    assert (images.grad == 0).all()


class Code:
    """What runs when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("it ran",)


@pytest.mark.parametrize("stored", [Code(), torch.zeros(3), [torch.zeros(3)], {"features.0.weight": 1}, {}])
def test_files_of_code_and_of_other_things_are_refused(
    stored: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save(stored, tmp_path / "weights.pth")
    with pytest.raises(UsageError, match=r"is no state dict|its 0 entries"):
        Lpips.load(tmp_path / "weights.pth")
    assert "it ran" not in capsys.readouterr().out


@pytest.mark.parametrize("trunk", TRUNKS, ids=lambda trunk: trunk.name)
def test_a_file_that_was_cut_is_refused(trunk: Trunk, tmp_path: Path) -> None:
    path = write_weights(tmp_path / "weights.pth", random_weights(trunk))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(UsageError, match="is no state dict"):
        Lpips.load(path)
