from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from ganstudio.engine import draws
from ganstudio.engine.distributed import World
from ganstudio.engine.draws import Draw, reseed

CPU = torch.device("cpu")
KINDS: dict[str, Callable[[Draw], Tensor]] = {
    "normal": lambda draw: draw.normal("z", 5),
    "image_noise": lambda draw: draw.image_noise("noise_0", 1, 4, 4),
    "uniform": lambda draw: draw.uniform("mix"),
    "integers": lambda draw: draw.integers("place", 10),
    "classes": lambda draw: draw.classes("labels", (5, 1, 2)),
}
kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def draw(total: int, rows: slice | None = None, seed: int = 0, scope: str = "train/d", step: int = 0) -> Draw:
    return Draw(seed, scope, step, total, rows or slice(0, total), CPU)


@kinds
def test_a_slice_draws_what_the_whole_batch_draws_there(kind: Callable[[Draw], Tensor]) -> None:
    whole = kind(draw(24))
    assert torch.equal(kind(draw(24, slice(7, 12))), whole[7:12])


@kinds
def test_micro_batches_of_processes_draw_the_whole_batch_in_order(kind: Callable[[Draw], Tensor]) -> None:
    parts = [
        kind(draw(24, World(rank, 2).rows(24)).narrowed(slice(start, start + 4)))
        for rank in range(2)
        for start in (0, 4, 8)
    ]
    assert torch.equal(torch.cat(parts), kind(draw(24)))


def test_a_part_of_a_part_keeps_its_place() -> None:
    assert draw(24, slice(8, 24)).narrowed(slice(4, 12)).narrowed(slice(2, 3)).rows == slice(14, 15)


@kinds
def test_a_draw_follows_from_its_name_and_not_from_what_was_drawn_before(kind: Callable[[Draw], Tensor]) -> None:
    first = kind(draw(24))
    torch.manual_seed(7)
    torch.randn(100)
    assert torch.equal(kind(draw(24)), first)


@kinds
def test_drawing_leaves_torchs_own_generator_where_it_was(kind: Callable[[Draw], Tensor]) -> None:
    before = torch.get_rng_state()
    kind(draw(24))
    assert torch.equal(torch.get_rng_state(), before)


@kinds
@pytest.mark.parametrize("change", [{"seed": 1}, {"step": 1}, {"scope": "train/g"}], ids=lambda c: next(iter(c)))
def test_draws_differ_by_seed_step_and_scope(kind: Callable[[Draw], Tensor], change: dict) -> None:
    assert not torch.equal(kind(draw(64)), kind(draw(64, **change)))


def test_draws_differ_by_purpose() -> None:
    assert not torch.equal(draw(64).normal("z"), draw(64).normal("noise_0"))


def test_the_number_of_a_purpose_does_not_run_into_the_step() -> None:
    assert not torch.equal(draw(64, step=12).normal("noise_1"), draw(64, step=2).normal("noise_11"))


def test_draws_of_a_thousand_steps_never_repeat() -> None:
    firsts = torch.stack([draw(2, step=step).normal("z") for step in range(1000)])
    assert len(torch.unique(firsts, dim=0)) == 1000


def test_normal_draws_have_mean_0_and_deviation_1() -> None:
    drawn = draw(10_000).normal("z", 10)
    # of 100,000: three standard errors are 0.0095 for the mean, 0.0067 for the deviation
    assert drawn.shape == (10_000, 10)
    assert drawn.mean().item() == pytest.approx(0.0, abs=0.0095)
    assert drawn.std().item() == pytest.approx(1.0, abs=0.0067)


def test_uniform_draws_fill_0_to_1_and_never_reach_1() -> None:
    drawn = draw(100_000).uniform("mix")
    assert drawn.min() >= 0.0
    assert drawn.max() < 1.0
    # each tenth holds 10,000 give or take three standard deviations, 3 sqrt(100,000 * 0.09) = 285
    assert torch.histc(drawn, 10, 0.0, 1.0).sub(10_000).abs().max() < 285


def test_integers_are_uniform_below_high() -> None:
    counts = torch.bincount(draw(60_000).integers("place", 6), minlength=6)
    # 10,000 each, give or take 3 sqrt(60,000 * 5/36) = 274
    assert len(counts) == 6
    assert counts.sub(10_000).abs().max() < 274


def test_classes_are_drawn_as_often_as_the_data_has_them() -> None:
    counts = torch.bincount(draw(80_000).classes("labels", (500, 0, 100, 200)), minlength=4)
    # 5/8, 0, 1/8 and 2/8 of 80,000; three standard deviations of the first are 3 sqrt(80,000 * 15/64) = 411
    assert counts[1] == 0
    assert counts.sub(torch.tensor([50_000, 0, 10_000, 20_000])).abs().max() < 411


@pytest.mark.parametrize("rows", [slice(0, 24), slice(0, 3), slice(4, 11), slice(23, 24)], ids=str)
def test_image_noise_is_the_same_in_any_slice_and_little_more_is_drawn(
    rows: slice, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = draw(24).image_noise("noise_0", 1, 4, 4)
    drawn, randn = [], torch.randn
    monkeypatch.setattr(draws, "BLOCK_VALUES", 100)  # six images of 16
    blocks = draw(24).image_noise("noise_0", 1, 4, 4)
    monkeypatch.setattr(torch, "randn", lambda n, *size, **how: drawn.append(n) or randn(n, *size, **how))
    assert torch.equal(draw(24, rows).image_noise("noise_0", 1, 4, 4), blocks[rows])
    assert sum(drawn) < rows.stop - rows.start + 2 * 6
    assert not torch.equal(blocks, whole)
    assert len(torch.unique(blocks)) == blocks.numel()


def test_dropout_in_an_update_follows_from_its_name_and_not_from_what_was_drawn_before() -> None:
    def masks(purpose: str, step: int) -> Tensor:
        reseed(CPU, 0, purpose, step)
        return torch.stack([F.dropout(torch.ones(64)), F.dropout(torch.ones(64))])

    first = masks("train/d/rank 0", 3)
    torch.randn(100)
    assert torch.equal(masks("train/d/rank 0", 3), first)
    others = [masks("train/d/rank 0", 4), masks("train/g/rank 0", 3), masks("train/d/rank 1", 3)]
    assert not any(torch.equal(first, other) for other in others)
    assert not torch.equal(*first)  # of two micro-batches
