from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from ganstudio.errors import StudioError, UsageError
from ganstudio.inference import OnnxModel
from ganstudio.inference import model as model_module
from ganstudio.inference.latents import latents
from ganstudio.inference.manifest import TensorSpec
from tests.inference.generators import write_foreign, write_generator


def test_images_are_floats_in_the_range_and_differ_by_latent(dcgan: Path) -> None:
    model = OnnxModel.open(dcgan)
    images = model.generate(latents([1, 2], model.z_dim))
    assert images.shape == (2, 1, 32, 32)
    assert images.dtype == np.float32
    assert np.abs(images).max() <= 1
    assert not np.allclose(images[0], images[1])


def test_the_batch_size_changes_nothing(dcgan: Path) -> None:
    model = OnnxModel.open(dcgan)
    z = latents(range(20), model.z_dim)
    at_once = model.generate(z)
    for batch in (1, 7, 20):
        np.testing.assert_allclose(model.generate(z, batch=batch), at_once, atol=2e-6)


def test_no_latents_give_no_images(dcgan: Path) -> None:
    assert OnnxModel.open(dcgan).generate(np.empty((0, 100), np.float32)).shape == (0, 1, 32, 32)


def test_labels_change_the_image_and_must_fit(conditional: Path) -> None:
    model = OnnxModel.open(conditional)
    z = latents([5, 5], model.z_dim)
    images = model.generate(z, [0, 2])
    assert not np.allclose(images[0], images[1])
    for labels in ([0, 3], [-1, 0], [0]):
        with pytest.raises(UsageError, match=r"labels must be \[2\] from 0 to 2"):
            model.generate(z, labels)
    with pytest.raises(UsageError, match="is conditional: give labels"):
        model.generate(z)


def test_labels_for_an_unconditional_model_are_refused(dcgan: Path) -> None:
    with pytest.raises(UsageError, match="is not conditional"):
        OnnxModel.open(dcgan).generate(latents([1], 100), [0])


def test_a_latent_of_the_wrong_size_is_refused(dcgan: Path) -> None:
    with pytest.raises(UsageError, match=r"z must be \[N, 100\]; got \[1, 64\]"):
        OnnxModel.open(dcgan).generate(latents([1], 64))


def test_psi_one_changes_nothing_and_psi_zero_gives_one_image(tmp_path: Path, dcgan: Path) -> None:
    model = OnnxModel.open(write_generator(tmp_path / "psi.onnx", psi=True))
    z = latents([1, 2], 100)
    np.testing.assert_allclose(model.generate(z), OnnxModel.open(dcgan).generate(z), atol=1e-6)
    mean = model.generate(z, psi=0)
    np.testing.assert_array_equal(mean[0], mean[1])


def test_noise_is_drawn_from_each_seed_whatever_the_batch(tmp_path: Path) -> None:
    model = OnnxModel.open(write_generator(tmp_path / "noise.onnx", noise=True))
    z = latents([3, 3, 3], 100)
    images = model.generate(z, seeds=[1, 2, 1])
    assert not np.allclose(images[0], images[1])
    np.testing.assert_allclose(images[0], images[2], atol=1e-6)
    np.testing.assert_allclose(model.generate(z, seeds=[1, 2, 1], batch=2), images, atol=1e-6)
    for seeds in (None, [1, 2]):
        with pytest.raises(UsageError, match="takes noise: give the seeds"):
            model.generate(z, seeds=seeds)


def test_one_call_takes_fewer_latents_where_images_are_large(dcgan: Path, tmp_path: Path) -> None:
    assert OnnxModel.open(dcgan).batch == 64
    assert OnnxModel.open(write_generator(tmp_path / "large.onnx", image_shape=(3, 2048, 2048))).batch == 1


def test_the_provider_is_the_one_that_runs(dcgan: Path) -> None:
    assert OnnxModel.open(dcgan, provider="cpu").provider == "cpu"


def test_a_provider_asked_for_by_name_is_refused_where_it_cannot_run(
    dcgan: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(model_module, "nvidia_driver", lambda: False)
    with pytest.raises(UsageError, match=r"provider cuda cannot be had: no NVIDIA driver .* Here: auto, cpu\b"):
        OnnxModel.open(dcgan, provider="cuda")
    with pytest.raises(UsageError, match=r"provider cpuu cannot be had\. Here: auto, cpu\b"):
        OnnxModel.open(dcgan, provider="cpuu")
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(Path("/dev/nvidiactl").exists(), reason="a GPU is here")
def test_a_driver_file_without_a_device_is_survived_by_auto_and_told_by_name(
    dcgan: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has no CUDA")
    monkeypatch.setattr(model_module, "nvidia_driver", lambda: True)
    assert OnnxModel.open(dcgan).provider == "cpu"
    with pytest.raises(UsageError, match="provider cuda: onnxruntime could not start it"):
        OnnxModel.open(dcgan, provider="cuda")
    assert capfd.readouterr() == ("", "")


def test_a_file_that_only_looks_like_onnx_is_refused_without_noise(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write_generator(tmp_path / "a.onnx")
    model = onnx.load(path)
    model.graph.node[1].op_type = "NoSuchOperator"
    onnx.save(model, path)
    with pytest.raises(UsageError, match=r"onnxruntime cannot load it: .*NoSuchOperator"):
        OnnxModel.open(path)
    assert capfd.readouterr() == ("", "")


def test_a_graph_that_fails_while_it_runs_is_told_without_noise(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    spec = (TensorSpec("z", ("N", 64), "float32"),)
    model = OnnxModel.open(write_generator(tmp_path / "a.onnx", inputs=spec, z_dim=64))
    with pytest.raises(StudioError, match="onnxruntime failed: "):
        model.generate(latents([1], 64))
    assert capfd.readouterr() == ("", "")


def test_a_model_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="carries no ganstudio manifest"):
        OnnxModel.open(write_foreign(tmp_path / "foreign.onnx"))


def test_a_model_that_takes_images_is_refused(tmp_path: Path) -> None:
    path = write_generator(tmp_path / "pix2pix.onnx", task="paired", z_dim=None)
    with pytest.raises(UsageError, match="a paired model takes images, not seeds"):
        OnnxModel.open(path)


def test_a_manifest_that_does_not_fit_its_graph_is_refused(tmp_path: Path) -> None:
    path = write_generator(tmp_path / "a.onnx", inputs=(TensorSpec("w", ("N", 100), "float32"),))
    with pytest.raises(UsageError, match=r"its manifest tells of \['w'\], its graph takes \['z'\]"):
        OnnxModel.open(path)


def test_the_public_name_costs_no_numpy_until_a_model_is_opened() -> None:
    program = "import sys; from ganstudio.inference import OnnxModel; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
