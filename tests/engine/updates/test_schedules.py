from __future__ import annotations

import pytest
from pydantic import ValidationError

from ganstudio.engine.averages.exponential import half_life_nimg
from ganstudio.engine.contract import Stage
from ganstudio.engine.schedules import augment_p, crossed, marks, numbers_now, rates, stage_at
from ganstudio.recipe.schema import (
    ArchitectureChoice,
    Data,
    Growth,
    Recipe,
    Training,
)


def growing(start: int = 8, until: float = 0.5, resolution: int = 32) -> Recipe:
    """1,000 images long. From 8 to 32 px there are two doublings: up to image 500 each has a share of 250."""
    return Recipe(
        architecture=ArchitectureChoice(id="toy"),
        data=Data(resolution=resolution),
        growth=Growth(start=start, until=until),
        training=Training(kimg=1.0, batch=5),
    )


@pytest.mark.parametrize(
    ("nimg", "halvings", "alpha"),
    [
        (0, 2, 1.0),
        (124, 2, 1.0),  # half a share: 125
        (125, 1, 0.0),  # fades in over half a share
        (150, 1, 0.2),
        (225, 1, 0.8),
        (250, 1, 1.0),  # settles for half a share
        (374, 1, 1.0),
        (375, 0, 0.0),
        (450, 0, 0.6),
        (500, 0, 1.0),
        (1000, 0, 1.0),
        (5000, 0, 1.0),
    ],
)
def test_a_stage_settles_for_half_a_share_and_the_next_fades_in_over_the_other(
    nimg: int, halvings: int, alpha: float
) -> None:
    stage = stage_at(growing(), nimg)
    assert (stage.halvings, stage.alpha) == (halvings, pytest.approx(alpha))


def test_without_growth_the_target_is_there_from_the_start() -> None:
    recipe = growing().model_copy(update={"growth": None})
    assert {stage_at(recipe, nimg) for nimg in (0, 500, 1000)} == {Stage(0, 1.0)}


@pytest.mark.parametrize("recipe", [growing(until=0.0), growing(start=32)], ids=["no time", "nowhere to go"])
def test_growth_without_time_or_way_is_at_the_target_from_the_start(recipe: Recipe) -> None:
    assert stage_at(recipe, 0) == Stage(0, 1.0)


def test_growth_never_goes_back_and_ends_at_its_share_of_the_length() -> None:
    stages = [stage_at(growing(start=4, until=0.8), nimg) for nimg in range(0, 1001)]
    seen = [(-s.halvings, s.alpha) for s in stages]
    assert seen == sorted(seen)
    assert {s.halvings for s in stages} == {3, 2, 1, 0}
    assert stages.index(Stage(0, 1.0)) == 800


def test_a_start_that_does_not_double_into_the_target_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"growth\.start"):
        growing(start=12)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (0, 128, True),  # on the mark
        (128, 255, False),  # from it to just before the next
        (255, 256, True),
        (100, 700, True),  # over several at once
        (0, 0, False),
        (0, 127, False),
    ],
)
def test_a_mark_is_crossed_when_the_count_reaches_it(before: int, after: int, expected: bool) -> None:
    assert crossed(0.128, before, after) is expected


@pytest.mark.parametrize("batch", [1, 7, 64, 300])
def test_each_mark_is_crossed_once_whatever_the_batch(batch: int) -> None:
    steps = range(0, 20 * batch * 50, batch)
    found = sum(crossed(0.25, before, before + batch) for before in steps)
    marks = steps.stop // 250
    assert found == (marks if batch < 250 else len(steps))


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        (50, [1, 2, 5, 10, 20, 50, 100, 150]),
        (20, [1, 2, 5, 10, 20, 40, 60, 80, 100, 120, 140, 160, 180]),
        (4.5, [1, 2, 4.5, 9, 13.5]),
        (1000, [1, 2, 5, 10, 20, 50, 100]),
    ],
)
def test_marks_come_early_and_then_at_the_interval(every: float, expected: list[float]) -> None:
    end = round(expected[-1] * 1000)
    assert list(marks(every, end)) == [round(kimg * 1000) for kimg in expected]
    found = [after for after in range(100, end + 1, 100) if crossed(every, after - 100, after)]
    assert found == list(marks(every, end))


