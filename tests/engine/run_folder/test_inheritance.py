"""Runs that begin with a checkpoint of another: all of its state under another recipe, or its networks alone."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
import torch

from ganstudio.engine import architectures
from ganstudio.engine.conformance import CPU, differing
from ganstudio.engine.distributed import World
from ganstudio.engine.made_up_data import made_up_data
from ganstudio.engine.run_folder import checkpoint
from ganstudio.engine.run_folder.inheritance import check_fits, inherit
from ganstudio.engine.session import Session
from ganstudio.errors import UsageError
from ganstudio.recipe.load import resolve
from ganstudio.runs import requests, state
from ganstudio.runs.record import NAME, START, Start
from tests.engine.conftest import OF_RUNS, WITNESSES, Runs, told
from tests.engine.workers import ask, start, work

WITNESS = {file.stem: file for file in WITNESSES}
STYLES, TWO, RELATIVISTIC = (WITNESS[stem] for stem in ("staged_styles", "two_domains", "relativistic_pair"))
KEPT = "training.checkpoint_kimg=0.064"


def last(run: Path) -> dict[str, Any]:
    return checkpoint.load(checkpoint.all_checkpoints(run)[-1])


def log(run: Path) -> str:
    return (run / "log.txt").read_text()


def derive(
    runs: Runs, parent: Path, name: str, which: int, *settings: str, what: Start = "everything", **how: Any
) -> Path:
    """A new run that begins with the parent's `which` checkpoint, made as the commands make one."""
    run = runs.make(name, WITNESS[json.loads((parent / NAME).read_text())["preset"]], *settings, **how)
    source = checkpoint.all_checkpoints(parent)[which]
    label = f"{parent.name}@{checkpoint.nimg_of(source) / 1000:g}"
    record = {**json.loads((run / NAME).read_text()), "parent": label, "start": what}
    (run / NAME).write_text(json.dumps(record))
    shutil.copy(source, run / START)
    return run


def trained(runs: Runs, file: Path, *settings: str) -> Path:
    parent = runs.make("parent", file, KEPT, *settings)
    assert work(parent) == 0, log(parent)
    return parent


def learnt(state: dict[str, Any]) -> dict[str, Any]:
    """A checkpoint less what is a run's own: its best score."""
    return {**state, "progress": {**state["progress"], "best": None}}


@pytest.mark.slow
@pytest.mark.parametrize("file", OF_RUNS, ids=lambda f: f.stem)
def test_a_fork_with_nothing_changed_ends_bit_identical_to_its_parent(runs: Runs, file: Path) -> None:
    parent = trained(runs, file)
    fork = derive(runs, parent, "fork", 1, KEPT)
    assert work(fork) == 0, log(fork)
    assert differing(learnt(last(parent)), learnt(last(fork))) == []
    first = told(fork, "started")[0]
    assert (first["parent"], first["nimg"]) == ("parent@0.064", 64)
    assert told(fork, "tick")[0]["nimg"] > 64


def test_a_fork_leaves_its_parent_as_it_was(runs: Runs) -> None:
    parent = trained(runs, TWO)
    before = {path: path.read_bytes() for path in parent.rglob("*") if path.is_file()}
    assert work(derive(runs, parent, "fork", 1, "generator_optimizer.lr=0.01")) == 0
    assert {path: path.read_bytes() for path in parent.rglob("*") if path.is_file()} == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "settings"),
    [
        (RELATIVISTIC, ("generator_optimizer.lr=0.01", "discriminator_optimizer.betas=[0, 0.9]")),
        (RELATIVISTIC, ('objective={kind="hinge"}', "regularizers=[]", "augmentation=none")),
        (
            RELATIVISTIC,
            (
                *('regularizers=[{kind="gradient_penalty"}]', 'augmentation={p={kind="adaptive"}}'),
                "objective.kind=hinge",
            ),
        ),
        (RELATIVISTIC, ("generator_optimizer.kind=rmsprop", "training.ema_kimg=0", "training.critic_steps=1")),
        (RELATIVISTIC, ("generator_optimizer.kind=muon",)),
        (TWO, ("training.batch=2", "training.micro_batch=1")),
        (STYLES, ("regularizers=[]", "augmentation=none")),
        (STYLES, ('regularizers=[{kind="path_length", every=1}, {kind="r1"}]',)),
    ],
    ids=["rates", "objective", "penalties", "optimizer", "muon", "batch", "fewer", "other"],
)
def test_a_fork_under_another_recipe_goes_on_and_resumes_exactly(
    runs: Runs, file: Path, settings: tuple[str, ...]
) -> None:
    parent = trained(runs, file)
    fork = derive(runs, parent, "fork", 1, KEPT, *settings)
    assert work(fork) == 0, log(fork)
    assert differing(last(parent)["nets"], last(fork)["nets"]) != []
    assert not (fork / START).exists()
    half = runs.copy(fork, "half")
    for path in checkpoint.all_checkpoints(half)[1:]:
        path.unlink()
    assert work(half, "--resume") == 0, log(half)
    assert differing(last(fork), last(half)) == []


