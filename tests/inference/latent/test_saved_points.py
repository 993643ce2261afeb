from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.cli.app import run
from ganstudio.errors import UsageError
from ganstudio.inference.explore import Point, at_seed, step_point, with_strength
from ganstudio.inference.latent.directions import Direction
from ganstudio.inference.latent.point_model import PointModel
from ganstudio.inference.latent.saved_points import projected_point, read_point, save_point
from ganstudio.inference.latent_files import read_latents
from tests.inference.generators import (
    LINEAR_Z,
    write_clips,
    write_generator,
    write_linear,
    write_linear_encoder,
    write_styled,
)
from tests.inference.latent.test_point_model import Z_LEN, styled_directions


@pytest.fixture(scope="module")
def dcgan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_generator(tmp_path_factory.mktemp("models") / "dcgan.onnx")


@pytest.fixture(scope="module")
def conditional(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_generator(tmp_path_factory.mktemp("models") / "cgan.onnx", classes=("cat", "dog", "7"))


def test_a_point_is_kept_as_its_picture_and_its_latent(tmp_path: Path, conditional: Path) -> None:
    model = PointModel.open(conditional)
    point = step_point(at_seed(42, 100, 1), 1, 0, 3)
    png, npz = save_point(tmp_path / "pictures", model, point)
    assert png.stem == npz.stem
    assert png.name.startswith("cgan-seed42-classdog-")
    with Image.open(png) as image:
        np.testing.assert_array_equal(np.asarray(image), model.pictures([point])[0][:, :, 0])
        words = image.text  # type: ignore[attr-defined]
    assert (words["Seed"], words["Class"], words["Latent"]) == ("42", "dog", "42 pair 1 +3 +0")
    back = read_latents(npz)
    np.testing.assert_array_equal(back.z[0], point.latent())
    assert (back.seeds, back.labels, back.model) == ((42,), (1,), "cgan")


def test_the_same_point_is_kept_under_one_name_and_others_under_others(tmp_path: Path, conditional: Path) -> None:
    model = PointModel.open(conditional)
    plain = at_seed(42, 100, 1)
    points = [plain, replace(plain, label=2), step_point(plain, 1, 0, 1), step_point(plain, 1, 0, 2), plain]
    names = [save_point(tmp_path, model, point)[0].name for point in points]
    assert names[0] == names[-1] == "cgan-seed42-classdog.png"
    assert len(set(names)) == 4


def test_a_user_s_file_is_never_replaced(tmp_path: Path, dcgan: Path) -> None:
    for suffix in (".png", ".npz"):
        mine = tmp_path / f"dcgan-seed1{suffix}"
        mine.write_bytes(b"mine")
        with pytest.raises(UsageError, match="nothing was saved"):
            save_point(tmp_path, PointModel.open(dcgan), at_seed(1, 100))
        assert [path.name for path in tmp_path.iterdir()] == [mine.name]
        mine.unlink()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def drawn_again(npz: Path) -> bytes:
    assert run(["sample", "--latent", str(npz), "--out", "again.png"]) == 0
    return Path("again.png").read_bytes()


def test_sample_draws_a_saved_point_with_strengths_and_noise_of_its_own(here: Path) -> None:
    path = write_generator(here / "exports" / "noisy.onnx", noise=True, psi=True)
    thick = Direction("thick", np.random.RandomState(1).randn(1, 100).astype(np.float32))
    model = PointModel(PointModel.open(path).latent, (thick,))
    point = replace(with_strength(at_seed(3, 100, psi=0.5), "thick", 0.6), noise_seed=8)
    png, npz = save_point(here / "pictures", model, point)
    assert drawn_again(npz) == png.read_bytes()
    assert read_latents(npz).origins == ("3 thick=+0.6 noise 8",)
    again = read_point(npz, model)
    np.testing.assert_array_equal(model.pictures([again])[0], model.pictures([point])[0])


@pytest.mark.parametrize(
    "point",
    [
        at_seed(3, Z_LEN, psi=0.5),
        replace(at_seed(3, Z_LEN, psi=0.5), cutoff=2),
        replace(at_seed(3, Z_LEN, psi=0.5), centres=3),
        with_strength(replace(at_seed(3, Z_LEN, psi=0.5), cutoff=2), "bright", 1),
        replace(at_seed(3, Z_LEN), styles=((1, 3, at_seed(4, Z_LEN, psi=0.2)),), noise_seed=2),
    ],
    ids=["plain", "cutoff", "centres", "moved", "mixed"],
)
def test_sample_draws_a_saved_point_of_a_model_with_styles(here: Path, point: Point) -> None:
    path = write_styled(here / "exports" / "stylegan.onnx")
    model = PointModel(PointModel.open(path).latent, styled_directions())
    png, npz = save_point(here / "pictures", model, point)
    assert drawn_again(npz) == png.read_bytes()
    again = read_point(npz, model)
    np.testing.assert_array_equal(model.pictures([again])[0], model.pictures([point])[0])
    assert again.layers == (4 if model.through_halves(point) else 0)


def test_a_file_for_another_model_is_refused(here: Path, dcgan: Path) -> None:
    styled = PointModel.open(write_styled(here / "exports" / "stylegan.onnx"))
    _, npz = save_point(here, styled, replace(at_seed(3, Z_LEN, psi=0.5), cutoff=2))
    with pytest.raises(UsageError, match=r"no halves that take them lie beside dcgan\.onnx"):
        read_point(npz, PointModel.open(dcgan))
    _, npz = save_point(here, styled, at_seed(3, Z_LEN))
    with pytest.raises(UsageError, match="latents of 8 numbers; dcgan takes 100"):
        read_point(npz, PointModel.open(dcgan))
    with pytest.raises(UsageError, match="1 is none of them"):
        read_point(npz, styled, 1)


def test_a_picture_that_the_model_can_draw_is_found(here: Path) -> None:
    path = write_linear(here / "exports" / "linear.onnx")
    write_linear_encoder(path)
    model = PointModel.open(path)
    drawn = model.pictures([at_seed(1, LINEAR_Z)])[0]
    Image.fromarray(drawn[:, :, 0]).save(here / "one.png")
    point, said = projected_point(here / "one.png", model)
    assert point.origin == "projected one.png"
    assert said[0].endswith("from it")
    assert np.abs(model.pictures([point])[0].astype(int) - drawn).max() <= 12  # the weight on how far out a latent lies
    (here / "text.png").write_text("nothing of the kind")
    with pytest.raises(UsageError, match="is no picture"):
        projected_point(here / "text.png", model)
    clips = PointModel.open(write_clips(here / "exports" / "clips.onnx"))
    with pytest.raises(UsageError, match="clips or voxel grids"):
        projected_point(here / "one.png", clips)


def test_ws_have_their_class_already(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    styled = PointModel.open(write_styled(here / "exports" / "stylegan.onnx"))
    _, npz = save_point(here, styled, replace(at_seed(3, Z_LEN, psi=0.5), cutoff=2))
    assert run(["edit", "--latent", str(npz), "--direction", "x=1"]) == 2
    assert run(["sample", "--latent", str(npz), "--class", "3"]) == 2
    assert "not conditional" in capsys.readouterr().err
    write_generator(here / "exports" / "plain.onnx")
    assert run(["sample", "--latent", str(npz), "--model", "plain"]) == 2
    assert "no halves that take them lie beside plain.onnx" in capsys.readouterr().err
