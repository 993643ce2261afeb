from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ganstudio import bridge
from ganstudio.runs import trusted_files
from tests.cli.conftest import Program


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "my_gan.py"
    file.write_text("ARCHITECTURE = None\n")
    return file


def found(
    monkeypatch: pytest.MonkeyPatch, *checks: tuple[str, bool, str | None], hint: str | None = None
) -> dict[str, Any]:
    """What the worker will answer; `hint` is that of the last check."""
    listed = [{"name": name, "ok": ok, "detail": detail, "hint": None} for name, ok, detail in checks]
    listed[-1]["hint"] = hint
    answer = {"id": "my_gan", "checks": listed, "ok": all(ok for _, ok, _ in checks)}
    monkeypatch.setattr(bridge, "call_worker", lambda *_: answer)
    return answer


def test_every_check_is_printed(ganstudio: Program, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found(monkeypatch, ("shapes", True, None), ("resume", True, "exact"))
    ended = ganstudio("check", own)
    assert (ended.code, ended.err) == (0, "")
    assert [line.split() for line in ended.out.splitlines()] == [["ok", "shapes"], ["ok", "resume", "exact"]]


def test_a_check_that_fails_is_named_and_the_exit_code_is_1(
    ganstudio: Program, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(monkeypatch, ("shapes", True, None), ("range", False, "images reach 3.2"), hint="end with nn.Tanh()")
    ended = ganstudio("check", own)
    assert ended.code == 1
    assert "FAILED  range" in ended.out
    assert "1 of 2 checks failed" in ended.err
    assert "try: end with nn.Tanh()" in ended.err


def test_json_is_the_worker_s_answer(ganstudio: Program, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = found(monkeypatch, ("shapes", True, None))
    assert json.loads(ganstudio("check", own, "--json").out) == answer


def test_a_file_that_is_checked_is_trusted(ganstudio: Program, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found(monkeypatch, ("shapes", True, None))
    ganstudio("check", own)
    assert trusted_files.digest(own.read_bytes()) in trusted_files._trusted_digests()


def test_a_file_that_is_not_there_is_bad_input(ganstudio: Program, tmp_path: Path) -> None:
    ended = ganstudio("check", tmp_path / "none.py")
    assert (ended.code, ended.out) == (2, "")
    assert "No such file" in ended.err
