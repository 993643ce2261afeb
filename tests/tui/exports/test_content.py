"""What is behind the screen Exports."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.commands import Outcome
from ganstudio.errors import UsageError
from ganstudio.inference.exports import Export
from ganstudio.tui.exports import augment_form, content
from ganstudio.tui.table_page import json_document
from ganstudio.tui.widgets.jobs import Job
from ganstudio.workspace import Workspace
from tests.inference.generators import write_generator


def test_the_columns_of_exports_fit_their_table() -> None:
    for width in range(10, 120):
        columns = content.columns_for(width)
        assert len(columns) == 1 or sum(column.width for column in columns) + 1 <= width
    assert "max|Δ|" in [column.name for column in content.columns_for(40)]


def test_latencies_are_told_by_batch_with_their_ratio(generator: Path) -> None:
    head, one, many = content.latency_table(Export.load(generator))
    assert head.split() == ["batch", "onnxruntime", "torch", "ratio"]
    assert one.split() == ["1", "1.1", "ms", "4.1", "ms", "3.73x"]
    assert many.split() == ["64", "38.0", "ms", "90.2", "ms", "2.37x"]


def test_what_was_not_measured_is_said(workspace: Workspace) -> None:
    export = Export.load(write_generator(workspace.exports / "bare.onnx", parity=None, latency_ms=None))
    assert "was not measured" in content.detail(export).plain
    assert content.latency_table(export) == ["latency was not measured"]


def test_the_form_of_augment_gives_the_command() -> None:
    values = {"data": "birds", "images": "balance", "name": "more", "novel": "no"}
    told = augment_form.arguments("m", ["birds"], values)
    assert told == ["augment", "--data", "birds", "--model", "m", "--balance", "--name", "more", "--json"]
    twice = augment_form.arguments("m", ["birds"], values | {"images": "2.0", "novel": "yes"})
    assert twice[5:] == ["--factor", "2", "--name", "more", "--novel", "--json"]
    for wrong in ({"images": "1"}, {"images": "nan"}, {"images": "some"}, {"data": "bird"}, {"novel": "x"}):
        with pytest.raises(UsageError):
            augment_form.arguments("m", ["birds"], values | wrong)


def test_a_job_tells_how_far_it_is_or_for_how_long_it_has_been_at_it() -> None:
    assert Job("exporting digits", 0.0).line(12.4, 80).plain == "exporting digits (12s)  esc stops it"
    line = Job("packing photos", 0.0, 500, 1000).line(83.0, 100).plain
    assert line == f"packing photos {'━' * 10}{'─' * 10} 500/1,000  1:23  esc stops it"
    assert len(Job("p" * 200, 0.0, 500, 1000).line(83.0, 80).plain) <= 80


def test_a_command_that_skipped_files_has_done_its_work() -> None:
    assert json_document(Outcome(1, '{"a": 1}', "skipped     x: no image")) == {"a": 1}
    assert json_document(Outcome(1, "", "error: no")) is None
    assert json_document(Outcome(130, "", "")) is None
