"""A draft without a screen: what differs, what is wrong, and the command that makes its run."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ganstudio.errors import UsageError
from ganstudio.recipe.live import read_settings
from ganstudio.recipe.load import dump, resolve
from ganstudio.runs.record import NAME
from ganstudio.tui.new_run.draft import Draft, Start, arguments, value_from_text
from ganstudio.tui.new_run.knob_rows import value_text
from ganstudio.tui.new_run.parents import fork_or_clone, from_preset, from_run
from ganstudio.tui.new_run.run_knobs import KnownNames
from ganstudio.tui.run.actions import rates_text
from ganstudio.workspace import Workspace
from tests.runs.making import make_run, tell

OPTIONS = {
    "properties": {
        "z_dim": {"type": "integer", "default": 100, "exclusiveMinimum": 0},
        "channels": {"type": "integer", "default": 64, "exclusiveMinimum": 0},
        "critic_norm": {"type": "string", "default": "batch", "enum": ["batch", "spectral", "none"]},
    }
}
AROUND = KnownNames({"mnist": 1000, "kmnist": None}, frozenset({"taken"}))
RECIPE = dump(
    resolve(
        {
            "architecture": {"id": "dcgan", "z_dim": 100, "channels": 64},
            "objective": {"kind": "non_saturating", "real_label": 0.9},
            **{f"{side}_optimizer": {"lr": 5e-4} for side in ("generator", "discriminator")},
            "training": {"kimg": 100},
        },
        (),
        "test",
    )
)


def drafted(start: Start) -> Draft:
    return Draft(start, start.run_values, start.recipe, OPTIONS, AROUND)


@pytest.fixture
def draft(workspace: Workspace) -> Draft:
    return drafted(from_preset(workspace, "dcgan", "mnist"))


@pytest.fixture
def parent(workspace: Workspace) -> Path:
    """A run of 100 kimg, its checkpoints at 20 and 60; the learning rate had changed before the second."""
    recipe = json.loads(json.dumps(RECIPE))
    data = {"name": "mnist", "path": "/data/mnist", "fingerprint": "f", "count": 1000}
    path = make_run(workspace, "old", recipe=recipe, data=data, seed=3, minutes=7.0, patience=50.0, processes=2)
    change = {"key": "generator_optimizer.lr", "from": 5e-4, "to": 1e-3, "nimg": 30_000}
    for nimg, changes in ((20_000, []), (60_000, [change])):
        (path / "checkpoints" / f"{nimg:010}.pt").touch()
        tell(path, "checkpointed", nimg, path=f"checkpoints/{nimg:010}.pt", changes=changes)
    return path


def put(draft: Draft, key: str, value: Any) -> Draft:
    knob = draft.knob(key)
    assert knob is not None, key
    assert draft.fault_of(knob, value) == ""
    return draft.with_value(knob, value)


def fault(draft: Draft, key: str, value: Any) -> str:
    knob = draft.knob(key)
    assert knob is not None, key
    return draft.fault_of(knob, value)


def test_a_preset_as_it_is_needs_no_settings(draft: Draft) -> None:
    assert (draft.problems, draft.differences) == ({}, [])
    assert arguments(draft) == ["train", "dcgan", "--data", "mnist"]


def test_what_was_changed_is_in_the_command(draft: Draft) -> None:
    for key, value in (
        *(("run.data", "kmnist"), ("run.name", "new"), ("run.seed", 5), ("run.device", "cuda:1"), ("run.gpus", 2)),
        *(("training.kimg", 12.5), ("run.minutes", 3), ("run.stop_when", "fd < 5"), ("run.patience", 4.0)),
        *(("run.busy", "queue"), ("objective.kind", "hinge"), ("architecture.critic_norm", "none")),
    ):
        draft = put(draft, key, value)
    told = arguments(draft)
    assert told[:4] == ["train", "dcgan", "--data", "kmnist"]
    pairs = dict(zip(told[4:-1:2], told[5::2], strict=False))
    assert pairs | {"--set": ""} == {
        **{"--set": "", "--name": "new", "--seed": "5", "--device": "cuda:1", "--gpus": "2", "--kimg": "12.5"},
        **{"--minutes": "3", "--stop-when": "fd < 5", "--patience": "4"},
    }
    assert told[4:8] == ["--set", 'architecture.critic_norm="none"', "--set", 'objective={kind="hinge"}']
    assert told[-1] == "--queue"


def test_a_fork_is_compared_with_its_parent_as_that_was_at_the_checkpoint(workspace: Workspace, parent: Path) -> None:
    assert drafted(from_run(workspace, "old", fork=True)).recipe["generator_optimizer"]["lr"] == 1e-3
    early = drafted(from_run(workspace, "old@20", fork=True))
    assert early.recipe["generator_optimizer"]["lr"] == 5e-4
    assert (early.start.label, early.start.parent) == ("fork of old@20", "old@20")
    assert (early.problems, early.differences) == ({}, [])
    assert arguments(early) == ["runs", "fork", "old@20"]
    changed = put(put(early, "generator_optimizer.lr", 1e-4), "run.name", "lower")
    assert arguments(changed) == [
        *("runs", "fork", "old@20", "--set", "generator_optimizer.lr=0.0001", "--name", "lower")
    ]


@pytest.mark.parametrize(
    ("changes", "flags"),
    [
        ({"training.kimg": 200}, ["--kimg", "200", "--minutes", "7"]),
        ({"run.minutes": None}, ["--kimg", "100"]),
        ({"run.minutes": 9}, ["--kimg", "100", "--minutes", "9"]),
        ({"run.seed": 3}, []),
        ({"run.seed": 0}, ["--seed", "0"]),
    ],
)
def test_a_fork_is_given_what_it_would_not_take_from_its_parent(
    workspace: Workspace, parent: Path, changes: dict[str, Any], flags: list[str]
) -> None:
    draft = drafted(from_run(workspace, "old", fork=True))
    for key, value in changes.items():
        draft = put(draft, key, value)
    assert arguments(draft) == ["runs", "fork", "old", *flags]


def test_a_fork_of_what_has_trained_to_its_end_needs_another_length(workspace: Workspace, parent: Path) -> None:
    (parent / "checkpoints" / "0000100000.pt").touch()
    draft = drafted(from_run(workspace, "old", fork=True))
    assert draft.problems == {"training.kimg": "old@100 has trained 100 kimg; a fork needs more in all, got 100."}
    assert put(draft, "training.kimg", 150).problems == {}


def test_a_fork_has_its_parent_s_data_and_networks(workspace: Workspace, parent: Path) -> None:
    draft = drafted(from_run(workspace, "old", fork=True))
    assert draft.knob("run.data") is None
    for key in ("architecture.id", "data.resolution"):
        knob = draft.knob(key)
        assert knob is not None
        assert "parent's networks" in draft.fixed(knob)


def test_a_clone_is_a_training_of_its_own_with_all_that_is_not_as_in_the_preset(
    workspace: Workspace, parent: Path
) -> None:
    draft = drafted(from_run(workspace, "old", fork=False))
    assert (draft.problems, draft.differences) == ({}, [])
    assert arguments(draft) == [
        *("train", "dcgan", "--data", "mnist", "--set", "training.reuse_fakes=false", "--kimg", "100"),
        *("--seed", "3", "--gpus", "2", "--patience", "50", "--minutes", "7"),
    ]
    draft = put(draft, "objective.kind", "hinge")
    assert [(knob.key, was, now) for knob, was, now in draft.differences] == [
        ("objective.kind", "non_saturating", "hinge")
    ]
    assert 'objective={kind="hinge"}' in arguments(draft)


def test_a_run_without_a_checkpoint_is_cloned(workspace: Workspace, parent: Path) -> None:
    assert fork_or_clone(workspace, "old").how == "fork"
    assert fork_or_clone(workspace, "old@20").how == "fork"
    for path in (parent / "checkpoints").iterdir():
        path.unlink()
    assert fork_or_clone(workspace, "old").how == "clone"


def later(parent: Path) -> None:
    """Makes a run one of a later version, with knobs and a file of its own."""
    table = json.loads((parent / NAME).read_text())
    table["recipe"]["training"]["warp"] = 9
    table["versions"]["ganstudio"] = "9.0"
    (parent / NAME).write_text(json.dumps(table))


def test_a_fork_of_a_later_version_s_run_says_what_it_does_not_know(workspace: Workspace, parent: Path) -> None:
    later(parent)
    draft = drafted(from_run(workspace, "old", fork=True))
    assert "unknown key" in draft.problems["training.warp"]
    assert any("9.0" in note for note in draft.start.notes)


def test_a_clone_of_a_later_version_s_run_leaves_out_what_it_does_not_know(workspace: Workspace, parent: Path) -> None:
    later(parent)
    draft = drafted(from_run(workspace, "old", fork=False))
    assert draft.problems == {}
    assert any("left out" in note and "training.warp" in note for note in draft.start.notes)
    assert not any("warp" in word for word in arguments(draft))


def test_a_clone_without_its_preset_says_so(workspace: Workspace) -> None:
    make_run(workspace, "old", recipe=RECIPE, preset="mine")
    with pytest.raises(UsageError, match="no preset 'mine'"):
        from_run(workspace, "old", fork=False)


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("training.batch", "0", "greater than 0"),
        ("training.batch", "many", "valid integer"),
        ("training.batch", "1001", "at most the 1000 images of mnist"),
        ("generator_optimizer.betas", "[0.5, 1.5]", "less than 1"),
        ("architecture.channels", "-1", "more than 0"),
        ("architecture.critic_norm", "spectrl", "must be batch or spectral or none"),
        ("run.data", "mnits", "Did you mean 'mnist'?"),
        ("run.data", "", "choose a data set"),
        ("run.name", "a/b", "make a name"),
        ("run.name", "latest", "make a name"),
        ("run.name", "taken", "that name already"),
        ("run.seed", "-1", "at least 0"),
        ("run.seed", "x", "a whole number"),
        ("run.device", "gpu", "no such device"),
        ("run.minutes", "0", "more than 0"),
        ("run.stop_when", "fdd < 5", "Did you mean 'fd'?"),
        ("run.patience", "x", "a number"),
    ],
)
def test_what_cannot_be_is_told_as_it_is_typed(draft: Draft, key: str, text: str, said: str) -> None:
    knob = draft.knob(key)
    assert knob is not None
    assert said in fault(draft, key, value_from_text(knob, text))


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("training.batch", " 32 ", 32),
        ("generator_optimizer.lr", "1e-4", 1e-4),
        ("generator_optimizer.betas", "[0, 0.9]", [0, 0.9]),
        ("training.micro_batch", "", None),
        ("training.micro_batch", "none", None),
        ("run.minutes", "", None),
        ("run.name", "3", "3"),
        ("run.stop_when", "fd < 5", "fd < 5"),
    ],
)
def test_what_is_typed_is_read_as_the_command_line_reads_it(draft: Draft, key: str, text: str, value: Any) -> None:
    knob = draft.knob(key)
    assert knob is not None
    assert value_from_text(knob, text) == value


def test_a_value_that_another_knob_cannot_bear_is_told_and_may_be(draft: Draft) -> None:
    draft = put(draft, "training.micro_batch", 16)
    knob = draft.knob("training.batch")
    assert knob is not None
    assert draft.fault_of(knob, 100) == ""
    assert draft.conflict_with(knob, 100).startswith("training.micro_batch: must divide the batch of 100")
    assert "training.micro_batch" in draft.with_value(knob, 100).problems


def test_an_option_that_the_architecture_does_not_have_is_named(draft: Draft) -> None:
    odd = replace(draft, recipe={**draft.recipe, "architecture": {"id": "dcgan", "chanels": 3}})
    assert "Did you mean 'channels'?" in odd.problems["architecture.chanels"]
    # nobody has described the options yet
    assert replace(odd, options=None).problems == {}


def test_another_architecture_has_other_options(draft: Draft) -> None:
    other = put(draft, "architecture.id", "mlp")
    assert other.options is None
    assert other.recipe["architecture"] == {"id": "mlp"}
    assert arguments(other)[4:] == ["--set", 'architecture={id="mlp"}']
    knob = other.knob("architecture.id")
    assert knob is not None
    assert other.with_start_value(knob).recipe == draft.recipe


def test_a_knob_goes_back_to_what_it_began_as(draft: Draft) -> None:
    for key, value in (("run.seed", 4), ("objective.kind", "hinge"), ("training.batch", 8), ("augmentation", True)):
        changed = put(draft, key, value)
        knob = changed.knob(key)
        assert knob is not None
        assert changed.with_start_value(knob).table == draft.table


def test_the_resolution_may_be_that_of_the_data_set(draft: Draft) -> None:
    own = put(draft, "data.resolution", value_from_text(draft.knob("data.resolution"), "data"))  # type: ignore[arg-type]
    assert arguments(own)[-2:] == ["--set", "data.resolution=data"]
    assert own.problems == {}
    resolution = own.knob("data.resolution")
    assert resolution is not None
    assert (resolution.legal, resolution.choices) == ("a side in pixels, [height, width], or data", ())
    assert "must be a whole number" in fault(draft, "data.resolution", "dat")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("generator_optimizer.lr", '{start=0.0002, end=0, shape="cosine"}'),
        ("discriminator_optimizer.betas", "[{start=0, end=0.5, until=0.5}, 0.9]"),
        ("training.ema_kimg", "{points=[[0, 1], [20, 10]]}"),
    ],
)
def test_a_number_is_typed_as_a_schedule_shown_as_it_is_typed_and_a_number_again(
    draft: Draft, key: str, text: str
) -> None:
    knob = draft.knob(key)
    assert knob is not None
    changed = draft.with_value(knob, value_from_text(knob, text))
    assert changed.problems == {}
    assert value_text(knob.value(changed.table), knob) == text
    command = arguments(changed)
    assert command[command.index("--set") + 1] == f"{key}={text}"
    before = knob.value(draft.table)
    again = changed.with_value(knob, value_from_text(knob, value_text(before, knob)))
    assert again.differences == []


def test_what_is_wrong_with_a_schedule_names_the_part_of_it(draft: Draft) -> None:
    knob = draft.knob("generator_optimizer.lr")
    assert knob is not None
    assert draft.fault_of(knob, {"start": 1.0, "end": -1.0}).startswith("end: input should be greater than or equal")


def test_the_rates_of_a_run_are_shown_as_settings_that_can_be_typed_again() -> None:
    recipe = dump(resolve(RECIPE, ["generator_optimizer.lr={start=2e-4, end=0}"], "test"))
    values = read_settings(shlex.split(rates_text(recipe)), recipe, "old")
    assert values == {
        "generator_optimizer.lr": {"start": 2e-4, "end": 0.0},
        "discriminator_optimizer.lr": 5e-4,
    }
