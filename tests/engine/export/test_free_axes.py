"""Batches, heights and widths that are free, and forwards that take them for granted."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from ganstudio.engine.contract import ExportSpec
from ganstudio.engine.export import parity
from ganstudio.engine.export.graph import to_graph
from ganstudio.engine.export.onnx import check_parity
from ganstudio.engine.export.sizes import multiple_of
from ganstudio.errors import StudioError


class Frozen(nn.Module):
    """A batch size by len(z), which is a number by the time that the graph is made."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self.last, self.start = last, nn.Linear(8, 16)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return torch.tanh(self.start(z)).view(len(z), 1, 4, self.last)


@pytest.mark.parametrize(("last", "says"), [(4, "does not run on 64"), (-1, r"answers \[2, 1, 4, 128\] where torch")])
def test_a_batch_size_that_was_frozen_is_refused_with_what_to_write(last: int, says: str) -> None:
    with pytest.raises(StudioError, match=says) as refused:
        check_parity(ExportSpec("", Frozen(last), {"z": torch.zeros(2, 8)}), classes=0)
    assert "x.shape[0]" in str(refused.value.hint)


class Mirrored(torch.nn.Module):
    """Adds its mirror image to an image; where `columns` are given, of an image as wide as that alone."""

    def __init__(self, columns: int | None = None) -> None:
        super().__init__()
        self.columns = columns

    def forward(self, source: torch.Tensor) -> torch.Tensor:
        places = torch.arange(self.columns or source.shape[3])
        return (source + source[:, :, :, source.shape[3] - 1 - places]) / 2


def any_size(module: torch.nn.Module) -> ExportSpec:
    return ExportSpec("", module, {"source": torch.zeros(2, 1, 4, 6)}, {"source": {2: "height", 3: "width"}})


def test_free_axes_keep_their_names_and_are_proved_at_another_size() -> None:
    spec = any_size(Mirrored())
    [given] = to_graph(spec).graph.input
    assert [dim.dim_param or dim.dim_value for dim in given.type.tensor_type.shape.dim] == [
        "batch",
        1,
        "height",
        "width",
    ]
    assert check_parity(spec, 0) < 1e-6


def test_a_size_that_forward_takes_for_granted_is_refused_with_where_to_look() -> None:
    with pytest.raises(StudioError, match="works at width 6 alone") as refused:
        check_parity(any_size(Mirrored(6)), 0)
    assert "x.shape" in refused.value.hint


def test_what_sides_must_be_multiples_of_is_found_by_trying() -> None:
    halving = torch.nn.Sequential(torch.nn.AvgPool2d(4), torch.nn.Upsample(scale_factor=8))
    free = {"source": {2: "height", 3: "width"}}
    spec = ExportSpec("", halving, {"source": torch.zeros(2, 1, 8, 12)}, free)
    graph = parity.session_of(to_graph(spec))
    assert multiple_of(spec, graph, 0) == 4
    assert multiple_of(replace(spec, free_axes={}), graph, 0) == 1
    assert multiple_of(any_size(Mirrored()), parity.session_of(to_graph(any_size(Mirrored()))), 0) == 1
