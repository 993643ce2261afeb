"""The memory that tensors hold while code runs, and the arithmetic that it asks for, of real and of fake tensors."""

from __future__ import annotations

import weakref
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry


class LiveStorages(TorchDispatchMode):
    """A context that follows every storage that an operation within it makes, until nobody holds it.

    What an operation allocates for itself and frees again, as a convolution's workspace, is not seen. Where the size of
    a fake result depends on values it is the largest: what is drawn at random may change every image.

    Attributes:
        held_bytes: of the storages that are alive now.
        peak_bytes: the most that were alive at once since the context began.
        flops: floating-point operations of convolutions, matrix products and attention, as torch counts them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.held_bytes = self.peak_bytes = self.flops = 0
        self._followed: dict[int, weakref.ref[torch.UntypedStorage]] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.aten.nonzero.default and isinstance(args[0], FakeTensor):
            made = torch.empty(args[0].numel(), args[0].dim(), dtype=torch.int64, device=args[0].device)
        else:
            made = func(*args, **(kwargs or {}))
        if (count := flop_registry.get(func._overloadpacket)) is not None:
            self.flops += count(*args, **(kwargs or {}), out_val=made)
        for tensor in (made,) if isinstance(made, Tensor) else tree_leaves(made):
            if isinstance(tensor, Tensor):
                self._follow(tensor.untyped_storage())
        return made

    def _follow(self, storage: torch.UntypedStorage) -> None:
        key, size = id(storage), storage.nbytes()
        if key in self._followed:
            return

        def freed(_gone: object) -> None:
            del self._followed[key]
            self.held_bytes -= size

        self._followed[key] = weakref.ref(storage, freed)
        self.held_bytes += size
        self.peak_bytes = max(self.peak_bytes, self.held_bytes)
