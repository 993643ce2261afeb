"""What a dry run has found, wherever it is said."""

from __future__ import annotations

from ganstudio.report.dry_run import needs, setting

ANSWER = {
    **{"device": "cpu", "precision": "fp32", "batch": 64, "micro_batch": None, "notes": []},
    **{"step_ms": 12.34, "img_per_s": 5200.0, "time_s": 300.0, "memory_bytes": 2_000_000_000},
    **{"checkpoint_bytes": 10_000_000, "disk_bytes": 30_000_000, "disk_free_bytes": 20_000_000},
}


def test_portions_are_told_with_their_micro_batches() -> None:
    assert [fact[:2] for fact in setting(ANSWER)] == [("device", "cpu, fp32"), ("batch", "64")]
    split = setting({**ANSWER, "micro_batch": 16, "resolution": 32})
    assert [fact.value for fact in split] == ["cpu, fp32", "64 in micro-batches of 16", "32 px"]


def test_what_is_not_there_is_an_error() -> None:
    assert needs(ANSWER, 1_000_000_000) == [
        ("step", "12.3 ms, 5,200 img/s", "plain"),
        ("time", "5:00 in all", "plain"),
        ("memory", "2.0 GB of 1.0 GB at most", "error"),
        ("disk", "30.0 MB of checkpoints at most, 10.0 MB each; 20.0 MB are free", "error"),
    ]


def test_memory_that_nobody_knows_of_is_no_error() -> None:
    assert needs({**ANSWER, "disk_free_bytes": 10**12})[2:] == [
        ("memory", "2.0 GB at most", "plain"),
        ("disk", "30.0 MB of checkpoints at most, 10.0 MB each; 1.0 TB are free", "plain"),
    ]


def test_short_needs_go_into_the_pane_of_a_small_terminal() -> None:
    facts = needs({**ANSWER, "disk_free_bytes": 200_000_000_000}, 16_000_000_000, short=True)
    assert facts[3].value == "30.0 MB of 200.0 GB free"
    assert all(len(fact.value) <= 25 for fact in facts)


def test_a_run_that_was_not_tried_out_has_no_needs() -> None:
    assert needs({key: ANSWER[key] for key in ("device", "precision", "batch", "micro_batch")}) == []


def test_a_step_that_was_not_tried_says_why_and_its_time_is_unknown() -> None:
    priced = {**ANSWER, "step_ms": None, "img_per_s": None, "time_s": None, "step_missing": "torch finds no CUDA here"}
    assert needs(priced)[:2] == [
        ("step", "not tried: torch finds no CUDA here", "plain"),
        ("time", "unknown", "plain"),
    ]
    assert all(len(fact.value) <= 25 for fact in needs({**priced, "disk_free_bytes": 200_000_000_000}, short=True))
