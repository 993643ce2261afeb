"""What fake tensors say of an iteration, against what torch's allocator counts in a real one."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.profiler import ProfilerActivity, profile

from ganstudio.engine import architectures
from ganstudio.engine.conformance import CPU
from ganstudio.engine.contract import Architecture
from ganstudio.engine.distributed import World
from ganstudio.engine.dry_run.fake_iterations import FakeSession, Price, PriceUnknown, price
from ganstudio.engine.dry_run.trial_iterations import checkpoint_bytes, skip_ahead
from ganstudio.engine.made_up_data import made_up_data
from ganstudio.engine.session import Session
from ganstudio.engine.step import iterate
from ganstudio.recipe.load import resolve
from ganstudio.recipe.schema import Recipe
from ganstudio.runs.record import NAME, load_record, write_record
from tests.engine.conftest import WITNESSES, Runs
from tests.engine.workers import ask

RELATIVISTIC = next(w for w in WITNESSES if w.stem == "relativistic_pair")
PRESETS = Path(__file__).parents[3] / "presets"
SMALL = {
    "dcgan-cifar10": ("architecture.channels=16",),
    "biggan": ("architecture.channels=8", "training.micro_batch=16"),
    "stylegan2-ada": ("architecture.channel_base=256",),
}


def preset(name: str, *settings: str) -> tuple[Recipe, Architecture]:
    table = tomllib.loads((PRESETS / f"{name}.toml").read_text())
    small = ("data.resolution=32", "training.batch=32", "training.precision=fp32", *settings)
    recipe = resolve(table, small, name)
    return recipe, architectures.find(recipe.architecture.id)


def allocated(recipe: Recipe, architecture: Architecture, data: Any) -> tuple[int, Session]:
    """The most that torch's allocator gave out at once while a real session was built and made two iterations.

    What others in the process hold already is not counted.
    """
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        session = Session(recipe, architecture, data, 0, CPU, World())
        skip_ahead(session)
        for _ in range(2):
            session.progress.updates = {"d": 0, "g": 0}  # every lazy term is due
            for _ in iterate(session):
                pass
    given_out = list(_allocations(profiler.profiler.kineto_results.experimental_event_tree()))
    first = min(given_out, key=lambda event: event.start_time_ns).extra_fields
    most = max(event.extra_fields.total_allocated for event in given_out)
    return most - (first.total_allocated - first.alloc_size), session


def _allocations(tree: list[Any]) -> Iterator[Any]:
    for event in tree:
        if str(event.tag).endswith("Allocation"):
            yield event
        yield from _allocations(event.children)


@pytest.mark.parametrize("name", SMALL)
def test_memory_is_what_the_allocator_of_a_real_iteration_counts_and_so_is_a_checkpoint(
    name: str, tmp_path: Path
) -> None:
    recipe, architecture = preset(name, *SMALL[name])
    data = made_up_data(tmp_path, 32, 3, 3)
    real, session = allocated(recipe, architecture, data)
    priced, followed = price(recipe, architecture, data, CPU)
    assert priced.memory_bytes == pytest.approx(real, rel=0.15)
    assert priced.checkpoint_bytes == pytest.approx(checkpoint_bytes(session), rel=0.02)
    assert followed.parameter_counts() == session.parameter_counts()


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (Price(2 * 10**12, 0, 0), "an iteration needs 2.0 TB of memory, and "),
        (Price(0, 0, 3 * 10**12), "an iteration is 3 trillion operations, too many to try on a CPU"),
        (Price(0, 0, 10**12), None),
    ],
)
def test_what_is_too_much_for_this_machine_is_said_with_its_size(found: Price, says: str | None) -> None:
    told = found.too_much(torch.device("cpu"))
    assert told is None if says is None else told is not None and told.startswith(says)


def test_micro_batches_hold_their_real_images_besides_and_less_of_all_else(tmp_path: Path) -> None:
    def needed(*settings: str) -> int:
        recipe, architecture = preset("dcgan", "architecture.channels=8", *settings)
        return price(recipe, architecture, made_up_data(tmp_path, 32, 3, 3), CPU)[0].memory_bytes

    parts, more = needed("training.micro_batch=8"), needed("training.micro_batch=8", "training.batch=40")
    assert needed() > 1.5 * parts
    assert more - parts == 8 * (3 * 32 * 32 * 4 + 8)  # floats, and a label


def test_a_pretrained_critic_is_priced_without_reading_its_memory(tmp_path: Path) -> None:
    recipe, architecture = preset("projected", "training.batch=4")
    found, _ = price(recipe, architecture, made_up_data(tmp_path, 32, 3, 3), CPU)
    assert found.memory_bytes > found.checkpoint_bytes > 0


def test_what_reads_the_memory_of_a_tensor_without_values_is_an_error_not_a_crash(tmp_path: Path) -> None:
    recipe, architecture = preset("dcgan", "architecture.channels=8")

    def copies(session: FakeSession) -> None:
        copy.deepcopy(next(iter(session.nets.critics.values())).state_dict())

    with pytest.raises(PriceUnknown, match="data pointer"):
        price(recipe, architecture, made_up_data(tmp_path, 32, 3, 3), CPU, check=copies)


def test_the_worker_prices_a_run_for_a_device_that_is_not_here_and_says_why(runs: Runs) -> None:
    run = runs.make("run", RELATIVISTIC)
    record = load_record(run / NAME)
    write_record(run / NAME, replace(record, device="mps" if torch.cuda.is_available() else "cuda:7", processes=1))
    code, answer = ask("dry-run", str(run / NAME))
    assert (code, answer.get("error")) == (0, None)
    assert (answer["step_ms"], answer["img_per_s"]) == (None, None)
    assert answer["step_missing"].startswith("torch finds no ")
    assert answer["memory_bytes"] > answer["checkpoint_bytes"] > 0
    assert ask("validate", str(run / NAME))[0] == 2
    assert ask("validate", str(run / NAME), "--elsewhere")[0] == 0


def test_a_step_that_reads_values_is_tried_here_and_refused_elsewhere(runs: Runs, tmp_path: Path) -> None:
    reads, text = "assert images.mean().item() < 9\n        ", RELATIVISTIC.read_text()
    file = tmp_path / "reads_values.py"
    file.write_text(text.replace("return CriticOutput(", f"{reads}return CriticOutput("))
    run = runs.make("run", file)
    code, answer = ask("dry-run", str(run / NAME))
    assert code == 0
    assert answer["step_ms"] > 0
    write_record(run / NAME, replace(load_record(run / NAME), device="cuda:7"))
    code, answer = ask("dry-run", str(run / NAME))
    assert code == 2
    assert "memory cannot be told: a step on tensors without values fails" in answer["error"]["message"]