def test_a_fork_has_the_rates_of_its_recipe_and_the_moments_of_its_parent(runs: Runs) -> None:
    parent = trained(runs, TWO)
    fork = derive(runs, parent, "fork", 1, "generator_optimizer.lr=0.25", "generator_optimizer.betas=[0.1, 0.2]")
    assert work(fork) == 0, log(fork)
    inherited, theirs = (
        checkpoint.load(checkpoint.all_checkpoints(fork)[0]),
        checkpoint.load(checkpoint.all_checkpoints(parent)[1]),
    )
    group = inherited["optimizers"]["g"]["param_groups"][0]
    assert (group["lr"], group["betas"]) == (0.25, (0.1, 0.2))
    assert differing(inherited["optimizers"]["g"]["state"], theirs["optimizers"]["g"]["state"]) == []
    assert differing(inherited["optimizers"]["d"], theirs["optimizers"]["d"]) == []
    assert inherited["progress"]["positions"] == theirs["progress"]["positions"]


@pytest.mark.slow
def test_a_fork_with_another_seed_draws_anew(runs: Runs) -> None:
    parent = trained(runs, TWO)
    same, other = derive(runs, parent, "same", 1), derive(runs, parent, "other", 1, seed=1)
    for run in (same, other):
        assert work(run) == 0, log(run)
    assert differing(last(same)["nets"], last(other)["nets"]) != []


def test_the_clock_the_best_score_and_the_changes_of_a_fork_are_its_own(runs: Runs) -> None:
    parent = runs.make("parent", RELATIVISTIC, KEPT, "evaluation.every_kimg=0.064")
    requests.post(parent, "set", values={"generator_optimizer.lr": 1e-3})
    assert work(parent) == 0, log(parent)
    theirs = checkpoint.load(checkpoint.all_checkpoints(parent)[1])["progress"]
    assert theirs["best"] is not None
    assert theirs["changes"] != []
    fork = derive(runs, parent, "fork", 1)
    assert work(fork) == 0, log(fork)
    first = checkpoint.load(checkpoint.all_checkpoints(fork)[0])["progress"]
    assert (first["best"], first["changes"], first["nimg"]) == (None, [], theirs["nimg"])
    assert told(fork, "started")[0]["time_s"] < theirs["seconds"]
    assert checkpoint.choose(fork, "best").is_file()


def test_fine_tuning_takes_the_networks_alone(runs: Runs) -> None:
    parent = trained(runs, RELATIVISTIC)
    tuned = derive(runs, parent, "tuned", -1, what="networks", classes=5)
    assert work(tuned) == 0, log(tuned)
    first, theirs = checkpoint.load(checkpoint.all_checkpoints(tuned)[0]), last(parent)
    assert differing(first["nets"], theirs["nets"]) == []
    assert first["optimizers"]["g"]["state"] == {}
    assert (first["progress"]["nimg"], first["progress"]["updates"]) == (0, {"d": 0, "g": 0})
    assert told(tuned, "started")[0]["parent"] == "parent@0.128"
    assert last(tuned)["progress"]["nimg"] == 128


@pytest.mark.slow
@pytest.mark.parametrize("what", ["everything", "networks"])
def test_networks_that_differ_are_refused_before_anything_begins(runs: Runs, what: Start) -> None:
    parent = trained(runs, RELATIVISTIC)
    other = derive(runs, parent, "other", 1, "architecture.z_dim=4", what=what)
    said = "parent@0.064 cannot start this run: architecture.z_dim is 8 there, 4 here."
    source = str(checkpoint.all_checkpoints(parent)[1])
    code, answer = ask("dry-run", str(other / NAME), "--start", source)
    assert (code, answer["error"]["message"]) == (2, said)
    assert answer["error"]["hint"] == "--set architecture.z_dim=8"
    assert work(other) == 2
    assert told(other, "failed")[0]["error"]["message"] == said
    assert told(other, "started") == []


def toy(folder: Path, *settings: str, **more: Any) -> Session:
    """A session of DCGAN as it is built, on noise."""
    recipe = resolve({"architecture": {"id": "dcgan", "channels": 2, "z_dim": 4, **more.pop("own", {})}}, settings, "t")
    return Session(recipe, architectures.find("dcgan"), made_up_data(folder, **more), 0, CPU, World())


