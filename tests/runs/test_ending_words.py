from __future__ import annotations

import pytest

from ganstudio.runs.ending_words import ending_words


@pytest.mark.parametrize(
    ("reason", "nimg", "elapsed_s", "words"),
    [
        ("budget", 100_000, 500.0, "its 100 kimg are trained"),
        ("budget", 40_000, 299.0, "--minutes 5 is spent"),
        ("budget", 40_000, 360.0, "--minutes 5 is spent, and 1:00 more went into its last score and checkpoint"),
        ("stop_when", 40_000, 9.0, "--stop-when holds: fd < 5"),
        ("patience", 40_000, 9.0, "no better score for 20 kimg (--patience)"),
        ("stop", 40_000, 9.0, "it was asked to stop"),
        ("kill", 40_000, 9.0, "its process was killed by `runs stop --kill`"),
        ("of a later version", 40_000, 9.0, "of a later version"),
    ],
)
def test_the_end_is_told_with_what_the_run_was_given(reason: str, nimg: int, elapsed_s: float, words: str) -> None:
    assert ending_words(reason, nimg, elapsed_s, 100.0, 5.0, "fd < 5", 20.0) == words
