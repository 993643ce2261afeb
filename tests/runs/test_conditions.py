from __future__ import annotations

import math

import pytest

from ganstudio.errors import UsageError
from ganstudio.runs.conditions import parse, values_of
from tests.runs.making import folded, started, tick

VALUES = {"fd": 4.0, "FD[lenet]-5k": 4.0, "kimg": 60.0, "minutes": 3.0, "loss.d": 0.5, "d_real": -1.0}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("fd < 5", True),
        ("fd<5", True),
        ("fd <4", False),
        ("fd <= 4.0", True),
        ("kimg>=60", True),
        ("kimg > 6e1", False),
        ("d_real < -.5", True),
        ("FD[lenet]-5k<5", True),
        ("fd < 5 and kimg > 50", True),
        ("fd < 5 and kimg > 70", False),
        ("fd < 1 or kimg > 50", True),
        ("fd < 1 or kimg > 70", False),
        ("fd < 1 and kimg > 50 or minutes > 2", True),
        ("minutes > 2 or fd < 1 and kimg > 99", True),
        ("fd<5and kimg>50", None),
    ],
)
def test_a_condition_holds_as_it_reads(text: str, holds: bool | None) -> None:
    if holds is None:
        with pytest.raises(UsageError, match="needs a number"):
            parse(text)
    else:
        assert parse(text).holds(VALUES) is holds


@pytest.mark.parametrize("relation", ["<", "<=", ">", ">="])
def test_what_is_not_known_yet_or_no_number_makes_nothing_true(relation: str) -> None:
    condition = parse(f"fd {relation} 5")
    assert not condition.holds({"kimg": 3.0})
    assert not condition.holds({"fd": math.nan})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a comparison is missing"),
        ("and", "a comparison is missing before 'and'"),
        ("fd < 5 and", "a comparison is missing"),
        ("fd", "fd must be compared by <, <=, > or >=; got ''"),
        ("fd 5", "got '5'"),
        ("fd == 5", "got '=='"),
        ("fd < x", "needs a number; got 'x'"),
        ("fd < nan", "needs a number; got 'nan'"),
        ("fd < 5 kimg > 3", "expected `and` or `or` before 'kimg'"),
        ("5 > fd", "unknown name '5'"),
        ("(fd < 5)", "unknown name '(fd'"),
        ("loss.x < 5", "Did you mean 'loss.d'?"),
        ("kimgs > 5", "Did you mean 'kimg'?"),
        ("__import__('os') < 5", "unknown name"),
    ],
)
def test_anything_else_is_refused_with_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        parse(text)
    assert said in error.value.message or said.replace("loss.d", "loss.g") in error.value.message
    assert error.value.hint == '--stop-when "fd < 5 and kimg > 50"'


def test_a_score_that_the_training_has_not_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"there is no score 'FD\[lenet\]-50k'\. Did you mean 'FD\[lenet\]-5k'\?"):
        parse("FD[lenet]-50k < 3").check_scores(("FD[lenet]-5k",), None)
    parse("FD[lenet]-5k < 3 or fd < 1").check_scores(("FD[lenet]-5k",), None)


def test_waiting_for_a_score_where_nothing_is_scored_is_refused_with_the_reason() -> None:
    with pytest.raises(UsageError, match="lenet reads grey images"):
        parse("kimg > 5 and fd < 3").check_scores((), "lenet reads grey images")
    parse("kimg > 5").check_scores((), "lenet reads grey images")


def test_the_values_are_the_last_of_the_fold_and_fd_is_the_first_score() -> None:
    scored = [
        {"event": "evaluated", "nimg": 64, "time_s": 1.0, "score": name, "value": value}
        for name, value in (("FD[lenet]-5k", 7.0), ("other", 1.0), ("FD[lenet]-5k", 6.0))
    ]
    state = folded(started(), tick(64, d=0.5), *scored)
    values = values_of(state, 120.0)
    assert values == {
        **{"kimg": 0.064, "minutes": 2.0, "loss.d": 0.5, "loss.g": 1.0},
        **{"score": 6.0, "fd": 6.0, "FD[lenet]-5k": 6.0, "other": 1.0},
    }
    assert "fd" not in values_of(folded(started()), 0.0)


def test_what_is_measured_beside_the_distance_is_known_by_its_short_name_whatever_the_features() -> None:
    names = ("FD[lenet]-5k", "IS[lenet]-5k", "KD[lenet]-5k")
    parse("is > 5 and kid < 0.1").check_scores(names, None)
    parse("is > 5").check_scores(("FID-10k", "IS-10k"), None)
    with pytest.raises(UsageError, match="this training does not measure recall") as refused:
        parse("recall > 0.5").check_scores(names, None)
    assert refused.value.hint == "--set evaluation.metrics=fd,recall"
    state = folded(
        started(),
        *(
            {"event": "evaluated", "nimg": 10, "time_s": 1.0, "score": name, "value": float(place)}
            for place, name in enumerate(names)
        ),
    )
    values = values_of(state, 1.0)
    assert (values["fd"], values["is"], values["kid"], values["IS[lenet]-5k"]) == (0.0, 1.0, 2.0, 1.0)