@pytest.mark.parametrize(
    ("settings", "more", "said", "hint"),
    [
        (["architecture.z_dim=6"], {}, "architecture.z_dim is 4 there, 6 here.", "--set architecture.z_dim=4"),
        (
            ["architecture.critic_norm=none", "data.resolution=8"],
            {},
            'architecture.critic_norm is batch there, "none" here; images are 16 px there, 8 px here.',
            "--set architecture.critic_norm=batch --set data.resolution=16",
        ),
        (["objective.san=true"], {}, "objective.san is false there, true here.", "--set objective.san=false"),
        ([], {"channels": 3}, "images have 1 channels there, 3 here.", None),
        ([], {"classes": 5}, "the data has 3 classes there, 5 here.", None),
        (["data.crop=8"], {}, "images are 16 px there, 8 px here.", "--set data.crop=16"),
    ],
)
def test_a_refusal_names_what_both_are_made_for(
    settings: list[str], more: dict[str, Any], said: str, hint: str | None, tmp_path: Path
) -> None:
    usual = {"channels": 1, "classes": 3, "resolution": 16, "own": {"label_dim": 3}}
    theirs = toy(tmp_path / "theirs", "data.resolution=16", **usual)
    ours = toy(tmp_path / "ours", "data.resolution=16", *settings, **{**usual, **more})
    with pytest.raises(UsageError) as error:
        check_fits(ours, theirs.state_dict(), "old.pt")
    assert error.value.message == f"old.pt cannot start this run: {said}"
    assert error.value.hint == hint
    earlier = {key: value for key, value in theirs.state_dict().items() if key != "made_for"}
    with pytest.raises(UsageError, match=r"there, .* here\.$|is absent here"):
        check_fits(ours, earlier, "old.pt")


def test_a_refusal_of_another_architecture_names_both(tmp_path: Path) -> None:
    theirs = toy(tmp_path, "data.resolution=16", channels=1, classes=3, resolution=16).state_dict()
    recipe = resolve({"architecture": {"id": "mlp"}, "data": {"resolution": 16}}, (), "t")
    data = made_up_data(tmp_path / "ours", channels=1, classes=3, resolution=16)
    with pytest.raises(UsageError) as error:
        check_fits(Session(recipe, architectures.find("mlp"), data, 0, CPU, World()), theirs, "a@5")
    assert error.value.message == "a@5 cannot start this run: architecture.id is dcgan there, mlp here."
    assert error.value.hint == "ganstudio presets list   # take a preset of dcgan"


def test_options_that_change_no_tensor_are_told_in_a_note(tmp_path: Path) -> None:
    usual = {"channels": 1, "classes": 3, "resolution": 16}
    theirs = toy(tmp_path / "a", "data.resolution=16", **usual).state_dict()
    ours = toy(tmp_path / "b", "data.resolution=16", "architecture.generator_activation=leaky_relu", **usual)
    [note] = inherit(ours, theirs, "networks", "a@5")
    told = "architecture.generator_activation is relu there, leaky_relu here"
    assert note == f"{told}: the networks fit all the same"


@pytest.mark.parametrize("nets", [None, [], {}, {"generators": {"g": torch.zeros(1)}, "critics": {}, "ema": {}}])
def test_a_checkpoint_without_networks_starts_nothing(nets: Any, tmp_path: Path) -> None:
    path = checkpoint.save(tmp_path, {"progress": {"nimg": 0, "best": None}, "nets": nets})
    with pytest.raises(UsageError, match=r"0000000000.pt: is no whole checkpoint: it holds no networks"):
        checkpoint.load_start(path)


def test_networks_of_another_task_are_refused(runs: Runs) -> None:
    parent = trained(runs, TWO)
    other = derive(runs, parent, "other", 1, "task=synthesis")
    code, answer = ask("dry-run", str(other / NAME), "--start", str(other / START))
    assert code == 2
    assert answer["error"]["type"] == "UsageError"


def test_a_dry_run_of_a_fork_says_what_begins_anew(runs: Runs) -> None:
    parent = trained(runs, TWO)
    other = derive(runs, parent, "other", 1, "generator_optimizer.kind=rmsprop", "training.batch=2")
    code, answer = ask("dry-run", str(other / NAME), "--start", str(other / START))
    assert code == 0
    assert "the generator's optimizer begins anew: the parent's is of another kind" in answer["notes"]
    assert "the task's own state begins anew: its shape is another" in answer["notes"]
    assert (other / START).exists()


def test_a_fork_killed_before_it_began_begins_again(runs: Runs) -> None:
    parent = trained(runs, TWO)
    straight, killed = (derive(runs, parent, name, 1) for name in ("straight", "killed"))
    assert work(straight) == 0, log(straight)
    worker = start(killed)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    assert checkpoint.all_checkpoints(killed) == []
    assert work(killed) == 0, log(killed)
    assert differing(last(straight), last(killed)) == []


@pytest.mark.slow
def test_two_processes_fork_as_one_does(runs: Runs) -> None:
    parent = trained(runs, TWO)
    fork = derive(runs, parent, "fork", 1, KEPT, processes=2)
    assert work(fork, processes=2) == 0, log(fork)
    assert not (fork / START).exists()
    mine, theirs = (
        checkpoint.load(checkpoint.all_checkpoints(fork)[0]),
        checkpoint.load(checkpoint.all_checkpoints(parent)[1]),
    )
    assert differing(mine["nets"], theirs["nets"]) == []
    assert differing(mine["task"], theirs["task"]) == []
    assert state.current(fork)[0].phase == "finished"
