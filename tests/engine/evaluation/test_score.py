"""The score of a training: when the data is looked at, how many images, and that a resume goes on with the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from ganstudio import weights
from ganstudio.engine.evaluation import choice
from ganstudio.engine.evaluation.extractors import Extractor
from ganstudio.engine.evaluation.training_scores import score
from ganstudio.engine.evaluation.training_scores.score import missing, scorer
from ganstudio.errors import RecipeError
from tests.engine.toys import LINEAR, SHIFTS, session


class Means(Extractor):
    """Rows' means; counts what it looked at."""

    name = stamp = "efficientnet-lite0"
    digest = "means"
    dim = 8
    digest = "means"

    def __init__(self) -> None:
        self.looked = 0

    def features(self, pixels: Tensor) -> Tensor:
        self.looked += len(pixels)
        return pixels.float().mean((1, 3))


@pytest.fixture(autouse=True)
def means(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Means:
    extractor = Means()
    monkeypatch.setenv("GANSTUDIO_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(choice, "load", lambda *_: extractor)
    monkeypatch.setattr(choice, "auto", lambda *_, **__: ("efficientnet-lite0", "because"))
    monkeypatch.setattr(weights, "locate", lambda known: None if known.name == "inception" else tmp_path)
    return extractor


def test_the_data_is_looked_at_for_the_first_score_and_not_before(tmp_path: Path, means: Means) -> None:
    made, _ = scorer(session(tmp_path, LINEAR))
    assert made is not None
    assert means.looked == 0
    [first] = made()
    assert means.looked == 2 * made.n
    assert made()[0].value == first.value
    assert means.looked == 3 * made.n


def test_on_a_cpu_a_network_that_auto_chose_compares_few_images_and_a_named_one_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score, "FEW", 30)
    by_auto, why = scorer(session(tmp_path, LINEAR, "evaluation.n=100000"))
    named, _ = scorer(session(tmp_path, LINEAR, "evaluation.n=100000", "evaluation.features=efficientnet-lite0"))
    assert by_auto is not None
    assert named is not None
    count = named.session.data.manifest.count
    assert (by_auto.n, named.n) == (30, count)
    assert f"30 images a score on a CPU (--set evaluation.features=efficientnet-lite0 takes all {count})" in str(why)
    assert by_auto.names[0] == f"FD[efficientnet-lite0]-{by_auto.n}"


@pytest.mark.parametrize("settled", [{}, {"features": "lenet", "n": 40}])
def test_data_that_a_score_looks_at_whole_is_not_said_to_be_looked_at_in_part(
    tmp_path: Path, settled: dict[str, Any]
) -> None:
    toy = session(tmp_path, LINEAR, "evaluation.n=100000")
    assert toy.data.manifest.count == 40
    made, why = scorer(toy, settled)
    assert made is not None
    assert made.n == 40
    assert "images a score" not in str(why)


def test_samples_that_are_all_but_one_picture_are_told_with_their_score(tmp_path: Path) -> None:
    toy = session(tmp_path, LINEAR, "training.ema_kimg=0")
    made, _ = scorer(toy)
    assert made is not None
    mix = toy.nets.generators["generator"].mix
    with torch.no_grad():
        mix.mul_(10)
        assert not made()[0].alike
        mix.zero_()
        assert made()[0].alike


def test_a_resume_scores_with_what_the_run_began_with(tmp_path: Path) -> None:
    toy = session(tmp_path, LINEAR)
    settled, _ = scorer(toy, {"features": "dinov2", "n": 20})
    assert settled is not None
    assert (settled.features, settled.n) == ("dinov2", 20)
    before, _ = scorer(toy, {"n": 30})  # an earlier version told no network
    assert before is not None
    assert (before.features, before.n) == ("efficientnet-lite0", 30)
    gone, why = scorer(toy, {"features": "inception", "n": 20})
    assert gone is None
    assert "weights are not here any more (ganstudio weights fetch inception)" in str(why)


def test_what_the_critics_read_is_refused_by_name_and_passed_by_where_a_run_was_scored_in_it(tmp_path: Path) -> None:
    reading = replace(LINEAR, reads=lambda _: frozenset({"efficientnet-lite0", "dinov2"}))
    with pytest.raises(RecipeError, match=r"features: the training itself reads efficientnet-lite0.*Nearest: auto\."):
        scorer(session(tmp_path, reading, "evaluation.features=efficientnet-lite0"))
    toy = session(tmp_path, reading)
    assert toy.reads == {"efficientnet-lite0", "dinov2"}
    anew, _ = scorer(toy, {"features": "dinov2", "n": 20})
    assert anew is not None
    assert anew.settings is not None
    assert anew.settings["features"] != "dinov2"


def test_without_another_network_there_is_no_score_and_the_command_that_brings_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "auto", lambda *_, **__: (None, "this training reads all there is"))
    assert scorer(session(tmp_path, LINEAR)) == (None, "no score: this training reads all there is")


def test_what_the_next_score_takes_is_told_from_a_few_images_that_change_nothing(tmp_path: Path, means: Means) -> None:
    toy = session(tmp_path, LINEAR)
    made, _ = scorer(toy)
    assert made is not None
    stream = torch.get_rng_state()
    assert made.expected_s() > 0
    assert torch.equal(stream, torch.get_rng_state())
    assert made._took_s is None
    [found] = made()
    assert made.expected_s() == made._took_s <= found.seconds


def test_a_score_that_the_machine_held_up_does_not_put_off_the_next(tmp_path: Path) -> None:
    made, _ = scorer(session(tmp_path, LINEAR))
    assert made is not None
    made()
    quick_s = made._took_s = 1e-9
    made()
    assert made.expected_s() == quick_s


def test_why_there_is_no_score_ends_in_what_to_do(tmp_path: Path) -> None:
    none = session(tmp_path, LINEAR, "evaluation.features=none")
    assert scorer(none) == (None, None)
    assert f"`ganstudio evaluate a-1 --against {none.data.manifest.name}`" in missing(none, None, "a-1")
    pairs = session(tmp_path, SHIFTS)
    _, why = scorer(pairs)
    assert missing(pairs, why, "a-1").endswith("held_out=0.02 leaves none; go by its samples: `ganstudio tui`")
