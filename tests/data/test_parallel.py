from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from multiprocessing.context import BaseContext

import pytest

from ganstudio.data.parallel import MemoryBudget, WorkerPool, default_workers
from ganstudio.errors import DataError, StudioError


def square(number: int) -> int:
    return number * number


def die(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def long_answer(number: int) -> bytes:
    return bytes([number]) * 50_000_000


def refuse_three(number: int) -> int:
    if number == 3:
        raise DataError("no 3", hint="try 4")
    return number


@pytest.mark.parametrize("workers", [1, 3])
def test_answers_come_in_the_order_of_the_parts(workers: int) -> None:
    with WorkerPool(workers) as pool:
        assert list(pool.map(square, range(50))) == [n * n for n in range(50)]


def test_no_more_than_two_parts_a_worker_are_taken_ahead() -> None:
    taken: list[int] = []

    def parts() -> Iterator[int]:
        while len(taken) < 100:
            taken.append(len(taken) + 1)
            yield taken[-1]

    with WorkerPool(2) as pool:
        answers = pool.map(square, parts())
        assert next(answers) == 1
        assert len(taken) <= 5
        assert len(list(answers)) == 99


def test_a_worker_that_dies_is_an_error_and_no_hang() -> None:
    with pytest.raises(StudioError, match="a worker process ended with -9"), WorkerPool(2) as pool:
        list(pool.map(die, range(9)))


def test_a_worker_that_dies_in_the_middle_of_an_answer_is_an_error_and_no_hang() -> None:
    with WorkerPool(2) as pool:
        answers = pool.map(long_answer, range(9))
        next(answers)
        # one more is being sent by each, and waits for a reader
        for member in multiprocessing.active_children():
            member.kill()
        with pytest.raises(StudioError, match="a worker process ended with -9"):
            list(answers)


def test_what_a_worker_raises_is_raised_here_whole() -> None:
    with pytest.raises(DataError, match="no 3") as caught, WorkerPool(2) as pool:
        list(pool.map(refuse_three, range(9)))
    assert caught.value.hint == "try 4"
    assert multiprocessing.active_children() == []


def test_together_they_take_no_more_than_there_is_and_one_alone_may_take_more() -> None:
    budget = MemoryBudget(multiprocessing.get_context("spawn"), total=10)
    open_now: list[int] = []
    sums: list[int] = []

    def work(amount: int) -> None:
        for _ in range(20):
            with budget.reserve(amount):
                open_now.append(amount)
                sums.append(sum(open_now))
                time.sleep(0.0005)
                open_now.remove(amount)

    threads = [threading.Thread(target=work, args=(amount,)) for amount in (3, 4, 5, 25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sums) == 80
    assert set(sums) - {3, 4, 5, 7, 8, 9, 25} == set()


def test_where_no_lock_can_be_made_one_process_works_and_several_name_dev_shm(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(BaseContext, "Lock", refused)
    monkeypatch.setattr(BaseContext, "Condition", refused)
    assert default_workers() == 1
    with WorkerPool(default_workers()) as pool:
        assert list(pool.map(square, range(3))) == [0, 1, 4]
    with pytest.raises(StudioError, match="/dev/shm: Read-only file system") as caught, WorkerPool(2):
        pass
    assert "--workers 1" in str(caught.value.hint)
