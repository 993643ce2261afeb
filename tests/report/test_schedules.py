"""How far minutes take what changes over a recipe's length."""

from __future__ import annotations

from typing import Any

import pytest

from ganstudio.report.schedules import reach_within, schedule_kimg

FALLING = {"generator_optimizer": {"lr": {"start": 1.0, "end": 0.0}}}
POINTS = {"regularizers": [{"kind": "r1", "gamma": {"points": [[0, 1.0], [40, 2.0]]}}]}


def recipe(*parts: dict[str, Any], **training: float) -> dict[str, Any]:
    return {key: value for part in parts for key, value in part.items()} | {"training": {"kimg": 100.0, **training}}


@pytest.mark.parametrize(
    ("table", "length"),
    [
        (recipe(), None),
        (recipe({"augmentation": {"p": {"kind": "ramp", "start": 0, "end": 1, "kimg": 5}}, "growth": None}), None),
        (recipe(FALLING), 100.0),
        (recipe(FALLING, schedule_kimg=50.0), 50.0),
        (recipe({"growth": {"start": 8}}), 100.0),
        (recipe(POINTS), 40.0),
        (recipe(POINTS, FALLING), 100.0),
    ],
)
def test_the_schedules_of_a_recipe_end_with_the_last_of_them(table: dict[str, Any], length: float | None) -> None:
    assert schedule_kimg(table) == length


@pytest.mark.parametrize(
    ("minutes", "speed", "nimg", "said"),
    [
        (2.5, 280.0, 0, "in 2.5 minutes at about 280 img/s the schedules get to 42 %"),
        (1.0, 100.0, 50_000, "in 1 minutes at about 100 img/s the schedules get to 56 %"),
        (60.0, 280.0, 0, "in 60 minutes at about 280 img/s the schedules get to their end"),
    ],
)
def test_minutes_and_a_speed_say_how_far(minutes: float, speed: float, nimg: int, said: str) -> None:
    assert reach_within(recipe(FALLING), minutes, speed, nimg) == said


def test_without_a_speed_that_is_said_and_without_schedules_nothing() -> None:
    assert "not known until the speed is, which --dry-run measures" in (reach_within(recipe(FALLING), 5, None) or "")
    assert reach_within(recipe(), 5, None) is None
    assert reach_within(recipe(), 5, 100.0) is None
