from __future__ import annotations

import json
from typing import Any

import pytest

from ganstudio import bridge
from ganstudio.errors import StudioError
from tests.cli.conftest import Program

WIDTH = {"properties": {"width": {"type": "integer", "default": 3, "description": "of a layer"}}}


@pytest.fixture(autouse=True)
def described(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every architecture has one option, as a worker would say."""
    monkeypatch.setattr(bridge, "call_worker", lambda *_, **__: {"recipe": {}, "options": WIDTH})


def test_a_knob_has_its_default_its_range_its_meaning_and_an_example(ganstudio: Program) -> None:
    assert ganstudio("knobs", "r1.gamma").out.splitlines() == [
        "regularizers.r1.gamma = 10  [> 0, or a schedule]",
        "    gamma; the loss gets gamma/2 times the squared norm",
        "    --set regularizers.r1.gamma=5",
    ]


def test_the_options_of_architectures_are_among_all_knobs(ganstudio: Program) -> None:
    listed: list[dict[str, Any]] = json.loads(ganstudio("knobs", "--json").out)
    [width] = [knob for knob in listed if knob["key"] == "architecture.width"]
    assert (width["default"], width["example"]) == (3, "architecture.width=6")
    assert {"dcgan", "mlp"} <= set(width["only"])
    assert {"training.batch", "augmentation.p.limit", "growth"} <= {knob["key"] for knob in listed}
    assert all(knob["meaning"] and knob["example"] for knob in listed)


def test_a_pattern_that_nothing_fits_is_refused_with_the_nearest(ganstudio: Program) -> None:
    ended = ganstudio("knobs", "bacth")
    assert (ended.code, ended.out) == (2, "")
    assert "Did you mean 'batch'?" in ended.err


def test_the_recipe_s_knobs_are_listed_where_no_worker_can_tell_the_others(
    ganstudio: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise StudioError("import torch: ImportError")

    monkeypatch.setattr(bridge, "call_worker", fail)
    ended = ganstudio("knobs", "batch")
    assert ended.code == 0
    assert "training.batch = 64" in ended.out
    assert "architecture.id=dcgan are left out: import torch: ImportError" in ended.err
