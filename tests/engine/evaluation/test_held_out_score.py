"""A task's own measures over held-out images, of which the highest may be the best; and the previews of such a task."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from ganstudio.engine.conformance import CPU
from ganstudio.engine.contract import Batch, DataContract, Nets, Pair
from ganstudio.engine.distributed import World
from ganstudio.engine.draws import Draw
from ganstudio.engine.endings import Ends
from ganstudio.engine.evaluation.training_scores.held_out_score import HeldOutScorer
from ganstudio.engine.evaluation.training_scores.score import scorer
from ganstudio.engine.run_folder.journal import Journal
from ganstudio.engine.run_folder.outputs import LiveTraining, evaluate, keep, show
from ganstudio.engine.run_folder.previews import write_samples
from ganstudio.engine.session import Session
from ganstudio.engine.tasks.measure import FRECHET, Measure, best_first
from ganstudio.engine.tasks.synthesis import Synthesis
from ganstudio.engine.tasks.task_base import TaskBase
from ganstudio.engine.telemetry import Telemetry
from ganstudio.errors import RecipeError
from ganstudio.runs.checkpoints import best
from ganstudio.runs.state import current, load_summary, write_summary
from tests.engine.toys import LINEAR, SHIFTS, session

HELD = "data.held_out=0.25"


def distance(made: Tensor, batch: Batch) -> Tensor:
    return (made - batch.images).abs().flatten(1).mean(1)


class Brighter(TaskBase):
    """One generator that makes images brighter, to be like images as they are: how far it is off is its `by`."""

    needs = DataContract()
    measures = (
        Measure("L1", "lower", compare=distance),
        Measure("closeness", "higher", True, lambda a, b: -distance(a, b)),
    )
    shows = ("input", "output", "target")

    def build(self, architecture, options, shape):
        return Nets({"g": architecture.generator(options, shape)}, {"d": architecture.critic(options, shape)})

    def state(self, nets, batch):
        return {}

    def reads(self, side):
        return True

    def pairs(self, context):
        images = context.batch.images
        return [Pair("d", context.nets.generators["g"](images), images)]

    def terms(self, recipe):
        return []

    def generate(self, nets, draw, stage, labels, batch):
        return nets.ema["g"](batch.images)

    def preview(self, nets, draw, stage, labels, batch):
        return batch.images, self.generate(nets, draw, stage, labels, batch), batch.images

    def exports(self, nets, stage):
        return []


@pytest.fixture
def toy(tmp_path: Path) -> Session:
    architecture = replace(SHIFTS, task=lambda _: Brighter(), recipe={**SHIFTS.recipe, "task": "synthesis"})
    return session(tmp_path, architecture, HELD, "training.ema_kimg=0")


def off_by(toy: Session, by: float) -> None:
    with torch.no_grad():
        toy.nets.generators["g"].by.fill_(by)


def test_scores_are_means_over_held_out_images_and_the_best_measure_comes_first(toy: Session) -> None:
    made, why = scorer(toy)
    assert isinstance(made, HeldOutScorer)
    assert why is None
    off_by(toy, 0.25)
    first, second = made()
    assert made.n == len(toy.batches.held_rows) == 10
    assert made.names == ("closeness-10", "L1-10") == (first.score, second.score)
    assert (first.better, second.better) == ("higher", "lower")
    assert (first.value, second.value) == (pytest.approx(-0.25), pytest.approx(0.25))


def test_the_highest_is_what_best_json_and_the_summary_name(toy: Session, tmp_path: Path) -> None:
    made, _ = scorer(toy)
    journal = Journal(tmp_path)
    ends, telemetry = Ends(None, None, None), Telemetry(World(), torch.device("cpu"))
    training = LiveTraining(tmp_path, toy, made, None, journal, telemetry, ends)
    for kimg, by in ((1, 0.5), (2, 0.125), (3, 0.25)):
        toy.progress.nimg = kimg * 1000
        off_by(toy, by)
        assert evaluate(training) is (kimg < 3)
        keep(training)
    named = best(tmp_path)
    assert named is not None
    assert named.name == "0000002000.pt"
    state, _ = load_summary(tmp_path)
    assert state.best is not None
    assert (state.best.nimg, state.best_is) == (2000, "higher")
    assert state.better == {"closeness-10": "higher", "L1-10": "lower"}


def test_a_grid_shows_input_output_and_target_of_held_out_images_side_by_side(toy: Session, tmp_path: Path) -> None:
    off_by(toy, 0.25)
    with Image.open(write_samples(toy, tmp_path)) as picture:
        pixels = np.asarray(picture.convert("L")).astype(int)
    side = toy.shape.size[-1]
    assert pixels.shape[1] == 6 * side
    given, made, wanted = (pixels[:side, i * side : (i + 1) * side] for i in range(3))
    held = toy.batches.held(1, toy.stage)
    assert held is not None
    assert np.array_equal(given, wanted)
    assert np.abs(given - ((held.images[0, 0].numpy() + 1) * 127.5)).max() <= 1
    assert np.abs(np.minimum(given + 32, 255) - made).max() <= 1


def test_a_run_says_what_the_columns_of_its_grids_are(toy: Session, tmp_path: Path) -> None:
    training = LiveTraining(
        tmp_path, toy, None, None, Journal(tmp_path), Telemetry(World(), torch.device("cpu")), Ends(None, None, None)
    )
    show(training)
    state, _ = current(tmp_path)
    assert state.shows == ("input", "output", "target")
    write_summary(tmp_path, state, 0)
    assert load_summary(tmp_path)[0].shows == state.shows


def test_where_nothing_is_held_out_or_features_are_named_there_is_no_such_score(toy: Session, tmp_path: Path) -> None:
    architecture = replace(SHIFTS, task=lambda _: Brighter(), recipe={**SHIFTS.recipe, "task": "synthesis"})
    _, why = scorer(session(tmp_path, architecture, "data.held_out=0"))
    assert why == "no score: closeness is of images that training never sees: data.held_out is 0"
    with pytest.raises(RecipeError, match="measured image by image"):
        scorer(session(tmp_path, architecture, HELD, "evaluation.features=lenet"))


@pytest.mark.parametrize("image_by_image", [True, False])
def test_a_task_of_noise_may_be_measured_both_ways_and_the_best_comes_first(
    image_by_image: bool, tmp_path: Path
) -> None:
    class Both(Synthesis):
        measures = (
            replace(FRECHET, best=not image_by_image),
            Measure("L1", "lower", best=image_by_image, compare=distance),
        )

    architecture = replace(LINEAR, task=lambda _: Both())
    made, _ = scorer(session(tmp_path, architecture, HELD, "evaluation.n=16"))
    assert made is not None
    assert made.names == (("L1-10", "FD[lenet]-16") if image_by_image else ("FD[lenet]-16", "L1-10"))
    assert tuple(score.score for score in made()) == made.names
    assert made.settings == {"features": "lenet", "n": 16}
    without, _ = scorer(session(tmp_path, architecture, "data.held_out=0", "evaluation.n=16"))
    assert (None if without is None else without.names) == (None if image_by_image else ("FD[lenet]-16",))


def test_previews_of_two_domains_show_pictures_that_training_never_sees(tmp_path: Path) -> None:
    toy = session(tmp_path, SHIFTS, HELD, "training.ema_kimg=0")
    held = toy.batches.held(8, toy.stage)
    assert held is not None
    assert len(held.images) == len(held.domains[0]) == min(8, *map(len, toy.batches.held_domains))
    seen = [
        image
        for position in range(0, 40, 8)
        for batch in [toy.batches.at("d", position, Draw(0, "d", 0, 8, slice(0, 8), CPU.device), toy.stage)]
        for image in (*batch.images, *batch.domains[0])
    ]
    for image in (*held.images, *held.domains[0]):
        assert not any(torch.equal(image, other) for other in seen)
    with Image.open(write_samples(toy, tmp_path)) as picture:
        pixels = np.asarray(picture.convert("L")).astype(int)
    side = toy.shape.size[-1]
    a, b = ((images[0, 0].numpy() + 1) * 127.5 for images in (held.images, held.domains[0]))
    assert np.abs(pixels[:side, :side] - a).max() <= 1
    assert np.abs(pixels[:side, 2 * side : 3 * side] - b).max() <= 1


def test_exactly_one_measure_is_the_best() -> None:
    one = Measure("a", "lower", best=True)
    with pytest.raises(ValueError, match="exactly one measure"):
        best_first((one, one))
    with pytest.raises(ValueError, match="exactly one measure"):
        best_first((Measure("a", "lower"),))
