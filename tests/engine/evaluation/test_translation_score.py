"""What a translation is scored by, and how far it is found from its input: shifts between dark and bright."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganstudio.data.pack import add
from ganstudio.engine.conformance import CPU
from ganstudio.engine.distributed import World
from ganstudio.engine.evaluation.training_scores.score import scorer
from ganstudio.engine.evaluation.training_scores.translation_score import TranslationScorer
from ganstudio.engine.probes.translation_probe import TranslationProbe
from ganstudio.engine.session import Session
from ganstudio.recipe.load import resolve
from tests.engine.toys import SHIFTS

APART = 2 * 96 / 255  # of the two domains' pixels, in [-1, 1]


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Pictures of noise around a dark and around a bright grey; each translator adds a number."""
    monkeypatch.setenv("GANSTUDIO_DATA", str(tmp_path / "data"))
    rng = np.random.default_rng(0)
    for name, grey in (("dark", 64), ("bright", 160)):
        (tmp_path / name).mkdir()
        for number in range(40):
            noise = rng.integers(-20, 20, (16, 16))
            Image.fromarray((grey + noise).astype(np.uint8)).save(tmp_path / name / f"{number}.png")
    data = add(tmp_path / "dark", "shades", layout="domains", beside=(str(tmp_path / "bright"),))
    assert data.manifest.classes == ("bright", "dark") or data.manifest.classes == ("dark", "bright")
    table = {**SHIFTS.recipe, "architecture": {"id": "toy"}, "data": {"resolution": 16, "held_out": 0.25}}
    recipe = resolve(table, ["training.ema_kimg=0"], "test")
    return Session(recipe, SHIFTS, data, 0, CPU, World())


def shift(toy: Session, into_bright: float, into_dark: float) -> None:
    bright = toy.data.manifest.classes.index("bright")
    for name, target in (("b_to_a", 0), ("a_to_b", 1)):
        with torch.no_grad():
            toy.nets.generators[name].by.fill_(into_bright if target == bright else into_dark)


def test_the_distance_is_to_the_other_domain_and_copying_is_worst(toy: Session) -> None:
    made, _ = scorer(toy)
    assert isinstance(made, TranslationScorer)
    values = []
    for into_bright, into_dark in ((0, 0), (APART, 0), (APART, -APART)):
        shift(toy, into_bright, into_dark)
        (score,) = made()
        values.append(score.value)
    assert made.n == min(toy.batches.held_count_outside(k) for k in (0, 1))
    assert made.names == (f"FD[lenet]-{made.n}",)
    assert values[2] < 0.1 * values[0]
    assert values[1] == pytest.approx((values[0] + values[2]) / 2, rel=0.5)  # the mean over both ways


@pytest.mark.parametrize("share", [0.0, 0.025])  # of 80 pictures two: one of each domain, or none of one
def test_too_few_pictures_that_training_never_sees_give_no_score(toy: Session, share: float) -> None:
    recipe = resolve(toy.recipe.model_dump(mode="json"), [f"data.held_out={share}"], "test")
    few = Session(recipe, SHIFTS, toy.data, 0, CPU, World())
    score, why = scorer(few)
    assert score is None
    assert why is not None
    assert "translations are scored on 2 images a domain, or more, that training never sees" in why


def test_images_of_a_domain_are_held_out_ones_and_of_that_domain(toy: Session) -> None:
    bright = toy.data.manifest.classes.index("bright")
    assert toy.batches.of_domain(bright, 5, toy.stage).mean() > 0.2
    outside = toy.batches.outside(bright, 100, toy.stage)
    assert outside.mean() < -0.4
    assert len(outside) == toy.batches.held_count_outside(bright)


def test_a_copy_differs_from_its_input_by_nothing_and_the_least_domain_is_told(toy: Session) -> None:
    look = TranslationProbe(toy)
    shift(toy, 0, 0)
    assert look() == {"changed": 0}
    shift(toy, APART, -APART / 2)
    assert look()["changed"] == pytest.approx(0.5, abs=0.05)
