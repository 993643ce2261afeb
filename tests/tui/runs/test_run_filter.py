from __future__ import annotations

import pytest

from ganstudio.errors import UsageError
from ganstudio.tui.run_readers import RunsReader
from ganstudio.tui.runs.run_filter import parse
from ganstudio.workspace import Workspace
from tests.tui.driving import read_to_the_end


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("", {"digits", "hot-critic", "broken"}),
        ("state:finished", {"digits", "hot-critic"}),
        ("not state:finished", {"broken"}),
        ("fd<30 state:finished", {"digits"}),
        ("fd<30 not name:digits", {"broken"}),
        ("kimg>=24", {"digits", "hot-critic"}),
        ("hot", {"hot-critic"}),
        ("data:mnist preset:dcgan nothing", set()),
        ("finding:learning_rate", {"hot-critic"}),
    ],
)
def test_a_filter_leaves_the_runs_it_means(recorded: Workspace, text: str, left: set[str]) -> None:
    runs = read_to_the_end(RunsReader(recorded, clock=lambda: 0.0))
    assert {row.id for row in runs.rows if parse(text)(row)} == left


@pytest.mark.parametrize(("text", "says"), [("stat:x", "state"), ("fd<ten", "number"), ("fd:10", "fd<10")])
def test_a_term_that_means_nothing_says_what_would(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse(text)
