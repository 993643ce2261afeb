from __future__ import annotations

import math
from pathlib import Path

from ganstudio.runs.events import Event, EventWriter
from ganstudio.runs.state import RATES_KEPT, RunState, advance, current, load_summary, write_summary
from tests.runs.making import folded, started, tell, tick

SCORE = "FD[lenet]-5k"


def evaluated(nimg: int, value: float, name: str = SCORE) -> Event:
    return {"event": "evaluated", "nimg": nimg, "time_s": 1.0, "score": name, "value": value}


def resumed(nimg: int, best: dict[str, float] | None = None) -> Event:
    return {"event": "resumed", "nimg": nimg, "time_s": nimg / 100, "checkpoint": "checkpoints/1.pt", "best": best}


def finished(nimg: int, reason: str) -> Event:
    return {"event": "finished", "nimg": nimg, "time_s": 1.0, "reason": reason}


def test_no_event_is_queued() -> None:
    assert RunState().phase == "queued"
    assert not RunState().started


def test_started_says_what_the_run_runs_on() -> None:
    state = folded(started())
    assert (state.phase, state.device, state.precision, state.kimg_total) == ("running", "cpu", "fp32", 100.0)


def test_a_tick_replaces_what_the_last_one_said() -> None:
    state = folded(started(), tick(64, d=0.5), tick(128, d=0.25))
    assert (state.nimg, state.elapsed_s, state.losses) == (128, 1.28, {"d": 0.25, "g": 0.5})


def test_the_rate_is_the_median_without_the_warm_up() -> None:
    state = folded(started(), tick(1, rate=5.0), tick(2, rate=100.0), tick(3, rate=900.0), tick(4, rate=110.0))
    assert state.img_per_s == 110.0
    assert folded(started(), tick(1, rate=5.0)).img_per_s is None


def test_the_rate_forgets_what_is_long_ago() -> None:
    long = [tick(n, rate=100.0) for n in range(500)]
    state = folded(started(), *long)
    assert state.rates is not None
    assert len(state.rates) == RATES_KEPT


def test_best_is_the_lowest_score_and_a_nan_never_is() -> None:
    state = folded(started(), evaluated(10, math.nan), evaluated(20, 9.0), evaluated(30, 7.0), evaluated(40, 8.0))
    assert state.best == (7.0, 30)
    assert state.scores[SCORE].value == 8.0


def test_best_follows_the_first_score_only() -> None:
    state = folded(started(), evaluated(10, 9.0), evaluated(10, 0.1, "other"))
    assert state.best == (9.0, 10)


def test_a_resume_drops_what_came_after_its_checkpoint() -> None:
    state = folded(
        *(started(), tick(100), evaluated(100, 9.0), tick(200), evaluated(200, 5.0), tick(300)),
        *(started(100), resumed(100, best={"score": 9.0, "nimg": 100})),
    )
    assert (state.nimg, state.elapsed_s, state.phase) == (100, 1.0, "running")
    assert state.best == (9.0, 100)
    assert state.losses == {}
    assert state.scores == {}


def test_a_score_before_the_checkpoint_outlives_a_resume() -> None:
    state = folded(started(), evaluated(100, 9.0), tick(200), resumed(150, best={"score": 9.0, "nimg": 100}))
    assert state.scores[SCORE] == (9.0, 100)


def test_a_run_that_starts_anew_forgets_its_first_try() -> None:
    state = folded(started(), tick(500), evaluated(500, 3.0), started(0), tick(64))
    assert (state.nimg, state.best, state.scores) == (64, None, {})


def test_how_it_ended_is_the_reason() -> None:
    assert folded(started(), finished(9, "budget")).phase == "finished"
    assert folded(started(), finished(9, "stop")).phase == "stopped"
    assert folded(started(), finished(9, "patience")).phase == "finished"


def test_a_failure_names_loss_and_step_until_the_run_is_queued_again() -> None:
    error = {"type": "TrainingError", "message": "NaN", "hint": None, "exit_code": 1}
    failed: Event = {"event": "failed", "nimg": 7, "time_s": 1.0, "error": error, "loss": "d", "step": 3}
    state = folded(started(), failed)
    assert (state.phase, state.loss, state.step, state.error) == ("failed", "d", 3, error)
    again = folded(started(), failed, {"event": "queued", "nimg": 7, "time_s": 1.0})
    assert (again.phase, again.error, again.loss, again.step) == ("queued", None, None, None)


def test_an_event_of_a_later_version_changes_only_the_clock() -> None:
    assert folded(started(), {"event": "dreamt", "nimg": 5, "time_s": 0.5}).nimg == 5


def test_a_summary_reads_back_as_the_same_state(tmp_path: Path) -> None:
    state = folded(started(), tick(1), tick(2, d=math.inf), evaluated(2, 4.0), resumed(1), tick(2, d=-math.inf))
    write_summary(tmp_path, state, 123)
    loaded, offset = load_summary(tmp_path)
    assert (loaded, loaded.history, offset) == (state, state.history, 123)


def test_summary_and_tail_add_up_to_the_fold_of_everything(tmp_path: Path) -> None:
    tell(tmp_path, "queued")
    offset = tell(tmp_path, "started", device="cpu", kimg_total=10.0)
    state, at = current(tmp_path)
    assert at == offset
    write_summary(tmp_path, state, offset)
    writer = EventWriter(tmp_path / "metrics.jsonl")
    for nimg in (64, 128):
        writer.write("tick", nimg, 0.5, losses={"d": 0.1}, img_per_s=5.0)
    writer.close()
    with_summary = current(tmp_path)
    (tmp_path / "summary.json").unlink()
    assert with_summary == current(tmp_path)
    assert with_summary[0].nimg == 128


