from __future__ import annotations

import pytest
import torch
from torch import Tensor

from ganstudio.engine.augmentation.adaptive import moved
from ganstudio.engine.augmentation.diffaugment import augment
from ganstudio.engine.distributed import World
from ganstudio.engine.draws import Draw
from ganstudio.recipe.schema import Adaptive

ALL = ("color", "translation", "cutout")
each = pytest.mark.parametrize("policy", [*((name,) for name in ALL), ALL], ids="+".join)


def draw(count: int, step: int = 0) -> Draw:
    return Draw(0, "train/d", step, count, slice(0, count), torch.device("cpu"))


def images(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0)).to(dtype) * 2 - 1


def shifts(count: int, side: int) -> Tensor:
    """How far each of `count` images was moved down and right, read from a row and a column of marks, [N, 2]."""
    rows = torch.arange(1.0, side + 1)[None, None, :, None].expand(count, 1, side, side)
    columns = rows.transpose(2, 3)
    marked = augment(torch.cat([rows, columns], 1), ("translation",), 1.0, draw(count), "real")
    middle = side // 2
    return middle + 1 - marked[:, :, middle, middle]


@each
def test_with_p_0_images_are_the_very_same(policy: tuple[str, ...]) -> None:
    given = images(4, 3, 8, 8)
    assert augment(given, policy, 0.0, draw(4), "real") is given


@each
def test_p_is_how_often_each_change_is_applied(policy: tuple[str, ...]) -> None:
    count, p = 2000, 0.3
    given = images(1, 3, 8, 8).expand(count, 3, 8, 8)
    touched = (augment(given, policy, p, draw(count), "real") != given).flatten(1).any(1).float().mean().item()
    # a translation by (0, 0), one of the nine here, shows as none; three standard deviations are at most 0.034
    shows = {"color": 1.0, "translation": 8 / 9, "cutout": 1.0}
    missed = 1.0
    for name in policy:
        missed *= 1 - p * shows[name]
    assert touched == pytest.approx(1 - missed, abs=0.034)


@each
def test_the_same_draw_and_purpose_change_other_images_in_the_same_way(policy: tuple[str, ...]) -> None:
    pair, condition = images(2, 16, 3, 8, 8)
    changed = [augment(x, policy, 0.7, draw(16), "real") for x in (pair, condition, (pair + condition) / 2)]
    # every change is affine in the image: one and the same map takes midpoints to midpoints, two maps do not
    torch.testing.assert_close(changed[2], (changed[0] + changed[1]) / 2)
    other = augment(condition, policy, 0.7, draw(16), "fake")
    assert (changed[2] - (changed[0] + other) / 2).abs().max() > 0.01


@each
def test_real_and_fake_and_the_next_step_are_changed_in_other_ways(policy: tuple[str, ...]) -> None:
    given = images(16, 3, 16, 16)
    found = [
        augment(given, policy, 1.0, d, purpose)
        for d, purpose in [(draw(16), "real"), (draw(16), "fake"), (draw(16, 1), "real")]
    ]
    assert not torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])


@each
def test_a_process_changes_its_rows_as_the_whole_batch_would(policy: tuple[str, ...]) -> None:
    given = images(8, 3, 8, 8)
    whole = augment(given, policy, 0.5, draw(8), "real")
    rows = World(1, 2).rows(8)
    torch.testing.assert_close(augment(given[rows], policy, 0.5, draw(8).narrowed(rows), "real"), whole[rows])


@each
def test_every_change_can_be_differentiated_twice(policy: tuple[str, ...]) -> None:
    given = images(2, 3, 4, 4, dtype=torch.float64).requires_grad_()

    def curved(x: Tensor) -> Tensor:
        return augment(x, policy, 1.0, draw(2), "real").pow(3).sum((1, 2, 3))

    assert torch.autograd.gradcheck(curved, given)
    assert torch.autograd.gradgradcheck(curved, given)


@pytest.mark.parametrize("side", [8, 32])
def test_translation_moves_by_whole_pixels_up_to_an_eighth_of_the_side(side: int) -> None:
    found = shifts(2000, side)
    most = side // 8
    for axis in range(2):
        values, counts = found[:, axis].unique(return_counts=True)
        assert values.tolist() == list(range(-most, most + 1))
        # uniform: three standard deviations of a share of 2000 at 1/3 are 63
        assert counts.sub(2000 / (2 * most + 1)).abs().max() < 64


