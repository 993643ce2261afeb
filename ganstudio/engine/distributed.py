"""Several processes that train one model: slices of a batch, sums of gradients, one decision for all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ganstudio.engine.tensor_hash import digest_of
from ganstudio.errors import TrainingError


@dataclass(frozen=True)
class World:
    """This process's place. With one process every method is the identity."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0

    @classmethod
    def from_environment(cls) -> World:
        """As torchrun announces it."""
        env = os.environ
        return cls(int(env.get("RANK", 0)), int(env.get("WORLD_SIZE", 1)), int(env.get("LOCAL_RANK", 0)))

    def join(self, device: torch.device) -> None:
        if self.size > 1:
            dist.init_process_group("nccl" if device.type == "cuda" else "gloo")

    def leave(self) -> None:
        if self.size > 1 and dist.is_initialized():
            dist.destroy_process_group()

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def rows(self, batch: int) -> slice:
        """This process's rows of a global batch."""
        each = batch // self.size
        return slice(self.rank * each, (self.rank + 1) * each)

    def mean(self, tensors: Sequence[Tensor]) -> None:
        """Replaces every tensor by its mean over the processes, in one message."""
        if self.size == 1 or not tensors:
            return
        flat = torch.cat([t.reshape(-1).float() for t in tensors])
        dist.all_reduce(flat)
        flat /= self.size
        for t, part in zip(tensors, flat.split([t.numel() for t in tensors]), strict=True):
            t.copy_(part.view_as(t))

    def share(self, tensors: Iterable[Tensor]) -> None:
        """Replaces every tensor by the leader's."""
        if self.size == 1:
            return
        for tensor in tensors:
            copy = tensor.detach().contiguous()
            dist.broadcast(copy, src=0)
            tensor.detach().copy_(copy)

    def require_equal(self, named: dict[str, list[Tensor]]) -> None:
        """Raises TrainingError, in every process, unless the tensors under each name are the leader's bit for bit."""
        if self.size == 1:
            return
        mine = {name: digest_of(tensors) for name, tensors in named.items()}
        every: list[dict[str, str]] = [{}] * self.size
        dist.all_gather_object(every, mine)
        apart = {name: [rank for rank in range(self.size) if every[rank][name] != every[0][name]] for name in named}
        if found := [f"{name} (process {', '.join(map(str, ranks))})" for name, ranks in apart.items() if ranks]:
            raise TrainingError(
                f"the {self.size} processes no longer train the same networks: not as in process 0 are "
                f"{'; '.join(found)}. Nothing was saved.\n"
                "Networks must change by their gradients alone, and all machines must be of one kind.",
                hint="ganstudio runs resume RUN   # goes on from the last checkpoint, in which all were alike",
            )

    def gather_rows(self, tensor: Tensor) -> Tensor:
        """A [batch, ...] tensor whole, where each process holds its own rows up to date."""
        if self.size == 1:
            return tensor
        mine = tensor[self.rows(len(tensor))].contiguous()
        parts = [torch.empty_like(mine) for _ in range(self.size)]
        dist.all_gather(parts, mine)
        return torch.cat(parts)

    def agree(self, value: Any) -> Any:
        """The leader's `value`, in every process."""
        if self.size == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box, src=0)
        return box[0]


def synchronize_batchnorm(nets: Iterable[nn.Module], world: World, device: torch.device) -> list[nn.Module]:
    """The nets, with SyncBatchNorm on CUDA; on the CPU batch statistics stay each process's own."""
    if world.size == 1 or device.type != "cuda":
        return list(nets)
    return [nn.SyncBatchNorm.convert_sync_batchnorm(net) for net in nets]


class _LocalBatchNorm(nn.modules.batchnorm._BatchNorm):
    """What SyncBatchNorm is in a single process: batch norm over images, clips or rows of numbers."""

    def _check_input_dim(self, input: Tensor) -> None:
        pass


def without_synchronization(net: nn.Module) -> nn.Module:
    """The same net, whose SyncBatchNorm layers measure what this process gives them: they no longer wait for others."""
    for module in net.modules():
        if isinstance(module, nn.SyncBatchNorm):
            module.__class__ = _LocalBatchNorm  # type: ignore[assignment]
    return net
