from __future__ import annotations

import json

import pytest

from ganstudio.recipe.names import unknown_architecture_error
from ganstudio.workspace import Workspace
from tests.cli.conftest import Program

KEYS = ["name", "summary", "task", "architecture", "size"]


def test_the_list_has_the_keys_of_the_interface(ganstudio: Program, workspace: Workspace) -> None:
    presets = json.loads(ganstudio("presets", "list", "--json").out)
    assert {"gan", "dcgan", "lsgan", "wgan", "wgan-gp", "sngan", "cgan"} <= {preset["name"] for preset in presets}
    assert all(list(preset) == KEYS for preset in presets)


def test_one_preset_is_one_object(ganstudio: Program, workspace: Workspace) -> None:
    preset = json.loads(ganstudio("presets", "show", "dcgan", "--json").out)
    assert list(preset) == KEYS
    assert (preset["architecture"], preset["size"]) == ("dcgan", 32)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("wgan-gp", ("training.critic_steps = 3", "regularizers.gradient_penalty.weight = 10.0")),
        ("r3gan", ('regularizers.r1.gamma = {start=5, end=0.5, shape="cosine"}', "regularizers.drift = off")),
    ],
)
def test_show_prints_every_knob_as_set_takes_it(
    ganstudio: Program, workspace: Workspace, name: str, lines: tuple[str, ...]
) -> None:
    shown = ganstudio("presets", "show", name).out.splitlines()
    assert set(lines) <= set(shown)
    from ganstudio.recipe.load import read_preset, resolve

    for key in ("growth", "unrolling", "regularizers.lecam"):
        assert f"{key} = off" in shown
    settings = [line.replace(" = ", "=", 1) for line in shown]
    assert resolve(read_preset(name, workspace), settings, "x") == resolve(read_preset(name, workspace), (), "x")


def test_an_unknown_preset_is_refused_with_the_nearest(ganstudio: Program, workspace: Workspace) -> None:
    ended = ganstudio("presets", "show", "dcgen")
    assert ended.code == 2
    assert "Did you mean 'dcgan'?" in ended.err


@pytest.mark.parametrize("command", [["presets", "show"], ["train", "--data", "mnist"]])
def test_an_architecture_in_a_preset_s_place_is_answered_with_the_presets_that_train_it(
    ganstudio: Program, workspace: Workspace, command: list[str]
) -> None:
    ended = ganstudio(*command, "MLP")
    assert ended.code == 2
    assert "mlp is an architecture, which these presets train: gan. Did you mean 'gan'?" in ended.err
    assert "try: ganstudio presets show gan" in ended.err


def test_a_preset_in_an_architecture_s_place_is_answered_with_the_one_that_it_trains(workspace: Workspace) -> None:
    for name in ("wgan-gp", "WGAN-GP"):
        error = unknown_architecture_error(name)
        assert "wgan-gp is a preset, which trains dcgan. Did you mean 'dcgan'?" in error.message
    assert "Did you mean 'dcgan'?" in unknown_architecture_error("DCGAN").message


def test_the_workspace_s_own_preset_is_listed_and_a_broken_one_left_out(
    ganstudio: Program, workspace: Workspace
) -> None:
    (workspace.root / "presets").mkdir()
    (workspace.root / "presets" / "mine.toml").write_text('summary = "Mine."\narchitecture = { id = "mlp" }\n')
    (workspace.root / "presets" / "broken.toml").write_text("training = {")
    ended = ganstudio("presets", "list")
    assert ended.code == 0
    assert "Mine." in ended.out
    assert "left out: " in ended.err
    assert "broken.toml" in ended.err
