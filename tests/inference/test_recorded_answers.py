from __future__ import annotations

import numpy as np
import pytest

from ganstudio.errors import UsageError
from ganstudio.inference.latents import latents, noise
from ganstudio.inference.manifest import TensorSpec
from ganstudio.inference.recorded_answers import MOST_VALUES, AnswerPairs, proof_inputs


def test_a_seed_fills_each_input_as_sample_does() -> None:
    specs = [
        TensorSpec("z", ("N", 8), "float32"),
        TensorSpec("labels", ("N",), "int64"),
        TensorSpec("psi", (), "float32"),
        TensorSpec("noise_0", ("N", 1, 4, 4), "float32"),
        TensorSpec("noise_1", ("N", 1, 8, 8), "float32"),
    ]
    filled = proof_inputs(specs, [3, 7], 5)
    np.testing.assert_array_equal(filled["z"], latents([3, 7], 8))
    assert filled["labels"].tolist() == [3, 2]
    assert filled["psi"].shape == ()
    np.testing.assert_array_equal(filled["noise_1"], noise([3, 7], 1, (1, 8, 8)))


def test_images_that_go_in_stay_in_the_range() -> None:
    filled = proof_inputs([TensorSpec("images", ("N", 3, 16, 16), "float32")], [0, 1], 0)
    assert filled["images"].shape == (2, 3, 16, 16)
    assert np.abs(filled["images"]).max() <= 1


@pytest.mark.parametrize("shape", [(1, 4, 4), (3, 32, 32), (1, 16, 64, 64)])
def test_what_is_stored_comes_back_to_the_last_bit_and_is_bounded(shape: tuple[int, ...]) -> None:
    answers = np.random.RandomState(0).randn(2, *shape).astype(np.float32)
    text = AnswerPairs.of(answers).dumps()
    assert len(text) < 25_000
    again = AnswerPairs.loads(text, "a.onnx")
    assert again.values.shape[1] <= MOST_VALUES
    assert again.distance(answers) == 0


def test_every_column_of_a_large_image_is_looked_at() -> None:
    answers = np.broadcast_to(np.arange(256, dtype=np.float32), (2, 3, 256, 256))
    assert len(np.unique(AnswerPairs.of(np.ascontiguousarray(answers)).values)) == 256


def test_images_are_measured_as_they_are_and_larger_values_by_their_own_scale() -> None:
    images = np.full((2, 4), 0.5, np.float32)
    assert AnswerPairs.of(images).distance(images + np.float32(0.125)) == pytest.approx(0.125)
    styles = np.full((2, 4), -8.0, np.float32)
    assert AnswerPairs.of(styles).distance(styles + np.float32(0.125)) == pytest.approx(0.125 / 8)


def test_answers_of_another_size_are_infinitely_far() -> None:
    assert AnswerPairs.of(np.zeros((2, 4), np.float32)).distance(np.zeros((2, 5), np.float32)) == np.inf


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"seeds": [0], "step": 1, "values": "?"}',
        '{"seeds": [0, 1, 2], "step": 1, "values": "AAAAAA=="}',
    ],
)
def test_pairs_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"a\.onnx: its stored pairs cannot be read"):
        AnswerPairs.loads(text, "a.onnx")


def test_an_axis_of_any_size_is_filled_as_large_as_it_was_when_the_answers_were_stored() -> None:
    again = AnswerPairs.loads(AnswerPairs.of(np.zeros((2, 4), np.float32), {"height": 3, "width": 5}).dumps(), "a.onnx")
    specs = [TensorSpec("source", ("N", 1, "height", "width"), "float32")]
    assert proof_inputs(specs, [0], 0, again.free)["source"].shape == (1, 1, 3, 5)
