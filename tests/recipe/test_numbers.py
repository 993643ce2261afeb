"""Numbers that change: their values, worked by hand, what is wrong with one in one line, and their way through TOML."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ganstudio.errors import RecipeError
from ganstudio.recipe.knobs import every_knob, numbers, recipe_schema
from ganstudio.recipe.load import dump, parse_value, resolve
from ganstudio.recipe.numbers import Number, Points, Transition, scheduled_numbers, value_at
from ganstudio.recipe.plain_numbers import schedules
from ganstudio.recipe.schema import Recipe
from ganstudio.recipe.settings import as_setting

TABLE: dict[str, Any] = {"architecture": {"id": "dcgan"}}


def with_rate(value: Any) -> Recipe:
    return Recipe.model_validate({**TABLE, "generator_optimizer": {"lr": value}})


def problems(*settings: str) -> tuple[str, ...]:
    with pytest.raises(RecipeError) as raised:
        resolve(TABLE, settings, "mine")
    return raised.value.problems


def test_a_plain_number_stays_a_float_whatever_the_time() -> None:
    rate = with_rate(2e-4).generator_optimizer.lr
    assert type(rate) is float
    assert value_at(rate, 0, 1000) is rate
    assert value_at(rate, 10**9, 1000) is rate


LINEAR = Transition(start=8.0, end=4.0, since=0.25, until=0.75)
COSINE = Transition(start=8.0, end=4.0, since=0.25, until=0.75, shape="cosine")
STEP = Transition(start=8.0, end=4.0, since=0.25, until=0.75, shape="step")
WARM = Transition(start=8.0, end=4.0, warmup_kimg=1.0)
POINTS = Points(points=((1.0, 10.0), (2.0, 20.0), (4.0, 0.0)))


@pytest.mark.parametrize(
    ("number", "nimg", "value"),
    [
        *((LINEAR, nimg, value) for nimg, value in [(0, 8), (1000, 8), (1500, 7), (2000, 6), (3000, 4), (9000, 4)]),
        *((COSINE, nimg, value) for nimg, value in [(0, 8), (1000, 8), (2000, 6), (3000, 4), (9000, 4)]),
        # a quarter of the way: 8 - 4 (1 - cos(pi / 4)) / 2
        (COSINE, 1500, 8 - 2 * (1 - math.sqrt(0.5))),
        *((STEP, nimg, value) for nimg, value in [(0, 8), (2000, 8), (2999, 8), (3000, 4), (9000, 4)]),
        # at 500 of 4000 images 7.5, half of it; from 1000 on whole
        *((WARM, nimg, value) for nimg, value in [(0, 0), (500, 3.75), (1000, 7), (4000, 4)]),
        *((POINTS, nimg, value) for nimg, value in [(0, 10), (1000, 10), (1500, 15), (2000, 20), (3000, 10)]),
        *((POINTS, nimg, 0) for nimg in (4000, 5000)),
        (Transition(start=8.0, end=4.0, since=0.5, until=0.5), 1999, 8),
        (Transition(start=8.0, end=4.0, since=0.5, until=0.5), 2000, 4),
    ],
)
def test_a_number_of_a_schedule_of_4_kimg_is_what_is_worked_out_by_hand(
    number: Number, nimg: int, value: float
) -> None:
    assert value_at(number, nimg, 4.0) == pytest.approx(value, abs=1e-12)


def test_both_ends_are_met_to_the_last_bit() -> None:
    number = Transition(start=0.1, end=0.3, shape="cosine")
    assert (value_at(number, 0, 0.7), value_at(number, 700, 0.7)) == (0.1, 0.3)


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ("lr=-1", "lr: input should be greater than or equal to 0; got -1. Nearest: 0."),
        ("lr=fast", "lr: must be a number, or a table of start and end, or of points; got 'fast'."),
        ("lr=true", "lr: must be a number, or a table of start and end, or of points; got True."),
        ("lr=inf", "lr: must be a finite number; got inf."),
        ("lr={start=1, end=-1}", "lr.end: input should be greater than or equal to 0; got -1.0. Nearest: 0."),
        ("lr={start=1}", "lr.end: is missing."),
        ("lr={until=1}", "lr: must hold start and end, or points; got {'until': 1}."),
        ("lr={start=1, ends=1}", "lr.ends: unknown key. Did you mean 'generator_optimizer.lr.end'?"),
        ("lr={start=1, end=0, until=7}", "lr.until: input should be less than or equal to 1; got 7. Nearest: 1."),
        ("lr={start=1, end=0, shape='sine'}", "lr.shape: input should be 'linear', 'cosine' or 'step'; got 'sine'."),
        (
            "lr={start=1, end=0, since=0.5, until=0.25}",
            "lr.until: must be at least since, which is 0.5; got 0.25. Nearest: 0.5.",
        ),
        ("lr={points=[[0, 1]]}", "lr.points: must be two [kimg, value] pairs or more; got [[0, 1]]."),
        ("lr={points=[[0, 1], [5]]}", "lr.points.1: must be [kimg, value], two numbers; got [5]."),
        ("lr={points=[[5, 1], [3, 2]]}", "lr.points.1: must be in ascending kimg, above 5; got 3."),
        ("lr={points=[[5, 1], [5, 2]]}", "lr.points.1: must be in ascending kimg, above 5; got 5."),
        (
            "lr={points=[[0, 1], [5, -2]]}",
            "lr.points.1: input should be greater than or equal to 0; got -2.0. Nearest: 0.",
        ),
        (
            "lr={points=[[0, 1], [5, 2]], end=1}",
            "lr.end: goes with start and end, not with points: give one of the two; got 1.",
        ),
        ("betas=[{start=0, end=1}, 0.9]", "betas.0.end: input should be less than 1; got 1.0. Nearest: 0.999."),
    ],
)
def test_one_wrong_value_is_one_line_that_names_its_key(setting: str, line: str) -> None:
    assert problems(f"generator_optimizer.{setting}") == (f"mine: generator_optimizer.{line}",)


@pytest.mark.parametrize("key", numbers())
def test_every_number_takes_both_forms_and_survives_being_written_and_read(key: str) -> None:
    knob = next(knob for knob in every_knob(recipe_schema()) if knob.key == key)
    kind = [f"{key.rpartition('.')[0]}.kind={knob.of[0]}"] if knob.of else []
    for value in ({"start": 0.5, "end": 0.25, "shape": "cosine"}, {"points": [[0.0, 0.5], [10.0, 0.25]]}):
        recipe = resolve(TABLE, [*kind, f"{key}={as_setting(value)}"], "mine")
        assert [name for name, _ in scheduled_numbers(recipe)] == [key]
        assert dict(schedules(dump(recipe))) == {key: value}
        assert Recipe.model_validate(dump(recipe)) == recipe
        assert parse_value(as_setting(value)) == value


def test_a_key_inside_a_number_edits_its_table_or_begins_one_from_what_it_is() -> None:
    def rate(*settings: str, table: dict[str, Any] = TABLE) -> Any:
        return dump(resolve(table, settings, "mine"))["generator_optimizer"]["lr"]

    one = {**TABLE, "generator_optimizer": {"lr": 0.5}}
    assert rate("generator_optimizer.lr.end=0.1") == {"start": 2e-4, "end": 0.1}
    assert rate("generator_optimizer.lr.end=0.1", table=one) == {"start": 0.5, "end": 0.1}
    scheduled = {**TABLE, "generator_optimizer": {"lr": {"start": 0.5, "end": 0.1}}}
    edited = {"start": 0.5, "end": 0.2, "shape": "step"}
    assert rate("generator_optimizer.lr.end=0.2", "generator_optimizer.lr.shape=step", table=scheduled) == edited
    assert rate("generator_optimizer.lr=1e-4", table=scheduled) == 1e-4
    points = {"points": [[0.0, 1.0], [5.0, 0.1]]}
    assert rate("generator_optimizer.lr.points=[[0, 1], [5, 0.1]]", table=scheduled) == points


def test_an_entry_of_a_list_begins_to_change_by_kind_and_by_place() -> None:
    table = {**TABLE, "regularizers": [{"kind": "r1", "gamma": 4.0}]}
    for key in ("regularizers.r1.gamma.end", "regularizers.0.gamma.end"):
        [entry] = dump(resolve(table, [f"{key}=1"], "mine"))["regularizers"]
        assert entry["gamma"] == {"start": 4.0, "end": 1.0}


def test_the_chance_of_an_augmentation_may_be_a_number_alone() -> None:
    for value in (0.5, {"start": 0.0, "end": 0.5}):
        recipe = Recipe.model_validate({**TABLE, "augmentation": {"p": value}})
        assert dump(recipe)["augmentation"]["p"] == {"kind": "constant", "value": value}
    assert problems("augmentation.p={start=0, end=2}") == (
        "mine: augmentation.p.value.end: input should be less than or equal to 1; got 2.0. Nearest: 1.",
    )


def test_the_length_of_schedules_is_the_run_s_unless_it_has_one_of_its_own() -> None:
    assert resolve(TABLE, ["training.kimg=20"], "mine").training.schedule_length == 20
    assert resolve(TABLE, ["training.kimg=20", "training.schedule_kimg=5"], "mine").training.schedule_length == 5