def test_nothing_new_is_not_read_again(tmp_path: Path) -> None:
    tell(tmp_path, "queued")
    state, offset = current(tmp_path)
    assert advance(tmp_path, state, offset)[0] is state


def test_a_summary_that_cannot_be_used_is_made_up_for(tmp_path: Path) -> None:
    tell(tmp_path, "started", 64, device="cpu")
    for content in ("", "[]", '{"offset": 3, "state": {"later": 1}}', '{"offset": 0, "state": 5}'):
        (tmp_path / "summary.json").write_text(content)
        assert current(tmp_path)[0].nimg == 64


def happened(event: str, nimg: int = 0, **fields: object) -> Event:
    return {"event": event, "nimg": nimg, "time_s": 1.0, **fields}


LR = {"key": "generator_optimizer.lr", "from": 2e-4, "to": 1e-4}


def test_a_paused_run_is_paused_until_it_goes_on() -> None:
    assert folded(started(), happened("paused")).phase == "paused"
    assert folded(started(), happened("paused"), happened("continued")).phase == "running"
    assert folded(started(), happened("paused"), started()).phase == "running"


def test_changes_are_kept_in_their_order_with_the_images_seen() -> None:
    state = folded(started(), happened("changed", 64, **LR), happened("changed", 128, **{**LR, "to": 5e-5}))
    assert [(change["to"], change["nimg"]) for change in state.changes] == [(1e-4, 64), (5e-5, 128)]
    assert state.changes[0] == {**LR, "nimg": 64}


def test_after_a_resume_a_run_has_the_changes_of_its_checkpoint() -> None:
    held = {**LR, "nimg": 64}
    lost = folded(started(), happened("changed", 64, **LR), started(0), resumed(0))
    kept = folded(started(), happened("changed", 64, **LR), started(64), {**resumed(64), "changes": [held]})
    assert (lost.changes, kept.changes) == ((), (held,))


def test_changes_are_read_back_from_the_summary(tmp_path: Path) -> None:
    state = folded(started(), happened("changed", 64, **LR))
    write_summary(tmp_path, state, 9)
    assert load_summary(tmp_path) == (state, 9)


def test_a_run_waits_for_those_ahead_until_it_starts_or_ends() -> None:
    queued: Event = {"event": "queued", "nimg": 0, "time_s": 0.0, "ahead": ["a", "b"]}
    assert folded(queued).ahead == ("a", "b")
    assert folded(queued, {**queued, "ahead": ["b"]}).ahead == ("b",)
    assert folded(queued, {"event": "queued", "nimg": 0, "time_s": 0.0}).ahead == ()
    assert folded(queued, started()).ahead == ()
    assert folded(queued, {"event": "finished", "nimg": 0, "time_s": 0.0, "reason": "stop"}).ahead == ()


def test_a_summary_keeps_whom_a_run_waits_for(tmp_path: Path) -> None:
    state = folded({"event": "queued", "nimg": 0, "time_s": 0.0, "ahead": ["a", "b"]})
    write_summary(tmp_path, state, 7)
    assert load_summary(tmp_path) == (state, 7)


def test_a_summary_that_was_damaged_is_not_believed(tmp_path: Path) -> None:
    state = folded(started(), tick(64))
    write_summary(tmp_path, state, 0)
    file = tmp_path / "summary.json"
    file.write_text(file.read_text().replace('"nimg": 64', '"nimg": 65'))
    assert load_summary(tmp_path) == (RunState(), 0)


def skipped(nimg: int) -> Event:
    return {"event": "skipped", "nimg": nimg, "time_s": 1.0, "score": SCORE, "why": "it would take 1:10"}


def test_skipped_scores_are_counted_until_one_is_made() -> None:
    state = folded(started(), skipped(1000), skipped(2000))
    assert state.skipped == (SCORE, "it would take 1:10", 2000, 2)
    assert state.scores == {}
    assert folded(started(), skipped(1000), evaluated(5000, 9.0)).skipped is None
    assert folded(started(), skipped(1000), skipped(2000), resumed(1500)).skipped is None


def test_a_summary_keeps_a_skipped_score_and_why_there_is_none(tmp_path: Path) -> None:
    state = folded({**started(), "score_missing": "no weights", "minutes": 3.0}, skipped(1000))
    write_summary(tmp_path, state, 0)
    loaded, _ = load_summary(tmp_path)
    assert (loaded.skipped, loaded.score_missing, loaded.minutes) == (state.skipped, "no weights", 3.0)


def test_why_there_is_no_score_stands_by_itself_and_not_among_the_notes() -> None:
    before = folded({**started(), "notes": ["bf16 is slow", "no score: inception is not here"]})
    assert (before.notes, before.score_missing) == (("bf16 is slow",), "inception is not here")
    assert folded({**started(), "notes": ["bf16 is slow"]}).score_missing is None


def test_what_scores_are_made_with_is_known_to_a_resume() -> None:
    scoring = {"features": "lenet", "n": 500}
    assert folded({**started(), "scoring": scoring}, started()).scoring == scoring
    assert folded({**started(), "scoring": {"features": 7}}).scoring == {}
