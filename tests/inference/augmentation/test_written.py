"""What an augmentation writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.data.obtain import open_set
from ganstudio.data.store import DataSet
from ganstudio.errors import StudioError
from ganstudio.inference import OnnxModel
from ganstudio.inference.augmentation.augment import resized
from ganstudio.inference.augmentation.destinations import DataSetDestination, FolderDestination, folder_name
from ganstudio.inference.augmentation.plan import AugmentationPlan, make_plan
from ganstudio.inference.exports import Export
from ganstudio.inference.latents import latents
from ganstudio.inference.pixels import to_pixels
from tests.inference.augmentation.fulfilling import CLASSES, fulfil, pixels_of
from tests.inference.generators import write_copier, write_generator
from tests.inference.stores import noise, pack


def test_a_folder_holds_every_real_image_and_the_synthetic_ones_by_class(
    plan: AugmentationPlan, tmp_path: Path
) -> None:
    fulfil(FolderDestination(tmp_path / "out", plan))
    folders = {path.name: sorted(file.name for file in path.iterdir()) for path in (tmp_path / "out").glob("*/")}
    assert folders == {
        "dog": [f"real-{row:08}.png" for row in range(200)] + [f"synthetic-{seed}.png" for seed in range(1000, 1150)],
        "a%2Fcat": [f"real-{row:08}.png" for row in range(200, 300)]
        + [f"synthetic-{seed}.png" for seed in range(1150, 1220)],
    }
    np.testing.assert_array_equal(pixels_of(tmp_path / "out/dog/real-00000007.png"), noise(300)[7, :, :, 0])
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a%2Fcat", "dog", "manifest.json"]


def test_picture_i_is_that_of_seed_base_plus_i_in_its_class(
    plan: AugmentationPlan, model: Export, tmp_path: Path
) -> None:
    fulfil(FolderDestination(tmp_path / "out", plan))
    alone = to_pixels(OnnxModel.open(model.path).generate(latents([1200], 100), [0]))[0, :, :, 0]
    np.testing.assert_allclose(pixels_of(tmp_path / "out/a%2Fcat/synthetic-1200.png").astype(int), alone, atol=1)


def test_a_packed_set_holds_the_real_images_then_the_synthetic_ones_of_the_folder(
    plan: AugmentationPlan, tmp_path: Path
) -> None:
    fulfil(FolderDestination(tmp_path / "out", plan))
    fulfil(DataSetDestination("more", plan))
    made, labels = open_set("more"), open_set("more").labels()
    assert labels is not None
    np.testing.assert_array_equal(made.images()[:300], noise(300))
    assert labels.tolist() == [0] * 200 + [1] * 100 + [0] * 150 + [1] * 70
    assert (made.manifest.synthetic, made.manifest.class_counts) == (220, (350, 170))
    seeds = np.load(made.path / "seeds.npy")
    assert seeds.tolist() == list(range(1000, 1220))
    for row, seed in enumerate(seeds):
        folder = folder_name(CLASSES[labels[300 + row]])
        expected = pixels_of(tmp_path / "out" / folder / f"synthetic-{seed}.png")
        np.testing.assert_array_equal(made.images()[300 + row, :, :, 0], expected)


def test_synthetic_pictures_say_so_and_plain_ones_do_not(
    plan: AugmentationPlan, pets: DataSet, model: Export, tmp_path: Path
) -> None:
    fulfil(FolderDestination(tmp_path / "out", plan))
    fulfil(FolderDestination(tmp_path / "plain", make_plan(pets, [2, 0], [(None, model)], plain=True)))
    with Image.open(tmp_path / "out/a%2Fcat/synthetic-1150.png") as image:
        assert b"trainedAlgorithmicMedia" in image.info["xmp"]
        assert {"Source": "cgan", "Seed": "1150", "Class": "a/cat"}.items() <= image.info.items()
    for path in (tmp_path / "out/dog/real-00000000.png", tmp_path / "plain/dog/synthetic-0.png"):
        with Image.open(path) as image:
            assert image.info == {}


def test_data_without_classes_lies_in_the_folder_itself(tmp_path: Path) -> None:
    bare = pack("bare", noise(3))
    model = Export.load(write_generator(tmp_path / "gan.onnx"))
    fulfil(FolderDestination(tmp_path / "out", make_plan(bare, [2], [(None, model)])))
    expected = [f"real-0000000{row}.png" for row in range(3)] + ["synthetic-0.png", "synthetic-1.png"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["manifest.json", *expected]
    fulfil(DataSetDestination("more", make_plan(bare, [2], [(None, model)])))
    assert open_set("more").labels() is None


def test_near_copies_are_counted_and_with_novel_replaced_by_further_seeds(tmp_path: Path) -> None:
    """The generator knows the 60 real images by heart, and 40 of more contrast, which are far from any."""
    known = np.concatenate([noise(60), (noise(40, seed=1) > 127).astype(np.uint8) * 255])
    data = pack("known", known[:60])
    copier = [(None, Export.load(write_copier(tmp_path / "copier.onnx", known)))]
    kept = fulfil(FolderDestination(tmp_path / "kept", make_plan(data, [200], copier)))
    novel = fulfil(FolderDestination(tmp_path / "novel", make_plan(data, [200], copier, novel=True)))
    drawn = latents(range(1000), 100).argmax(axis=1)
    assert (kept.tried, kept.kept, kept.near) == ([200], [200], [int((drawn[:200] < 60).sum())])
    seeds = np.flatnonzero(drawn >= 60)[:200].tolist()
    assert {path.name for path in (tmp_path / "novel").glob("s*")} == {f"synthetic-{seed}.png" for seed in seeds}
    assert (novel.tried, novel.kept) == ([seeds[-1] + 1], [200])


def test_a_generator_that_only_copies_ends_with_an_error(tmp_path: Path) -> None:
    known = noise(100)
    copier = [(None, Export.load(write_copier(tmp_path / "copier.onnx", known)))]
    plan = make_plan(pack("known", known), [5000], copier, novel=True)
    with pytest.raises(
        StudioError, match=r"copies its training images: (\d+) of \1 pictures are near copies"
    ) as caught:
        fulfil(FolderDestination(tmp_path / "out", plan))
    assert caught.value.exit_code == 1


def test_pictures_take_the_data_s_size_and_channels() -> None:
    pixels = noise(2, channels=3)
    np.testing.assert_array_equal(resized(pixels, 32, 3), pixels)
    small = resized(pixels, 16, 1)
    assert small.shape == (2, 16, 16, 1)
    expected = Image.fromarray(pixels[1]).convert("L").resize((16, 16), Image.Resampling.LANCZOS)
    np.testing.assert_array_equal(small[1, :, :, 0], np.asarray(expected))
    np.testing.assert_array_equal(resized(noise(1), 32, 3), noise(1).repeat(3, axis=3))


def test_psi_reaches_the_model(tmp_path: Path) -> None:
    bare = pack("bare", noise(3))
    model = Export.load(write_generator(tmp_path / "styles.onnx", psi=True, noise=True))
    fulfil(FolderDestination(tmp_path / "out", make_plan(bare, [1], [(None, model)], psi=0.0, seed=3)))
    expected = to_pixels(OnnxModel.open(model.path).generate(latents([3], 100), psi=0.0, seeds=[3]))[0, :, :, 0]
    np.testing.assert_array_equal(pixels_of(tmp_path / "out" / "synthetic-3.png"), expected)


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        *[("7", "7"), ("Löwe", "Löwe"), ("a b", "a b"), ("a/b", "a%2Fb"), (".", "%2E"), ("..", "%2E%2E"), ("", "%")],
        *[("50%", "50%25"), ("x. ", "x.%20"), (".hidden", "%2Ehidden"), ("a\x00b", "a%00b"), (None, "")],
    ],
)
def test_a_class_s_folder_can_be_made_and_is_its_alone(name: str | None, folder: str, tmp_path: Path) -> None:
    assert folder_name(name) == folder
    (tmp_path / folder).mkdir(exist_ok=name is None)
