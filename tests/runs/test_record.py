from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ganstudio.errors import StudioError
from ganstudio.runs.record import load_record, write_record
from tests.runs.making import DRAFT


def test_a_record_reads_back_as_it_was_written(tmp_path: Path) -> None:
    write_record(tmp_path / "run.json", DRAFT)
    assert load_record(tmp_path / "run.json") == DRAFT


def test_a_key_of_a_later_version_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({**DRAFT.as_json(), "later": 1}))
    assert load_record(tmp_path / "run.json") == DRAFT


def test_a_record_of_an_earlier_version_has_what_came_later_by_default(tmp_path: Path) -> None:
    later = ("start", "stop_when", "patience", "group", "sweep", "differs")
    old = {key: value for key, value in DRAFT.as_json().items() if key not in later}
    (tmp_path / "run.json").write_text(json.dumps(old))
    assert load_record(tmp_path / "run.json") == DRAFT


def test_what_differs_from_the_preset_follows_what_changed_on_the_way() -> None:
    record = replace(DRAFT, differs={"training.batch": [32, 64], "generator_optimizer.lr": [1e-4, 5e-4]})
    lr, kimg = "generator_optimizer.lr", "training.sample_kimg"
    assert record.differs_after([]) == {"training.batch": (32, 64), lr: (1e-4, 5e-4)}
    changes = [{"key": lr, "from": 1e-4, "to": 5e-4}, {"key": kimg, "from": 20.0, "to": 5.0}]
    assert record.differs_after(changes) == {"training.batch": (32, 64), kimg: (5.0, 20.0)}
    assert replace(record, differs=None).differs_after(changes) is None


@pytest.mark.parametrize("differs", [{"training.batch": 3}, {"training.batch": [1]}, [], "x"])
def test_a_record_whose_differences_are_damaged_is_an_error(tmp_path: Path, differs: object) -> None:
    (tmp_path / "run.json").write_text(json.dumps({**DRAFT.as_json(), "differs": differs}))
    with pytest.raises(StudioError, match="differs must be a table of pairs"):
        load_record(tmp_path / "run.json")


@pytest.mark.parametrize("content", ["", "{", "[]", "7", '{"id": "a"}', "null"])
def test_a_damaged_record_is_an_error_that_names_the_file(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(StudioError, match=r"run\.json"):
        load_record(tmp_path / "run.json")


def test_no_record_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="No such file"):
        load_record(tmp_path / "run.json")
