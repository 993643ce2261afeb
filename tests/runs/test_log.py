from __future__ import annotations

from pathlib import Path

from ganstudio.runs import log


def write(path: Path, count: int, between: int = 0) -> None:
    with path.open("w") as file:
        for number in range(count):
            file.write(f"{number:>8}.0 kimg  line {number}\n")
            file.write("a warning that tells of no images\n" * between)


def test_a_place_in_the_log_ends_with_what_was_told_up_to_then(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    write(path, 5000, between=2)
    for nimg in (0, 1, 1000, 123_000, 123_999, 4_999_000, 9_000_000):
        lines = [line for line in log.lines_before(path, nimg, 10) if "kimg" in line]
        assert lines[-1].endswith(f"line {min(nimg // 1000, 4999)}"), nimg


def test_every_place_is_found_in_a_log_of_one_block_and_of_many(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    write(path, 40)
    assert [log.lines_before(path, n * 1000, 1)[0][-2:].strip() for n in range(40)] == [str(n) for n in range(40)]


def test_a_log_that_tells_of_no_images_has_no_place(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("one\ntwo\n" * 20_000)
    assert log.lines_before(path, 1000, 5) == []
    assert log.tail(path, 2) == ["one", "two"]


def test_a_long_line_before_the_place_does_not_hide_it(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("x" * 200_000 + "\n     1.0 kimg  one\n" + "y" * 200_000 + "\n     2.0 kimg  two\n")
    assert log.lines_before(path, 1000, 1) == ["     1.0 kimg  one"]
    assert log.lines_before(path, 2000, 1) == ["     2.0 kimg  two"]


def test_no_log_is_no_line(tmp_path: Path) -> None:
    assert log.lines_before(tmp_path / "none", 0, 5) == []
    assert log.tail(tmp_path / "none", 5) == []


def test_what_a_log_says_of_an_event_begins_with_its_place() -> None:
    told = log.log_line({"event": "evaluated", "nimg": 36_000, "time_s": 1.0, "score": "FD[lenet]-5k", "value": 21.71})
    assert told == "    36.0 kimg  FD[lenet]-5k 21.7"
    assert log.log_line({"event": "tick", "nimg": 1, "time_s": 1.0}) is None


def test_a_log_says_that_a_score_was_skipped_and_why() -> None:
    event = {"event": "skipped", "nimg": 36_000, "time_s": 1.0, "score": "FD[x]-5k", "why": "it would take 2:00"}
    assert log.log_line(event) == "    36.0 kimg  skipped FD[x]-5k: it would take 2:00"


def test_a_log_says_of_a_score_that_its_samples_are_all_alike() -> None:
    event = {"event": "evaluated", "nimg": 1000, "time_s": 1.0, "score": "FD[x]-5k", "value": 600.0, "alike": True}
    assert log.log_line(event) == "     1.0 kimg  FD[x]-5k 600, of samples that are all alike"
