"""ADA's pipe: every change beside one that is worked by hand, and how often it is applied."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from ganstudio.engine.augmentation import ada
from ganstudio.engine.augmentation.diffaugment import augment
from ganstudio.engine.draws import Draw
from ganstudio.recipe.augmentation import Augmentation

BGC = ("blit", "geometry", "ada_color")
MANY = 4000


class Chosen(Draw):
    """Draws what a test chooses by the end of the purpose, and never applies anything else."""

    def __new__(cls, count: int, **chosen: float) -> Chosen:
        return object.__new__(cls)

    def __init__(self, count: int, **chosen: float) -> None:
        super().__init__(0, "test", 0, count, slice(0, count), torch.device("cpu"))
        object.__setattr__(self, "chosen", chosen)

    def _value(self, purpose: str, usual: float) -> float:
        name = purpose.partition("/")[2].replace("/", "_").replace(" ", "_")
        return self.chosen.get(name, usual)

    def uniform(self, purpose: str, *shape: int) -> Tensor:
        usual = 0.999 if purpose.endswith("applied") else 0.5
        return torch.full((self.total, *shape), self._value(purpose, usual))

    def normal(self, purpose: str, *shape: int) -> Tensor:
        return torch.full((self.total, *shape), self._value(purpose, 0.0))

    def integers(self, purpose: str, high: int) -> Tensor:
        return torch.full((self.total,), int(self._value(purpose, 0)))


def draw(count: int, step: int = 0) -> Draw:
    return Draw(0, "train/d", step, count, slice(0, count), torch.device("cpu"))


def images(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0)).to(dtype) * 2 - 1


def smooth(*shape: int) -> Tensor:
    """Images without fine detail, which resampling cannot keep."""
    return F.avg_pool2d(F.pad(images(*shape), (3,) * 4, mode="reflect"), 7, 1)


ON = 0.0  # what is drawn for a change that is to be applied


def test_mirroring_turns_and_shifts_move_whole_pixels() -> None:
    given = images(2, 3, 8, 8)
    mirrored = ada.blit(given, 0.5, Chosen(2, mirror_applied=ON, mirror_side=0.0), "k")
    assert torch.equal(mirrored, given.flip(3))
    for quarters in range(4):
        turned = ada.blit(given, 0.5, Chosen(2, turn_applied=ON, turn_quarters=quarters), "k")
        assert torch.equal(turned, given.rot90(quarters, (2, 3)))
    # 0.99 of the way from -1 to 1 of an eighth of 8 px is one pixel, down and right; the edge is reflected
    moved = ada.blit(given, 0.5, Chosen(2, shift_applied=ON, shift_amount=0.99), "k")
    assert torch.equal(moved[:, :, 1:, 1:], given[:, :, :-1, :-1])
    assert torch.equal(moved[:, :, 0, 1:], given[:, :, 1, :-1])


def test_rectangles_are_turned_by_halves_alone() -> None:
    given = images(64, 1, 8, 12)
    turned = ada.blit(given, 1.0, draw(64), "k")
    assert turned.shape == given.shape
    half = ada.blit(given, 0.5, Chosen(64, turn_applied=ON, turn_quarters=1), "k")
    assert torch.equal(half, given.rot90(2, (2, 3)))


def test_geometry_turns_stretches_and_shifts_about_the_middle() -> None:
    given = smooth(1, 2, 32, 32)
    inside = (..., slice(8, 24), slice(8, 24))
    for name in ("turn_before", "turn_after"):
        quarter = ada.geometry(given, 0.5, Chosen(1, **{f"{name}_applied": ON, f"{name}_angle": 0.75}), "k")
        # from x to y, which goes down: clockwise
        torch.testing.assert_close(quarter[inside], given.rot90(3, (2, 3))[inside], atol=0.02, rtol=0)
    # a normal of 1 is an eighth of the side
    moved = ada.geometry(given, 0.5, Chosen(1, shift_applied=ON, shift_amount=1.0), "k")
    torch.testing.assert_close(moved[inside], given.roll((4, 4), (2, 3))[inside], atol=0.02, rtol=0)
    # a normal of 5 is a scale of 2: what was 4 px from the middle is 8 px from it
    twice = ada.geometry(given, 0.5, Chosen(1, size_applied=ON, size_amount=5.0), "k")
    middle = F.interpolate(given[:, :, 8:24, 8:24], scale_factor=2, mode="bilinear")
    torch.testing.assert_close(twice[inside], middle[inside], atol=0.03, rtol=0)
    wider = ada.geometry(given, 0.5, Chosen(1, stretch_applied=ON, stretch_amount=5.0), "k")
    assert not torch.equal(wider, twice)
    rows = torch.linspace(-1, 1, 32)[None, None, :, None].expand(1, 1, 32, 32)
    flat = ada.geometry(rows.contiguous(), 0.5, Chosen(1, stretch_applied=ON, stretch_amount=5.0), "k")
    slopes = flat[0, 0].diff(dim=0)[12:20, 16] / rows[0, 0].diff(dim=0)[12:20, 16]
    torch.testing.assert_close(slopes, torch.full((8,), 2.0), atol=0.05, rtol=0)  # half as high


COLOUR = torch.tensor([0.5, -0.25, 0.1]).view(1, 3, 1, 1)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"brightness_applied": ON, "brightness_amount": 1.0}, [0.7, -0.05, 0.3]),
        ({"contrast_applied": ON, "contrast_amount": 2.0}, [1.0, -0.5, 0.2]),
        # the mean, 7/60, is turned round and the differences from it stay
        ({"luma_applied": ON, "luma_side": 0.0}, [0.5 - 7 / 30, -0.25 - 7 / 30, 0.1 - 7 / 30]),
        # half a turn about grey turns the differences from the mean round
        ({"hue_applied": ON, "hue_angle": 1.0}, [7 / 30 - 0.5, 7 / 30 + 0.25, 7 / 30 - 0.1]),
        # a third of a turn makes green of red
        ({"hue_applied": ON, "hue_angle": 0.5 + 1 / 3}, [0.1, 0.5, -0.25]),
        ({"saturation_applied": ON, "saturation_amount": 1.0}, [1.0 - 7 / 60, -0.5 - 7 / 60, 0.2 - 7 / 60]),
    ],
)
def test_colours_change_as_worked_by_hand(chosen: dict[str, float], expected: list[float]) -> None:
    found = ada.color(COLOUR, 0.5, Chosen(1, **chosen), "k")
    torch.testing.assert_close(found.flatten(), torch.tensor(expected))


def test_grey_images_change_as_three_equal_channels_do_and_alpha_stays() -> None:
    grey = images(32, 1, 4, 4)
    as_colour = ada.color(grey.expand(-1, 3, -1, -1), 0.7, draw(32), "k")
    torch.testing.assert_close(ada.color(grey, 0.7, draw(32), "k"), as_colour[:, :1], atol=1e-5, rtol=1e-5)
    clear = images(8, 4, 4, 4)
    found = ada.color(clear, 1.0, draw(8), "k")
    assert torch.equal(found[:, 3], clear[:, 3])
    torch.testing.assert_close(found[:, :3], ada.color(clear[:, :3], 1.0, draw(8), "k"))


P = 0.3
# size, one of two turns, stretch and shift
GEOMETRY_LEAVES = (1 - P) ** 4
# no quarters of four, no mirror of two, shifts that round to nothing along both sides of 8 px: a quarter of them
BLIT_LEAVES = (1 - P * 3 / 4) * (1 - P / 2) * (1 - P * 3 / 4)


@pytest.mark.parametrize(("policy", "leaves"), [("blit", BLIT_LEAVES), ("geometry", GEOMETRY_LEAVES)])
def test_every_change_has_a_chance_of_its_own(policy: str, leaves: float) -> None:
    given = images(1, 1, 8, 8).expand(MANY, -1, -1, -1)
    changed = (augment(given, (policy,), P, draw(MANY), "real") != given).flatten(1).any(1).float().mean().item()
    assert changed == pytest.approx(1 - leaves, abs=4 * math.sqrt(0.25 / MANY))


@pytest.mark.parametrize("policy", BGC)
def test_images_that_no_change_reaches_are_the_same_to_the_bit(policy: str) -> None:
    given = images(64, 3, 8, 8)
    found = augment(given, (policy,), 0.05, draw(64), "real")
    same = (found == given).flatten(1).all(1)
    assert 16 < same.sum() < 64
    assert augment(given, (policy,), 0.0, draw(64), "real") is given


@pytest.mark.parametrize("policy", BGC)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_the_pipe_can_be_differentiated_twice_at_any_shape(policy: str, channels: int) -> None:
    given = images(2, channels, 8, 12).requires_grad_()
    found = augment(given, (policy,), 1.0, draw(2), "real")
    assert found.shape == given.shape
    (slope,) = torch.autograd.grad(found.square().sum(), given, create_graph=True)
    slope.square().sum().backward()
    assert given.grad is not None
    assert given.grad.isfinite().all()
    assert given.grad.abs().sum() > 0


def test_the_gradient_of_resampling_is_that_of_finite_differences() -> None:
    given = images(1, 1, 6, 6, dtype=torch.float64)
    weights = images(1, 1, 6, 6, dtype=torch.float64)

    def cost(x: Tensor) -> Tensor:
        return (ada.geometry(x.float(), 1.0, draw(1), "k").double() * weights).sum()

    x = given.clone().requires_grad_()
    (slope,) = torch.autograd.grad(cost(x), x)
    for place in ((2, 3), (0, 0), (5, 1)):
        step = torch.zeros_like(given)
        step[0, 0, place[0], place[1]] = 0.5  # it is linear in the image
        difference = cost(given + step) - cost(given - step)
        assert slope[0, 0, place[0], place[1]].item() == pytest.approx(difference.item(), abs=1e-4)


def test_the_same_draw_changes_parts_of_a_batch_as_it_changes_the_whole() -> None:
    given = images(8, 3, 8, 8)
    whole = augment(given, BGC, 0.8, draw(8), "real")
    parts = []
    for rows in (slice(0, 3), slice(3, 8)):
        own = Draw(0, "train/d", 0, 8, rows, torch.device("cpu"))
        parts.append(augment(given[rows], BGC, 0.8, own, "real"))
    torch.testing.assert_close(torch.cat(parts), whole, atol=1e-6, rtol=0)


def test_bgc_is_short_for_the_three() -> None:
    assert Augmentation.model_validate({"policy": "bgc"}).policy == BGC
