"""Which sizes a graph takes whose height and width are free, and how far it looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from ganstudio.engine.contract import ExportSpec
from ganstudio.engine.export import parity

MOST = 64  # what a network of six halvings takes multiples of
FARTHEST = 32  # pixels of the source: no tile overlaps its neighbour by more
TRIED = 4  # pictures: a place that is cut to [-1, 1] has no gradient


def multiple_of(spec: ExportSpec, session: Any, classes: int) -> int:
    """What the sides of pictures that go in must be multiples of: the least power of two that works when added, or 1.

    Of a spec that knows a multiple it is that, doubled until it works.

    A network that halves its picture gives a larger one back where a side cannot be halved, or fails.
    """
    multiple = spec.multiple
    while _free(spec) and multiple < MOST and not _works(spec, session, classes, multiple):
        multiple *= 2
    return multiple


def _works(spec: ExportSpec, session: Any, classes: int, added: int) -> bool:
    """Whether pictures with so many pixels more along each free axis come out with as many times as many."""
    before, after = (_sides(spec, session, classes, more) for more in (0, added))
    given = spec.inputs[spec.pictures or ""].shape[2:]
    grown = [side + added * (axis in _free(spec)) for axis, side in enumerate(given, 2)]
    return (
        after is not None
        and before is not None
        and all(was * now == is_ * side for was, is_, side, now in zip(before, after, given, grown, strict=True))
    )


def _sides(spec: ExportSpec, session: Any, classes: int, added: int) -> tuple[int, ...] | None:
    """(H, W) of what the graph makes; None where it fails."""
    larger = {
        name: one.new_zeros(
            [size + added * (axis in spec.free_axes.get(name, {})) for axis, size in enumerate(one.shape)]
        )
        for name, one in spec.inputs.items()
    }
    try:
        shape: tuple[int, ...] = session.run(None, parity.inputs(replace(spec, inputs=larger), classes, range(1)))[
            0
        ].shape
    except Exception:  # onnxruntime's errors share no base below Exception
        return None
    return shape[2:]


def radius_of(spec: ExportSpec, multiple: int) -> int | None:
    """How many pixels around one can change what is made of it, by gradients of one place of a few answers.

    None where height and width are not free, and where it is more than 32 pixels, as with norms over the whole picture.
    """
    if not _free(spec):
        return None
    pictures = spec.pictures or ""
    half = -(-(FARTHEST + 1) // multiple) * multiple
    tried = {name: torch.cat([one[:1]] * TRIED) for name, one in spec.inputs.items()}
    inputs = {name: _resized(one, 2 * half, spec.free_axes.get(name, {})) for name, one in tried.items()}
    source = torch.randn(inputs[pictures].shape, generator=torch.Generator().manual_seed(0)) / 2
    inputs[pictures] = source.to(inputs[pictures]).requires_grad_()
    with torch.enable_grad():
        made = spec.module(*inputs.values())
    middle = slice(made.shape[2] // 2, made.shape[2] // 2 + spec.scale)
    (gradient,) = torch.autograd.grad(made[:, :, middle, middle].sum(), inputs[pictures])
    touched = gradient.abs().sum((0, 1)).nonzero() - half
    radius = int(touched.abs().max()) if len(touched) else 0
    return radius if radius <= FARTHEST else None


def _resized(one: torch.Tensor, side: int, free: Mapping[int, str]) -> torch.Tensor:
    """Zeros in the place of an input, `side` long along its free axes; one that has none is as it is."""
    if not free:
        return one
    return one.new_zeros([side if axis in free else size for axis, size in enumerate(one.shape)])


def _free(spec: ExportSpec) -> Mapping[int, str]:
    """The free axes of the pictures that go in."""
    return spec.free_axes.get(spec.pictures or "", {})
