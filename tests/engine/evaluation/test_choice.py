"""Networks that a critic reads never score its generator."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch

from ganstudio.engine import architectures
from ganstudio.engine.contract import DataShape, Nets
from ganstudio.engine.evaluation import choice
from ganstudio.engine.evaluation.score import scorer
from ganstudio.errors import RecipeError
from tests.engine.toys import LINEAR, session


def test_what_the_critic_reads_does_not_score_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Reads(LINEAR.critic):  # type: ignore[name-defined,misc]
        def __init__(self, options: Any, shape: Any) -> None:
            super().__init__(options, shape)
            self.reads = "lenet"

    reader = dataclasses.replace(LINEAR, critic=Reads)
    monkeypatch.setattr(choice.weights, "locate", lambda _: None)
    with pytest.raises(RecipeError, match=r"the critic reads lenet itself, .* Nearest: efficientnet-lite0\."):
        scorer(session(tmp_path, reader, "evaluation.features=lenet"))
    made, _ = scorer(session(tmp_path, reader))
    assert made is not None
    assert made.features == "efficientnet-lite0"
    kept = session(tmp_path, reader, "data.resolution=8", "evaluation.features=efficientnet-lite0")
    kept.nets.critics["critic"].reads = "efficientnet-lite0"
    with pytest.raises(RecipeError, match=r"Nearest: lenet\."):
        scorer(kept)


@pytest.mark.parametrize(
    ("here", "chosen"), [((), None), (("inception",), "inception"), (("dinov2-vits14",), "dinov2")]
)
def test_auto_passes_over_what_the_critic_reads(
    here: tuple[str, ...], chosen: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice.weights, "locate", lambda known: Path("there") if known.name in here else None)
    name, why = choice.auto(3, 64, torch.device("cpu"), True, frozenset({"efficientnet-lite0"}))
    assert name == chosen
    assert "the critic reads efficientnet-lite0" in why


def test_a_projected_critic_names_what_it_reads() -> None:
    architecture = architectures.find("projected")
    shape = DataShape(1, (32, 32))
    critic = architecture.critic(architecture.options(features="lenet", mixed=2), shape)
    assert choice.read_by(Nets({}, {"critic": critic})) == {"lenet"}
