from __future__ import annotations

from pathlib import Path

import onnxruntime
import pytest

from ganstudio.errors import UsageError
from ganstudio.inference import OnnxModel, providers

CUDA_BUILD = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
needs_cuda_build = pytest.mark.skipif(not CUDA_BUILD, reason="this onnxruntime has no CUDA")
needs_no_gpu = pytest.mark.skipif(Path("/dev/nvidiactl").exists(), reason="a GPU is here")
needs_gpu = pytest.mark.skipif(
    not (CUDA_BUILD and Path("/dev/nvidiactl").exists()), reason="no GPU is here: the tests run the CPU's provider"
)


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has the driver's file and no device."""
    monkeypatch.setattr(providers, "nvidia_driver", lambda: True)


@pytest.fixture
def no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "nvidia_driver", lambda: False)


def test_the_provider_is_the_one_that_runs(dcgan: Path) -> None:
    model = OnnxModel.open(dcgan, provider="cpu")
    assert (model.provider, model.provider_why) == ("cpu", "")


def test_auto_without_a_gpu_is_the_cpu_and_has_nothing_to_explain(dcgan: Path, no_driver: None) -> None:
    model = OnnxModel.open(dcgan)
    assert (model.provider, model.provider_why) == ("cpu", "")


def test_what_may_be_asked_for_is_what_may_start(no_driver: None) -> None:
    assert "cpu" in providers.usable_providers()
    assert not {"cuda", "tensorrt"} & set(providers.usable_providers())


@pytest.mark.parametrize("name", ["coreml", "cpuu", "", "CPU"])
def test_a_provider_that_is_not_installed_is_refused_with_those_that_are(
    dcgan: Path, no_driver: None, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    if name in providers.usable_providers():
        pytest.skip(f"{name} is here")
    with pytest.raises(UsageError, match=rf"--provider {name} cannot be had\. Here: auto, cpu\b"):
        OnnxModel.open(dcgan, provider=name)
    assert capfd.readouterr() == ("", "")


@needs_cuda_build
@pytest.mark.parametrize("name", ["cuda", "tensorrt"])
def test_without_a_driver_nvidia_s_are_refused_with_the_reason(
    dcgan: Path, no_driver: None, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError, match=rf"--provider {name} cannot be had: no NVIDIA driver .* Here: auto, cpu\b"):
        OnnxModel.open(dcgan, provider=name)
    assert capfd.readouterr() == ("", "")


@needs_cuda_build
@needs_no_gpu
@pytest.mark.parametrize("name", ["cuda", "tensorrt"])
def test_a_provider_that_does_not_start_is_refused_without_noise_and_not_replaced(
    dcgan: Path, driver: None, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError, match=rf"--provider {name}: onnxruntime could not start {name} on this machine"):
        OnnxModel.open(dcgan, provider=name)
    assert capfd.readouterr() == ("", "")


@needs_cuda_build
@needs_no_gpu
def test_auto_goes_on_with_the_cpu_where_cuda_does_not_start_and_says_why(
    dcgan: Path, driver: None, capfd: pytest.CaptureFixture[str]
) -> None:
    model = OnnxModel.open(dcgan)
    assert model.provider == "cpu"
    assert model.provider_why == "onnxruntime could not start cuda on this machine"
    assert capfd.readouterr() == ("", "")


def test_tensorrt_leaves_to_cuda_what_it_lacks_and_cuda_to_the_cpu(driver: None) -> None:
    available = ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]
    assert providers._chain("tensorrt", available) == available
    assert providers._chain("auto", available) == available[1:]
    assert providers._chain("cpu", available) == available[2:]


def test_auto_never_takes_coreml_which_may_compute_in_half_precision(no_driver: None) -> None:
    available = ["CoreMLExecutionProvider", "CPUExecutionProvider"]
    assert providers._chain("auto", available) == available[1:]
    assert providers._chain("coreml", available) == available


@needs_gpu
def test_cuda_draws_what_the_cpu_draws(dcgan: Path) -> None:
    import numpy as np

    from ganstudio.inference.latents import latents

    z = latents(range(70), 100)
    on_gpu = OnnxModel.open(dcgan, provider="cuda")
    assert on_gpu.provider == "cuda"
    np.testing.assert_allclose(on_gpu.generate(z), OnnxModel.open(dcgan, provider="cpu").generate(z), atol=1e-2)
