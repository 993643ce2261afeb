from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from ganstudio.runs.events import EventWriter, from_json_value, read_events, to_json_value


def written(path: Path, count: int = 3) -> int:
    writer = EventWriter(path)
    for number in range(count):
        writer.write("tick", number, number / 10, losses={"d": 0.5})
    offset = writer.offset
    writer.close()
    return offset


def test_an_event_reads_back_as_it_was_written(tmp_path: Path) -> None:
    writer = EventWriter(tmp_path / "m")
    event = writer.write("tick", 64, 0.12345, losses={"d": 0.5}, d_real=None)
    writer.close()
    assert event == {"event": "tick", "nimg": 64, "time_s": 0.123, "losses": {"d": 0.5}, "d_real": None}
    assert read_events(tmp_path / "m")[0] == [event]


def test_nan_and_inf_are_strings_in_the_file_and_floats_in_memory(tmp_path: Path) -> None:
    writer = EventWriter(tmp_path / "m")
    writer.write("tick", 1, 0.0, losses={"d": math.nan, "g": math.inf}, values=[-math.inf, 1.0])
    writer.close()
    plain = json.loads((tmp_path / "m").read_text())
    assert plain["losses"] == {"d": "nan", "g": "inf"}
    assert plain["values"] == ["-inf", 1.0]
    [event], _ = read_events(tmp_path / "m")
    assert math.isnan(event["losses"]["d"])
    assert event["losses"]["g"] == math.inf
    assert event["values"] == [-math.inf, 1.0]


def test_spelling_undoes_itself() -> None:
    value = {"a": [1.5, -math.inf, "text", None, {"b": math.inf}], "c": True}
    assert from_json_value(to_json_value(value)) == value


def test_reading_goes_on_where_it_ended(tmp_path: Path) -> None:
    offset = written(tmp_path / "m")
    written(tmp_path / "m", 2)
    news, end = read_events(tmp_path / "m", offset)
    assert [event["nimg"] for event in news] == [0, 1]
    assert end == (tmp_path / "m").stat().st_size


def test_a_line_that_is_not_whole_yet_waits(tmp_path: Path) -> None:
    offset = written(tmp_path / "m")
    with (tmp_path / "m").open("ab") as file:
        file.write(b'{"event":"tick","nimg":9,"ti')
    assert read_events(tmp_path / "m", offset) == ([], offset)
    with (tmp_path / "m").open("ab") as file:
        file.write(b'me_s":1}\n')
    assert [event["nimg"] for event in read_events(tmp_path / "m", offset)[0]] == [9]


@pytest.mark.parametrize("garbage", [b'{"event":"ti', b"\x00\xff\x00", b"[]", b'{"event": "tick"}', b"7"])
def test_a_torn_line_costs_only_itself(tmp_path: Path, garbage: bytes) -> None:
    written(tmp_path / "m", 1)
    with (tmp_path / "m").open("ab") as file:
        file.write(garbage)
    written(tmp_path / "m", 1)
    assert len(read_events(tmp_path / "m")[0]) == 2


def test_no_file_is_no_event(tmp_path: Path) -> None:
    assert read_events(tmp_path / "m") == ([], 0)


ENDLESS = """
import pathlib, sys
from ganstudio.runs.events import EventWriter
writer = EventWriter(pathlib.Path(sys.argv[1]))
while True:
    writer.write("tick", 1, 0.0, losses={"d": 0.5, "g": 0.25}, note="x" * 300)
"""


def test_a_writer_killed_at_any_moment_costs_at_most_the_event_it_was_writing(tmp_path: Path) -> None:
    path = tmp_path / "m"
    for _ in range(10):
        with subprocess.Popen([sys.executable, "-c", ENDLESS, str(path)]) as child:
            while not path.exists() or path.stat().st_size < 1000:
                assert child.poll() is None
            child.kill()
        whole = path.read_bytes().count(b"\n")
        assert len(read_events(path)[0]) == whole
        written(path, 1)
        assert len(read_events(path)[0]) == whole + 1
        path.unlink()


@pytest.mark.parametrize(
    "line",
    [
        '{"event":"evaluated","nimg":5,"time_s":1}',
        '{"event":"evaluated","nimg":5,"time_s":1,"score":"fd","value":"low"}',
        '{"event":"tick","nimg":5,"time_s":1,"losses":3}',
        '{"event":"tick","nimg":5,"time_s":1,"losses":{"d":"?"}}',
        '{"event":"tick","nimg":5,"time_s":1,"d_real":[]}',
        '{"event":"tick","nimg":"5","time_s":1}',
        '{"event":"tick","nimg":-5,"time_s":1}',
        '{"event":"tick","nimg":5,"time_s":null}',
        '{"event":["tick"],"nimg":5,"time_s":1}',
        '{"event":"failed","nimg":5,"time_s":1,"error":"words"}',
        '{"event":"checkpointed","nimg":5,"time_s":1}',
        '{"event":"queued","nimg":5,"time_s":1,"ahead":3}',
    ],
)
def test_a_line_that_lacks_what_its_kind_must_hold_is_skipped(tmp_path: Path, line: str) -> None:
    good = '{"event":"tick","nimg":6,"time_s":2,"losses":{"d":"nan"},"d_real":null}'
    (tmp_path / "metrics.jsonl").write_text(f"{line}\n{good}\n")
    found, _ = read_events(tmp_path / "metrics.jsonl")
    assert [event["nimg"] for event in found] == [6]
