from __future__ import annotations

from pathlib import Path

from ganstudio.runs import requests


def test_requests_are_polled_oldest_first_until_they_are_done(tmp_path: Path) -> None:
    requests.post(tmp_path, "snapshot")
    requests.post(tmp_path, "stop", because="test")
    first, second = requests.poll(tmp_path)
    assert (first["kind"], second["kind"], second["because"]) == ("snapshot", "stop", "test")
    requests.remove(first)
    assert [request["kind"] for request in requests.poll(tmp_path)] == ["stop"]


def test_a_request_done_twice_is_done(tmp_path: Path) -> None:
    requests.post(tmp_path, "stop")
    [request] = requests.poll(tmp_path)
    requests.remove(request)
    requests.remove(request)
    assert requests.poll(tmp_path) == []


def test_pending_tells_kinds_apart(tmp_path: Path) -> None:
    requests.post(tmp_path, "snapshot")
    assert requests.pending(tmp_path, "snapshot")
    assert not requests.pending(tmp_path, "stop")


def test_a_damaged_request_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "requests").mkdir()
    (tmp_path / "requests" / "1-stop.json").write_text("{")
    (tmp_path / "requests" / "2-stop.json").write_text("[1]")
    (tmp_path / "requests" / "3-stop.json").write_text('{"values": 1}')
    assert requests.poll(tmp_path) == []
    assert not requests.pending(tmp_path, "stop")


def test_a_request_half_written_is_not_seen(tmp_path: Path) -> None:
    (tmp_path / "requests").mkdir()
    (tmp_path / "requests" / ".1-stop.json.77.tmp").write_text("{")
    (tmp_path / "requests" / ".1-stop.json").write_text("{}")
    assert requests.poll(tmp_path) == []


def test_a_run_without_the_folder_has_no_request(tmp_path: Path) -> None:
    assert requests.poll(tmp_path) == []
    requests.clear(tmp_path)


def test_clear_drops_everything(tmp_path: Path) -> None:
    requests.post(tmp_path, "stop")
    requests.clear(tmp_path)
    assert requests.poll(tmp_path) == []
