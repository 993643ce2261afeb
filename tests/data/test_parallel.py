from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from ganstudio.data.parallel import Crew
from ganstudio.errors import StudioError


def square(number: int) -> int:
    return number * number


def die(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.parametrize("workers", [1, 3])
def test_answers_come_in_the_order_of_the_parts(workers: int) -> None:
    with Crew(workers) as crew:
        assert list(crew.map(square, range(50))) == [n * n for n in range(50)]


def test_no_more_than_two_parts_a_worker_are_taken_ahead() -> None:
    taken: list[int] = []

    def parts() -> Iterator[int]:
        while len(taken) < 100:
            taken.append(len(taken) + 1)
            yield taken[-1]

    with Crew(2) as crew:
        answers = crew.map(square, parts())
        assert next(answers) == 1
        assert len(taken) <= 5
        assert len(list(answers)) == 99


def test_a_worker_that_dies_is_an_error_and_no_hang() -> None:
    with pytest.raises(StudioError, match="worker process died"), Crew(2) as crew:
        list(crew.map(die, range(9)))
