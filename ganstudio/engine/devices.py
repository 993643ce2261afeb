"""What a training runs on: device, precision, memory layout, and why."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch

from ganstudio.errors import UsageError


@dataclass(frozen=True)
class Compute:
    device: torch.device
    precision: str  # fp32, bf16 or fp16
    channels_last: bool
    notes: tuple[str, ...] = ()

    def autocast(self, enabled: bool = True) -> contextlib.AbstractContextManager[object]:
        """Mixed precision for a forward pass; nothing under fp32."""
        if self.precision == "fp32" or not enabled:
            return contextlib.nullcontext()
        dtype = torch.bfloat16 if self.precision == "bf16" else torch.float16
        return torch.autocast(self.device.type, dtype=dtype)

    def place(self, net: torch.nn.Module) -> torch.nn.Module:
        """The network on the device, its weights laid out as the images are; those of 3-D convolutions keep theirs."""
        solid = any(tensor.dim() == 5 for tensor in net.parameters())
        layout = torch.channels_last if self.channels_last and not solid else torch.preserve_format
        return net.to(self.device, memory_format=layout)  # type: ignore[call-overload]


def choose(device: str, precision: str, local_rank: int = 0) -> Compute:
    """The hardware that `--device` and `training.precision` name. Raises UsageError where it is not there."""
    chosen = _device(device, local_rank)
    native = has_bf16(chosen)
    notes = []
    if precision == "auto":
        precision = "bf16" if native else "fp32"
        notes.append(f"precision {precision}: {'the hardware computes' if native else 'no'} bf16 on {chosen.type}")
    elif precision == "fp16" and chosen.type != "cuda":
        raise UsageError(f"training.precision: fp16 needs a CUDA device, not {chosen.type}. Nearest: fp32.")
    elif precision == "bf16" and chosen.type == "mps":
        raise UsageError("training.precision: on mps only fp32 is trained. Nearest: fp32.")
    elif precision == "bf16" and not native:
        notes.append(f"bf16 is emulated on this {chosen.type}: slower than fp32")
    return Compute(chosen, precision, channels_last=chosen.type != "mps", notes=tuple(notes))


def has_bf16(device: torch.device) -> bool:
    """Does the hardware multiply bf16 natively (AVX512-BF16, AMX, Ampere and later)?"""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        found = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
        return bool(found.get("avx512_bf16") or found.get("amx_bf16"))
    return False


def every() -> list[dict[str, Any]]:
    """What there is to train on, the fastest kind first: name, model, memory, and whether the hardware knows bf16."""
    found = [torch.device("cuda", index) for index in range(torch.cuda.device_count())]
    found += [torch.device("mps")] if torch.backends.mps.is_available() else []
    return [_facts(device) for device in (*found, torch.device("cpu"))]


def _facts(device: torch.device) -> dict[str, Any]:
    facts = {"name": str(device), "model": None, "memory_bytes": None, "bf16": has_bf16(device)}
    if device.type == "cuda":
        known = torch.cuda.get_device_properties(device)
        facts |= {"model": known.name, "memory_bytes": known.total_memory}
    return facts


def _device(name: str, local_rank: int) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError:
        raise UsageError(f"--device: {name!r} is none of auto, cpu, cuda, cuda:0, mps.") from None
    if device.type not in ("cuda", "mps", "cpu"):
        raise UsageError(f"--device: {name!r} is none of auto, cpu, cuda, cuda:0, mps.")
    if why := absence(name, local_rank):
        raise why
    if device.type == "cuda":
        device = torch.device("cuda", local_rank if device.index is None else device.index)
        torch.cuda.set_device(device)
    return device


def absence(name: str, local_rank: int = 0) -> UsageError | None:
    """Why the device of this legal name is not here; None where it is."""
    hint = "--device auto   # takes what is there"
    if name.startswith("mps") and not torch.backends.mps.is_available():
        return UsageError("--device mps: torch finds no Metal here.", hint=hint)
    if not name.startswith("cuda"):
        return None
    if not torch.cuda.is_available():
        return UsageError(f"--device {name}: torch finds no CUDA here.", hint=hint)
    index = torch.device(name).index
    if (local_rank if index is None else index) >= torch.cuda.device_count():
        return UsageError(f"--device {name}: there are {torch.cuda.device_count()} CUDA devices, counted from 0.")
    return None


def imagined(device: str, precision: str) -> Compute:
    """What a device that is not here would compute with, where it is a recent one of its kind."""
    if precision == "auto":
        precision = "fp32" if device.startswith("mps") else "bf16"
    return Compute(torch.device(device), precision, channels_last=not device.startswith("mps"))


@contextlib.contextmanager
def full_precision(device: torch.device) -> Iterator[None]:
    """float32 as it is written, inside of any autocast; no TF32, whose ten bits would drown small differences."""
    with torch.autocast(device.type, enabled=False), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        yield
