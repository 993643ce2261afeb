from __future__ import annotations

import math
from pathlib import Path

from ganstudio.runs.metrics.series import Line, load_series
from tests.runs.making import STARTED, tell


def ticked(path: Path, *nimgs: int) -> None:
    for nimg in nimgs:
        tell(path, "tick", nimg, nimg / 100, losses={"d": nimg / 2}, d_real=1.0, augment_p=None, img_per_s=9.0)


def test_every_number_of_a_tick_is_a_line(tmp_path: Path) -> None:
    ticked(tmp_path, 64, 128)
    assert load_series(tmp_path) == {
        "losses.d": Line((64, 128), (32.0, 64.0)),
        "d_real": Line((64, 128), (1.0, 1.0)),
        "img_per_s": Line((64, 128), (9.0, 9.0)),
    }


def test_a_score_is_a_line_of_its_own(tmp_path: Path) -> None:
    tell(tmp_path, "evaluated", 64, 1.0, score="FD[lenet]-5k", value=9.5, n=5000, seconds=1.0)
    assert load_series(tmp_path) == {"scores.FD[lenet]-5k": Line((64,), (9.5,))}


def test_what_a_resume_went_back_behind_is_left_out(tmp_path: Path) -> None:
    ticked(tmp_path, 100, 200, 300)
    tell(tmp_path, "resumed", 150, 1.5, checkpoint="c", best=None)
    ticked(tmp_path, 180)
    assert load_series(tmp_path)["losses.d"].nimg == (100, 180)


def test_a_run_that_starts_anew_has_one_line(tmp_path: Path) -> None:
    tell(tmp_path, "started", **STARTED)
    ticked(tmp_path, 100, 200)
    tell(tmp_path, "started", **STARTED)
    ticked(tmp_path, 100)
    assert load_series(tmp_path)["losses.d"].nimg == (100,)


def test_nan_stays_in_the_line(tmp_path: Path) -> None:
    tell(tmp_path, "tick", 64, 1.0, losses={"d": math.nan})
    assert math.isnan(load_series(tmp_path)["losses.d"].values[0])


def test_a_run_without_events_has_no_line(tmp_path: Path) -> None:
    assert load_series(tmp_path) == {}
