"""Metrics that a training measures beside its distance: their values, names, directions, and what is refused."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from ganstudio.engine.evaluation.lenet import LeNetFeatures
from ganstudio.engine.evaluation.training_scores import live_metrics
from ganstudio.engine.evaluation.training_scores.live_metrics import Sides, measured, refusal
from ganstudio.engine.evaluation.training_scores.score import scorer
from ganstudio.errors import RecipeError
from tests.engine.conftest import WITNESSES, Runs, told
from tests.engine.toys import LINEAR, SHIFTS, session
from tests.engine.workers import work

RELATIVISTIC = next(witness for witness in WITNESSES if witness.stem == "relativistic_pair")
SEVERAL = "evaluation.metrics=fd,is,precision"


def test_an_inception_score_of_sure_answers_is_the_number_of_classes() -> None:
    """By hand: every image surely of one of four classes, all as often: exp(H(y) - H(y | x)) = exp(log 4) = 4."""
    logits = 100 * torch.eye(4)[torch.arange(4000) % 4]
    none = torch.zeros(4000, 2)
    assert measured(["is"], Sides(none, none, logits))[0] == pytest.approx(4, rel=0.01)
    assert measured(["is"], Sides(none, none, 0 * logits))[0] == pytest.approx(1)


def test_it_is_torch_fidelity_s_of_the_same_logits_without_splits() -> None:
    logits = torch.randn(500, 6, generator=torch.Generator().manual_seed(0))
    p = logits.double().softmax(1)
    by_formula = math.exp((p * (p.log() - p.mean(0).log())).sum(1).mean())
    # ten splits of 50 are each a little more than the whole: their means are nearer to their images
    assert measured(["is"], Sides(logits, logits, logits))[0] == pytest.approx(by_formula, rel=0.1)


def test_metrics_are_told_each_by_its_own_name_and_draw_nothing_that_a_training_draws(runs: Runs) -> None:
    both = ("training.precision=fp32", "evaluation.n=24")
    alone = runs.make("alone", RELATIVISTIC, *both)
    several = runs.make("several", RELATIVISTIC, *both, SEVERAL)
    for run in (alone, several):
        assert work(run) == 0, (run / "log.txt").read_text()
    names = [event["score"] for event in told(several, "evaluated")]
    assert names[:3] == ["FD[lenet]-24", "IS[lenet]-24", "precision[lenet]-24"]
    better = {event["score"]: event["better"] for event in told(several, "evaluated")}
    assert list(better.values()) == ["lower", "higher", "higher"]
    distances = [
        [event["value"] for event in told(run, "evaluated") if event["score"] == "FD[lenet]-24"]
        for run in (alone, several)
    ]
    assert distances[0] == distances[1]
    first, second = (torch.load(max((run / "checkpoints").glob("*.pt")), weights_only=True) for run in (alone, several))
    for kind in first["nets"]:
        for name, state in first["nets"][kind].items():
            assert all(torch.equal(value, second["nets"][kind][name][key]) for key, value in state.items())
    assert first["progress"]["best"] == second["progress"]["best"]


@pytest.mark.parametrize(
    ("features", "n", "said"),
    [
        ("dinov2", 5000, "is: needs the class probabilities of a classifier, and dinov2 has no classes."),
        ("vgg16", 5000, "is: needs the class probabilities of a classifier, and vgg16 has no classes."),
        ("lenet", 5, "is: needs 10 images on each side; 5 are compared in lenet."),
        ("lenet", 500, "kid: needs 1,000 images on each side; 500 are compared in lenet."),
        ("lenet", 1000, None),
    ],
)
def test_what_features_or_images_cannot_give_is_refused_by_name(features: str, n: int, said: str | None) -> None:
    assert refusal(["fd", "is", "kid"], features, n) == said


def test_a_training_that_cannot_measure_them_is_refused_before_it_begins(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"evaluation.metrics: is: evaluation.features is none.*Nearest: fd\."):
        scorer(session(tmp_path, LINEAR, "evaluation.metrics=fd,is", "evaluation.features=none"))
    with pytest.raises(RecipeError, match=r"kid: needs 1,000 images .* Nearest: fd,is\."):
        scorer(session(tmp_path, LINEAR, "evaluation.metrics=fd,is,kid", "evaluation.features=lenet"))
    with pytest.raises(RecipeError, match="the unpaired task makes images of images"):
        scorer(session(tmp_path, SHIFTS, "evaluation.metrics=fd,is", "data.held_out=0.3"))


def test_the_distance_comes_first_whatever_the_order(tmp_path: Path) -> None:
    made, _ = scorer(session(tmp_path, LINEAR, "evaluation.metrics=is,fd", "evaluation.features=lenet"))
    assert made is not None
    assert [name.split("[")[0] for name in made.names] == ["FD", "IS"]


@pytest.mark.parametrize("value", ["is", "fd,fd", "[]", "fd,iss"])
def test_a_list_without_the_distance_or_with_a_word_that_is_none_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(RecipeError, match=r"evaluation\.metrics"):
        session(tmp_path, LINEAR, f"evaluation.metrics={value}")


def test_lenet_has_classes_so_that_its_score_can_be_made() -> None:
    extractor = LeNetFeatures(torch.device("cpu"))
    assert extractor.logits(torch.zeros(2, 128)).shape == (2, 20)
    assert live_metrics.better("is") == "higher"
