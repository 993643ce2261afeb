"""Which sizes a graph takes whose height and width are free."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ganstudio.engine.contract import ExportSpec
from ganstudio.engine.export import parity

MOST = 64  # what a network of six halvings takes multiples of


def multiple_of(spec: ExportSpec, session: Any, classes: int) -> int:
    """What the sides of `source` must be multiples of: the least power of two that works when it is added, or 1.

    A network that halves its picture gives a larger one back where a side cannot be halved, or fails.
    """
    multiple = 1
    while spec.free_axes.get("source") and multiple < MOST and not _works(spec, session, classes, multiple):
        multiple *= 2
    return multiple


def _works(spec: ExportSpec, session: Any, classes: int, added: int) -> bool:
    """Whether sources with so many pixels more along each free axis come out with as many times as many."""
    before, after = (_sides(spec, session, classes, more) for more in (0, added))
    given = spec.inputs["source"].shape[2:]
    grown = [side + added * (axis in spec.free_axes["source"]) for axis, side in enumerate(given, 2)]
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
