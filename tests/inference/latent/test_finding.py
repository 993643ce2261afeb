"""Directions of a generator whose latents are known: three numbers of six are a bar's width, place and lean."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import TensorProto
from PIL import Image

from ganstudio.errors import UsageError
from ganstudio.inference.latent.classifier import Classifier
from ganstudio.inference.latent.directions import Direction, Directions
from ganstudio.inference.latent.finding import keeping, pca, sefa
from ganstudio.inference.latent.finding.boundary import enough
from ganstudio.inference.latent.finding.finder import Finder, opposite
from ganstudio.inference.latent.finding.measure import centred, slope, without
from ganstudio.inference.latent.finding.pairs import difference
from ganstudio.inference.latent.finding.sampled import Samples, draw
from ganstudio.inference.latent.gauges import Gauges
from ganstudio.inference.latent.model import LatentModel
from ganstudio.inference.latent.reach import Known, median_reach
from ganstudio.inference.pixels import to_pixels
from ganstudio.progress import no_progress
from tests.inference.generators import LINEAR_Z, write_generator, write_linear, write_linear_encoder, write_styled
from tests.inference.latent.leaning import LEAN, PLACE, WIDTH, Z, write_bars, write_judge

MEASURES = ("size", "slant", "thickness", "balance")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bars")


@pytest.fixture(scope="module")
def samples(folder: Path) -> Samples:
    model = LatentModel.open(write_bars(folder / "bars.onnx"), "cpu")
    return draw(model, Gauges(MEASURES, Classifier.open(write_judge(folder / "judge.onnx"))), count=600)


def finder(samples: Samples, *keep: str, directions: tuple[Direction, ...] = ()) -> Finder:
    whole = samples.model.whole
    there = Directions.of(whole.path, whole.manifest, samples.model.space).with_(*directions)
    return Finder(samples, Known.of(samples.small), "own", there, keep, {"from": "measure"}, lambda _label: no_progress)


def cosine(vector: NDArray[np.float32], number: int) -> float:
    """How much a direction is along one number of the latent."""
    flat = vector.reshape(-1)
    return float(flat[number] / np.linalg.norm(flat))


def found(one: Direction | UsageError) -> Direction:
    assert isinstance(one, Direction)
    return one


@pytest.mark.parametrize(("thing", "number"), [("thickness", WIDTH), ("slant", LEAN), ("balance", PLACE)])
def test_a_measures_direction_is_the_number_that_changes_it(samples: Samples, thing: str, number: int) -> None:
    [one] = finder(samples).measures([thing])
    direction = found(one)
    assert cosine(direction.vector, number) > 0.97
    assert direction.proof["measure"] == thing
    assert direction.proof["spearman"] > 0.98
    assert direction.made["strength_1"]["moves_mean_by"] == pytest.approx(1, abs=0.03)
    assert direction.proof["moves"][thing] == pytest.approx(1, abs=0.1)


def test_strength_1_moves_the_mean_of_fresh_seeds_by_a_deviation(samples: Samples) -> None:
    [one] = finder(samples).measures(["balance"])
    # the bar's middle moves by a pixel for each unit, which is the deviation of z itself
    assert np.linalg.norm(found(one).vector) == pytest.approx(1, abs=0.15)


def test_an_answers_direction_crosses_its_boundary(samples: Samples) -> None:
    left, right = finder(samples).answers([])
    assert cosine(found(left).vector, PLACE) < -0.97
    assert cosine(found(right).vector, PLACE) > 0.97
    assert (found(left).name, found(right).name) == ("class-0", "class-1")
    assert found(right).proof["measure"] == "class 1"


def test_a_boundary_wants_a_hundred_samples_on_each_side(samples: Samples, folder: Path) -> None:
    judge = Classifier.open(write_judge(folder / "strict.onnx", shift=-40))
    few = draw(samples.model, Gauges((), judge), count=300)
    for one in finder(few).answers([]):
        assert isinstance(one, UsageError)
        assert "a boundary takes 100 on each side" in one.message


def test_more_samples_are_suggested_than_a_boundary_takes() -> None:
    assert enough(18, 300) == 3000  # 2,083 and no fewer
    assert enough(99, 10_000) == 13_000


def test_a_constant_answer_has_no_boundary(samples: Samples) -> None:
    still = replace(samples, values=np.full_like(samples.values, 3.0))
    for one in finder(still).answers([]):
        assert isinstance(one, UsageError)
        assert "the same answer on all 600 pictures" in one.message


def test_a_constant_measure_has_no_direction(samples: Samples) -> None:
    still = draw(samples.model, Gauges(("brightness",)), count=200)
    [one] = finder(replace(still, values=np.ones_like(still.values))).measures([])
    assert isinstance(one, UsageError)
    assert "it is 1 for all pictures" in one.message


def test_principal_components_go_where_the_first_sums_vary_the_most(samples: Samples) -> None:
    (first, share), (second, _) = pca.components(samples, 2)
    assert abs(first[WIDTH]) == pytest.approx(np.linalg.norm(first), rel=0.05)
    assert abs(second[LEAN]) == pytest.approx(np.linalg.norm(second), rel=0.05)
    assert share == pytest.approx(9 / 14, abs=0.05)


def test_sefa_reads_the_weights_off_the_graph(samples: Samples) -> None:
    axes = sefa.eigenvectors(samples.model, slice(None), 5)
    assert [int(np.abs(axis).argmax()) for axis in axes] == [WIDTH, LEAN, PLACE]  # weights of 3, 2, 1; no others
    assert all(np.abs(axis).max() == pytest.approx(1, abs=1e-4) for axis in axes)


def test_sefa_reads_the_weights_of_all_styles(styled: LatentModel) -> None:
    [axis, *_] = sefa.eigenvectors(styled, slice(1, 3), 6)
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(styled.entry[0]).graph
    out = next(numpy_helper.to_array(one) for one in graph.initializer if one.name == "out").reshape(4, 6, 64)
    both = out[1] + out[2]  # the sums of one MatMul: layers 1 and 2 move together
    expected = np.linalg.svd(both.T)[2][0]
    assert abs(float(axis @ expected)) == pytest.approx(1, abs=1e-3)


def test_sefa_is_refused_where_latents_meet_no_weights_first(tmp_path: Path) -> None:
    import onnx
    from onnx import helper

    path = write_bars(tmp_path / "tanh.onnx")
    model = onnx.load(path)
    model.graph.node[0].input[0] = "squashed"
    model.graph.node.insert(0, helper.make_node("Tanh", ["z"], ["squashed"]))
    onnx.save(model, path)
    with pytest.raises(UsageError, match="they enter Tanh first"):
        sefa.eigenvectors(LatentModel.open(path, "cpu"), slice(None), 2)


def test_pairs_lead_from_the_mean_of_some_to_that_of_others(samples: Samples, tmp_path: Path) -> None:
    low, high = np.zeros((4, Z), np.float32), np.zeros((3, Z), np.float32)
    high[:, PLACE] = 2
    np.savez(tmp_path / "low.npz", z=low)
    np.savez(tmp_path / "high.npz", z=high)
    vector = difference(samples.model, str(tmp_path / "low.npz"), str(tmp_path / "high.npz"), slice(None))
    assert vector.tolist() == [[0, 2, 0, 0, 0, 0]]
    direction = finder(samples).difference("right", vector, {})
    assert (direction.vector == vector).all()
    assert direction.proof["spearman"] > 0.98
    with pytest.raises(UsageError, match="the same latents"):
        difference(samples.model, "0-3", "0-3", slice(None))
    with pytest.raises(UsageError, match="no picture in that folder"):
        difference(samples.model, str(tmp_path), "0-3", slice(None))


def test_pairs_of_folders_are_projected(tmp_path: Path) -> None:
    model = LatentModel.open(write_linear(tmp_path / "linear.onnx"), "cpu")
    write_linear_encoder(model.whole.path)
    for folder, z in (("before", -0.3), ("after", 0.3)):
        (tmp_path / folder).mkdir()
        pixels = to_pixels(model.images(np.full((1, 1, LINEAR_Z), z, np.float32)))[0]
        Image.fromarray(pixels[:, :, 0]).save(tmp_path / folder / "a.png")
    (tmp_path / "after" / "b.png").write_text("no picture")
    left_out: list[str] = []
    ends = (str(tmp_path / "before"), str(tmp_path / "after"))
    vector = difference(model, *ends, slice(None), left_out=left_out.append)
    assert len(left_out) == 1
    assert "after: b.png is left out" in left_out[0]
    assert np.abs(vector - 0.6).max() < 0.05


def test_what_is_kept_does_not_move_along(samples: Samples) -> None:
    vector = np.zeros((1, Z), np.float32)
    vector[0, [WIDTH, PLACE]] = 1
    mixed = Direction("mixed", vector, {}, {"measure": "balance"})
    direction = finder(samples, "mixed", directions=(mixed,)).difference("wide", vector, {})
    assert cosine(direction.vector, WIDTH) > 0.97
    with pytest.raises(UsageError, match="nothing of the direction is left"):
        finder(samples, "again", directions=(Direction("again", vector),)).difference("wide", vector, {})


def test_a_model_that_is_told_classes_is_drawn_in_all_of_them(tmp_path: Path) -> None:
    path = write_generator(tmp_path / "cgan.onnx", classes=("cat", "dog"))
    drawn = draw(LatentModel.open(path, "cpu"), Gauges(("brightness",)), count=200)
    assert drawn.labels is not None
    assert drawn.labels.tolist() == [0, 1] * 100
    assert (drawn.groups() == drawn.labels).all()
    whole = drawn.model.whole.generate(drawn.latents[:2, 0], [0, 1])
    assert to_pixels(whole).mean((1, 2, 3)) / 255 == pytest.approx(drawn.column("brightness")[:2], abs=1e-6)


def test_a_direction_goes_around_what_changes_the_class(samples: Samples) -> None:
    changes = keeping.class_changes(samples)
    assert changes is not None
    assert changes[PLACE, PLACE] > 0.9 * np.trace(changes)  # the bar's place tells left from right
    mixed = np.zeros(Z)
    mixed[[LEAN, PLACE]] = 1, 0.5
    led = [keeping.around(mixed, changes, softness) for softness in (10, 0.01)]
    assert 0.2 < led[0][PLACE] / led[0][LEAN] < 0.45
    assert led[1][PLACE] / led[1][LEAN] < 0.01


def test_a_way_around_is_the_solution_by_hand() -> None:
    # C = diag(3, 1), whose mean eigenvalue is 2: (C + 0.5 * 2 I)^-1 (8, 4) = (8 / 4, 4 / 2)
    assert keeping.around(np.array([8.0, 4.0]), np.diag([3.0, 1.0]), 0.5) == pytest.approx([2, 2])


def test_without_classes_there_is_nothing_to_go_around(samples: Samples) -> None:
    bare = draw(samples.model, Gauges(MEASURES), count=50)
    assert keeping.class_changes(bare) is None


def test_in_w_a_direction_moves_the_chosen_layers_alone(tmp_path: Path) -> None:
    model = LatentModel.open(write_styled(tmp_path / "stylegan.onnx"), "cpu")
    drawn = draw(model, Gauges(("brightness",)), slice(1, 3), count=300)
    [one] = finder(drawn).measures(["brightness"])
    vector = found(one).vector
    assert drawn.latents.shape[1] == 1
    assert (vector[[0, 3]] == 0).all()
    assert (vector[1] == vector[2]).all()
    assert found(one).proof["spearman"] > 0.9


def test_a_slope_is_that_of_the_plane_that_was_drawn() -> None:
    rows = np.random.RandomState(0).randn(500, 4)
    assert slope(rows, rows @ [1.0, -2.0, 0.0, 0.5]) == pytest.approx([1, -2, 0, 0.5], abs=0.01)


def test_within_groups_what_differs_between_them_is_gone() -> None:
    values = np.array([1.0, 3.0, 10.0, 14.0])
    assert centred(values, np.array([0, 0, 1, 1])).tolist() == [-1, 1, -2, 2]


def test_without_others_a_vector_is_upright_to_each_of_them() -> None:
    others = np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0]])
    assert without(np.array([3.0, 4.0, 5.0]), others) == pytest.approx([0, 0, 5])
    assert without(np.array([3.0, 4.0]), np.zeros((2, 1))) == pytest.approx([3, 4])


def test_pictures_unlike_the_known_ones_are_beyond(samples: Samples) -> None:
    known = Known.of(samples.small)
    assert known.beyond(samples.small).mean() < 0.05
    assert known.beyond(255 - samples.small).all()


def test_reach_ends_where_half_have_left() -> None:
    beyond = np.array([[0, 0, 0, 0], [0, 0, 0, 1], [1, 1, 0, 0], [1, 1, 1, 0]], bool)
    # who has left once does not come back: after the third strength three of four are out
    assert median_reach(np.array([0.0, 1, 2, 3]), beyond) == 1
    assert median_reach(np.array([0.0, 1]), np.array([[1, 1, 1, 0], [0, 0, 0, 0]], bool)) == 0


def test_a_strength_beyond_its_reach_leaves_the_data() -> None:
    direction = Direction("a", np.zeros((1, 2), np.float32), {}, {"reach": [-1.5, 3.0]})
    assert not direction.leaves_data(3)
    assert direction.leaves_data(-2)
    assert not Direction("b", direction.vector).leaves_data(50)


def test_the_opposite_of_a_direction_is_proved_the_other_way_round() -> None:
    proof = {"spearman": -0.9, "reach": [-1.0, 3.0], "moves": {"size": -0.5}}
    turned = opposite(Direction("a", np.ones((1, 2), np.float32), {}, proof))
    assert (turned.vector == -1).all()
    assert turned.proof == {"spearman": 0.9, "reach": [-3.0, 1.0], "moves": {"size": 0.5}}


def test_a_classifier_of_the_wrong_inputs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"takes images .* more1"):
        Classifier.open(write_judge(tmp_path / "two.onnx", inputs=2))
    with pytest.raises(UsageError, match="a classifier takes one float input"):
        Classifier.open(write_judge(tmp_path / "bytes.onnx", kind=TensorProto.UINT8))


def test_log_odds_are_those_of_one_class_against_the_others(samples: Samples, folder: Path) -> None:
    judge = Classifier.open(folder / "judge.onnx")
    odds = judge.log_odds(samples.small[:50])
    assert odds[:, 0] == pytest.approx(-odds[:, 1], abs=1e-6)  # of two classes
    assert ((odds[:, 1] > 0) == (samples.column("balance")[:50] > 0)).mean() > 0.95


def test_pictures_of_other_sizes_and_colours_are_made_to_fit(samples: Samples, folder: Path) -> None:
    judge = Classifier.open(folder / "judge.onnx")
    large = np.repeat(samples.small[:20].repeat(2, 1).repeat(2, 2), 3, axis=3)
    assert judge.log_odds(large) == pytest.approx(judge.log_odds(samples.small[:20]), abs=1e-3)
