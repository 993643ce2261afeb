"""What an iteration needs, found without making it: the real step on fake tensors, which have shapes and no values.

Nothing is allocated and nothing computed, so a recipe for a large GPU is priced in seconds on any machine.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import _disable_current_modes
from torch.utils._pytree import tree_map_only

from ganstudio.data.store import DataSet
from ganstudio.engine.batches import Batches
from ganstudio.engine.contract import Architecture
from ganstudio.engine.devices import Compute
from ganstudio.engine.distributed import World
from ganstudio.engine.draws import Draw
from ganstudio.engine.dry_run.live_storages import LiveStorages
from ganstudio.engine.dry_run.trial_iterations import most_kept, skip_ahead, written_bytes
from ganstudio.engine.layers.power_iterations import no_power_iterations
from ganstudio.engine.session import Session
from ganstudio.engine.step import iterate
from ganstudio.errors import StudioError
from ganstudio.recipe.schema import Recipe
from ganstudio.units import format_bytes, format_number

MOST_FLOPS = 2e12  # of an iteration that is made on a CPU: about half a minute of two cores


class PriceUnknown(Exception):
    """Why a step cannot be followed on fake tensors, as the end of a sentence."""


@dataclass(frozen=True)
class FakeCompute(Compute):
    """What a training would run on, played by fake tensors of the CPU."""

    def place(self, net: nn.Module) -> nn.Module:
        return net  # the layout of memory changes no size


class FakeSession(Session):
    """A session of fake tensors; its place in the data is real, and its images are not read."""

    def _batches(self) -> Batches:
        with _disable_current_modes():
            return super()._batches()


@dataclass(frozen=True)
class Price:
    """`memory_bytes` is the most that tensors hold at once in an iteration, `flops` what it computes."""

    memory_bytes: int
    checkpoint_bytes: int
    flops: int

    def too_much(self, device: torch.device) -> str | None:
        """Why no such iteration is made on a device that is here, in words; None where one can be."""
        free = free_bytes(device)
        if self.memory_bytes > free:
            return f"an iteration needs {format_bytes(self.memory_bytes)} of memory, and {format_bytes(free)} are free"
        if device.type == "cpu" and self.flops > MOST_FLOPS:
            return f"an iteration is {format_number(self.flops / 1e12)} trillion operations, too many to try on a CPU"
        return None


def price_keys(price: Price, recipe: Recipe, why: str) -> dict[str, Any]:
    """What a dry run tells of a price: the keys of measured iterations, those of time without values."""
    return {
        "step_ms": None,
        "img_per_s": None,
        "step_missing": why,
        "memory_bytes": price.memory_bytes,
        "checkpoint_bytes": price.checkpoint_bytes,
        "disk_bytes": price.checkpoint_bytes * most_kept(recipe),
    }


def free_bytes(device: torch.device) -> int:
    """Memory of a device that nobody holds now."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return psutil.virtual_memory().available


def price(
    recipe: Recipe,
    architecture: Architecture,
    data: DataSet,
    compute: Compute,
    processes: int = 1,
    check: Callable[[FakeSession], object] = lambda _session: None,
) -> tuple[Price, FakeSession]:
    """What one process of several needs for an iteration, and the session that was followed, once `check` passed it.

    Of many micro-batches one is followed: each further one computes as much, and holds its real images besides and the
    gradients so far. Raises PriceUnknown where the step does what only real tensors can.
    """
    training = recipe.training
    rows, micro = training.batch // processes, training.micro_batch
    followed = min(rows, micro) if micro and recipe.unrolling is None else rows  # what looks ahead sees whole batches
    with fake_session(recipe, architecture, data, compute) as (session, live):
        check(session)
        session.recipe = _with_training(session.recipe, batch=followed)
        memory, flops = most_held(session, live)
        if followed < rows:
            memory += (rows - followed) * _bytes_of_image(session) + _bytes_of_gradients(session)
        found = Price(memory, fake_checkpoint_bytes(session), round(flops * rows / followed))
    session.recipe = recipe
    return found, session


@contextmanager
def fake_session(
    recipe: Recipe, architecture: Architecture, data: DataSet, compute: Compute
) -> Iterator[tuple[FakeSession, LiveStorages]]:
    """A new session without values, in a context where all tensors have none, and what follows them.

    Raises PriceUnknown where something within the context does what only real tensors can.
    """
    # fp16 is followed without a scaler, which reads values: it holds no more than a few numbers
    precision = "bf16" if compute.precision == "fp16" else compute.precision
    fake = FakeCompute(torch.device("cpu"), precision, compute.channels_last, compute.notes)
    try:
        with _fake_tensors() as live:
            yield FakeSession(_with_training(recipe, compile=False), architecture, data, 0, fake, World()), live
    except StudioError:
        raise
    except Exception as error:
        text = (str(error) or type(error).__name__).splitlines()[0]
        raise PriceUnknown(f"memory cannot be told: a step on tensors without values fails ({text}).") from error


def _with_training(recipe: Recipe, **changes: Any) -> Recipe:
    return recipe.model_copy(update={"training": recipe.training.model_copy(update=changes)})


def most_held(session: Session, live: LiveStorages) -> tuple[int, int]:
    """The most bytes that an iteration of a new session holds, and its floating-point operations.

    It is the first one, which has every lazy term, but each side's gradients and all that its optimizer remembers are
    there, as they are from the second one on.
    """
    skip_ahead(session)
    for side, parameters in session.learnable.items():
        for parameter in parameters:
            parameter.grad = torch.zeros_like(parameter)
        session.optimizers[side].step()
    live.peak_bytes, live.flops = live.held_bytes, 0
    for _ in iterate(session):
        pass
    return live.peak_bytes, live.flops


def _bytes_of_gradients(session: Session) -> int:
    """Of the side that has more of them."""
    return max(sum(parameter.nbytes for parameter in parameters) for parameters in session.learnable.values())


def _bytes_of_image(session: Session) -> int:
    """What a real image of a batch takes, with its label and whatever it comes with."""
    draw = Draw(0, "price", 0, 2, slice(0, 2), session.compute.device)
    batch = session.batches.at("price", 0, draw, session.stage)
    tensors = (batch.images, batch.labels, batch.source, batch.styles, *batch.domains)
    return sum(tensor.nbytes for tensor in tensors if tensor is not None) // 2


@contextmanager
def _fake_tensors() -> Iterator[LiveStorages]:
    """A context in which tensors that are made have no values, and are followed."""
    with (
        FakeTensorMode(allow_non_fake_inputs=True),
        no_power_iterations(),
        LiveStorages() as live,
        warnings.catch_warnings(),
    ):
        # What reads the memory of a tensor that has none ends the program; as an error it says where.
        warnings.filterwarnings("error", "Accessing the data pointer of FakeTensor")
        yield live


def fake_checkpoint_bytes(session: Session) -> int:
    """About the size of the file that a checkpoint would be: that of one without values, and the values."""
    sizes: dict[int, int] = {}

    def emptied(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        sizes[storage._cdata] = storage.nbytes()
        return torch.empty(1, dtype=tensor.dtype)

    state = session.state_dict()
    with _disable_current_modes():
        return written_bytes(tree_map_only(Tensor, emptied, state)) + sum(sizes.values())