def test_translation_lets_zeros_enter_where_the_image_left() -> None:
    picture = torch.arange(1.0, 10.0).view(1, 1, 3, 3).expand(64, 1, 3, 3)
    found = augment(picture, ("translation",), 1.0, draw(64), "real")
    by_hand = {
        (0, 0): [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
        (1, 0): [[0, 0, 0], [1, 2, 3], [4, 5, 6]],
        (-1, 0): [[4, 5, 6], [7, 8, 9], [0, 0, 0]],
        (0, 1): [[0, 1, 2], [0, 4, 5], [0, 7, 8]],
        (-1, -1): [[5, 6, 0], [8, 9, 0], [0, 0, 0]],
    }
    moves = [tuple(int(n) for n in row) for row in shifts(64, 3)]
    assert by_hand.keys() <= set(moves)
    for move, image in zip(moves, found, strict=True):
        if move in by_hand:
            assert image[0].tolist() == by_hand[move]


@pytest.mark.parametrize("side", [8, 32])
def test_cutout_blanks_a_square_of_half_the_side(side: int) -> None:
    blank = augment(torch.ones(200, 3, side, side), ("cutout",), 1.0, draw(200), "real") == 0
    # at the border a part of the square is outside; of 200 squares some lie wholly inside
    assert blank.any(3).sum(2).max() == side // 2
    assert blank.any(2).sum(2).max() == side // 2
    assert blank.flatten(1).sum(1).max() == 3 * (side // 2) ** 2


def test_cutout_blanks_one_rectangle_in_all_channels_and_leaves_the_rest() -> None:
    given = images(50, 3, 16, 16)
    found = augment(given, ("cutout",), 1.0, draw(50), "real")
    blank = found == 0
    rectangle = blank.any(3, keepdim=True) & blank.any(2, keepdim=True)
    assert torch.equal(blank, rectangle)
    assert torch.equal(blank, blank[:, :1].expand_as(blank))
    assert blank.flatten(1).any(1).all()
    assert torch.equal(found[~blank], given[~blank])


def test_color_moves_brightness_by_at_most_a_half() -> None:
    # a flat grey image has neither saturation nor contrast to change
    found = augment(torch.full((4000, 3, 2, 2), 0.2), ("color",), 1.0, draw(4000), "real") - 0.2
    torch.testing.assert_close(found, found[:, :1, :1, :1].expand_as(found))
    # U(-0.5, 0.5) has deviation sqrt(1/12) = 0.289; three standard errors of the mean are 0.0137
    assert found.abs().max() <= 0.5 + 1e-6
    assert found.mean().item() == pytest.approx(0.0, abs=0.0137)
    assert found.std().item() == pytest.approx(0.289, abs=0.01)


def test_color_scales_saturation_by_0_to_2_and_contrast_by_a_half_to_one_and_a_half() -> None:
    # half of the image is black and half is red: grey is 0 and 0.2, the mean 0.1
    given = torch.zeros(4000, 3, 2, 2)
    given[:, 0, 0] = 0.6
    found = augment(given, ("color",), 1.0, draw(4000), "real")
    contrast = (found.mean(1)[:, 0] - found.mean(1)[:, 1]).mean(1) / 0.2
    saturation = (found[:, 0, 0] - found[:, 1, 0]).mean(1) / 0.6 / contrast
    for scale, least, most in ((contrast, 0.5, 1.5), (saturation, 0.0, 2.0)):
        assert least <= scale.min() + 1e-4
        assert scale.max() <= most + 1e-4
        assert scale.mean().item() == pytest.approx(1.0, abs=0.03)
        assert scale.std().item() == pytest.approx((most - least) / 12**0.5, abs=0.02)


def test_adaptive_p_moves_up_above_the_target_down_below_it_and_rests_on_it() -> None:
    choice = Adaptive(target=0.6, kimg=500, interval=4)
    # 64 images x 4 updates of 500,000
    step = 256 / 500_000
    assert moved(0.2, 0.7, 64, choice) == pytest.approx(0.2 + step)
    assert moved(0.2, 0.5, 64, choice) == pytest.approx(0.2 - step)
    assert moved(0.2, 0.6, 64, choice) == 0.2


def test_adaptive_p_takes_its_kimg_to_go_from_0_to_1() -> None:
    choice, p = Adaptive(kimg=10, interval=2, limit=1.0), 0.0
    for _ in range(10_000 // (50 * 2)):
        assert p < 1.0
        p = moved(p, 1.0, 50, choice)
    assert p == pytest.approx(1.0)


def test_adaptive_p_stays_between_0_and_its_limit() -> None:
    choice = Adaptive(kimg=0.1, limit=0.85)
    assert moved(0.84, 1.0, 64, choice) == 0.85
    assert moved(0.01, -1.0, 64, choice) == 0.0


def test_colours_change_and_alpha_stays() -> None:
    given = images(8, 4, 8, 8)
    changed = augment(given, ("color",), 1.0, draw(8), "real")
    assert torch.equal(changed[:, 3], given[:, 3])
    assert torch.equal(changed[:, :3], augment(given[:, :3], ("color",), 1.0, draw(8), "real"))
