from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from ganstudio.runs import events
from ganstudio.runs.metrics.curves import MOST, SPREAD, Curves


def write(path: Path, values: list[float], start: int = 1) -> None:
    with path.open("a") as file:
        for number, value in enumerate(values, start):
            event = {
                "event": "tick",
                "nimg": number * 64,
                "time_s": float(number),
                "losses": {"d": events.to_json_value(value)},
            }
            file.write(json.dumps(event) + "\n")


def test_a_short_run_keeps_every_tick(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    write(path, [0.5, 0.25, 2.0])
    curves = Curves(path)
    curves.read()
    curve = curves.snapshot()["losses.d"]
    assert curve.nimg == (64, 128, 192)
    assert curve.means == curve.least == curve.most == (0.5, 0.25, 2.0)


def test_a_long_run_keeps_its_spikes_and_its_means_in_few_buckets(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    values = [1.0] * 10_000
    values[7_003], values[2_001] = 50.0, -3.0
    write(path, values)
    curves = Curves(path)
    curves.read()
    curve = curves.snapshot()["losses.d"]
    assert len(curve.nimg) <= MOST
    assert max(curve.most) == 50.0
    assert min(curve.least) == -3.0
    spike = curve.most.index(50.0)
    assert curve.nimg[spike - 1] < 7_004 * 64 <= curve.nimg[spike]
    # 10,000 ticks in buckets of 8: the spike is 49 above the others in one of eight
    assert curve.means[spike] == pytest.approx(1 + 49 / 8)
    assert sorted(curve.nimg) == list(curve.nimg)
    assert curve.nimg[-1] == 640_000


def test_reading_in_pieces_gives_what_reading_at_once_gives(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    write(path, [math.sin(i / 50) for i in range(5_000)])
    whole, pieces = Curves(path), Curves(path)
    whole.read()
    while pieces.read(10_000):
        pass
    assert pieces.snapshot() == whole.snapshot()
    assert pieces.offset == whole.offset == path.stat().st_size


def test_a_torn_last_line_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    write(path, [1.0])
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:20])
    curves = Curves(path)
    curves.read()
    assert curves.snapshot()["losses.d"].nimg == (64,)
    assert curves.offset == len(whole)
    path.write_bytes(whole + whole)
    assert curves.read()
    assert curves.snapshot()["losses.d"].nimg == (64, 64)


def test_a_resume_takes_back_what_came_after_it(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    write(path, [1.0, 2.0, 3.0, 4.0])
    with path.open("a") as file:
        file.write(json.dumps({"event": "resumed", "nimg": 128, "time_s": 9.0}) + "\n")
    write(path, [9.0], start=3)
    curves = Curves(path)
    curves.read()
    assert curves.snapshot()["losses.d"].means == (1.0, 2.0, 9.0)


def test_what_is_no_number_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    write(path, [1.0, math.nan, math.inf, 2.0])
    curves = Curves(path)
    curves.read()
    assert curves.snapshot()["losses.d"].means == (1.0, 2.0)


def test_a_long_file_is_known_by_ticks_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    write(path, [float(i) for i in range(50_000)])
    curves = Curves(path)
    curves.spread()
    curve = curves.snapshot()["losses.d"]
    assert curve.nimg[0] <= 50_000 / SPREAD * 64 * 3
    assert curve.nimg[-1] > 49_900 * 64
    # on a straight line every mean lies on it, wherever its ticks were taken
    assert all(abs(mean - (nimg / 64 - 1)) < 200 for nimg, mean in zip(curve.nimg, curve.means, strict=True))
    assert curves.offset == path.stat().st_size
    write(path, [0.0], start=50_001)
    assert curves.read()
    assert curves.snapshot()["losses.d"].nimg[-1] == 50_001 * 64


def test_the_value_at_a_step_is_that_of_the_nearest_bucket(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    write(path, [1.0, 2.0, 3.0])
    curves = Curves(path)
    curves.read()
    curve = curves.snapshot()["losses.d"]
    assert [curve.at(nimg) for nimg in (0, 90, 100, 130, 10_000)] == [1.0, 1.0, 2.0, 2.0, 3.0]
