from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.workspace import write_together


def test_files_that_belong_together_are_all_new_or_all_as_they_were(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    write_together({first: b"old", second: b"old"})
    with pytest.raises(OSError, match="No such file"):
        write_together({first: b"new", tmp_path / "gone" / "c": b"new", second: b"new"})
    assert [first.read_bytes(), second.read_bytes()] == [b"old", b"old"]
    write_together({first: b"new", second: b"new"})
    assert [first.read_bytes(), second.read_bytes()] == [b"new", b"new"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
