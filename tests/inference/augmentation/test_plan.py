from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.data.store import DataSet
from ganstudio.errors import UsageError
from ganstudio.inference.augmentation.plan import make_plan, synthetic_by_factor, synthetic_to_balance
from ganstudio.inference.exports import Export
from tests.inference.generators import write_generator
from tests.inference.stores import noise, pack


@pytest.fixture
def pets() -> DataSet:
    return pack("pets", noise(30), ["cat", "dog"], [0] * 20 + [1] * 10)


def export(path: Path, *classes: str, **told: object) -> Export:
    return Export.load(write_generator(path, classes=classes, **told))


@pytest.mark.parametrize(
    ("counts", "factor", "made"),
    [
        ((20, 10), 2, [20, 10]),
        ((20, 10), 1.5, [10, 5]),
        ((1, 1, 1), 1.7, [1, 1, 0]),  # 2.1 are 2; the largest remainder first, the first among equals
        ((100, 1), 1.1, [10, 0]),
        ((60_000,), 1.1, [6000]),  # binary 0.1 does not creep in
    ],
)
def test_a_factor_keeps_the_proportions(counts: tuple[int, ...], factor: float, made: list[int]) -> None:
    assert synthetic_by_factor(counts, factor) == made


@pytest.mark.parametrize("factor", [1.0, 0.5, -2.0, float("inf"), float("nan")])
def test_a_factor_that_adds_nothing_is_refused(factor: float) -> None:
    with pytest.raises(UsageError, match="more than 1"):
        synthetic_by_factor((3,), factor)


def test_balance_fills_up_to_the_largest_or_to_a_number_and_takes_nothing_away() -> None:
    assert synthetic_to_balance((5, 2, 9)) == [4, 7, 0]
    assert synthetic_to_balance((5, 2, 9), 7) == [2, 5, 0]
    with pytest.raises(UsageError, match="at least 1"):
        synthetic_to_balance((5,), 0)


def test_nothing_is_drawn_for_a_class_that_has_no_real_image() -> None:
    assert synthetic_to_balance((5, 0, 9)) == [4, 0, 0]
    assert synthetic_to_balance((5, 0, 9), 7) == [2, 0, 0]
    assert synthetic_by_factor((5, 0, 9), 3) == [10, 0, 18]


def test_classes_are_matched_by_name_in_whatever_order(pets: DataSet, tmp_path: Path) -> None:
    plan = make_plan(pets, [1, 2], [(None, export(tmp_path / "m.onnx", "cow", "dog", "cat"))])
    assert [share.generator and share.generator.label for share in plan.shares] == [2, 1]


def test_a_model_a_class_draws_that_class(pets: DataSet, tmp_path: Path) -> None:
    plain, conditional = export(tmp_path / "plain.onnx"), export(tmp_path / "both.onnx", "dog", "cat")
    plan = make_plan(pets, [1, 2], [("cat", plain), ("dog", conditional)])
    chosen = [(share.generator.export.name, share.generator.label) for share in plan.shares if share.generator]
    assert chosen == [("plain", None), ("both", 0)]


def test_only_a_class_that_gets_images_needs_a_model(pets: DataSet, tmp_path: Path) -> None:
    plan = make_plan(pets, [0, 2], [("dog", export(tmp_path / "dogs.onnx"))])
    assert plan.shares[0].generator is None
    with pytest.raises(UsageError, match=r"none draws class 'cat' of data set 'pets', which gets 1 images"):
        make_plan(pets, [1, 2], [("dog", export(tmp_path / "dogs.onnx"))])


def test_classes_that_do_not_match_are_named_on_both_sides(pets: DataSet, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'dog' is a class of data set 'pets' but none of m, whose are cat, dogs"):
        make_plan(pets, [0, 2], [(None, export(tmp_path / "m.onnx", "cat", "dogs"))])
    with pytest.raises(UsageError, match="m is not conditional, and data set 'pets' has the classes cat, dog"):
        make_plan(pets, [0, 2], [(None, export(tmp_path / "m.onnx"))])


def test_data_without_classes_takes_a_model_without(tmp_path: Path) -> None:
    bare = pack("bare", noise(4))
    assert make_plan(bare, [4], [(None, export(tmp_path / "m.onnx"))]).synthetic == 4
    with pytest.raises(UsageError, match="draws the classes cat, dog; data set 'bare' has no classes"):
        make_plan(bare, [4], [(None, export(tmp_path / "c.onnx", "cat", "dog"))])


def test_one_model_for_all_or_one_a_class_and_no_mixture(pets: DataSet, tmp_path: Path) -> None:
    model = export(tmp_path / "m.onnx", "cat", "dog")
    with pytest.raises(UsageError, match="one model for all classes, or CLASS=MODEL for each; 2 were given"):
        make_plan(pets, [1, 1], [(None, model), ("dog", model)])
    with pytest.raises(UsageError, match="class 'dog' has two models"):
        make_plan(pets, [1, 1], [("dog", model), ("dog", model)])


def test_models_that_cannot_draw_for_a_data_set_are_refused(pets: DataSet, tmp_path: Path) -> None:
    for told, why in (
        ({"task": "paired", "z_dim": None}, "takes images, not seeds"),
        ({"image_shape": (2, 32, 16)}, r"shape \[2, 32, 16\]"),
        ({"image_shape": (1, 8, 32, 32)}, r"shape \[1, 8, 32, 32\]"),
    ):
        with pytest.raises(UsageError, match=why):
            make_plan(pets, [1, 1], [(None, export(tmp_path / "m.onnx", "cat", "dog", **told))])
    with pytest.raises(UsageError, match="--psi: m has no truncation"):
        make_plan(pets, [1, 1], [(None, export(tmp_path / "m.onnx", "cat", "dog"))], psi=0.7)


def test_nothing_to_draw_is_refused(pets: DataSet, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has what was asked for already"):
        make_plan(pets, [0, 0], [(None, export(tmp_path / "m.onnx", "cat", "dog"))])


def test_data_that_was_augmented_is_not_augmented_again(tmp_path: Path) -> None:
    mixed = pack("mixed", noise(4), synthetic=2)
    with pytest.raises(UsageError, match="'mixed' was augmented already: 2 of its images are synthetic"):
        make_plan(mixed, [4], [(None, export(tmp_path / "m.onnx"))])


def test_seeds_that_run_out_are_told(pets: DataSet, tmp_path: Path) -> None:
    model = [(None, export(tmp_path / "m.onnx", "cat", "dog"))]
    assert make_plan(pets, [3, 2], model, seed=2**32 - 5).synthetic == 5
    with pytest.raises(UsageError, match="the seeds from 4294967291 on run out"):
        make_plan(pets, [3, 3], model, seed=2**32 - 5)
