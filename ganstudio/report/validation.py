"""What is wrong with a run that is not made yet, where more than its recipe tells: its data, its parent, its device."""

from __future__ import annotations

from ganstudio.errors import nearest
from ganstudio.settings.kinds import DEVICE


def device_fault(device: str) -> str:
    """Why nothing can be trained on `device`; '' where it is the name of one."""
    if DEVICE.legal(device):
        return ""
    return f"no such device. {nearest(device, DEVICE.choices)}"


def nearest_batch(count: int, micro_batch: int | None) -> int:
    """The largest batch that `count` images fill, of whole micro-batches where there are any."""
    return count - count % micro_batch if micro_batch and micro_batch <= count else count


def batch_fault(batch: int, micro_batch: int | None, count: int, data: str) -> str:
    """Why `count` images of the set `data` cannot fill a batch; '' where they can."""
    if batch <= count:
        return ""
    return f"at most the {count} images of {data}; got {batch}. Nearest: {nearest_batch(count, micro_batch)}."


def length_fault(kimg: float, nimg: int, parent: str) -> str:
    """Why a fork cannot be `kimg` long whose parent has seen `nimg` images; '' where it can."""
    if kimg * 1000 > nimg:
        return ""
    return f"{parent} has trained {nimg / 1000:g} kimg; a fork needs more in all, got {kimg:g}."
