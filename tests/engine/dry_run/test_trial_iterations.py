"""A few iterations of a training that is thrown away."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from ganstudio.engine.dry_run.trial_iterations import LEAST, MOST, checkpoint_bytes, measure_iterations, most_kept
from ganstudio.engine.run_folder import checkpoint
from ganstudio.recipe.load import resolve
from ganstudio.runs.record import NAME
from tests.engine.conftest import WITNESSES, Runs
from tests.engine.toys import BATCH, LINEAR, WITNESS, session
from tests.engine.workers import ask

TOLD = {"step_ms", "img_per_s", "step_missing", "memory_bytes", "checkpoint_bytes", "disk_bytes"}
RELATIVISTIC = next(w for w in WITNESSES if w.stem == "relativistic_pair")


def test_it_makes_real_iterations_and_tells_what_they_took(tmp_path: Path) -> None:
    toy = session(tmp_path, LINEAR)
    before = copy.deepcopy(toy.nets.generators["generator"].state_dict())
    told = measure_iterations(toy)
    assert told.keys() == TOLD
    begun = toy.recipe.training.schedule_length * 1000 / 2  # what sets in on the way is there
    assert 1 + LEAST <= (toy.progress.nimg - begun) / BATCH <= 1 + MOST
    assert any((before[key] != value).any() for key, value in toy.nets.generators["generator"].state_dict().items())
    assert told["step_ms"] > 0
    assert told["img_per_s"] > 0
    assert told["memory_bytes"] > 10e6


def test_a_checkpoint_is_as_large_as_was_told(tmp_path: Path) -> None:
    toy = session(tmp_path, LINEAR)
    told = measure_iterations(toy)
    (tmp_path / "checkpoints").mkdir()
    saved = checkpoint.save(tmp_path, toy.state_dict())
    assert saved.stat().st_size == told["checkpoint_bytes"] == checkpoint_bytes(toy)
    assert told["disk_bytes"] == told["checkpoint_bytes"] * most_kept(toy.recipe)


@pytest.mark.parametrize(("kimg", "every", "kept"), [(1000, 10, 13), (10, 5, 5), (1, 50, 2)])
def test_a_run_keeps_no_more_checkpoints_than_it_writes(kimg: float, every: float, kept: int) -> None:
    table = {
        "architecture": {"id": "toy"},
        "training": {"kimg": kimg, "checkpoint_kimg": every},
        "evaluation": {"every_kimg": 2 * every},
    }
    assert most_kept(resolve(table, (), "test")) == kept


def test_networks_that_grow_are_measured_at_their_full_size(tmp_path: Path) -> None:
    toy = session(tmp_path, WITNESS["staged_styles"])
    assert toy.recipe.growth
    assert toy.stage.halvings == 1
    measure_iterations(toy)
    assert toy.stage.halvings == 0


def test_the_worker_makes_iterations_for_a_dry_run_alone_and_leaves_the_run_as_it_was(runs: Runs) -> None:
    run = runs.make("run", RELATIVISTIC)
    before = sorted(run.rglob("*"))
    assert ask("validate", str(run / NAME)) == (0, {"ok": True})
    code, answer = ask("dry-run", str(run / NAME))
    assert code == 0
    assert answer.keys() >= TOLD
    assert [path for path in sorted(run.rglob("*")) if path.suffix != ".pyc" and path.name != "__pycache__"] == before


def test_a_dry_run_refuses_what_several_processes_cannot_do(runs: Runs) -> None:
    run = runs.make("run", RELATIVISTIC, "training.batch=9", "training.micro_batch=none", processes=2)
    code, answer = ask("dry-run", str(run / NAME))
    assert code == 2
    assert "training.batch: must divide among 2 processes; got 9. Nearest: 10." in answer["error"]["message"]
