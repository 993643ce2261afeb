"""CSV tables of a run."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.runs.making import tick
from tests.trackers.conftest import export, resumed, started, tell_all


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def curve(run: Path, name: str) -> list[tuple[int, float]]:
    table = rows(run / "csv" / "metrics.csv")
    return [(int(row["nimg"]), float(row["value"])) for row in table if row["name"] == name]


def test_a_resumed_run_is_one_curve(trained: Path) -> None:
    export(trained, "csv")
    assert curve(trained, "losses.d") == [(1000, 0.5), (2000, 0.4), (3000, 0.3), (4000, 0.2)]


def test_what_is_new_is_added_and_twice_is_once(trained: Path) -> None:
    export(trained, "csv")
    tell_all(trained, tick(5000, 0.1))
    assert (export(trained, "csv"), export(trained, "csv")) == (3, 0)
    assert [nimg for nimg, _ in curve(trained, "losses.d")] == [1000, 2000, 3000, 4000, 5000]


def test_a_later_resume_takes_back_what_it_threw_away(trained: Path) -> None:
    export(trained, "csv")
    tell_all(trained, started(3000), resumed(3000), tick(4000, 0.7))
    export(trained, "csv")
    assert curve(trained, "losses.d") == [(1000, 0.5), (2000, 0.4), (3000, 0.3), (4000, 0.7)]


def test_grids_are_named_and_the_recipe_is_a_table(trained: Path) -> None:
    export(trained, "csv")
    pictures = {row["name"]: row["path"] for row in rows(trained / "csv" / "pictures.csv")}
    assert pictures["Real Images"] == str(trained / "real.png")
    assert pictures["Generated Images"] == str(trained / "samples" / "0000004000.png")
    knobs = {row["knob"]: row["value"] for row in rows(trained / "csv" / "recipe.csv")}
    assert (knobs["preset"], knobs["training.batch"]) == ("dcgan", "64")
