"""Holes: never empty, as large as asked, the same however a batch is split."""

from __future__ import annotations

import pytest
import torch

from ganstudio.engine.conformance import CPU
from ganstudio.engine.contract import JudgedPair, Pair
from ganstudio.engine.draws import Draw
from ganstudio.engine.tasks.holes import holes
from ganstudio.engine.tasks.inpaint import filled
from ganstudio.engine.terms.losses.distance import HoleDistance

COUNT = 200


def draw(step: int = 0) -> Draw:
    return Draw(0, "test", step, COUNT, slice(0, COUNT), CPU.device)


@pytest.mark.parametrize("kind", ["boxes", "strokes", "both"])
def test_every_hole_has_pixels_and_leaves_some(kind: str) -> None:
    for size, share in (((16, 24), (0.25, 0.5)), ((16, 16), (0.01, 0.02))):
        masks = holes(draw(), size, kind, share)
        assert masks.shape == (COUNT, 1, *size)
        assert set(masks.unique().tolist()) == {0.0, 1.0}
        assert masks.flatten(1).sum(1).min() >= 1
        assert masks.flatten(1).mean(1).max() < 0.9


def test_a_box_has_sides_between_the_shares_and_may_lie_anywhere() -> None:
    masks = holes(draw(), (20, 40), "boxes", (0.25, 0.5))[:, 0]
    heights, widths = masks.amax(2).sum(1), masks.amax(1).sum(1)
    assert (heights.min(), heights.max(), widths.min(), widths.max()) == (5, 10, 10, 20)
    assert torch.equal(masks.sum((1, 2)), heights * widths)  # one box each
    assert masks.amax((0, 1)).min() == masks.amax((0, 2)).min() == 1  # each row and column is in one of them


def test_both_are_each_of_half_of_the_pictures() -> None:
    masks, boxes = (holes(draw(), (32, 32), kind, (0.25, 0.5)) for kind in ("both", "boxes"))
    share = (masks == boxes).flatten(1).all(1).float().mean().item()
    assert share == pytest.approx(0.5, abs=0.11)  # three standard deviations of 200


def test_a_part_of_a_batch_has_the_holes_that_the_whole_has() -> None:
    whole = holes(draw(), (16, 16), "both", (0.25, 0.5))
    assert torch.equal(whole[50:70], holes(draw().narrowed(slice(50, 70)), (16, 16), "both", (0.25, 0.5)))
    assert not torch.equal(whole, holes(draw(1), (16, 16), "both", (0.25, 0.5)))


def test_a_stroke_along_an_edge_is_as_wide_as_its_brush(monkeypatch: pytest.MonkeyPatch) -> None:
    given = torch.zeros(1, 14)  # from the upper left, two steps, both to the right
    monkeypatch.setattr(Draw, "uniform", lambda self, purpose, *shape: given)
    mask = holes(draw(), (32, 32), "strokes", (0.25, 0.25))[0, 0]
    # 2 steps of 8 px; the brush is a quarter of 8 px wide: 1 px to each side, the edge in the middle
    assert mask[0].nonzero().flatten().tolist() == list(range(18))
    assert mask[1].nonzero().flatten().tolist() == list(range(17))
    assert mask[2:].sum() == 0


def test_a_filled_picture_costs_what_it_is_off_inside_its_hole_alone() -> None:
    images = torch.zeros(2, 3, 4, 4)
    mask = torch.zeros(2, 1, 4, 4)
    mask[0, :, :2, :3], mask[1, :, 3, 3] = 1, 1

    def answer(given: torch.Tensor) -> torch.Tensor:
        assert torch.equal(given[:, 3:], mask)
        return 0.5 * torch.ones(2, 3, 4, 4) * torch.tensor([1.0, -0.5])[:, None, None, None]

    made = filled(answer, images, mask)  # type: ignore[arg-type]
    assert made.sum((1, 2, 3)).tolist() == [0.5 * 18, -0.25 * 3]
    pair = JudgedPair(Pair("critic", made, images, inputs={"mask": mask}))
    result = HoleDistance()(None, [pair])  # type: ignore[arg-type]
    assert result.value.tolist() == pytest.approx([0.5, 0.25])
