"""Two processes train as one does: a single pair walks every witness and every network, another every preset."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from ganstudio.engine import architectures
from ganstudio.engine.conformance import BATCH, differing
from ganstudio.engine.distributed import World
from ganstudio.engine.preflight import whole_batch_terms
from ganstudio.engine.session import Session
from tests.engine.networks.smallest import PRESETS
from tests.engine.toys import WITNESS
from tests.engine.two_processes import LONGER, begun, by_two, trained

OF_PICTURES = ("cyclegan", "cut", "stargan", "inpaint", "pix2pix", "srresnet", "srgan", "esrgan", "stylize-gan")

ROUNDING = 1e-5  # of a weight's largest gradient


def test_two_processes_train_every_witness_and_network_as_one_does(tmp_path: Path) -> None:
    walk([*WITNESS, *architectures.names()], tmp_path)


@pytest.mark.slow
def test_two_processes_train_every_preset(tmp_path: Path) -> None:
    walk(sorted(f"presets/{file.stem}" for file in PRESETS.glob("*.toml")), tmp_path)


def test_presets_of_pictures_resume_exactly_in_two_processes_pools_and_heads_included(tmp_path: Path) -> None:
    before = {f"presets/{name}": begun(f"presets/{name}", tmp_path, World()) for name in OF_PICTURES}
    states = by_two(tmp_path, [f"{way}/{name}" for name in before for way in ("straight", "resumed")])
    for name, session in before.items():
        straight, resumed = states[f"straight/{name}"], states[f"resumed/{name}"]
        assert not differing(straight, resumed), name
        assert straight["progress"]["updates"] == {"d": LONGER * session.recipe.training.critic_steps, "g": LONGER}
    for name in ("presets/cyclegan", "presets/cut"):  # what one process remembers, and learns beside its networks
        require_alike(states[f"straight/{name}"], trained(f"straight/{name}", tmp_path, World()), before[name])
    assert states["straight/presets/cyclegan"]["task"]["filled_a"].tolist() == [2] * BATCH
    assert states["straight/presets/cut"]["nets"].keys() >= {"extras_g"}


def walk(names: Sequence[str], folder: Path) -> None:
    """That a pair of processes, which compares its own networks bit for bit, moves them as one process does.

    Where batch norm and the like see a part at a time no more is promised than equal networks.
    """
    before = {name: begun(name, folder, World()) for name in names}  # makes the data that both are to read
    states, wrong = by_two(folder, names), []
    for name in names:
        two, one = states[name], None
        if not list(whole_batch_terms(before[name])):
            one = trained(name, folder, World())
        try:
            kinds = ("generators", "critics") if before[name].recipe.training.critic_steps else ("generators",)
            require_moved(before[name].state_dict()["nets"], two["nets"], kinds)
            require_alike(two, one, before[name])
        except AssertionError as error:
            wrong.append(f"{name}: {error}")
    assert not wrong


def require_moved(before: dict[str, Any], after: dict[str, Any], kinds: Sequence[str]) -> None:
    for kind in kinds:
        for net, state in after[kind].items():
            assert all(value.isfinite().all() for value in state.values()), f"{net} is not finite"
            assert any(not torch.equal(value, before[kind][net][key]) for key, value in state.items()), (
                f"{net} is still"
            )


def require_alike(two: dict[str, Any], one: dict[str, Any] | None, session: Session) -> None:
    if one is None:
        return
    theirs, noise = tensors(two["nets"]), noisy(session, one)
    for kind, alone in tensors(one["nets"]).items():
        difference = (theirs[kind].double() - alone.double()).abs()
        apart = difference > 1e-5 + 1e-4 * alone.abs()
        stray = int((apart & ~noise[kind]).sum() if kind in noise else apart.sum())
        assert stray <= max(1, 0.01 * alone.numel()), f"{kind}: {stray} of its {alone.numel()} numbers differ"
        assert difference.max() <= 1e-3, f"{kind} differs by {difference.max():.2g}"
    for part in ("terms", "task"):
        torch.testing.assert_close(tensors(two[part]), tensors(one[part]), rtol=1e-4, atol=1e-4)
    assert two["adaptive"]["p"] == one["adaptive"]["p"]
    assert two["progress"]["nimg"] == one["progress"]["nimg"]


def noisy(session: Session, state: dict[str, Any]) -> dict[str, Tensor]:
    """By the path of a weight in `nets`: where its gradients are rounding error, of which Adam makes whole steps.

    Those of a label's plane before instance norm are, say, and each CPU rounds otherwise.
    """
    found = {}
    for side, optimizer in session.optimizers.items():
        places = {id(weight): place for place, weight in enumerate(optimizer.param_groups[0]["params"])}
        for kind, nets in session.kinds(session.nets).items():
            for name in nets:
                net = (session.nets.generators if kind == "ema" else nets)[name]
                for path, weight in net.named_parameters():
                    memory = state["optimizers"][side]["state"].get(places.get(id(weight)), {})
                    if "exp_avg_sq" in memory:
                        size = memory["exp_avg_sq"].sqrt()
                        found[f".{kind}.{name}.{path}"] = (size > 0) & (size < ROUNDING * size.max())
    return found


def tensors(state: Any, path: str = "") -> dict[str, Tensor]:
    """All tensors in a state, by where they are."""
    if isinstance(state, Tensor):
        return {path: state}
    return {p: t for k, v in state.items() for p, t in tensors(v, f"{path}.{k}").items()}
