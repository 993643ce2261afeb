from __future__ import annotations

import pytest
import torch
from torch import nn

from ganstudio.engine.devices import Compute, choose, has_bf16
from ganstudio.errors import UsageError

no_cuda = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
no_mps = pytest.mark.skipif(torch.backends.mps.is_available(), reason="there is Metal")


@no_cuda
@pytest.mark.parametrize("name", ["cuda", "cuda:1"])
def test_cuda_where_there_is_none_is_an_error_that_names_the_flag(name: str) -> None:
    with pytest.raises(UsageError, match=f"--device {name}: torch finds no CUDA here") as error:
        choose(name, "auto")
    assert error.value.hint == "--device auto   # takes what is there"


@no_mps
def test_mps_where_there_is_none_is_an_error() -> None:
    with pytest.raises(UsageError, match="--device mps: torch finds no Metal here"):
        choose("mps", "auto")


@pytest.mark.parametrize("name", ["gpu", "", "cuda:x", "meta", "CPU"])
def test_a_name_of_no_device_is_answered_with_those_there_are(name: str) -> None:
    with pytest.raises(UsageError, match=f"--device: {name!r} is none of auto, cpu, cuda, cuda:0, mps"):
        choose(name, "auto")


@no_cuda
@no_mps
def test_auto_takes_the_cpu_where_there_is_nothing_else() -> None:
    assert choose("auto", "fp32").device.type == "cpu"


def test_fp16_on_a_cpu_is_refused_and_the_nearest_precision_named() -> None:
    with pytest.raises(UsageError, match=r"training\.precision: fp16 needs a CUDA device, not cpu\. Nearest: fp32\."):
        choose("cpu", "fp16")


def test_auto_precision_is_bf16_only_where_the_hardware_computes_it_and_says_so() -> None:
    native = has_bf16(torch.device("cpu"))
    chosen = choose("cpu", "auto")
    assert chosen.precision == ("bf16" if native else "fp32")
    assert any(chosen.precision in note for note in chosen.notes)


def test_emulated_bf16_is_taken_but_remarked() -> None:
    remarked = any("slower" in note for note in choose("cpu", "bf16").notes)
    assert remarked != has_bf16(torch.device("cpu"))


def test_a_precision_that_was_chosen_needs_no_note() -> None:
    chosen = choose("cpu", "fp32")
    assert (chosen.precision, chosen.notes) == ("fp32", ())


@pytest.mark.parametrize(
    ("precision", "dtype"), [("fp32", torch.float32), ("bf16", torch.bfloat16), ("fp16", torch.float16)]
)
def test_autocast_computes_in_the_chosen_precision_unless_told_not_to(precision: str, dtype: torch.dtype) -> None:
    compute, net = Compute(torch.device("cpu"), precision, channels_last=True), nn.Linear(2, 2)
    with compute.autocast():
        assert net(torch.ones(1, 2)).dtype == dtype
    with compute.autocast(enabled=False):
        assert net(torch.ones(1, 2)).dtype == torch.float32


@pytest.mark.parametrize("channels_last", [True, False])
def test_networks_are_placed_in_the_chosen_memory_layout(channels_last: bool) -> None:
    net = Compute(torch.device("cpu"), "fp32", channels_last).place(nn.Conv2d(3, 8, 3))
    assert net.weight.is_contiguous(memory_format=torch.channels_last) == channels_last
