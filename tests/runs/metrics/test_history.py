from __future__ import annotations

import math
from functools import reduce

import pytest

from ganstudio.runs.metrics.history import MOST, History, Mean, Span, numbers


def tick(nimg: int, **fields: object) -> dict:
    return {"event": "tick", "nimg": nimg, "time_s": nimg / 100, **fields}


def folded(events: list[dict], begin: History | None = None) -> History:
    return reduce(History.after, events, begin or History())


def test_every_number_of_an_event_has_a_dotted_name() -> None:
    event = tick(1, losses={"d": 1.0}, d_real=0.5, p_real=None, note="text")
    assert dict(numbers(event)) == {"losses.d": 1.0, "d_real": 0.5}
    assert dict(numbers({"event": "probed", "nimg": 1, "time_s": 0, "drift": 2.0})) == {"probe.drift": 2.0}
    assert dict(numbers({"event": "evaluated", "nimg": 1, "time_s": 0, "score": "FID", "value": 9.0})) == {
        "scores.FID": 9.0
    }


def test_a_span_holds_the_mean_of_what_was_told_in_it_and_a_number_that_is_none_is_left_out() -> None:
    history = folded([tick(100, d_real=1.0), tick(200, d_real=3.0), tick(300, d_real=math.nan), tick(600, d_real=7.0)])
    assert history.line("d_real") == [(200, 2.0), (600, 7.0)]
    assert history.line("d_real", since=200) == [(600, 7.0)]
    assert history.line("d_fake") == []


def test_a_long_run_has_few_spans_of_one_width_and_the_mean_of_all_is_kept() -> None:
    history = folded([tick(nimg, d_real=float(nimg)) for nimg in range(100, 1_000_001, 100)])
    assert MOST // 2 <= len(history.spans) <= MOST
    widths = {b[0] - a[0] for a, b in zip(history.line("d_real"), history.line("d_real")[1:], strict=False)}
    assert max(widths) == history.width
    total = sum(s.means["d_real"].value * s.means["d_real"].weight for s in history.spans)
    assert total / 10_000 == pytest.approx(500_050, rel=1e-4)


def test_what_was_written_down_folds_on_to_the_same() -> None:
    events = [tick(nimg, d_real=math.sin(nimg), losses={"g": nimg / 7}) for nimg in range(64, 60_000, 64)]
    half = folded(events[:500]).dumps()
    assert folded(events[500:], History.loads(half)) == folded(events)


def test_going_back_forgets_what_came_after() -> None:
    history = folded([tick(400, d_real=1.0), tick(900, d_real=2.0), tick(1400, d_real=3.0)])
    assert history.until(900).line("d_real") == [(400, 1.0), (900, 2.0)]


def test_a_mean_of_means_weighs_them() -> None:
    assert Mean(1.0, 3, 2.0).joined(Mean.of(5.0)) == Mean(2.0, 4, 5.0)
    one, other = Span(1, {"a": Mean.of(1.0)}), Span(2, {"b": Mean.of(2.0)})
    assert one.joined(other) == Span(2, {"a": Mean.of(1.0), "b": Mean.of(2.0)})


def test_the_peak_outlasts_the_spans() -> None:
    history = folded([tick(nimg, d_real=9.0 if nimg == 700 else 1.0) for nimg in range(100, 900_000, 100)])
    assert history.peak("d_real") == 9.0
    assert history.peak("d_fake") is None
