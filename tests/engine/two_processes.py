"""Trains witnesses, networks and presets in one of two processes, one after the other.

A name is of a witness, an architecture that ships or, as `presets/NAME`, of a preset. With `straight/` or `resumed/`
before it, it is trained for longer, in one go or with a resume in the middle.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from ganstudio.engine import architectures
from ganstudio.engine.conformance import CPU, Subject, advance
from ganstudio.engine.distributed import World
from ganstudio.engine.layers import vgg16_maps
from ganstudio.engine.session import Session
from ganstudio.recipe.load import resolve
from tests.engine.drawn_vgg16 import drawn_weights
from tests.engine.networks.smallest import small_preset, smallest
from tests.engine.toys import WITNESS, session
from tests.engine.workers import fork

ITERATIONS = 4  # of witnesses
# Means of features over a part of a batch are not the batch's: the dry run says so, here they are left out.
SETTINGS = {"class_head": ("regularizers=[]",)}
LONGER = 4  # iterations, after two of which there is a resume
POOLS = {"presets/cyclegan": ("task.pool=16",)}  # which two batches fill, so that the third brings earlier fakes back
STATES = "states.pt"


def begun(name: str, folder: Path, world: World) -> Session:
    """A training that is ready for its first iteration."""
    if name in WITNESS:
        return session(folder, WITNESS[name], "training.kimg=0.032", *SETTINGS.get(name, ()), world=world)
    recipe = small_preset(name.removeprefix("presets/")) if name.startswith("presets/") else smallest(name)
    recipe = resolve(recipe.model_dump(mode="json"), POOLS.get(name, ()), name)
    return Subject(architectures.find(recipe.architecture.id), recipe, folder).session(world)


def trained(name: str, folder: Path, world: World) -> dict[str, Any]:
    """The state after a few iterations. Raises TrainingError where the processes' networks have come apart."""
    way, _, rest = name.partition("/")
    if way == "straight":
        return advance(begun(rest, folder, world), LONGER).state_dict()
    if way == "resumed":
        state = advance(begun(rest, folder, world), LONGER // 2).state_dict()
        again = begun(rest, folder, world)
        again.load_state_dict(state)
        return advance(again, LONGER // 2).state_dict()
    return advance(begun(name, folder, world), ITERATIONS if name in WITNESS else 1).state_dict()


def by_two(folder: Path, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The states, by name, of all that one pair of processes trains together, on data sets that are in `folder`."""
    logs = [folder / f"process-{rank}.txt" for rank in range(2)]
    assert fork(_train, [str(folder), *names], logs).wait(600) == 0, "".join(log.read_text() for log in logs)
    return torch.load(folder / STATES)


def _train(arguments: list[str]) -> None:
    folder, names, world = Path(arguments[0]), arguments[1:], World.from_environment()
    vgg16_maps.published_weights = drawn_weights
    world.join(CPU.device)
    states = {name: trained(name, folder, world) for name in names}
    if world.leads:
        torch.save(states, folder / STATES)
    world.leave()