def test_an_interval_below_the_first_early_mark_has_none() -> None:
    assert list(marks(0.25, 1000)) == [250, 500, 750, 1000]


def test_without_augmentation_there_is_no_p() -> None:
    assert augment_p(growing(), 100, 0.3) is None


def augmented(p: object) -> Recipe:
    """10 kimg long."""
    return Recipe.model_validate(
        {"architecture": {"id": "toy"}, "augmentation": {"p": p}, "training": {"kimg": 10, "batch": 5}}
    )


@pytest.mark.parametrize(("nimg", "expected"), [(0, 0.1), (1000, 0.2), (2000, 0.3), (4000, 0.5), (9000, 0.5)])
def test_a_ramped_p_goes_straight_from_start_to_end_and_stays(nimg: int, expected: float) -> None:
    for ramp in ({"kind": "ramp", "start": 0.1, "end": 0.5, "kimg": 4}, {"start": 0.1, "end": 0.5, "until": 0.4}):
        assert augment_p(augmented(ramp), nimg, 0.9) == pytest.approx(expected)


def test_a_constant_p_ignores_time_and_adaptation_and_an_adaptive_one_is_what_adaptation_reached() -> None:
    assert augment_p(augmented(0.7), 123, 0.3) == 0.7
    assert augment_p(augmented({"kind": "constant", "value": 0.7}), 123, 0.3) == 0.7
    assert augment_p(augmented({"kind": "adaptive"}), 123, 0.3) == 0.3


def test_a_longer_fork_keeps_growth_where_it_was() -> None:
    short = growing()
    kept = Training(kimg=4.0, batch=5, schedule_kimg=1.0)
    longer = short.model_copy(update={"training": kept})
    stages = [stage_at(longer, nimg) for nimg in range(0, 1001, 25)]
    assert stages == [stage_at(short, nimg) for nimg in range(0, 1001, 25)]
    assert stages != [
        stage_at(short.model_copy(update={"training": kept.model_copy(update={"schedule_kimg": None})}), nimg)
        for nimg in range(0, 1001, 25)
    ]


CHANGING = Recipe.model_validate(
    {
        "architecture": {"id": "toy"},
        "generator_optimizer": {"lr": {"start": 4.0, "end": 0.0}, "betas": [{"start": 0.0, "end": 0.5}, 0.9]},
        "discriminator_optimizer": {"kind": "rmsprop", "lr": 0.3, "betas": [0.1, {"points": [[0, 0.2], [1, 0.4]]}]},
        "regularizers": [{"kind": "r1", "gamma": {"start": 2.0, "end": 1.0, "shape": "step", "until": 0.5}}],
        "augmentation": {"p": {"start": 0.0, "end": 0.4}},
        "training": {"kimg": 2.0, "batch": 5, "ema_kimg": {"start": 1.0, "end": 3.0}, "ema_ramp": None},
    }
)


def test_an_optimizer_goes_by_the_rates_of_the_images_seen() -> None:
    generator, critic = CHANGING.generator_optimizer, CHANGING.discriminator_optimizer
    assert rates(generator, 500, 2.0) == {"lr": 3.0, "betas": (0.125, 0.9)}
    assert rates(critic, 500, 2.0) == {"lr": 0.3, "alpha": pytest.approx(0.3)}


def test_a_tick_tells_every_number_that_changes_and_no_other() -> None:
    assert numbers_now(CHANGING, 1000) == {
        "generator_optimizer.lr": 2.0,
        "generator_optimizer.betas.0": 0.25,
        "discriminator_optimizer.betas.1": 0.4,
        "regularizers.r1.gamma": 1.0,
        "augmentation.p.value": 0.2,
        "training.ema_kimg": 2.0,
    }
    assert numbers_now(growing(), 500) == {}


def test_the_half_life_of_the_average_changes_with_it() -> None:
    assert half_life_nimg(CHANGING.training, 500) == 1500
