from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganstudio.errors import UsageError
from ganstudio.inference import OnnxModel
from ganstudio.inference.latents import latents
from ganstudio.inference.pixels import to_pixels
from ganstudio.inference.sampling import choose_classes, sample
from tests.inference.generators import write_generator


def test_a_seed_gives_the_same_picture_in_any_batch(dcgan: Path) -> None:
    model = OnnxModel.open(dcgan)
    (alone,) = sample(model, [42])
    among = list(sample(model, range(40, 50), batch=4))
    assert len(among) == 10
    assert alone.shape == (32, 32, 1)
    np.testing.assert_allclose(among[2].astype(int), alone.astype(int), atol=1)


def test_batch_sizes_differ_by_one_level_in_one_pixel_of_a_thousand_at_most(dcgan: Path, conditional: Path) -> None:
    for model, classes in ((OnnxModel.open(dcgan), None), (OnnxModel.open(conditional), [n % 3 for n in range(96)])):
        whole = np.stack(list(sample(model, range(96), classes, batch=64))).astype(int)
        for batch in (1, 7, 32):
            apart = np.abs(np.stack(list(sample(model, range(96), classes, batch=batch))) - whole)
            assert apart.max() <= 1
            assert apart.mean() <= 0.001


def test_the_same_batch_size_gives_the_same_bytes_in_another_session(dcgan: Path) -> None:
    once, again = (np.stack(list(sample(OnnxModel.open(dcgan), range(70)))) for _ in range(2))
    np.testing.assert_array_equal(once, again)


def test_truncation_reaches_the_model(tmp_path: Path) -> None:
    model = OnnxModel.open(write_generator(tmp_path / "psi.onnx", psi=True))
    one, two = sample(model, [1, 2], psi=0)
    np.testing.assert_array_equal(one, two)


def test_pictures_are_the_models_images_quantized(conditional: Path) -> None:
    model = OnnxModel.open(conditional)
    images = model.generate(latents([1, 2, 3], 100), [0, 1, 2])
    pictures = np.stack(list(sample(model, [1, 2, 3], [0, 1, 2])))
    np.testing.assert_array_equal(pictures, to_pixels(images))


def test_a_class_is_found_by_name_before_index() -> None:
    names = ("cat", "dog", "7", "0")
    assert choose_classes(names, [1, 2], "dog") == [1, 1]
    assert choose_classes(names, [1], "7") == [2]
    assert choose_classes(names, [1], "0") == [3]
    assert choose_classes(names, [1], "1") == [1]


def test_a_class_is_found_by_its_number_and_never_by_its_place_among_numbers() -> None:
    assert choose_classes(("1.0", "2.0", "10.0"), [0], "10") == [2]
    assert choose_classes(("1.0", "2.0", "10.0"), [0], "2") == [1]
    assert choose_classes(("-1", "0", "5"), [0], "-1.0") == [0]
    for asked in ("0", "2"):
        with pytest.raises(UsageError, match=r"is no class of this model\. Known: 1, 26, 5|Did you mean"):
            choose_classes(("1", "5", "26"), [0], asked)


def test_without_a_class_a_seed_walks_through_them_and_keeps_its_own() -> None:
    names = ("cat", "dog", "7")
    assert choose_classes(names, range(5), None) == [0, 1, 2, 0, 1]
    assert choose_classes(names, [4], None) == [1]


def test_a_class_that_is_none_is_told_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"'dgo' is no class of this model\. Did you mean 'dog'"):
        choose_classes(("cat", "dog"), [0], "dgo")
    for asked in ("2", "-1", "9" * 5000, ""):
        with pytest.raises(UsageError, match=r"is no class of this model\. Known: cat, dog"):
            choose_classes(("cat", "dog"), [0], asked)


def test_an_unconditional_model_takes_no_class() -> None:
    assert choose_classes((), [0], None) is None
    with pytest.raises(UsageError, match="not conditional"):
        choose_classes((), [0], "7")
