"""The first presets have the very weights that they had when they were made: twenty updates in fp32, on one thread.

Bits depend on how a CPU adds, so they are recorded for each arithmetic that was met: what the CPU can do, and a hash of
what torch itself makes of a few layers there. Elsewhere the test is skipped. Record another arithmetic with
`python -m tests.engine.networks.test_recorded_bits`, at a commit whose bits are known to be right.
"""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from ganstudio.engine import architectures
from ganstudio.engine.conformance import CPU
from ganstudio.engine.distributed import World
from ganstudio.engine.made_up_data import made_up_data
from ganstudio.engine.session import Session
from ganstudio.engine.step import iterate
from ganstudio.engine.tensor_hash import digest_of
from ganstudio.recipe.load import resolve

FOLDER = Path(__file__).parents[3] / "presets"
# reused fakes are newer than the bits: they draw other latents
AS_RECORDED = ("training.precision=fp32", "training.batch=32", "training.reuse_fakes=false")
QUICK = ("gan", "cgan")
BITS = {"torch 2.13.0+cpu AVX512 3ee39500b8ecaebb": {"gan": "573824b22a3ffce3"}}
PRESETS = (
    *("gan", "cgan", "dcgan", "dcgan-cifar10", "dcgan-dense", "dcgan-fashion", "lsgan", "wgan", "wgan-gp", "sngan"),
)


def arithmetic() -> str:
    """This torch, the CPU's instructions, and what one makes of a few layers and their gradients with the other."""
    draws = torch.Generator().manual_seed(0)
    images = torch.randn(8, 16, 16, 16, generator=draws).to(memory_format=torch.channels_last)
    filters = torch.randn(32, 16, 4, 4, generator=draws).requires_grad_(True)
    table = torch.randn(64, 32 * 64, generator=draws).requires_grad_(True)
    maps = F.batch_norm(F.conv2d(images, filters, stride=2, padding=1), None, None, training=True)
    back = F.conv_transpose2d(F.leaky_relu(maps, 0.2), filters, stride=2, padding=1)
    answer = F.softplus(F.linear(maps.flatten(1), table)).mean() + back.tanh().mean()
    answer.backward()
    probe = digest_of([maps, back, filters.grad, table.grad])
    return f"torch {torch.__version__} {torch.backends.cpu.get_cpu_capability()} {probe[:16]}"


def bits(name: str, folder: Path) -> str:
    """A hash of both networks of a preset after twenty updates on made-up data."""
    table = tomllib.loads((FOLDER / f"{name}.toml").read_text())
    recipe = resolve(table, AS_RECORDED, name)
    data = made_up_data(folder, recipe.data.size, 3 if "cifar" in name else 1, 3)
    session = Session(recipe, architectures.find(recipe.architecture.id), data, 0, CPU, World())
    for _ in islice((report for _ in count() for report in iterate(session)), 20):
        pass
    nets = (*session.nets.generators.values(), *session.nets.critics.values())
    return digest_of([value for net in nets for value in net.state_dict().values()])[:16]


@pytest.fixture
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in PRESETS]
)
def test_a_preset_has_the_weights_that_it_had(name: str, tmp_path: Path) -> None:
    recorded = BITS.get(key := arithmetic(), {})
    if name not in recorded:
        pytest.skip(f"no bits of {name} are recorded for the arithmetic of this CPU: {key}")
    assert bits(name, tmp_path) == recorded[name]


if __name__ == "__main__":
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as made:
        print({arithmetic(): {name: bits(name, Path(made)) for name in PRESETS}})
